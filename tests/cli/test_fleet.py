from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.aws.waiting import Clock
from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import cases, write_files
from tests.launch.account import Account
from tests.launch.fleet import APP, CRITICAL_WITH_TEAM, FAILING_WITH_TEAM, IN_PLACE, TAKEN, Fleet

CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-fraud/me"


@pytest.fixture
def fleet(account: Account) -> Fleet:
    return Fleet(account)


def on(day: str) -> Clock:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return replace(Clock(), date=lambda: at)


def test_launches_shows_who_runs_what(fleet: Fleet, publisher: Publisher) -> None:
    fleet.launch("app-a", tags={"publisher:config": "app-a", "publisher:expires": "2027-01-31"})
    fleet.version("1.1.0")
    fleet.launch("app-b", version="1.1.0")
    fleet.account.build.product("Other", portfolio=fleet.account.portfolio)
    ran = publisher("launches", clock=on("2027-01-31"))
    assert ran.out.splitlines() == [
        "launch  product    version  newest  impact  status     drift        expires     by",
        "app-a   app-small  1.0.0    1.1.0   safe    AVAILABLE  not checked  2027-01-31  ml-team-fraud/me",
        "app-b   app-small  1.1.0                    AVAILABLE  not checked              ml-team-fraud/me",
        "",
        "2 launches",
    ]
    document = publisher("--json", "launches", "--expired", clock=on("2027-02-01")).document
    created = document["launches"][0].pop("created")
    calls = document.pop("calls")
    assert document == {
        "account_id": ACCOUNT,
        "region": REGION,
        "access_level": "Account",
        "launches": [
            {
                "name": "app-a",
                "product": APP,
                "version": "1.0.0",
                "newest": "1.1.0",
                "impact": "safe",
                "status": "AVAILABLE",
                "config": "app-a",
                "owner": CALLER,
                "expires": "2027-01-31",
                "expired": True,
                "drift": "NOT_CHECKED",
                "drift_checked": "",
            }
        ],
        "notes": [],
    }
    assert created.endswith("Z")
    assert calls["by_operation"] == {
        "cloudformation:DescribeStacks": 1,
        "cloudformation:GetTemplate": 2,
        "sagemaker:ListProjects": 1,
        "servicecatalog:DescribeProduct": 1,
        "servicecatalog:SearchProvisionedProducts": 1,
        "sts:GetCallerIdentity": 1,
    }


def test_launches_of_others_need_the_account_level(
    fleet: Fleet, account: Account, publisher: Publisher
) -> None:
    fleet.launch("app-a")
    account.deny("servicecatalog", "SearchProvisionedProducts", naming='"Key": "Account"')
    ran = publisher("launches", connect=account.connect)
    assert ran.out.splitlines()[1].startswith("app-a")
    assert ran.out.splitlines()[-1] == (
        "note: your role sees only your role's own launches; those of others need "
        "servicecatalog:SearchProvisionedProducts with the condition servicecatalog:accountLevel self"
    )
    account.deny("servicecatalog", "SearchProvisionedProducts")
    ran = publisher("launches", connect=account.connect)
    assert (ran.code, ran.err.splitlines()[0]) == (3, "error: your role may not list launches")


def test_launches_says_what_it_could_not_read(fleet: Fleet, account: Account, publisher: Publisher) -> None:
    fleet.launch("app-a")
    fleet.version("1.1.0")
    account.deny("cloudformation", "DescribeStacks", code="AccessDenied")
    account.deny("servicecatalog", "DescribeProvisioningArtifact")
    ran = publisher("launches", connect=account.connect)
    assert ran.out.splitlines()[-2:] == [
        "note: drift not checked: your role lacks cloudformation:DescribeStacks",
        "note: impact not known: the templates of app-small cannot be read, or compared",
    ]
    account.deny("servicecatalog", "DescribeProduct")
    ran = publisher("launches", connect=account.connect)
    assert ran.out.splitlines()[-1] == ("note: newest version not known: your role cannot launch app-small")


def test_a_version_that_cannot_be_judged(fleet: Fleet, publisher: Publisher) -> None:
    """Of a template that was written to take forever nothing is known, and the list goes on."""
    fleet.launch("app-a")
    value = "a"
    for _ in range(40):
        value = f'!Sub ["${{v}}${{v}}", {{v: {value}}}]'
    fleet.version("1.1.0", IN_PLACE.replace("alerts", value, 1).replace("the !", "!"))
    (row,) = publisher("--json", "launches").document["launches"]
    assert (row["newest"], row["impact"]) == ("1.1.0", "not known")
    ran = publisher(*ALL, "--yes")
    assert (ran.code, ran.err.splitlines()[-2]) == (3, "error: the impact on 1 launch is not known: app-a")


def test_a_hub_names_the_accounts_that_it_cannot_see(
    fleet: Fleet, project: Any, publisher: Publisher
) -> None:
    portfolio = (project / "portfolio/ml.yaml").read_text()
    write_files(project, {"portfolio/ml.yaml": f'{portfolio}shares: [{{account_id: "222222222222"}}]\n'})
    ran = publisher("launches")
    assert ran.out.splitlines() == [
        "no launches",
        "",
        "0 launches",
        f"note: the portfolios are shared with 222222222222; launches there are not visible from {ACCOUNT}: "
        "run the command with a --profile of each account",
    ]


def test_only_my_own_launches(fleet: Fleet, account: Account, publisher: Publisher) -> None:
    fleet.launches(2)
    account.catalog.update_provisioned_product_properties(
        ProvisionedProductId=next(it.provisioned.id for it in fleet.found().launches),
        ProvisionedProductProperties={"OWNER": CALLER.replace("/me", "/you")},
        IdempotencyToken="owner",
    )
    names = [it["name"] for it in publisher("--json", "launches", "--mine").document["launches"]]
    assert names == ["app-01"]


ALL = ("update", "--all", "app-*", "--to", "1.1.0")


def test_update_all_shows_first_and_moves_then(fleet: Fleet, publisher: Publisher, project: Path) -> None:
    fleet.launch("app-a")
    fleet.launch("app-b")
    fleet.version("1.1.0")
    shown = [
        f"update app-* to 1.1.0 in {ACCOUNT}/{REGION}",
        "  product    from   launches  state      ",
        "  app-small  1.0.0     2      to update  impact safe",
        "",
        "1 first, then 20 at a time; ends when more than 0 fail",
    ]
    refused = publisher(*ALL)
    assert refused.code == 3
    assert [it.rstrip() for it in refused.err.splitlines()] == [
        *(it.rstrip() for it in shown),
        "error: not confirmed: cannot prompt without a terminal",
        "hint: add --yes",
    ]
    ran = publisher(*ALL, "--yes")
    assert (ran.code, ran.out) == (0, "2 updated\n")
    assert ran.err.splitlines()[-2:] == [
        "[1/2] app-a: updated to 1.1.0",
        "[2/2] app-b: updated to 1.1.0",
    ]
    assert [it.rstrip() for it in publisher(*ALL).out.splitlines()] == [
        *(it.rstrip() for it in shown[:2]),
        "  app-small  1.1.0     2      updated",
    ]
    again = publisher("--json", *ALL).document
    assert again["launches"] == [
        {"name": name, "product": APP, "from": "1.1.0", "state": "updated", "impact": "", "reason": ""}
        for name in ("app-a", "app-b")
    ]
    assert set(fleet.updates().values()) == {1}


def test_critical_impact_needs_force(fleet: Fleet, publisher: Publisher) -> None:
    fleet.launch("app-a", Team="red")
    fleet.launch("app-b")
    fleet.version("1.1.0", CRITICAL_WITH_TEAM)
    refused = publisher(*ALL, "--yes")
    assert refused.code == 3
    assert "app-a: impact critical" in refused.out
    assert refused.err.splitlines()[-2:] == [
        "error: the impact on 1 launch is critical: app-a",
        "hint: check the changes above; if they are intended, add --force",
    ]
    assert publisher(*ALL, "--yes", "--force").code == 0


def test_a_failed_launch_is_told_and_stays(fleet: Fleet, publisher: Publisher) -> None:
    fleet.launch("app-a", Team="red")
    fleet.launch("app-b")
    fleet.account.client("ssm").put_parameter(Name=TAKEN, Value="x", Type="String")
    fleet.version("1.1.0", FAILING_WITH_TEAM)
    ran = publisher(*ALL, "--yes")
    assert ran.code == 1
    assert ran.out.splitlines()[:2] == ["1 failed", "1 to update"]
    assert ran.err.splitlines()[-2:] == [
        "error: 1 failed, and at most 0 may: 0 of 2 updated, 1 failed: app-a",
        "hint: fix the reason, then run the same command with --retry-failed",
    ]
    refused = publisher(*ALL, "--yes")
    assert (refused.code, refused.err.splitlines()[-2]) == (
        3,
        "error: 1 failed in an earlier run, and at most 0 may",
    )
    assert publisher(*ALL, "--yes", "--max-failures", "50%").code == 1
    assert fleet.updates() == {"app-a": 1, "app-b": 1}


def test_guidance_is_restored_before_a_move(fleet: Fleet, publisher: Publisher) -> None:
    fleet.launch("app-a")
    version = fleet.version("1.1.0")
    fleet.account.catalog.update_provisioning_artifact(
        ProductId=fleet.product, ProvisioningArtifactId=version, Guidance="DEPRECATED"
    )
    ran = publisher("--json", *ALL, "--yes")
    assert ran.document["restored"] == [{"product_id": fleet.product, "version": "1.1.0"}]
    assert f"guidance of version 1.1.0 of {APP} restored" in ran.err


@cases(
    ("words", "code", "message"),
    {
        "no version": (ALL[:3], 2, "--all needs the version to move to"),
        "a launch, too": ((*ALL, "app-a"), 2, "name either a launch or, with --all, products"),
        "neither": (("update",), 2, "name either a launch or, with --all, products"),
        "no number": (
            (*ALL, "--max-failures", "few"),
            2,
            "--max-failures 'few' must be a number or a percentage",
        ),
        "more than all": (
            (*ALL, "--max-failures", "101%"),
            2,
            "--max-failures '101%' must be a number or a percentage",
        ),
        "no time": ((*ALL, "--stop-at", "soon"), 2, "--stop-at 'soon' is not a time"),
        "the last time": (
            (*ALL, "--stop-at", "9999-12-31T23:59-14:00"),
            2,
            "--stop-at '9999-12-31T23:59-14:00' is not a time",
        ),
        "no hour": ((*ALL, "--stop-at", "25:00"), 2, "--stop-at '25:00' is not a time"),
        "no launches": (
            ("update", "--all", "x", "--to", "1.1.0"),
            2,
            f"no launches of 'x' in {ACCOUNT}/{REGION}",
        ),
        "time has come": ((*ALL, "--yes", "--stop-at", "2020-01-31T06:00+00:00"), 1, None),
    },
)
def test_what_a_rollout_refuses(
    fleet: Fleet, publisher: Publisher, words: tuple[str, ...], code: int, message: str | None
) -> None:
    fleet.launch("app-a")
    fleet.version("1.1.0")
    ran = publisher(*words)
    assert (ran.code, not fleet.updates()) == (code, True)
    found = ran.err.splitlines()[-2]
    assert found == f"error: {message}" if message else found.endswith(": 0 of 1 updated")
