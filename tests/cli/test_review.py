"""`report CONFIG`: the page that reviews a launch before it happens."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import CONFIG, FORM_FILE, PUBLISHER, Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.cli.test_updates import change
from tests.conftest import Run, cases, write_files
from tests.launch.account import EMAIL, NAME, PATH, PRODUCT, STEM, TEMPLATE, Account

PAGE = f".publisher/report/{STEM}.html"
HOSTILE = "<script>alert(1)</script>"


def refuse(**_: object) -> Any:
    raise AssertionError("an AWS identity was asked for")


def page(project: Path, name: str = PAGE) -> str:
    return (project / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """What a person reads in each section of the page, on one line."""
    found = {}
    for part in text.split("<section ")[1:]:
        words = re.sub(r"<[^>]*>", " ", re.sub(r"<wbr>", "", part.partition(">")[2]))
        found[part.partition('id="')[2].partition('"')[0]] = " ".join(html.unescape(words).split())
    return found


def test_a_new_launch(account: Account, publisher: Publisher, project: Path) -> None:
    """Values and where they come from, names, checks; the same bytes again, and nothing of this machine."""
    account.publish()
    ran = publisher("--json", "report", PATH)
    assert ran.code == 0, ran.err
    document = ran.document
    assert {key: document[key] for key in ("name", "product", "version", "verdict", "impact")} == {
        "name": NAME,
        "product": PRODUCT,
        "version": "1.0.0",
        "verdict": "new",
        "impact": None,
    }
    assert [Path(document["folder"], name) for name in document["files"]] == [project / PAGE]
    text = page(project)
    shown = sections(text)
    assert "A new launch would be made." in text
    assert "Impact New: nothing is deployed from this config." in shown["impact"]
    assert "client.company_prefix The start of every resource name. edge client.account_id" in shown["config"]
    assert 'e.g. realtime. "" by default ml_product.source' in shown["config"]
    assert "Environment prod by the form: {{ environment.env }}" in shown["parameters"]
    assert "Group AWS::SageMaker::ModelPackageGroup edge-prod-group" in shown["resources"]
    assert f"Bucket AWS::S3::Bucket generated sc-{ACCOUNT}-pp-*-bucket-*" in shown["resources"]
    assert f"Parameter AWS::SSM::Parameter /ml/{NAME}/BucketName" in shown["resources"]
    assert "Parameter (drawn in Bucket ) → Bucket" in shown["resources"]
    assert "Subscription (drawn in Topic ) → Topic" in shown["resources"]
    assert "owner ml config publisher:config" in shown["tags"]
    assert "no alerts are delivered until its owner has followed the link" in shown["alerts"]
    assert (
        "Bucket AWS::S3::Bucket: must be empty first Group AWS::SageMaker::ModelPackageGroup: must be empty "
        "first Key AWS::KMS::Key: can be restored for 30 days"
    ) in shown["end"]
    (warning,) = [it for it in document["checks"] if it["status"] == "warning"]
    line = {"text": f"{warning['id']}: {warning['message']}", "level": "warning", "section": "checks"}
    assert line in document["checklist"]
    assert f"run publisher --region {REGION} seed {PATH} to prepare it" in shown["checks"]
    assert warning["message"] in shown["checklist"] and "Approved by" in shown["checklist"]
    assert "While nobody uses it: USD 1.00 a month" in shown["costs"]
    assert "AWS::KMS::Key by the month ( pricing ) 1.00 1 1.00 Key" in shown["costs"]
    assert "OnlyKms" in shown["policy"] and "edge-prod-group" in shown["policy"]
    assert str(project) not in text and "ml-team-fraud/me" not in text
    assert publisher("report", PATH).code == 0
    assert page(project) == text


REFUSED = {
    "not available": ("", "L102", f"{PRODUCT}: not available"),
    "another config's": ("other", "L101", "config 'other' already uses this name"),
}


@cases(("config", "rule", "message"), REFUSED)
def test_the_page_of_what_is_refused_is_written(
    account: Account, publisher: Publisher, project: Path, config: str, rule: str, message: str
) -> None:
    if config:
        account.publish()
        write_files(project, {f"configs/{config}.yaml": CONFIG})
        form = project / FORM_FILE
        form.write_text(re.sub(r"file_name: >-\n(  .*\n)+", "", form.read_text()))
        assert publisher("launch", f"configs/{config}.yaml").code == 0
    ran = publisher("report", PATH)
    assert (ran.code, message in ran.err) == (3, True)
    shown = sections(page(project))
    assert "ml-team-fraud/me" not in page(project)
    assert f"error {rule} " in shown["checks"] and f"critical {rule}: " in shown["checklist"]
    # The files say what there would be.
    assert "Group AWS::SageMaker::ModelPackageGroup edge-prod-group" in shown["resources"]


def test_an_update(launched: Any, account: Account, publisher: Publisher, project: Path) -> None:
    """Of what is launched from the config it shows what changes shows, and the checks of an update."""
    ran = publisher("report", PATH)
    assert (ran.code, f"{NAME}: up to date: " in ran.out) == (0, True)
    assert "Alerts go to ml-alerts@edge.example.com , as before." in sections(page(project))["alerts"]
    change(project, "log_retention_days: 90", "log_retention_days: 365")
    change(project, "ml-alerts@edge.example.com", "new@edge.example.com")
    document = publisher("--json", "report", PATH).document
    changes = publisher("--json", "changes", PATH).document
    assert document["impact"]["changes"] == changes["changes"]
    shown = sections(page(project))
    assert "AlertsEmail parameter ml-alerts@edge.example.com → new@edge.example.com" in shown["impact"]
    assert "Alerts go to new@edge.example.com, who confirms" in shown["checklist"]
    assert "Subscription.Endpoint" in shown["impact"]
    assert f"{PUBLISHER} update {PATH}" in shown["summary"]
    assert "L101" not in shown["checklist"]
    taken = account.catalog.search_provisioned_products()["ProvisionedProducts"]
    assert [it["Status"] for it in taken] == ["AVAILABLE"]


@cases(
    ("words", "version", "resources"),
    {
        "of the files": ((), "1.0.0", "Group AWS::SageMaker::ModelPackageGroup edge-prod-group"),
        "of another version": (("--version", "9.9.9"), "9.9.9", "Not known, as the template is not."),
    },
)
def test_offline(
    publisher: Publisher, project: Path, words: tuple[str, ...], version: str, resources: str
) -> None:
    ran = publisher("report", PATH, "--offline", *words, "-o", project / "out", connect=refuse)
    assert ran.code == 0, ran.err
    shown = sections(page(project, f"out/{STEM}.html"))
    assert f"Version {version}" in shown["summary"]
    assert resources in shown["resources"]
    assert "Not looked at, because no AWS call was made: " in shown["checklist"]
    assert "No check was made" in shown["checks"]


READING = (
    TEMPLATE.replace(
        "SourceBucket: {Type: String}", "SourceBucket: {Type: AWS::SSM::Parameter::Value<String>}"
    )
    .replace('"${CompanyPrefix}-${Environment}-group"', '"${SourceBucket}-group"')
    .replace("Bucket: {Type: AWS::S3::Bucket}", "Bucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}")
)


def test_what_the_values_make(account: Account, publisher: Publisher, project: Path) -> None:
    """What an SSM parameter holds now counts, and a resource whose condition does not hold is left out."""
    account.client("ssm").put_parameter(Name="edge-source", Value="stored", Type="String")
    account.publish(template=READING)
    change(project, f"  alerts_email: {EMAIL}\n", "")
    ran = publisher("--json", "report", PATH)
    assert ran.code == 0, ran.err
    shown = sections(page(project))
    assert "edge-source stored in this SSM parameter now" in shown["parameters"]
    assert "Group AWS::SageMaker::ModelPackageGroup stored-group" in shown["resources"]
    assert "Subscription AWS::SNS::Subscription HasAlertsEmail" in shown["resources"]
    assert "Subscription (drawn in" not in shown["resources"]
    assert "go to nobody" in shown["alerts"] and "Bucket AWS::S3::Bucket: stays" in shown["end"]
    kept = {"text": "A termination does not delete Bucket", "level": "note", "section": "end"}
    assert kept in ran.document["checklist"]


SECRET = "hunter2-hunter2"
SECRETIVE = TEMPLATE.replace(
    "  UseCase: {Type: String}\n",
    "  UseCase: {Type: String}\n  Other: {Type: String}\n  Password: {Type: String, NoEcho: true}\n",
).replace('"${CompanyPrefix}-${Environment}-group"', '"${Password}-group"')


@pytest.mark.parametrize("offline", [False, True])
def test_secrets_are_not_on_the_page(
    account: Account, publisher: Publisher, project: Path, run: Run, *, offline: bool
) -> None:
    """Neither as parameters nor as the fields and names that are made of them."""
    form = (project / FORM_FILE).read_text()
    form = form.replace(
        "        use_case:\n", "        password: {type: string, pattern: '.*'}\n        use_case:\n", 1
    ).replace("values:\n", "values:\n  word: '{{ ml_product.password.lower() }}'\n", 1)
    form = form.replace("- set:\n", "- set:\n    Password: '{{ word }}'\n    Other: 'a{{ word }}b'\n", 1)
    write_files(
        project,
        {
            FORM_FILE: form,
            PATH: CONFIG.replace("  tier:", f"  password: {SECRET}\n  tier:"),
            "products/ml-project/template/main.yaml.j2": SECRETIVE,
        },
    )
    if not offline:
        account.publish(template=SECRETIVE)
    ran = publisher("--json", "report", PATH, *(["--offline"] if offline else []))
    assert ran.code == 0, ran.err
    text = page(project)
    assert SECRET not in text.replace("<wbr>", "") and SECRET not in ran.out + ran.err
    shown = sections(text)
    assert "Password (hidden) by the form" in shown["parameters"]
    assert "ModelPackageGroup generated *-group" in shown["resources"]
    assert "Other a(hidden)b by the form" in shown["parameters"]
    assert "ml_product.password (hidden) ml_product" in shown["config"]


def test_what_others_wrote_stays_text(account: Account, publisher: Publisher, project: Path) -> None:
    hostile = TEMPLATE.replace(
        "AlertsEmail: {Type: String,", f"AlertsEmail: {{Type: String, Description: '{HOSTILE}',"
    )
    labels = f"ParameterLabels: {{UseCase: {{default: '{HOSTILE}'}}}}"
    hostile += f"Metadata:\n  AWS::CloudFormation::Interface: {{{labels}}}\n"
    account.publish(template=hostile)
    change(project, "company_name: Edge", f"company_name: '{HOSTILE}'")
    assert publisher("report", PATH).code == 0
    text = page(project)
    assert "<script" not in text and text.count("&lt;script&gt;") == 2


def test_a_template_that_nobody_may_read(account: Account, publisher: Publisher, project: Path) -> None:
    """What the account says of the parameters is shown, and nothing is taken for known."""
    account.publish(template=SECRETIVE.replace("NoEcho: true", f"NoEcho: true, Default: {SECRET}"))
    account.deny("servicecatalog", "DescribeProvisioningArtifact")
    change(project, "tags:", "parameters: {Other: other}\ntags:")
    ran = publisher("report", PATH, connect=account.connect)
    assert ran.code == 0, ran.err
    shown = sections(page(project))
    assert "You may not read the template of 1.0.0, and the files have another (1.0.0)." in shown["summary"]
    assert "Other other from the config" in shown["parameters"] and SECRET not in page(project)
    assert "Environment prod by the form:" in shown["parameters"]
    for section in ("resources", "costs", "end", "policy"):
        assert shown[section].endswith("Not known, as the template is not."), section


GENERIC = f"""\
product: elsewhere
name: queue
account_id: "{ACCOUNT}"
region: {REGION}
parameters: {{Name: hidden-or-not}}
"""


def test_a_product_that_the_files_do_not_have(run: Run, tmp_path: Path) -> None:
    """Offline nobody knows which of its parameters are secret."""
    write_files(tmp_path, {"configs/queue.yaml": GENERIC})
    ran = run("-C", tmp_path, "report", "configs/queue.yaml", "--offline", connect=refuse)
    assert ran.code == 0, ran.err
    text = page(tmp_path, ".publisher/report/queue.html")
    assert "hidden-or-not" not in text
    assert "Name (hidden) from the config" in sections(text)["parameters"]


def test_the_options_of_a_review_need_a_config(publisher: Publisher) -> None:
    ran = publisher("report", "--offline")
    assert (ran.code, ran.err) == (
        2,
        "error: --offline, --version, --portfolio and --skip are of the review of a launch\n"
        f"hint: name its config: {PUBLISHER} report configs/x.yaml\n",
    )
