"""One plan of updates for launches in three accounts, applied by two builds, joined into one report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.aws.clients import Aws
from tests.account import ACCOUNT
from tests.cli.conftest import Project, signalling
from tests.cli.test_targets import bootstrap
from tests.conftest import Ran
from tests.policies import allowing, trusting

ACCOUNTS = (ACCOUNT, "222222222222", "333333333333")
FIRST, SECOND, THIRD = TARGETS = [f"{it}/us-west-2" for it in ACCOUNTS]
FILE = "targets:\n" + "".join(
    f'  a{n}: {{account_id: "{it}", regions: [us-west-2], role_arn: "arn:aws:iam::{it}:role/publisher", '
    f'launch_role_arn: "arn:aws:iam::{it}:role/ml-team-updates"}}\n'
    for n, it in enumerate(ACCOUNTS)
)
ALL = ("--target", "a*", "update", "--all", "studio-*", "--to", "1.1.0")


def client(account: str, service: str, *, role: str = "ml-team-updates") -> Any:
    arn = f"arn:aws:iam::{account}:role/{role}"
    return Aws(region="us-west-2").assuming(arn, region="us-west-2").client(service)


def launch(account: str, name: str, version: str = "1.0.0") -> None:
    client(account, "servicecatalog").provision_product(
        ProductName="Studio small", ProvisioningArtifactName=version, ProvisionedProductName=name
    )


@pytest.fixture
def fleet(project: Project) -> Project:
    """Two launches in each of three accounts, and a new version of their product."""
    project.write("configs/targets.yaml", FILE)
    for account in ACCOUNTS:
        bootstrap(account, "us-west-2")
        iam = client(account, "iam", role="publisher")
        trust = trusting(Service="servicecatalog.amazonaws.com")
        iam.update_assume_role_policy(RoleName="launch-studio-small", PolicyDocument=trust)
        iam.create_role(RoleName="ml-team-updates", AssumeRolePolicyDocument="{}")
        iam.put_role_policy(RoleName="ml-team-updates", PolicyName="all", PolicyDocument=allowing("*"))
    assert project.run("sync", "--yes").code == 0
    for account in ACCOUNTS:
        for name in ("a", "b"):
            launch(account, name)
    project.edit("products/studio/product.yaml", "1.0.0", "1.1.0")
    project.edit("products/studio/template/main.yaml.j2", '{{ content["seed"].key }}', "new")
    assert project.run("sync", "--yes").code == 0
    return project


def build(project: Project, plan: Path, shard: str, *more: str, **injected: object) -> tuple[Ran, str]:
    ran = project.run("--json", "update", "--plan", str(plan), "--shard", shard, "--yes", *more, **injected)
    path = plan.parent / f"outcome-{shard.replace('/', '-of-')}.json"
    path.write_text(ran.out)
    return ran, str(path)


def statuses(ran: Ran) -> list[tuple[str, str, int]]:
    return [(it["target"], it["status"], it["done"]) for it in ran.document["results"]]


def test_two_builds_update_three_accounts(fleet: Project, tmp_path: Path) -> None:
    plan = tmp_path / "updates.json"
    saved = fleet.run(*ALL, "-o", str(plan))
    assert saved.code == 0, saved.err
    document = json.loads(plan.read_text())
    assert [it["target"] for it in document["targets"]] == TARGETS
    found = {
        (it["name"], it["before"], it["impact"]) for one in document["targets"] for it in one["launches"]
    }
    assert found == {("a", "1.0.0", "safe"), ("b", "1.0.0", "safe")}
    assert saved.out.splitlines()[-1] == f"6 launches at 3 targets. plan {document['digest'][:12]}"

    # Somebody launches the old version in the third account: what the plan does not have is refused there.
    launch(ACCOUNTS[2], "c")
    killed, first = build(fleet, plan, "2/2", connect=signalling("UpdateProvisionedProduct", 15))
    assert killed.code == 143, killed.err
    assert statuses(killed) == [(SECOND, "failed", 1), (THIRD, "failed", 0)]
    rest, second = build(fleet, plan, "2/2")
    assert (rest.code, statuses(rest)) == (1, [(SECOND, "done", 2), (THIRD, "failed", 0)])
    error = "launches have changed since the plan was made: c"
    assert rest.document["results"][1]["error"] == error
    done, third = build(fleet, plan, "1/2")
    assert (done.code, statuses(done)) == (0, [(FIRST, "done", 2)])

    one = fleet.run("collect", str(plan), third, first, second, "--max-failures", "1")
    assert (one.code, one.out.splitlines()) == (
        0,
        [
            f"  failed  {THIRD}  0 of 2  {error}",
            f"plan {document['digest'][:12]}: 2 of 3 targets done, 1 failed, at most 1 may",
        ],
    )
    none = fleet.run("collect", str(plan), third)
    assert (none.code, "run publisher update --plan PLANFILE --shard K/N again" in none.err) == (1, True)
    again = fleet.run("update", "--plan", str(plan))
    assert (again.code, "1 target failed" in again.err) == (1, True)
    for account, updated in zip(ACCOUNTS, ({"a", "b"}, {"a", "b"}, set()), strict=True):
        records = client(account, "servicecatalog").list_record_history(
            AccessLevelFilter={"Key": "Account", "Value": "self"}
        )
        moved = [
            it["ProvisionedProductName"]
            for it in records["RecordDetails"]
            if it["RecordType"] == "UPDATE_PROVISIONED_PRODUCT"
        ]
        assert sorted(moved) == sorted(updated)


def test_plans_that_are_none(fleet: Project, tmp_path: Path) -> None:
    plan = tmp_path / "updates.json"
    assert fleet.run(*ALL, "-o", str(plan)).code == 0
    text = plan.read_text()
    for made_up in (
        "{}",
        text.replace('"name": "a"', '"name": "x"'),
        text.replace('"name": "a"', '"name": 5'),
        text.replace(SECOND, FIRST),
        '{"format": "publisher updates 1"}',
    ):
        plan.write_text(made_up)
        ran = fleet.run("update", "--plan", str(plan), "--yes")
        assert (ran.code, "is not a plan of updates, or was modified" in ran.err) == (2, True), ran.err
    plan.write_text(text)
    for words, code, error in (
        (("--target", "a1", "update", "--plan", str(plan)), 3, f"the plan is for {FIRST} and {THIRD}"),
        (("update", "--plan", str(plan), "--to", "1.1.0"), 2, "--plan has a version of its own"),
        (("update", "--plan", str(plan), "--shard", "3/2"), 2, "--shard '3/2' must be K/N"),
        (("update", "--plan", str(plan)), 3, "not confirmed"),
        (("update", "a", "--shard", "1/2"), 2, "--shard requires --plan"),
        (("update", "--plan", str(plan), "--max-failures", "x"), 2, "--max-failures 'x' must be"),
        (("update", "a", "-o", "x"), 2, "--output requires --all"),
        ((*ALL[:4], "none-*", *ALL[5:], "-o", str(plan)), 2, "no launch of 'none-*' has to move to 1.1.0"),
    ):
        ran = fleet.run(*words)
        assert (ran.code, error in ran.err) == (code, True), (words, ran.err)
