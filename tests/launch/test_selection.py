from __future__ import annotations

import pytest

from publisher.errors import InputError, PublisherError, Refused
from publisher.launch.selection import AvailableProduct, Named, select_path, select_product, select_version
from tests.account import ACCOUNT
from tests.conftest import raising
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


@pytest.mark.parametrize(
    ("product", "name", "found"),
    [
        pytest.param(versions("1.9.0", "1.10.0", "1.2.0"), "", "pa-1", id="newest by number"),
        pytest.param(versions("1.0.0", "2.0.0-rc.1"), "", "pa-1", id="before a release"),
        pytest.param(versions("1.0.0", "!2.0.0"), "", "pa-0", id="not deprecated"),
        pytest.param(versions("1.0.0", "2.0.0"), "1.0.0", "pa-0", id="named"),
    ],
)
def test_version(product: AvailableProduct, name: str, found: str) -> None:
    assert select_version(product, PRODUCT, name).id == found


@pytest.mark.parametrize(
    ("product", "name", "error"),
    [
        pytest.param(
            versions("1.0.0", "!2.0.0", "1.10.0"),
            "3.0.0",
            InputError(f"{PRODUCT}: version '3.0.0' not found", hint="available versions: 1.0.0, 1.10.0"),
            id="unknown",
        ),
        pytest.param(
            versions("1.0.0", "!2.0.0"),
            "2.0.0",
            Refused(
                f"{PRODUCT}: version '2.0.0' is deprecated and cannot be launched",
                hint="available versions: 1.0.0",
            ),
            id="deprecated",
        ),
        pytest.param(
            versions("1.0.0", "1.0.0"),
            "",
            Refused(
                f"{PRODUCT}: 2 versions are named '1.0.0': pa-0, pa-1",
                hint="ask an administrator to delete all but one",
            ),
            id="duplicates",
        ),
        pytest.param(
            versions("!1.0.0"),
            "",
            Refused(
                f"{PRODUCT}: no version can be launched",
                hint="every version is deprecated or inactive; ask an administrator to publish a new one",
            ),
            id="none",
        ),
        pytest.param(
            versions("!1.0.0"),
            "2.0.0",
            InputError(f"{PRODUCT}: version '2.0.0' not found", hint="available versions: none"),
            id="none of that name",
        ),
    ],
)
def test_no_version(product: AvailableProduct, name: str, error: PublisherError) -> None:
    with pytest.raises(type(error)) as caught:
        select_version(product, PRODUCT, name)
    assert caught.value.document() == error.document()


@pytest.mark.parametrize(
    ("product", "portfolio", "found"),
    [
        pytest.param(paths("Theirs"), "", "lp-0", id="the only one"),
        pytest.param(paths("Theirs", "ML Platform"), "", "lp-1", id="ours"),
        pytest.param(paths("Theirs", "ML Platform"), "Theirs", "lp-0", id="by name"),
        pytest.param(paths("A", "A"), "lp-1", "lp-1", id="by id"),
    ],
)
def test_path(product: AvailableProduct, portfolio: str, found: str) -> None:
    assert select_path(product, launch_request(), portfolio).id == found


@pytest.mark.parametrize(
    ("product", "portfolio", "error"),
    [
        pytest.param(
            paths("B", "A"),
            "",
            Refused(
                f"{PRODUCT}: available through 2 portfolios",
                hint="choose one with --portfolio, by name or id: A (lp-1), B (lp-0)",
            ),
            id="none is ours",
        ),
        pytest.param(
            paths("ML Platform", "ML Platform", "C"),
            "",
            Refused(
                f"{PRODUCT}: available through 2 portfolios",
                hint="choose one with --portfolio, by name or id: "
                "C (lp-2), ML Platform (lp-0), ML Platform (lp-1)",
            ),
            id="two are ours",
        ),
        pytest.param(
            paths("A"),
            "B",
            InputError(
                f"{PRODUCT}: not available through portfolio 'B'",
                hint="choose one with --portfolio, by name or id: A (lp-0)",
            ),
            id="unknown",
        ),
    ],
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


def test_the_product_among_namesakes(account: Account) -> None:
    """Names are not unique; the launch role is."""
    account.publish(role="launch-theirs")
    ours = account.publish()
    assert select_product(account.aws, launch_request(), report=account.lines.append).id == ours


@pytest.mark.parametrize(
    "display_name",
    [pytest.param("", id="declared elsewhere"), pytest.param("Renamed, not yet published", id="renamed")],
)
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


@pytest.mark.parametrize(
    ("portfolios", "through"),
    [
        pytest.param((), "its portfolio", id="declared elsewhere"),
        pytest.param(("ML Platform", "Trials"), "ML Platform or Trials", id="declared"),
    ],
)
def test_no_product(account: Account, portfolios: tuple[str, ...], through: str) -> None:
    account.publish("Another", role="launch-another")
    with raising(
        Refused,
        f"{PRODUCT}: not available to {CALLER} in {PLACE}; 1 other product is available to you",
        f"publish it with publisher sync, and make your role a principal of {through}",
    ):
        select_product(account.aws, launch_request(portfolios=portfolios), report=account.lines.append)
