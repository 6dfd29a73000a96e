from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import CONFIG, FAMILY, NEXT, PORTFOLIO, PUBLISHER, Publisher, clock, interrupt
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import Ran, cases
from tests.launch.account import BROKEN, EMAIL, NAME, PATH, PRODUCT, STEM, TEMPLATE, Account


def columns(title: str, values: dict[str, str]) -> str:
    width = max(len(name) for name in (title, *values))
    rows = [(title, "value"), *sorted(values.items())]
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)


def test_launch_for_programs(launched: Any) -> None:
    outputs = launched["outputs"]
    assert launched == {
        "name": NAME,
        "product": PRODUCT,
        "version": "1.0.0",
        "config": STEM,
        "status": "AVAILABLE",
        "reason": "",
        "stack": launched["stack"],
        "outputs": outputs,
        "ssm": {f"/ml/{NAME}/BucketName": outputs["BucketName"]},
        "alerts": {"endpoint": EMAIL, "state": "pending"},
    }
    assert launched["stack"].startswith(f"SC-{ACCOUNT}-pp-")


def test_launch_for_people(account: Account, publisher: Publisher) -> None:
    account.publish()
    ran = publisher("launch", PATH)
    shown = publisher("--json", "outputs", PATH).document
    assert ran.code == 0
    assert ran.out == (
        f"{NAME}  AVAILABLE\n"
        f"product  {PRODUCT} 1.0.0\n"
        f"config   {STEM}\n"
        f"stack    {shown['stack']}\n"
        "\n"
        f"{columns('output', shown['outputs'])}"
        "\n"
        f"{columns('SSM parameter', shown['ssm'])}"
        "\n"
        f"alerts: {EMAIL} pending, not confirmed; no alerts are delivered\n"
        f"{NEXT}"
    )
    _, unchecked, *lines = ran.err.splitlines()
    assert unchecked == (
        f"{NAME}: L107, L215, L216, L301, L302 not checked: the template of version 1.0.0 is not in the files"
    )
    assert lines[0] == f"{NAME}: launching {PRODUCT} 1.0.0 as {shown['stack']}"
    assert "  CREATE_COMPLETE     AWS::KMS::Key                       Key" in lines
    assert lines[-1] == f"{NAME}: SUCCEEDED"


def test_preflight_makes_nothing(account: Account, publisher: Publisher) -> None:
    account.publish()
    ran = publisher("preflight", PATH)
    assert ran.code == 0, ran.err
    first, *lines = ran.out.splitlines()
    assert first == f"{NAME}: {PRODUCT} 1.0.0"
    shown = [line for line in lines if line[2:3].strip() and line[:2] == "  "]
    assert shown[0] == "  warning      L204  bucket edge-source not found"
    assert [line[2:13].strip() for line in shown] == ["warning"] + ["not checked"] * 5 + ["ok"] * 7
    assert shown[6:8] == [
        "  ok           L101  No launch or SageMaker project has the config's name",
        "  ok           L102  One product is available to the caller",
    ]
    assert ran.out.endswith("\n13 checks: 5 not checked, 7 ok, 1 warning\n")
    assert publisher("outputs", PATH).code == 1
    found = publisher("--json", "preflight", PATH, "--skip", "L204").document
    assert (found["name"], found["product"], found["version"]) == (NAME, PRODUCT, "1.0.0")
    statuses = {it["id"]: it["status"] for it in found["checks"]}
    assert (statuses["L204"], statuses["L106"], statuses["L301"]) == ("skipped", "ok", "not checked")
    # Of roles that others make, SageMaker projects and blueprints: this launch is none of them.
    assert statuses.keys().isdisjoint({"L108", "L109", "L110", "L111"})


def test_preflight_of_what_would_be_refused(account: Account, publisher: Publisher) -> None:
    account.publish()
    assert publisher("launch", PATH).code == 0
    ran = publisher("--json", "preflight", PATH)
    assert ran.code == 3
    (refused,) = [it for it in ran.document["checks"] if it["status"] == "error"]
    assert refused["id"] == "L101"
    assert refused["message"] == f"{NAME}: already launched from this config: {PRODUCT} 1.0.0, AVAILABLE"
    assert ran.document["error"]["message"] == f"{NAME}: the launch would be refused: L101"


def test_launch_of_a_version(account: Account, publisher: Publisher) -> None:
    product_id = account.publish()
    second = account.build.version(product_id, "1.1.0", template=TEMPLATE)
    assert publisher("launch", PATH, "--version", "1.2.0") == Ran(
        code=2,
        out="",
        err=f"error: {PRODUCT}: version '1.2.0' not found\nhint: available versions: 1.0.0, 1.1.0\n",
    )
    account.catalog.update_provisioning_artifact(
        ProductId=product_id, ProvisioningArtifactId=second, Guidance="DEPRECATED"
    )
    assert publisher("launch", PATH, "--version", "1.1.0").code == 3
    assert publisher("--json", "launch", PATH, "--version", "1.0.0").document["version"] == "1.0.0"


def test_launch_through_a_portfolio(account: Account, publisher: Publisher) -> None:
    product_id = account.publish()
    account.build.place(product_id, account.build.portfolio("Trials"), role=f"launch-{PRODUCT}")
    ran = publisher("launch", PATH, "--portfolio", "Other")
    assert (ran.code, ran.err.startswith(f"error: {PRODUCT}: not available through portfolio 'Other'\n")) == (
        2,
        True,
    )
    assert publisher("launch", PATH, "--portfolio", "Trials").code == 0


def test_launch_without_waiting(account: Account, publisher: Publisher) -> None:
    account.publish()
    ran = publisher("launch", PATH, "--no-wait", connect=account.connect)
    assert (ran.code, f"{NAME}: launching {PRODUCT} 1.0.0 as SC-" in ran.err) == (0, True)
    assert account.aws.calls["servicecatalog:DescribeRecord"] == 0
    detail = account.catalog.describe_provisioned_product(Name=NAME)["ProvisionedProductDetail"]
    detail |= {"Status": "UNDER_CHANGE"}
    account.answer("servicecatalog", "DescribeProvisionedProduct", {"ProvisionedProductDetail": detail})
    shown = publisher("outputs", PATH, connect=account.connect).out.splitlines()
    assert shown[0] == f"{NAME}  UNDER_CHANGE"
    assert shown[-2:] == [
        "UNDER_CHANGE: an operation on the launch is in progress, and no other can start",
        f"next: wait until it has finished; {PUBLISHER} outputs {PATH} shows its status",
    ]


@cases(
    ("begin", "version", "code", "last", "shown"),
    {
        "an update": ("update", "1.0.0", 0, f"{NAME}: SUCCEEDED", f"{NAME}  AVAILABLE"),
        "one that fails": (
            "update",
            "1.1.0",
            1,
            "hint: the template reads an output of a stack that is not in this account and Region, or not "
            "there yet: make that stack first, or correct the name in the config, then update it again",
            "",
        ),
        "a termination": ("terminate", "", 0, f"{NAME}: SUCCEEDED", f"{NAME}: terminated"),
    },
)
def test_outputs_follow_what_others_began(
    begin: str, version: str, code: int, last: str, shown: str, account: Account, publisher: Publisher
) -> None:
    account.build.version(account.publish(), "1.1.0", template=BROKEN)
    assert publisher("launch", PATH, "--version", "1.0.0").code == 0
    events = account.aws.client("servicecatalog").meta.events
    handler = "after-call.servicecatalog.DescribeProvisionedProduct"

    def begun(parsed: dict[str, Any], **_: object) -> None:
        events.unregister(handler, begun)
        detail, team = parsed["ProvisionedProductDetail"], account.aws.client("servicecatalog")
        if begin == "terminate":
            record = team.terminate_provisioned_product(ProvisionedProductId=detail["Id"])
        else:
            keys = ("CompanyPrefix", "Environment", "TenantId", "UseCase", "SourceBucket")
            record = team.update_provisioned_product(
                ProvisionedProductId=detail["Id"],
                ProductId=detail["ProductId"],
                ProvisioningArtifactName=version,
                ProvisioningParameters=[{"Key": key, "UsePreviousValue": True} for key in keys],
            )
        detail |= {"Status": "UNDER_CHANGE", "LastRecordId": record["RecordDetail"]["RecordId"]}

    events.register(handler, begun)
    ran = publisher("outputs", PATH, "--watch", connect=account.connect)
    assert (ran.code, ran.err.splitlines()[-1], ran.out.partition("\n")[0]) == (code, last, shown)


def test_launch_interrupted(account: Account, publisher: Publisher) -> None:
    account.publish()
    account.answer("servicecatalog", "DescribeRecord", {"RecordDetail": {"Status": "IN_PROGRESS"}})
    ran = publisher("--json", "launch", PATH, connect=account.connect, clock=clock(interrupt))
    assert (ran.code, ran.document) == (
        130,
        {
            "error": {
                "code": "interrupted",
                "message": f"{NAME}: stopped watching; the launch continues in AWS",
                "hint": f"run {PUBLISHER} outputs {PATH} to see its status",
            }
        },
    )


def test_launch_that_fails(account: Account, publisher: Publisher) -> None:
    account.publish(template=BROKEN)
    ran = publisher("launch", PATH)
    error, hint = ran.err.splitlines()[-2:]
    assert (ran.code, ran.out) == (1, "")
    assert error.startswith(f"error: {NAME}: the launch failed: Bucket (AWS::S3::Bucket): ")
    again = f"run {PUBLISHER} terminate {PATH} --force to remove what is left and launch again"
    assert hint == (
        "hint: the template reads an output of a stack that is not in this account and Region, or not there "
        f"yet: make that stack first, or correct the name in the config, then {again}"
    )
    shown = publisher("outputs", PATH).out.splitlines()
    assert (shown[0], shown[1].startswith("reason   ")) == (f"{NAME}  ERROR", True)
    assert publisher("terminate", PATH, "--force").code == 0
    assert publisher("outputs", PATH).err.startswith(f"error: {NAME}: no launch has this name")


def test_launch_twice(launched: Any, publisher: Publisher) -> None:
    assert publisher("launch", PATH) == Ran(
        code=3,
        out="",
        err=f"error: {NAME}: already launched from this config: {PRODUCT} 1.0.0, AVAILABLE\n"
        f"hint: run {PUBLISHER} changes {PATH} to see what an update would change, "
        f"{PUBLISHER} update {PATH} to update it, {PUBLISHER} terminate {PATH} --force to delete it\n",
    )


def test_a_config_that_is_wrong(publisher: Publisher, project: Path) -> None:
    """Found before AWS is asked: there is none here."""
    (project / PATH).write_text(CONFIG.replace('tenant_id: "b001"', "tenant_id: b001x"))
    ran = publisher("launch", PATH)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {PATH}:1:")
    for command in ("outputs", "alerts", "terminate"):
        assert publisher(command, PATH).err == ran.err


def test_a_config_that_is_not_there(publisher: Publisher) -> None:
    ran = publisher("launch", "configs/nowhere.yaml")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: configs/nowhere.yaml:1:1: P001 file not found")


def test_declarations_that_are_wrong(publisher: Publisher, project: Path) -> None:
    (project / "portfolio/ml.yaml").write_text(PORTFOLIO.replace("regions", "region"))
    ran = publisher("launch", PATH)
    assert (ran.code, ran.err.startswith("error: portfolio/ml.yaml:3:1: ")) == (2, True)


def test_a_product_that_is_not_declared(publisher: Publisher, project: Path) -> None:
    family = project / "products/ml-project/product.yaml"
    family.write_text(FAMILY.replace("[professional, starter]", "[starter]"))
    ran = publisher("launch", PATH)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"error: no product matches '{PRODUCT}'")


def test_configs_alone(account: Account, publisher: Publisher, project: Path) -> None:
    """A team's project: the products are declared elsewhere."""
    (project / "products/ml-project/product.yaml").unlink()
    shutil.rmtree(project / "portfolio")
    account.publish("Whatever it is called")
    ran = publisher("--json", "launch", PATH)
    assert (ran.code, ran.document["product"]) == (0, PRODUCT)
    assert ran.err.splitlines()[0] == (
        f"{PRODUCT}: searching the available products for launch role launch-{PRODUCT}"
    )


@pytest.mark.parametrize("command", ["launch", "outputs", "alerts", "terminate"])
@cases(
    ("before", "after", "message"),
    {
        "account": (ACCOUNT, "222222222222", "the config is for account 222222222222, but you are"),
        "region": (
            "region: us-west-2",
            "region: eu-west-1",
            "the config is for Region eu-west-1, but you work in us-west-2",
        ),
    },
)
def test_another_place(
    account: Account, publisher: Publisher, project: Path, command: str, before: str, after: str, message: str
) -> None:
    path = PATH.replace(REGION, "eu-west-1") if "eu" in after else PATH
    (project / path).write_text(CONFIG.replace(before, after))
    ran = publisher(command, path)
    assert (ran.code, ran.err.startswith(f"error: {path}: {message}")) == (3, True)


def test_a_launch_by_a_role_that_is_not_admitted(
    account: Account, project: Path, publisher: Publisher
) -> None:
    admits = "principals: [{principal_arn: 'arn:{partition}:iam:::role/ds-*', principal_type: IAM_PATTERN}]"
    with (project / "portfolio/ml.yaml").open("a") as file:
        file.write(f"{admits}\n")
    refused = publisher("launch", PATH)
    assert (refused.code, refused.err.splitlines()[-1]) == (
        3,
        "hint: choose a --profile of a role that ML Platform admits (arn:aws:iam:::role/ds-*), or ask ml to "
        f"make your role a principal of ML Platform; if it is not published, run {PUBLISHER} sync",
    )
