"""launch with --test, --remove-after and --expires, and of a config that is launched already."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tests.launch.account
from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import CONFIG, FORM_FILE, PUBLISHER, Publisher, clock, interrupt
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.launch.account import NAME, PATH, PRODUCT, STEM, Account

TEST_NAME = re.compile(r"edge-prod-b001-us-west-2-fraud-t[0-9a-f]{4}-ml")


# With names that tell launches of different workloads apart.
TEMPLATE = (
    tests.launch.account.TEMPLATE.replace(
        "  UseCase: {Type: String}\n", '  UseCase: {Type: String}\n  Workload: {Type: String, Default: ""}\n'
    )
    .replace("Conditions:\n", "Conditions:\n  Has: !Not [!Equals [!Ref Workload, '']]\n")
    .replace('"${CompanyPrefix}-${Environment}-group"', '"${CompanyPrefix}-${Environment}-group${Workload}"')
    .replace('!Sub "/ml/', '!Sub\n        - "/ml/')
    .replace(
        '${UseCase}-ml/BucketName"',
        "${UseCase}${W}-ml/BucketName\"\n        - W: !If [Has, !Sub '-${Workload}', '']",
    )
)
FAILING = TEMPLATE.replace(
    "Type: AWS::S3::Bucket}", "Type: AWS::S3::Bucket, Properties: {BucketName: !ImportValue taken}}"
)


def stacks(account: Account) -> list[dict[str, str]]:
    """The tags of what is launched."""
    found = account.catalog.search_provisioned_products()["ProvisionedProducts"]
    return [{tag["Key"]: tag["Value"] for tag in it["Tags"]} for it in found]


def test_a_test_launch(account: Account, publisher: Publisher) -> None:
    """Beside the launch of the config, with other names."""
    account.publish(template=TEMPLATE)
    assert publisher("launch", PATH).code == 0
    ran = publisher("--json", "launch", PATH, "--test", "--expires", "1d")
    document = ran.document
    assert (ran.code, bool(TEST_NAME.fullmatch(document["name"])), document["config"]) == (0, True, STEM)
    assert list(document["ssm"]) == [f"/ml/{document['name']}/BucketName"]
    remove = f"{PUBLISHER} terminate {document['name']} --force --empty"
    assert document["remove"] == remove
    assert publisher(*remove.split()[3:]).code == 0
    assert publisher("outputs", NAME).code == 0


def test_a_test_launch_that_is_removed(account: Account, publisher: Publisher) -> None:
    account.publish(template=TEMPLATE)
    ran = publisher("launch", PATH, "--test", "--remove-after")
    name = ran.out.split()[0]
    assert (ran.code, ran.out.splitlines()[-1]) == (0, f"{name}: removed")
    assert f"{name}: removing it\n" in ran.err
    assert stacks(account) == []


def test_a_test_launch_that_fails_is_removed(account: Account, publisher: Publisher) -> None:
    account.publish(template=FAILING)
    ran = publisher("launch", PATH, "--test", "--remove-after")
    *_, error, hint = ran.err.splitlines()
    assert (ran.code, ": the launch failed: Bucket (AWS::S3::Bucket): " in error) == (1, True)
    assert hint.endswith(", then launch again")
    assert ": removing it\n" in ran.err
    assert stacks(account) == []


def test_a_test_launch_that_is_interrupted_says_how_to_remove_it(
    account: Account, publisher: Publisher
) -> None:
    account.publish(template=TEMPLATE)
    account.answer("servicecatalog", "DescribeRecord", {"RecordDetail": {"Status": "IN_PROGRESS"}})
    words = ("launch", PATH, "--test", "--remove-after")
    ran = publisher(*words, connect=account.connect, clock=clock(interrupt))
    name = ran.err.splitlines()[-2].split()[1].rstrip(":")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        130,
        f"hint: run {PUBLISHER} outputs {name} to see its status; nothing removes it: "
        f"run {PUBLISHER} terminate {name} --force --empty",
    )
    # Nor does anything remove it when the process is killed: then it is among the expired ones.
    assert (
        stacks(account)[0]["publisher:expires"] == (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    )


def test_a_test_launch_that_goes_on_says_how_to_remove_it(account: Account, publisher: Publisher) -> None:
    """What the removal says does not hide why the launch was not followed to its end."""
    account.publish(template=TEMPLATE)
    account.answer("servicecatalog", "DescribeRecord", {"RecordDetail": {"Status": "IN_PROGRESS"}})
    names: list[str] = []

    def busy() -> None:
        if not names:
            (found,) = account.catalog.search_provisioned_products()["ProvisionedProducts"]
            names.append(found["Name"])
            detail = account.catalog.describe_provisioned_product(Id=found["Id"])["ProvisionedProductDetail"]
            answer = {"ProvisionedProductDetail": {**detail, "Status": "UNDER_CHANGE"}}
            account.answer("servicecatalog", "DescribeProvisionedProduct", answer)

    words = ("launch", PATH, "--test", "--remove-after")
    ran = publisher(*words, connect=account.connect, clock=clock(busy, times=100))
    (name,) = names
    *_, error, hint = ran.err.splitlines()
    assert (ran.code, error) == (
        1,
        f"error: {name}: the launch has not finished; its status is IN_PROGRESS",
    )
    assert hint.startswith("hint: it continues in AWS; ")
    assert f"; not removed: {name}: an operation is in progress" in hint
    assert hint.endswith(f": when it has ended run {PUBLISHER} terminate {name} --force --empty")


def test_what_test_launches_need(account: Account, publisher: Publisher, project: Path) -> None:
    assert publisher("launch", PATH, "--remove-after").err == (
        "error: --remove-after needs --test and --wait\nhint: add --test, and leave out --no-wait\n"
    )
    form = project / FORM_FILE
    form.write_text(form.read_text().replace("test_field: ml_product.workload\n", ""))
    ran = publisher("launch", PATH, "--test")
    assert (ran.code, ran.err) == (
        2,
        f"error: {PATH}: the products of ml-project have no test launches\n"
        f"hint: name the field that takes a suffix as test_field in {FORM_FILE}\n",
    )
    form.write_text(form.read_text() + "\ntest_field: ml_product.tier\n")
    ran = publisher("launch", PATH, "--test")
    assert "P171 the field 'ml_product.tier' must be text without an enum, and one of name_fields" in ran.err


def test_a_generic_config(account: Account, publisher: Publisher, project: Path) -> None:
    """The end of its name tells the test launch from others."""
    account.publish()
    parameters = "{CompanyPrefix: edge, Environment: prod, TenantId: b001, UseCase: x, SourceBucket: s}"
    config = f'name: topic\naccount_id: "{ACCOUNT}"\nregion: {REGION}\nparameters: {parameters}\n'
    (project / "configs/topic.yaml").write_text(f"product: {PRODUCT}\n{config}")
    ran = publisher("--json", "launch", "configs/topic.yaml", "--test")
    assert re.fullmatch(r"topic-t[0-9a-f]{4}", ran.document["name"])


def test_when_a_launch_expires(account: Account, publisher: Publisher) -> None:
    account.publish()
    assert publisher("launch", PATH, "--expires", "14d").code == 0
    (tags,) = stacks(account)
    day = datetime.now(UTC).date() + timedelta(days=14)
    assert tags["publisher:expires"] == day.isoformat()
    # An update of the config keeps it.
    assert "nothing to update" in publisher("update", PATH).out


def test_a_launched_config_that_changed(launched: Any, publisher: Publisher, project: Path) -> None:
    """What is safe is done; anything else is left to update."""
    (project / PATH).write_text(CONFIG.replace("log_retention_days: 90", "log_retention_days: 365"))
    ran = publisher("launch", PATH)
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"{NAME}  AVAILABLE")
    assert "  parameter  LogRetentionDays  90 -> 365\n" in ran.err
    assert f"{NAME}: updating {PRODUCT} 1.0.0\n" in ran.err
    (project / PATH).write_text(CONFIG.replace("{owner: ml}", "{owner: others}"))
    ran = publisher("launch", PATH)
    assert (ran.code, ran.err.splitlines()[-1]) == (
        3,
        "hint: ask the platform team to add a RESOURCE_UPDATE constraint with "
        "tag_update_on_provisioned_product: ALLOWED",
    )


def test_a_launched_config_that_puts_data_at_stake(
    account: Account, publisher: Publisher, project: Path
) -> None:
    account.publish(template=tests.launch.account.TEMPLATE.replace(
        "Type: AWS::S3::Bucket}", "Type: AWS::S3::Bucket, Properties: {BucketName: !Ref SourceBucket}}"
    ))  # fmt: skip
    assert publisher("launch", PATH).code == 0
    (project / PATH).write_text(CONFIG.replace("s3_prefix: edge-source", "s3_prefix: edge-other"))
    ran = publisher("launch", PATH)
    assert (ran.code, ran.err.splitlines()[-2:]) == (
        3,
        [
            f"error: {NAME}: already launched from this config: {PRODUCT} 1.0.0, AVAILABLE",
            f"hint: run {PUBLISHER} changes {PATH} to see what an update would change, "
            f"{PUBLISHER} update {PATH} to update it, {PUBLISHER} terminate {PATH} --force to delete it",
        ],
    )
