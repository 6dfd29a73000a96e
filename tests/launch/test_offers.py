from __future__ import annotations

import pytest

from publisher.errors import InputError, PublisherError, Refused
from publisher.launch.offers import Named, Offer, offer_of, path_of, version_of
from tests.launch.account import ACCOUNT, PLACE, PRODUCT, TITLE, Account, wanted

CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-fraud/me"


def versions(*names: str) -> Offer:
    """Versions by name; `!` before one that is deprecated."""
    made = [
        Named(id=f"pa-{n}", name=name.lstrip("!"), guidance="DEPRECATED" if name[0] == "!" else "DEFAULT")
        for n, name in enumerate(names)
    ]
    return Offer(product_id="prod-1", name=TITLE, versions=tuple(made), paths=())


def paths(*names: str) -> Offer:
    made = tuple(Named(id=f"lp-{n}", name=name) for n, name in enumerate(names))
    return Offer(product_id="prod-1", name=TITLE, versions=(), paths=made)


@pytest.mark.parametrize(
    ("offer", "name", "found"),
    [
        pytest.param(versions("1.9.0", "1.10.0", "1.2.0"), "", "pa-1", id="newest by number"),
        pytest.param(versions("1.0.0", "2.0.0-rc.1"), "", "pa-1", id="before a release"),
        pytest.param(versions("1.0.0", "!2.0.0"), "", "pa-0", id="not deprecated"),
        pytest.param(versions("1.0.0", "2.0.0"), "1.0.0", "pa-0", id="named"),
    ],
)
def test_version(offer: Offer, name: str, found: str) -> None:
    assert version_of(offer, PRODUCT, name).id == found


@pytest.mark.parametrize(
    ("offer", "name", "error"),
    [
        pytest.param(
            versions("1.0.0", "!2.0.0", "1.10.0"),
            "3.0.0",
            InputError(
                f"{PRODUCT}: there is no version '3.0.0' to launch", hint="versions to launch: 1.0.0, 1.10.0"
            ),
            id="unknown",
        ),
        pytest.param(
            versions("1.0.0", "!2.0.0"),
            "2.0.0",
            Refused(
                f"{PRODUCT}: version 2.0.0 is deprecated, it takes no new launches",
                hint="versions to launch: 1.0.0",
            ),
            id="deprecated",
        ),
        pytest.param(
            versions("1.0.0", "1.0.0"),
            "",
            Refused(
                f"{PRODUCT}: two versions are called 1.0.0: pa-0, pa-1",
                hint="an administrator deletes one of them",
            ),
            id="twins",
        ),
        pytest.param(
            versions("!1.0.0"),
            "",
            Refused(
                f"{PRODUCT}: it has no version that can be launched",
                hint="every version is deprecated or inactive: an administrator publishes a new one",
            ),
            id="none",
        ),
        pytest.param(
            versions("!1.0.0"),
            "2.0.0",
            InputError(f"{PRODUCT}: there is no version '2.0.0' to launch", hint="versions to launch: none"),
            id="none of that name",
        ),
    ],
)
def test_no_version(offer: Offer, name: str, error: PublisherError) -> None:
    with pytest.raises(type(error)) as caught:
        version_of(offer, PRODUCT, name)
    assert caught.value.document() == error.document()


@pytest.mark.parametrize(
    ("offer", "portfolio", "found"),
    [
        pytest.param(paths("Theirs"), "", "lp-0", id="the only one"),
        pytest.param(paths("Theirs", "ML Platform"), "", "lp-1", id="ours"),
        pytest.param(paths("Theirs", "ML Platform"), "Theirs", "lp-0", id="by name"),
        pytest.param(paths("A", "A"), "lp-1", "lp-1", id="by id"),
    ],
)
def test_path(offer: Offer, portfolio: str, found: str) -> None:
    assert path_of(offer, wanted(), portfolio).id == found


@pytest.mark.parametrize(
    ("offer", "portfolio", "error"),
    [
        pytest.param(
            paths("B", "A"),
            "",
            Refused(
                f"{PRODUCT}: 2 portfolios offer it to you",
                hint="choose one with --portfolio, by name or id: A (lp-1), B (lp-0)",
            ),
            id="none is ours",
        ),
        pytest.param(
            paths("ML Platform", "ML Platform", "C"),
            "",
            Refused(
                f"{PRODUCT}: 2 portfolios offer it to you",
                hint="choose one with --portfolio, by name or id: "
                "C (lp-2), ML Platform (lp-0), ML Platform (lp-1)",
            ),
            id="two are ours",
        ),
        pytest.param(
            paths("A"),
            "B",
            InputError(f"{PRODUCT}: no portfolio 'B' offers it to you", hint="--portfolio: A (lp-0)"),
            id="unknown",
        ),
    ],
)
def test_no_path(offer: Offer, portfolio: str, error: PublisherError) -> None:
    with pytest.raises(type(error)) as caught:
        path_of(offer, wanted(), portfolio)
    assert caught.value.document() == error.document()


def test_the_product_by_its_name(account: Account) -> None:
    account.publish("ML project: professional, S3, but not quite")
    ours = account.publish()
    offer = offer_of(account.aws, wanted(), tell=account.lines.append)
    assert (offer.product_id, [it.name for it in offer.versions], [it.name for it in offer.paths]) == (
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
    assert offer_of(account.aws, wanted(), tell=account.lines.append).product_id == ours


@pytest.mark.parametrize(
    "display_name",
    [pytest.param("", id="declared elsewhere"), pytest.param("Renamed, not yet published", id="renamed")],
)
def test_the_product_by_its_launch_role(account: Account, display_name: str) -> None:
    account.publish("Another", role="launch-another")
    ours = account.publish()
    found = offer_of(account.aws, wanted(display_name=display_name), tell=account.lines.append)
    assert found.product_id == ours
    assert account.lines == [f"{PRODUCT}: looking for the role launch-{PRODUCT} in 2 products"]


def test_the_product_twice(account: Account) -> None:
    ids = ", ".join(sorted([account.publish(), account.publish()]))
    with pytest.raises(Refused) as caught:
        offer_of(account.aws, wanted(), tell=account.lines.append)
    assert caught.value.document() == {
        "code": "refused",
        "message": f"{PRODUCT}: the catalog holds it 2 times: {ids}",
        "hint": "an administrator deletes all but one, or takes them out of the portfolios you may use",
    }


@pytest.mark.parametrize(
    ("portfolios", "through"),
    [
        pytest.param((), "", id="declared elsewhere"),
        pytest.param(("ML Platform", "Trials"), " of ML Platform or Trials", id="declared"),
    ],
)
def test_no_product(account: Account, portfolios: tuple[str, ...], through: str) -> None:
    account.publish("Another", role="launch-another")
    with pytest.raises(Refused) as caught:
        offer_of(account.aws, wanted(portfolios=portfolios), tell=account.lines.append)
    assert caught.value.document() == {
        "code": "refused",
        "message": f"{PRODUCT}: no portfolio in {PLACE} offers it to {CALLER}; offered are 1 others",
        "hint": f"publisher sync publishes it; your role must be among the principals{through}",
    }
