"""Shares of a portfolio with accounts, and with an organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from publisher.errors import AwsError
from publisher.model import (
    Catalog,
    PortfolioShare,
)
from tests.catalog.conftest import Account
from tests.catalog.kind_samples import share, writes
from tests.conftest import cases, raising
from tests.samples import as_observed, ml, put, whole


class Company:
    """An organization of the account, with one unit."""

    def __init__(self, account: Account, *, access: bool = True) -> None:
        client = account.aws.client("organizations")
        self.id = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        root = client.list_roots()["Roots"][0]["Id"]
        unit = client.create_organizational_unit(ParentId=root, Name="ml")
        self.unit = unit["OrganizationalUnit"]["Id"]
        made = client.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
        self.member = made["AccountId"]
        if access:
            account.catalog.enable_aws_organizations_access()

    def parts(self, **flags: bool) -> list[PortfolioShare]:
        """The unit, and the account that is not in it."""
        return [
            share("ORGANIZATIONAL_UNIT", self.unit, **flags),
            share("ORGANIZATION_MEMBER_ACCOUNT", self.member),
        ]

    def whole(self, **flags: bool) -> list[PortfolioShare]:
        """All of it."""
        return [share("ORGANIZATION", self.id, **flags)]


@cases("recipients", {"parts": (Company.parts), "whole": (Company.whole)})
def test_shares_in_an_organization(account: Account, recipients: Callable[..., list[PortfolioShare]]) -> None:
    company = Company(account)
    desired = put(whole("studio"), *recipients(company))
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)
    more = put(whole("studio"), *recipients(company, share_principals=True))
    assert writes(account, more) == {"UpdatePortfolioShare": 1}
    assert account.target().observe() == as_observed(more)
    account.converge(whole("studio"), prune=True)
    assert account.target().observe() == as_observed(whole("studio"))


def test_an_account_that_has_the_portfolio_from_its_organization_is_no_failure(account: Account) -> None:
    company = Company(account)
    desired = put(whole("studio"), *company.whole(), *company.parts())
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)


def test_sharing_again_what_is_shared_with_other_flags(account: Account) -> None:
    first, second = account.observing(Catalog.of([ml])), account.observing()
    first.create(share("ACCOUNT", "222222222222"))
    second.create(share("ACCOUNT", "222222222222", share_tag_options=True))
    shared = share("ACCOUNT", "222222222222", share_tag_options=True)
    assert account.target().observe() == Catalog.of([ml, shared])


def test_an_account_shares_one_thing_at_a_time(account: Account) -> None:
    """While another action goes on the answer is InvalidStateException."""
    target = account.observing(Catalog.of([ml]))
    account.fail("CreatePortfolioShare", "InvalidStateException", 5)
    target.create(share("ACCOUNT", "222222222222"))
    assert account.ticks.seconds >= 0.25 + 0.5 + 1 + 2 + 2


def test_an_organization_without_trusted_access(account: Account) -> None:
    company = Company(account, access=False)
    target = account.observing(Catalog.of([ml]))
    shared = share("ORGANIZATION", company.id)
    with raising(
        AwsError,
        f"PortfolioShare {shared.label} needs Service Catalog's access to the organization",
        "in the organization's management account, run aws servicecatalog enable-aws-organizations-access",
    ):
        target.create(shared)


@cases(
    ("details", "reasons"),
    {
        "accounts": (
            {"ShareErrors": [{"Accounts": ["333333333333"], "Error": "Throttling", "Message": "later"}]},
            "333333333333: Throttling later",
        ),
        "nothing": ({}, "no reason given"),
    },
)
def test_errors_of_a_share_are_read_back(account: Account, details: dict[str, Any], reasons: str) -> None:
    company = Company(account)
    target = account.observing(Catalog.of([ml]))

    account.after(
        "DescribePortfolioShareStatus",
        lambda parsed: parsed.update(Status="COMPLETED_WITH_ERRORS", ShareDetails=details),
    )
    shared = share("ORGANIZATION", company.id)
    with raising(AwsError, f"PortfolioShare {shared.label} ended with COMPLETED_WITH_ERRORS: {reasons}"):
        target.create(shared)


def test_a_share_that_does_not_end(account: Account) -> None:
    company = Company(account)
    target = account.observing(Catalog.of([ml]))
    account.after("DescribePortfolioShareStatus", lambda parsed: parsed.update(Status="IN_PROGRESS"))
    shared = share("ORGANIZATION", company.id)
    with pytest.raises(AwsError, match="has not finished after 300 s"):
        target.create(shared)
