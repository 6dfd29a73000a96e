"""Quotas are the account's own: looked up where a plan needs more than AWS's default, or written in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from publisher.planning.plan import Plan
from publisher.planning.quota_uses import QuotaUse
from publisher.publishing.quotas import with_exceeded
from tests.account import ACCOUNT, BUCKET, REGION, Account
from tests.broken.case import make
from tests.broken.test_published import CHANGED, FILES, PRODUCT
from tests.conftest import Run, cases
from tests.launch.account import answering
from tests.samples import TARGET, ml

PORTFOLIOS = {"ServiceCode": "servicecatalog", "QuotaCode": "L-C6458716"}
REQUEST = "aws service-quotas request-service-quota-increase --service-code servicecatalog"
REFUSED = (
    f"{ACCOUNT}/{REGION}: Portfolio ml: 101 portfolios in a Region (1 new, 100 not managed by "
    "publisher), at most 100 are possible (quota L-C6458716)\n"
    f"hint: nothing was written; request 101 or more: {REQUEST} "
    f"--quota-code L-C6458716 --desired-value 101 --region {REGION}\n"
)
DENIED = {"Error": {"Code": "AccessDeniedException", "Message": "no"}, "ResponseMetadata": {}}


@pytest.fixture
def project(tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for file in FILES:
        make(tmp_path, file)
    account.build.bucket()
    return tmp_path


def targets(root: Path, quotas: str) -> None:
    text = f'targets: {{hub: {{account_id: "{ACCOUNT}", regions: [{REGION}], quotas: {quotas}}}}}\n'
    make(root, ("configs/targets.yaml", text))


def publish_versions() -> None:
    """99 more of the same template."""
    catalog = boto3.client("servicecatalog")
    (found,) = catalog.search_products_as_admin()["ProductViewDetails"]
    product = found["ProductViewSummary"]["ProductId"]
    (key,) = (it["Key"] for it in boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"])
    url = f"https://{BUCKET}.s3.us-west-2.amazonaws.com/{key}"
    for n in range(99):
        catalog.create_provisioning_artifact(
            ProductId=product,
            IdempotencyToken=f"v{n}",
            Parameters={
                "Name": f"1.0.{n}",
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": url},
            },
        )


def asked(document: Any) -> dict[str, int]:
    calls: dict[str, int] = document["calls"]["by_operation"]
    return {name: count for name, count in calls.items() if name.startswith("service-quotas")}


def test_what_others_have_counts_and_an_increase_is_read(project: Path, account: Account, run: Run) -> None:
    plan, sync = ("-C", project, "--json", "plan"), ("-C", project, "sync", "--yes")
    assert asked(run(*plan).document) == {}
    for n in range(100):
        account.build.portfolio(f"others-{n}")
    ran = run(*sync)
    assert (ran.code, ran.err.partition("error: ")[2]) == (3, REFUSED)
    document = run(*plan).document
    assert asked(document) == {"service-quotas:ListServiceQuotas": 1}
    assert len(document["plans"][0]["missing"]) == 1

    targets(project, "{portfolios: 100}")
    ran = run(*sync)
    assert ran.code == 3
    assert "(quotas.portfolios in configs/targets.yaml)" in ran.err
    (project / "configs/targets.yaml").unlink()

    boto3.client("service-quotas").request_service_quota_increase(**PORTFOLIOS, DesiredValue=101)
    assert run(*sync).code == 0
    assert asked(run(*plan).document) == {}


def wrong(value: Any, shown: str) -> Any:
    answer = {"Quotas": [{"QuotaCode": PORTFOLIOS["QuotaCode"], "Value": value}]}
    return answer, 200, f"Service Quotas answered a value that is none: {shown}"


@cases(
    ("answer", "status", "why"),
    {
        "denied": (DENIED, 400, "AccessDeniedException"),
        "no number": wrong(float("nan"), "nan"),
        "no end": wrong(float("inf"), "inf"),
        "negative": wrong(-1, "-1"),
        "a text": wrong("1000", "'1000'"),
    },
)
def test_the_default_counts_where_service_quotas_cannot_be_read(
    account: Account, answer: Any, status: int, why: str
) -> None:
    answering(account.aws, "service-quotas", "ListServiceQuotas", answer, status=status)
    use = QuotaUse(quota="portfolios", owner="", new=(ml,), managed=99, unmanaged=1)
    planned = with_exceeded(Plan(target=TARGET, uses=(use,)), account.aws, {})
    ((missing,), unknown) = planned.missing, planned.unknown
    assert unknown == (f"quotas of Service Catalog ({why})",)
    assert missing.message == (
        "101 portfolios in a Region (1 new, 99 managed, 1 not managed by publisher), at most 100 are "
        "possible (quota L-C6458716, by default)"
    )
    assert missing.hint.endswith(
        "; if the account has more, write quotas: {portfolios: 101} in configs/targets.yaml"
    )
    assert with_exceeded(Plan(target=TARGET, uses=(use,)), account.aws, {"portfolios": 101}).missing == ()


def test_versions_that_do_not_fit(project: Path, run: Run) -> None:
    assert run("-C", project, "sync", "--yes").code == 0
    publish_versions()
    for edit in (CHANGED, (PRODUCT, "1.1.0", "2.0.0")):
        make(project, edit)
    ran = run("-C", project, "sync", "--yes")
    assert ran.code == 3
    assert (
        "ProvisioningArtifact studio 2.0.0: 101 versions of product 'studio' (1 new, 100 managed), at most "
        "100 are possible (quota L-A5846085)\nhint: nothing was written; set retention and run publisher "
        "sync, then publisher sync --prune --allow delete; or request 101 or more: "
    ) in ran.err
