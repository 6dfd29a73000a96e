from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from catalog_emulator.sns import mails

from publisher.aws.waiting import Clock
from publisher.cli.launch_text import contents_text
from publisher.errors import quoted
from publisher.launch.launch_contents import Contents, Resource
from publisher.launch.provisioned import get
from tests.account import ACCOUNT, REGION
from tests.cli.conftest import lines_of
from tests.conftest import ROOT, Ran, Run, cases, write_files
from tests.launch.account import (
    BROKEN,
    EMAIL,
    NAME,
    PATH,
    PLACE,
    PRODUCT,
    STEM,
    TEMPLATE,
    Account,
    follow_the_link,
    launch_request,
)
from tests.samples import Ticks

CONFIG = f"""\
client: {{company_name: Edge, company_prefix: edge, account_id: "{ACCOUNT}", tenant_id: "b001"}}
environment: {{env: prod, region: {REGION}}}
ml_product:
  tier: professional
  use_case: fraud
  source_control: s3
  s3_prefix: edge-source
  alerts_email: {EMAIL}
  log_retention_days: 90
tags: {{owner: ml}}
"""
FORM_FILE = "products/ml-project/launch.yaml"
FAMILY = """\
family: ml-project
version: "1.0.0"
display_name: "ML project: {tier}, {source_control}"
owner: ml
axes:
  tier: {professional: professional, starter: starter, enterprise: enterprise}
  source_control: {s3: S3}
  vpc_mode: {none: "", sgprov: sgprov}
  vpc_source: {none: "", ssm: SSM, direct: direct}
combinations:
  - {tier: [professional, starter], source_control: [s3], vpc_mode: [none], vpc_source: [none]}
template: template/main.yaml.j2
"""
PORTFOLIO = """\
display_name: ML Platform
provider_name: ML
regions: [us-west-2]
products:
  - product: ml-project-*
    constraints: [{type: LAUNCH}]
"""
PUBLISHER = f"publisher --region {REGION}"
NEXT = (
    "next: ask its owner to follow the link in the email "
    "'AWS Notification - Subscription Confirmation';\n"
    f"      run {PUBLISHER} alerts {PATH} --wait to wait for it, --resend to resend the email\n"
)


@pytest.fixture
def account(moto: None, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(
        tmp_path,
        {
            PATH: CONFIG,
            "products/ml-project/product.yaml": FAMILY,
            FORM_FILE: (ROOT / FORM_FILE).read_text(),
            "products/ml-project/template/main.yaml.j2": TEMPLATE,
            "portfolio/ml.yaml": PORTFOLIO,
        },
    )


def clock(at_pauses: Callable[[], object] = lambda: None) -> Clock:
    """Time passes only by sleeping, and something may happen then."""
    ticks = Ticks()

    def sleep(seconds: float) -> None:
        ticks.sleep(seconds)
        at_pauses()

    return Clock(now=ticks.now, sleep=sleep)


def interrupt() -> None:
    raise KeyboardInterrupt


Publisher = Callable[..., Ran]


@pytest.fixture
def publisher(run: Run, project: Path) -> Publisher:
    return lambda *words, **injected: run("-C", project, "--region", REGION, *words, **injected)


@pytest.fixture
def launched(account: Account, publisher: Publisher) -> Any:
    """A launch of the config; its document."""
    account.publish()
    ran = publisher("--json", "launch", PATH)
    assert ran.code == 0, ran.err
    return ran.document


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
    lines = ran.err.splitlines()
    assert lines[0] == f"{NAME}: launching {PRODUCT} 1.0.0 as {shown['stack']}"
    assert "  CREATE_COMPLETE     AWS::KMS::Key                       Key" in lines
    assert lines[-1] == f"{NAME}: SUCCEEDED"


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
    assert (ran.code, ran.err.startswith(f"{NAME}: launching {PRODUCT} 1.0.0 as SC-")) == (0, True)
    assert account.aws.calls["servicecatalog:DescribeRecord"] == 0
    detail = account.catalog.describe_provisioned_product(Name=NAME)["ProvisionedProductDetail"]
    detail |= {"Status": "UNDER_CHANGE"}
    account.answer("servicecatalog", "DescribeProvisionedProduct", {"ProvisionedProductDetail": detail})
    shown = publisher("outputs", PATH, connect=account.connect).out.splitlines()
    assert shown[0] == f"{NAME}  UNDER_CHANGE"
    assert shown[-1] == f"next: it continues in AWS; run {PUBLISHER} outputs {PATH} to see its status"


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
    account.s3.create_bucket(Bucket="taken", CreateBucketConfiguration={"LocationConstraint": REGION})
    account.publish(template=BROKEN)
    ran = publisher("launch", PATH)
    error, hint = ran.err.splitlines()[-2:]
    assert (ran.code, ran.out) == (1, "")
    assert error.startswith(f"error: {NAME}: the launch failed: Bucket (AWS::S3::Bucket): ")
    again = f"run {PUBLISHER} terminate {PATH} --force to remove what is left and launch again"
    assert hint == f"hint: fix this, then {again}"
    shown = publisher("outputs", PATH).out.splitlines()
    assert (shown[0], shown[1].startswith("reason   ")) == (f"{NAME}  ERROR", True)
    assert publisher("terminate", PATH, "--force").code == 0
    assert publisher("outputs", PATH).err.startswith(f"error: {NAME}: no launch has this name")


def test_launch_twice(launched: Any, publisher: Publisher) -> None:
    assert publisher("launch", PATH) == Ran(
        code=3,
        out="",
        err=f"error: {NAME}: already launched from this config: {PRODUCT} 1.0.0, AVAILABLE\n"
        f"hint: run {PUBLISHER} outputs {PATH} to see it, "
        f"{PUBLISHER} terminate {PATH} --force to delete it\n",
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


def test_a_config_by_its_path_from_here(
    account: Account, publisher: Publisher, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "configs")
    assert publisher("outputs", f"{STEM}.yaml").err.startswith(f"error: {NAME}: no launch has this name")


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


def test_outputs_by_name(launched: Any, publisher: Publisher) -> None:
    assert publisher("--json", "outputs", NAME).document == launched


def test_outputs_by_an_alternative(launched: Any, publisher: Publisher, project: Path) -> None:
    path = "configs/edge-prod-b001-us-west-2-fraud-ml-codecommit.yaml"
    text = CONFIG.replace("source_control: s3", "source_control: codecommit").replace(
        "  s3_prefix: edge-source\n", ""
    )
    (project / path).write_text(text)
    ran = publisher("--json", "outputs", path)
    assert (ran.code, ran.document) == (0, launched)
    assert ran.err == f"{NAME}: launched from config '{STEM}'\n"
    assert publisher("terminate", path, "--force").err == (
        f"error: {NAME}: launched from config '{STEM}', not from {path}: "
        f"{PRODUCT} 1.0.0\nhint: run {PUBLISHER} terminate {NAME} to delete it by its name\n"
    )


def test_outputs_of_nothing(account: Account, publisher: Publisher) -> None:
    assert publisher("outputs", "nobody") == Ran(
        code=1,
        out="",
        err=f"error: nobody: no launch has this name in {PLACE}\n"
        f"hint: launch it with {PUBLISHER} launch CONFIG, or choose another --profile or --region\n",
    )


def test_alerts(launched: Any, publisher: Publisher) -> None:
    assert (
        publisher("alerts", PATH).out
        == f"alerts: {EMAIL} pending, not confirmed; no alerts are delivered\n{NEXT}"
    )
    follow_the_link()
    assert publisher("--json", "alerts", PATH, "--wait", "--resend") == Ran(
        code=0,
        out=json.dumps({"alerts": {"endpoint": EMAIL, "state": "confirmed"}, "name": NAME}, indent=2) + "\n",
        err=f"{EMAIL}: already confirmed, no email sent\n",
    )
    assert publisher("alerts", PATH).out == f"alerts: {EMAIL} confirmed\n"


def test_alerts_wait(launched: Any, publisher: Publisher) -> None:
    assert publisher("alerts", PATH, "--wait", "--resend", clock=clock(follow_the_link)) == Ran(
        code=0,
        out=f"alerts: {EMAIL} confirmed\n",
        err=f"{EMAIL}: confirmation email sent\n{EMAIL}: waiting up to 10 minutes for confirmation\n",
    )
    assert len(mails(EMAIL)) == 2


def test_alerts_wait_in_vain(launched: Any, publisher: Publisher) -> None:
    assert publisher("-q", "alerts", PATH, "--wait", "--timeout", "1.5", clock=clock()) == Ran(
        code=1,
        out="",
        err=f"error: {EMAIL}: alerts were not confirmed within 1.5 minutes\n"
        f"hint: run {PUBLISHER} alerts {PATH} --resend to resend the email\n",
    )
    assert publisher("-q", "alerts", PATH, "--wait", clock=clock(interrupt)) == Ran(
        code=130,
        out="",
        err=f"error: {EMAIL}: stopped waiting; the subscription is still pending\n"
        f"hint: run {PUBLISHER} alerts {PATH} --wait to wait again\n",
    )


def test_alerts_that_were_deleted(launched: Any, account: Account, publisher: Publisher) -> None:
    follow_the_link()
    account.client("sns").unsubscribe(SubscriptionArn=launched["outputs"]["AlertsSubscriptionArn"])
    assert publisher("alerts", PATH).out == (
        f"alerts: {EMAIL} deleted; no alerts are delivered\n"
        f"next: run {PUBLISHER} alerts {PATH} --resend to subscribe the address again\n"
    )
    assert publisher("outputs", NAME).out.endswith(
        f"alerts: {EMAIL} deleted; no alerts are delivered\n"
        f"next: run {PUBLISHER} alerts {NAME} --resend to subscribe the address again\n"
    )
    assert publisher("alerts", NAME, "--resend").code == 0
    assert publisher("alerts", NAME).out.startswith(f"alerts: {EMAIL} pending, not confirmed")


def test_no_alerts(account: Account, publisher: Publisher, project: Path) -> None:
    (project / PATH).write_text(CONFIG.replace(f"  alerts_email: {EMAIL}\n", ""))
    account.publish()
    shown = publisher("launch", PATH).out
    assert shown.endswith("alerts: none; no email address is subscribed\n")
    assert publisher("alerts", PATH).out == "alerts: none; no email address is subscribed\n"
    for option in ("--wait", "--resend"):
        assert publisher("alerts", PATH, option) == Ran(
            code=3,
            out="",
            err=f"error: {NAME}: no alert subscription to confirm\n"
            "hint: set ml_product.alerts_email, if the product has alerts\n",
        )


def test_terminate(launched: Any, account: Account, publisher: Publisher) -> None:
    outputs = launched["outputs"]
    key = outputs["KmsKeyArn"].rpartition("/")[2]
    account.s3.put_object(Bucket=outputs["BucketName"], Key="train.csv", Body=b"1")
    shown = publisher("terminate", PATH)
    assert (shown.code, shown.err) == (
        3,
        f"error: {NAME}: --force is required to delete all this\n"
        f"hint: run {PUBLISHER} terminate {PATH} --force --empty\n",
    )
    assert shown.out == (
        f"{NAME}  AVAILABLE\n"
        f"product  {PRODUCT} 1.0.0\n"
        f"config   {STEM}\n"
        f"stack    {launched['stack']}\n"
        "\n"
        f"  AWS::KMS::Key                       1  {key}\n"
        f"  AWS::S3::Bucket                     1  {outputs['BucketName']}\n"
        f"  AWS::SNS::Subscription              1  {outputs['AlertsSubscriptionArn']}\n"
        f"  AWS::SNS::Topic                     1  {outputs['AlertsTopicArn']}\n"
        f"  AWS::SSM::Parameter                 1  /ml/{NAME}/BucketName\n"
        f"  AWS::SageMaker::ModelPackageGroup   1  {outputs['ModelPackageGroupArn']}\n"
        f"  not empty: bucket {outputs['BucketName']}: 1 object version (train.csv)\n"
    )
    content = {"kind": "bucket", "name": outputs["BucketName"], "count": 1, "names": ["train.csv"]}
    ran = publisher("--json", "terminate", PATH, "--force")
    assert (ran.code, ran.document["not_empty"], ran.document["error"]["code"]) == (3, [content], "refused")
    ran = publisher("terminate", PATH, "--force", "--empty")
    assert (ran.code, ran.out) == (
        0,
        f"{NAME}: terminated, stack {launched['stack']} deleted\n"
        f"KMS key {key}: pending deletion; to keep it: "
        f"aws kms cancel-key-deletion --key-id {key}\n",
    )
    lines = ran.err.splitlines()
    assert lines[:2] == [f"emptying bucket {outputs['BucketName']}", f"{NAME}: terminating {PRODUCT} 1.0.0"]
    assert lines[-1] == f"{NAME}: SUCCEEDED"
    assert publisher("terminate", PATH, "--force").err == (
        f"error: {NAME}: no launch has this name in {PLACE}\n"
        f"hint: launch it with {PUBLISHER} launch CONFIG, or choose another --profile or --region\n"
    )


def test_terminate_by_name(launched: Any, account: Account, publisher: Publisher) -> None:
    shown = publisher("terminate", NAME)
    assert (shown.code, shown.out.splitlines()[0]) == (3, f"{NAME}  AVAILABLE")
    assert shown.err == (
        f"error: {NAME}: --force is required to delete all this\n"
        f"hint: run {PUBLISHER} terminate {NAME} --force\n"
    )
    assert publisher("--json", "terminate", NAME, "--force").document["status"] == "TERMINATED"
    assert publisher("terminate", NAME, "--force").code == 1


@pytest.mark.parametrize("command", ["outputs", "terminate"])
@pytest.mark.parametrize("word", ["", "a b", "n" * 129, "-x", "a\nb"])
def test_what_is_neither_a_config_nor_a_name(command: str, word: str, publisher: Publisher) -> None:
    assert publisher(command, "--", word) == Ran(
        code=2,
        out="",
        err=f"error: {quoted(word)} is neither a launch config's file nor a launch's name\n"
        "hint: use a file like configs/x.yaml, or the name of a launch\n",
    )


def test_a_termination_lists_resources_briefly(launched: Any, account: Account, publisher: Publisher) -> None:
    """Many resources of a type, repositories, and a stack that the caller may not read."""
    held = get(account.aws, NAME)
    many = [Resource(type="AWS::CodeCommit::Repository", id=f"r{n}") for n in range(4)]
    goes = Contents(resources=tuple(many), not_empty=(), complete=True)
    assert lines_of(contents_text(held, goes))[5:] == [
        "  AWS::CodeCommit::Repository   4  r0, r1, r2, …",
        "  repositories are deleted with all their commits",
    ]
    account.deny("cloudformation", "ListStackResources", code="AccessDenied")
    assert publisher("terminate", PATH, connect=account.connect).out.splitlines()[5:] == [
        "your role cannot list the stack's resources; the outputs name these:",
        f"  AWS::KMS::Key                       1  {launched['outputs']['KmsKeyArn'].rpartition('/')[2]}",
        f"  AWS::S3::Bucket                     1  {launched['outputs']['BucketName']}",
        "  AWS::SageMaker::ModelPackageGroup   1  edge-prod-group",
    ]


def test_terminate_for_programs(launched: Any, publisher: Publisher) -> None:
    ran = publisher("--json", "terminate", PATH, "--force")
    document = ran.document
    assert [it["type"] for it in document.pop("resources")][:2] == ["AWS::KMS::Key", "AWS::S3::Bucket"]
    assert document == {
        "name": NAME,
        "product": PRODUCT,
        "version": "1.0.0",
        "status": "TERMINATED",
        "stack": launched["stack"],
        "not_empty": [],
    }


@pytest.mark.parametrize("name", ["theirs", "theirs.yaml"])
def test_a_launch_of_others_by_name_without_any_files(
    name: str, account: Account, run: Run, tmp_path: Path
) -> None:
    """Launched in the console, of a product of somebody else."""
    product_id = account.publish("Theirs", role="launch-" + PRODUCT)
    account.aws.client("servicecatalog").provision_product(
        ProductId=product_id,
        ProvisioningArtifactName="1.0.0",
        ProvisionedProductName=name,
        ProvisioningParameters=[
            {"Key": key, "Value": value} for key, value in launch_request().parameters.items()
        ],
    )
    connect = account.connect
    for command, code in (("outputs", 0), ("alerts", 0), ("terminate", 3)):
        assert run("-C", tmp_path, command, name, connect=connect).code == code
    done = run("-C", tmp_path, "terminate", name, "--force", connect=connect, clock=clock())
    assert (done.code, done.out.splitlines()[0].startswith(f"{name}: terminated")) == (0, True)


def test_the_hints_of_outputs_run_as_they_are(launched: Any, publisher: Publisher, run: Run) -> None:
    """From another folder, as the folder that was given is in them."""
    shown = publisher("outputs", NAME).out
    found = re.search(r"publisher (.*alerts \S+) --wait", shown)
    assert found is not None
    pasted = shlex.split(found[1])
    assert pasted == ["--region", REGION, "alerts", NAME]
    assert publisher(*pasted[2:], "--resend").code == 0


def test_a_config_whose_path_begins_with_a_hyphen(launched: Any, project: Path, publisher: Publisher) -> None:
    (project / "-d").mkdir()
    (project / PATH).rename(project / f"-d/{STEM}.yaml")
    ran = publisher("terminate", "--", f"-d/{STEM}.yaml")
    proposed = f"hint: run {PUBLISHER} terminate ./-d/{STEM}.yaml --force"
    assert (ran.code, ran.err.splitlines()[-1]) == (3, proposed)
    assert publisher("terminate", f"./-d/{STEM}.yaml", "--force").code == 0


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
