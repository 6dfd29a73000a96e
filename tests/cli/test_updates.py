from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from publisher.aws.clients import Aws
from publisher.launch.provisioned import get
from tests.account import ACCOUNT, REGION
from tests.cli.conftest import signalling
from tests.cli.launch_project import CONFIG, PUBLISHER, Publisher, clock
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import Run, cases
from tests.launch.account import BROKEN, NAME, PATH, PRODUCT, TEMPLATE, TITLE, Account
from tests.launch.test_update import NEXT, resource_update, stack_of


def change(project: Path, before: str, after: str) -> None:
    assert before in CONFIG
    (project / PATH).write_text((project / PATH).read_text().replace(before, after))


def words(text: str) -> str:
    """However wide the columns are."""
    return " ".join(text.split())


def unchecked(version: str) -> str:
    """What the checks before an update say in an account without the source bucket and the files."""
    seed = f"publisher --region us-west-2 seed {PATH}"
    return (
        f"{NAME}: warning: L204 bucket edge-source not found; run {seed} to prepare it\n"
        f"{NAME}: L107, L215, L216, L301, L302 not checked: "
        f"the template of version {version} is not in the files\n"
    )


def product_of(account: Account) -> str:
    (found,) = [
        it for it in account.catalog.search_products_as_admin()["ProductViewDetails"]
        if it["ProductViewSummary"]["Name"] == TITLE
    ]  # fmt: skip
    return str(found["ProductViewSummary"]["ProductId"])


def test_nothing_to_update(launched: Any, account: Account, publisher: Publisher) -> None:
    for command in ("changes", "update"):
        ran = publisher(command, PATH, connect=account.connect)
        assert (ran.code, ran.out) == (
            0,
            f"{NAME}  AVAILABLE\nproduct  {PRODUCT} 1.0.0\n\n"
            "nothing to update: the launch has these parameters and tags\n",
        )
    assert publisher("--json", "update", PATH).document == {
        "name": NAME,
        "product": PRODUCT,
        "config": launched["config"],
        "status": "AVAILABLE",
        "version": {"before": "1.0.0", "after": "1.0.0", "newest": "1.0.0"},
        "parameters": [],
        "tags": [],
        "hidden": [],
        "nothing_to_do": True,
        "level": "safe",
        "changes": [],
        "unjudged": "",
        "unplanned": "",
    }
    calls = set(account.aws.calls)
    assert not calls & {
        "servicecatalog:CreateProvisionedProductPlan", "servicecatalog:UpdateProvisionedProduct"
    }  # fmt: skip


def test_a_changed_config(launched: Any, publisher: Publisher, project: Path) -> None:
    change(project, "log_retention_days: 90", "log_retention_days: 365")
    change(project, "ml-alerts@edge.example.com", "new@edge.example.com")
    shown = publisher("changes", PATH).out
    assert shown.startswith(
        f"{NAME}  AVAILABLE\n"
        f"product  {PRODUCT} 1.0.0\n"
        "\n"
        "  parameter  AlertsEmail       ml-alerts@edge.example.com -> new@edge.example.com\n"
        "  parameter  LogRetentionDays  90 -> 365\n"
        "\n"
        "impact: "
    )
    _, first, *others = shown.partition("impact: ")[2].splitlines()
    assert words(first).startswith("safe replacement property Subscription.Endpoint ml-alerts@")
    assert "parameter" not in words(" ".join(others))
    assert "by the plan of AWS" not in shown
    refused = publisher("update", PATH)
    assert (refused.code, refused.out, refused.err) == (
        3,
        "",
        f"{unchecked('1.0.0')}{shown}"
        "error: not confirmed: cannot prompt without a terminal\nhint: add --yes\n",
    )
    ran = publisher("--json", "update", PATH, "--yes")
    assert ran.code == 0, ran.err
    document = ran.document
    assert (document["launch"]["status"], document["launch"]["alerts"]["endpoint"]) == (
        "AVAILABLE",
        "new@edge.example.com",
    )
    assert document["parameters"] == [
        {"name": "AlertsEmail", "before": "ml-alerts@edge.example.com", "after": "new@edge.example.com"},
        {"name": "LogRetentionDays", "before": "90", "after": "365"},
    ]
    assert f"{NAME}: updating {PRODUCT} 1.0.0\n" in ran.err
    assert publisher("changes", PATH).out.endswith(
        "nothing to update: the launch has these parameters and tags\n"
    )


CRITICAL = TEMPLATE.replace("Type: AWS::S3::Bucket}", "Type: AWS::S3::Bucket, Properties: {BucketName: bbb}}")


def test_a_version_that_puts_data_at_stake(launched: Any, account: Account, publisher: Publisher) -> None:
    account.build.version(product_of(account), "2.0.0", template=CRITICAL)
    note = "note: version 2.0.0 is newer; add --version 2.0.0 to move to it"
    assert publisher("changes", PATH).out.splitlines()[-1] == note
    shown = publisher("changes", PATH, "--version", "2.0.0").out
    assert f"product  {PRODUCT} 1.0.0 -> 2.0.0\n\nimpact: critical\n" in shown
    ran = publisher("update", PATH, "--version", "2.0.0", "--yes")
    assert (ran.code, ran.out) == (3, shown)
    assert ran.err == (
        f"{unchecked('2.0.0')}error: {NAME}: the impact of the update is critical\n"
        "hint: check the changes above; if they are intended, add --force\n"
    )
    ran = publisher("--json", "update", PATH, "--version", "2.0.0", "--yes", "--force")
    assert (ran.code, ran.document["launch"]["version"]) == (0, "2.0.0")
    assert ran.document["launch"]["outputs"]["BucketName"] == "bbb"


def test_by_name(launched: Any, account: Account, publisher: Publisher) -> None:
    """Then parameters and tags stay as they are, and no files are needed."""
    account.build.version(product_of(account), "2.0.0", template=NEXT)
    ran = publisher("--json", "update", NAME, "--version", "2.0.0", "--yes", "--no-wait")
    assert (ran.code, ran.document["parameters"], ran.document["launch"]["version"]) == (
        0,
        [
            {"name": "Size", "before": None, "after": "small"},
            {"name": "SourceBucket", "before": "edge-source", "after": None},
        ],
        "2.0.0",
    )


def test_when_a_launch_expires(launched: Any, account: Account, publisher: Publisher) -> None:
    ran = publisher("update", NAME, "--expires", "0d", "--yes")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "error: --expires '0d' must be after today, within ten years",
    )
    assert publisher("update", NAME, "--expires", "soon", "--yes").code == 2
    assert publisher("update", NAME, "--expires", "2w", "--yes").code == 3
    resource_update(account, product_of(account))
    ran = publisher("--json", "update", NAME, "--expires", "2w", "--yes")
    (tag,) = ran.document["tags"]
    today = datetime.now(UTC).date()
    assert tag == {
        "name": "publisher:expires", "before": None, "after": (today + timedelta(days=14)).isoformat()
    }  # fmt: skip


def plans(account: Account) -> list[str]:
    found = account.catalog.list_provisioned_product_plans(
        AccessLevelFilter={"Key": "Account", "Value": "self"}
    )
    return [it["PlanName"] for it in found["ProvisionedProductPlans"]]


def test_the_plan_of_a_killed_run(launched: Any, account: Account, publisher: Publisher) -> None:
    """It is deleted by the next run, which deletes its own, too."""
    product = product_of(account)
    second = account.build.version(product, "2.0.0", template=NEXT)
    planning = {
        "PlanType": "CLOUDFORMATION",
        "ProductId": product,
        "ProvisionedProductName": NAME,
        "ProvisioningArtifactId": second,
        "ProvisioningParameters": [
            {"Key": it, "UsePreviousValue": True}
            for it in ("CompanyPrefix", "Environment", "TenantId", "UseCase")
        ],
    }
    client = account.aws.client("servicecatalog")
    plan = client.create_provisioned_product_plan(PlanName="publisher-changes", **planning)["PlanId"]
    ran = publisher("changes", NAME, "--version", "2.0.0", clock=clock())
    waiting = f"{NAME}: waiting for another preview, plan {plan}\n"
    deleted = f"{NAME}: deleted plan {plan}, left by an interrupted preview\n"
    assert (ran.code, ran.err, plans(account)) == (0, waiting + deleted, [])
    # That of a run in progress is not taken from it.
    plan = client.create_provisioned_product_plan(PlanName="publisher-changes", **planning)["PlanId"]
    left = iter([plan])

    def end() -> None:
        for one in left:
            client.delete_provisioned_product_plan(PlanId=one)

    ran = publisher("changes", NAME, "--version", "2.0.0", clock=clock(end))
    waiting = f"{NAME}: waiting for another preview, plan {plan}\n"
    assert (ran.code, ran.err, plans(account)) == (0, waiting, [])
    # A plan of somebody else stays.
    client.create_provisioned_product_plan(PlanName="theirs", **planning)
    ran = publisher("changes", NAME, "--version", "2.0.0")
    assert "note: not previewed by AWS: " in ran.out
    assert plans(account) == ["theirs"]


def test_what_a_caller_may_not_read(launched: Any, account: Account, publisher: Publisher) -> None:
    """Without templates the plan says it; without both it is not known, and takes --force."""
    account.build.version(product_of(account), "2.0.0", template=CRITICAL)
    command = ("update", NAME, "--version", "2.0.0", "--yes")
    account.deny("servicecatalog", "DescribeProvisioningArtifact")
    ran = publisher(*command, connect=account.connect)
    assert ran.code == 3
    assert "impact: critical critical replacement resource Bucket" in words(ran.out)
    reason = "the template of 2.0.0 cannot be read, and the files have another"
    assert f"note: not judged from templates: {reason}\n" in ran.out
    account.deny("servicecatalog", "CreateProvisionedProductPlan")
    ran = publisher(*command, connect=account.connect)
    assert (ran.code, "\nimpact: not known\n" in ran.out) == (3, True)
    assert "note: not previewed by AWS: your role may not ask for it\n" in ran.out


def test_a_launch_in_error(account: Account, publisher: Publisher, project: Path) -> None:
    """AWS previews nothing, the templates do; only a new launch helps."""
    product = account.publish(template=BROKEN)
    assert publisher("launch", PATH).code == 1
    account.build.version(product, "1.0.1", template=TEMPLATE)
    ran = publisher("changes", PATH, "--version", "1.0.1")
    assert (ran.code, f"{NAME}  ERROR\n" in ran.out) == (0, True)
    assert "critical replacement property Bucket.BucketName" in words(ran.out)
    assert "note: it has no stack that can be updated, only terminated\n" in ran.out
    assert "note: not previewed by AWS: " in ran.out
    ran = publisher("update", PATH, "--version", "1.0.1", "--yes", "--force")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        3,
        f"hint: run {PUBLISHER} terminate {PATH} --force, then {PUBLISHER} launch {PATH}",
    )


def test_another_product(launched: Any, account: Account, publisher: Publisher, project: Path) -> None:
    account.s3.put_object(Bucket=launched["outputs"]["BucketName"], Key="model", Body=b"x")
    change(project, "tier: professional", "tier: starter")
    change(project, "  alerts_email: ml-alerts@edge.example.com\n", "")
    for command in (("changes", PATH), ("update", PATH, "--yes", "--force")):
        ran = publisher(*command)
        assert (ran.code, ran.out.splitlines()[0]) == (
            3,
            f"{NAME}  {PRODUCT} 1.0.0 -> ml-project-starter-s3",
        )
        bucket = next(line for line in ran.out.splitlines() if "AWS::S3::Bucket" in line)
        assert bucket.split() == [
            "AWS::S3::Bucket", launched["outputs"]["BucketName"], "1", "object", "version", "(model)"
        ]  # fmt: skip
        assert ran.err.splitlines()[0] == (
            f"error: {NAME}: {PATH} is for product ml-project-starter-s3, and it was launched as "
            f"{PRODUCT} 1.0.0: a launch cannot change its product"
        )
        assert ran.out.splitlines()[-4:-2] == ["to move:", "  1. copy what it holds, see above"]
        assert ran.err.splitlines()[1:] == ["hint: follow the steps above, or change the config back"]


def during(account: Account, operation: str, do: Callable[[], object]) -> Callable[..., Aws]:
    """For `main`: the launcher's identity; something happens once when AWS has answered an operation."""
    done: list[str] = []

    def react(model: Any, **_: object) -> None:
        if model.name == operation and not done:
            done.append(operation)
            do()

    aws = Aws(region=REGION)
    aws.client("servicecatalog").meta.events.register("after-call", react)
    return lambda **_: aws


def test_interrupted_while_it_previews(launched: Any, account: Account, run: Run, project: Path) -> None:
    """Then nothing is updated, and no plan is left."""
    account.build.version(product_of(account), "2.0.0", template=NEXT)
    words = ("-C", project, "--region", REGION, "update", NAME, "--version", "2.0.0", "--yes")
    ran = run(*words, connect=signalling("CreateProvisionedProductPlan", signal.SIGINT))
    assert (ran.code, ran.err.splitlines()[-2:]) == (
        130,
        ["error: interrupted", "hint: run the same command again to continue"],
    )
    assert (get(account.aws, NAME).version, plans(account)) == ("1.0.0", [])


@cases("terminated", {"updated": False, "terminated": True})
def test_a_launch_that_somebody_changes_meanwhile(
    launched: Any, account: Account, publisher: Publisher, terminated: bool
) -> None:
    """What was shown is what is done, or nothing."""
    account.build.version(product_of(account), "2.0.0", template=NEXT)
    name = launched["name"]

    def change() -> None:
        found = get(account.aws, name)
        client = account.aws.client("servicecatalog")
        if terminated:
            client.terminate_provisioned_product(ProvisionedProductId=found.id)
        else:
            values = [
                {"Key": it, "UsePreviousValue": True}
                for it in ("CompanyPrefix", "Environment", "TenantId", "UseCase", "SourceBucket")
            ]
            client.update_provisioned_product(
                ProvisionedProductId=found.id,
                ProvisioningArtifactId=found.version_id,
                ProvisioningParameters=[*values, {"Key": "LogRetentionDays", "Value": "365"}],
            )

    ran = publisher(
        "update", NAME, "--version", "2.0.0", "--yes", "--force",
        connect=during(account, "DeleteProvisionedProductPlan", change),
    )  # fmt: skip
    done = "terminated" if terminated else "changed"
    assert (ran.code, ran.err.splitlines()[-2:]) == (
        3,
        [
            f"error: {NAME}: somebody has {done} it since the update was prepared",
            "hint: run the command again",
        ],
    )
    if not terminated:
        assert stack_of(account)[0]["LogRetentionDays"] == "365"


def test_a_version_that_changes_nothing_in_the_launch(
    launched: Any, account: Account, publisher: Publisher
) -> None:
    """AWS would fail the update and leave the launch TAINTED."""
    same = TEMPLATE.replace("Conditions:", "Conditions:\n  Never: !Equals [a, b]", 1)
    account.build.version(product_of(account), "2.0.0", template=same)
    nothing = "changes nothing in this launch, and AWS fails an update without changes"
    for _with_plan in (True, False):
        for command in (("changes",), ("update", "--yes"), ("update", "--yes", "--force")):
            ran = publisher(*command, NAME, "--version", "2.0.0", connect=account.connect)
            assert (ran.code, ran.out) == (
                0,
                f"{NAME}  AVAILABLE\nproduct  {PRODUCT} 1.0.0 -> 2.0.0\n\n"
                f"nothing to update: version 2.0.0 {nothing}\n"
                "note: it can stay at 1.0.0; add --version 2.0.0 to the next update "
                "that changes a parameter\n",
            )
        account.deny("servicecatalog", "CreateProvisionedProductPlan")
    document = publisher("--json", "update", NAME, "--version", "2.0.0").document
    assert (document["nothing_to_do"], document["level"]) == (True, "safe")
    assert "servicecatalog:UpdateProvisionedProduct" not in account.aws.calls


def test_a_secret_that_may_change(account: Account, publisher: Publisher, project: Path) -> None:
    """AWS does not say whether it does, so what is made of it counts; its value is shown nowhere."""
    account.publish(
        template=TEMPLATE.replace("Parameters:\n", "Parameters:\n  Secret: {Type: String, NoEcho: true}\n")
        .replace("Type: AWS::S3::Bucket}", 'Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Secret}}')
    )  # fmt: skip
    config = project / "configs/topic.yaml"
    config.write_text(
        f"""\
product: {PRODUCT}
name: topic
account_id: "{ACCOUNT}"
region: {REGION}
parameters:
  {{CompanyPrefix: edge, Environment: prod, TenantId: b001, UseCase: x, SourceBucket: s, Secret: aaa}}
"""
    )
    assert publisher("launch", "configs/topic.yaml").code == 0
    config.write_text(config.read_text().replace("aaa", "bbb").replace("{C", '{LogRetentionDays: "365", C'))
    account.deny("servicecatalog", "CreateProvisionedProductPlan")
    for options in ((), ("--json",), ("--verbose",)):
        ran = publisher(*options, "update", "configs/topic.yaml", "--yes", connect=account.connect)
        assert (ran.code, "critical" in ran.out) == (3, True)
        assert "bbb" not in ran.out + ran.err
