from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from publisher.aws.waiting import Clock
from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import write_files
from tests.launch.account import Account
from tests.launch.fleet import APP, Fleet

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
        "note: impact not known: your role cannot read the templates of app-small",
    ]
    account.deny("servicecatalog", "DescribeProduct")
    ran = publisher("launches", connect=account.connect)
    assert ran.out.splitlines()[-1] == ("note: newest version not known: your role cannot launch app-small")


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
