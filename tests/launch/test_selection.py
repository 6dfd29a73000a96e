from __future__ import annotations

from typing import Any

import pytest

from publisher.errors import InputError, PublisherError, Refused
from publisher.launch.selection import AvailableProduct, Named, select_path, select_product, select_version
from tests.account import ACCOUNT
from tests.conftest import cases, raising
from tests.launch.account import PLACE, PRODUCT, Account, launch_request

CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-fraud/me"


def versions(*names: str) -> AvailableProduct:
    """Versions by name; `!` before one that is deprecated."""
    made = [
        Named(id=f"pa-{n}", name=name.lstrip("!"), guidance="DEPRECATED" if name[0] == "!" else "DEFAULT")
        for n, name in enumerate(names)
    ]
    return AvailableProduct(id="prod-1", versions=tuple(made), paths=())


def paths(*names: str) -> AvailableProduct:
    made = tuple(Named(id=f"lp-{n}", name=name) for n, name in enumerate(names))
    return AvailableProduct(id="prod-1", versions=(), paths=made)


@cases(
    ("product", "name", "found"),
    {
        "newest by number": (versions("1.9.0", "1.10.0", "1.2.0"), "", "pa-1"),
        "before a release": (versions("1.0.0", "2.0.0-rc.1"), "", "pa-1"),
        "not deprecated": (versions("1.0.0", "!2.0.0"), "", "pa-0"),
        "named": (versions("1.0.0", "2.0.0"), "1.0.0", "pa-0"),
    },
)
def test_version(product: AvailableProduct, name: str, found: str) -> None:
    assert select_version(product, PRODUCT, name).id == found


@cases(
    ("product", "name", "error"),
    {
        "unknown": (
            versions("1.0.0", "!2.0.0", "1.10.0"),
            "3.0.0",
            InputError(f"{PRODUCT}: version '3.0.0' not found", hint="available versions: 1.0.0, 1.10.0"),
        ),
        "deprecated": (
            versions("1.0.0", "!2.0.0"),
            "2.0.0",
            Refused(
                f"{PRODUCT}: version '2.0.0' is deprecated and cannot be launched",
                hint="available versions: 1.0.0",
            ),
        ),
        "none": (
            versions("!1.0.0"),
            "",
            Refused(
                f"{PRODUCT}: no version can be launched",
                hint="every version is deprecated or inactive; ask an administrator to publish a new one",
            ),
        ),
        "none of that name": (
            versions("!1.0.0"),
            "2.0.0",
            InputError(f"{PRODUCT}: version '2.0.0' not found", hint="available versions: none"),
        ),
    },
)
def test_no_version(product: AvailableProduct, name: str, error: PublisherError) -> None:
    with pytest.raises(type(error)) as caught:
        select_version(product, PRODUCT, name)
    assert caught.value.document() == error.document()


@cases(
    ("product", "portfolio", "found"),
    {
        "the only one": (paths("Theirs"), "", "lp-0"),
        "ours": (paths("Theirs", "ML Platform"), "", "lp-1"),
        "by name": (paths("Theirs", "ML Platform"), "Theirs", "lp-0"),
        "by id": (paths("A", "A"), "lp-1", "lp-1"),
    },
)
def test_path(product: AvailableProduct, portfolio: str, found: str) -> None:
    assert select_path(product, launch_request(), portfolio).id == found


@cases(
    ("product", "portfolio", "error"),
    {
        "none is ours": (
            paths("B", "A"),
            "",
            Refused(
                f"{PRODUCT}: available through 2 portfolios",
                hint="choose one with --portfolio, by name or id: A (lp-1), B (lp-0)",
            ),
        ),
        "two are ours": (
            paths("ML Platform", "ML Platform", "C"),
            "",
            Refused(
                f"{PRODUCT}: available through 2 portfolios",
                hint="choose one with --portfolio, by name or id: "
                "C (lp-2), ML Platform (lp-0), ML Platform (lp-1)",
            ),
        ),
        "unknown": (
            paths("A"),
            "B",
            InputError(
                f"{PRODUCT}: not available through portfolio 'B'",
                hint="choose one with --portfolio, by name or id: A (lp-0)",
            ),
        ),
    },
)
def test_no_path(product: AvailableProduct, portfolio: str, error: PublisherError) -> None:
    with pytest.raises(type(error)) as caught:
        select_path(product, launch_request(), portfolio)
    assert caught.value.document() == error.document()


def test_the_product_by_its_name(account: Account) -> None:
    account.publish("ML project: professional, S3, but not quite")
    ours = account.publish()
    product = select_product(account.aws, launch_request(), report=account.lines.append)
    assert (product.id, [it.name for it in product.versions], [it.name for it in product.paths]) == (
        ours,
        ["1.0.0"],
        ["ML Platform"],
    )
    assert account.aws.calls["servicecatalog:DescribeProvisioningParameters"] == 0
    assert account.lines == []


def test_a_product_among_others_of_its_name(account: Account) -> None:
    """Names are not unique; the launch role is."""
    account.publish(role="launch-theirs")
    ours = account.publish()
    assert select_product(account.aws, launch_request(), report=account.lines.append).id == ours


@cases("display_name", {"declared elsewhere": (""), "renamed": ("Renamed, not yet published")})
def test_the_product_by_its_launch_role(account: Account, display_name: str) -> None:
    account.publish("Another", role="launch-another")
    ours = account.publish()
    found = select_product(
        account.aws, launch_request(display_name=display_name), report=account.lines.append
    )
    assert found.id == ours
    assert account.lines == [f"{PRODUCT}: searching the available products for launch role launch-{PRODUCT}"]


def test_the_product_twice(account: Account) -> None:
    ids = ", ".join(sorted([account.publish(), account.publish()]))
    with raising(
        Refused,
        f"{PRODUCT}: 2 products match: {ids}",
        "ask an administrator to delete all but one, or to remove them from your portfolios",
    ):
        select_product(account.aws, launch_request(), report=account.lines.append)


@cases(
    ("declared", "remedy"),
    {
        "declared elsewhere": (
            {"portfolios": ()},
            "ask its owner to make your role a principal of its portfolio",
        ),
        "declared": (
            {
                "portfolios": ("ML Platform", "Trials"),
                "principals": ("arn:{partition}:iam:::role/ml-*", "arn:{partition}:iam:::role/ml-*"),
                "owner": "ML Platform Team <ml@example.com>",
            },
            "choose a --profile of a role that ML Platform or Trials admits (arn:aws:iam:::role/ml-*), "
            "or ask ML Platform Team <ml@example.com> to make your role a principal of ML Platform or Trials",
        ),
        "nobody admitted": (
            {"portfolios": ("Trials",), "owner": "ML"},
            "ask ML to make your role a principal of Trials",
        ),
    },
)
def test_no_product(account: Account, declared: dict[str, Any], remedy: str) -> None:
    account.publish("Another", role="launch-another")
    with raising(
        Refused,
        f"{PRODUCT}: not available to {CALLER} in {PLACE}; 1 other product is available to you",
        f"{remedy}; if it is not published, run publisher sync",
    ):
        select_product(account.aws, launch_request(**declared), report=account.lines.append)


def test_versions_of_equal_names_and_without_names(account: Account) -> None:
    account.publish()
    answer = {
        "ProvisioningArtifacts": [
            {"Id": "pa-2", "Name": "1.0.0", "CreatedTime": 2},
            {"Id": "pa-1", "Name": "1.0.0", "CreatedTime": 1},
            {"Id": "pa-3", "CreatedTime": 3},
        ],
        "LaunchPaths": [{"Id": "lp-1"}],
    }
    account.answer("servicecatalog", "DescribeProduct", answer)
    product = select_product(account.aws, launch_request(), report=account.lines.append)
    assert [it.name for it in product.versions] == ["1.0.0", "1.0.0 (older, pa-1)", "(no name)"]
    assert select_version(product, PRODUCT).id == select_version(product, PRODUCT, "1.0.0").id == "pa-2"
    assert select_version(product, PRODUCT, "(no name)").id == "pa-3"
