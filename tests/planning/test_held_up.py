"""What is held up stays as it is observed, with what it needs; a whole project is in tests/publishing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from publisher.errors import Problem
from publisher.model import (
    Catalog,
    Key,
    PortfolioShare,
    Resource,
    ServiceAction,
    TagOption,
    TagOptionAssociation,
)
from publisher.planning.changes import Change, Create, Delete, Finish
from publisher.planning.held_up import HeldUp, observed_edges
from publisher.planning.plan import plan
from tests.conftest import cases
from tests.samples import (
    LINE,
    TARGET,
    association,
    launch,
    ml,
    pattern,
    product,
    version,
)

STUDIO, ML = ("product", "studio"), ("portfolio", "ml")
WRONG = Problem(rule="P101", where=LINE, message="unknown key 'x'", hint="remove it")
seen = replace(version(), digest=version().short_digest)
studio = (product("studio"), seen, association(), launch())
option = TagOption(tag_key="cost", value="a")
action = ServiceAction(name="studio/restart", display_name="Restart", definition=())


def held(*keys: Key, observed: Catalog, declared: Sequence[str] = ("ml",)) -> HeldUp:
    """These, and what they hold up in the account."""
    return HeldUp().adding((key, WRONG) for key in keys).extended([*observed_edges(observed, declared)])


def uses(owner: tuple[str, str]) -> TagOptionAssociation:
    return TagOptionAssociation(owner=owner, tag_key="cost", value="a")


@cases(
    ("keys", "desired", "observed", "changes"),
    {
        "a product keeps its versions, constraints and place": ([STUDIO], [ml], [ml, *studio], []),
        "one that was never published": ([STUDIO], [ml], [ml], []),
        "a family keeps its products and service actions": (
            [("family", "studio")],
            [ml],
            [ml, *studio, action],
            [],
        ),
        "a product keeps a service action that no version has": ([STUDIO], [ml], [ml, *studio, action], []),
        "a product keeps its TagOption when the portfolio's goes": (
            [STUDIO],
            [ml],
            [ml, *studio, option, uses(ML), uses(STUDIO)],
            [Delete(uses(ML))],
        ),
        "a portfolio keeps what is in it": ([ML], [], [ml, pattern, *studio], []),
        "others are deleted": (
            [STUDIO],
            [ml],
            [ml, *studio, product("notebook"), association("notebook")],
            [Delete(association("notebook")), Delete(product("notebook"))],
        ),
    },
)
def test_a_plan_with_prune(
    keys: list[Key], desired: list[Resource], observed: list[Resource], changes: list[Change]
) -> None:
    found = Catalog.of(observed)
    wanted = Catalog.of(desired)
    planned = plan(wanted, found, target=TARGET, prune=True, held_up=held(*keys, observed=found))
    assert list(planned.changes) == changes
    assert planned.kept == ()


def test_nobody_gets_into_an_unfinished_portfolio_with_a_product_that_is_held_up() -> None:
    """The product may lack the constraints that its file asks for."""
    desired = Catalog.of([ml, pattern])
    for observed, changes in (
        (Catalog.of([ml, product("studio"), seen]), [Create(pattern), Finish(ml)]),
        (Catalog.of([ml, product("studio"), seen, association()]), []),
    ):
        unfinished = replace(observed, unfinished=frozenset([ML]))
        held_up = held(STUDIO, observed=unfinished)
        wanted = Catalog.of([]) if "ml" in held_up.names("portfolio") else desired
        assert list(plan(wanted, unfinished, target=TARGET, held_up=held_up).changes) == changes


def test_nobody_else_gets_into_a_portfolio_with_a_product_that_is_held_up() -> None:
    """The product may lack the constraints that its file asks for."""
    narrow = PortfolioShare(portfolio="ml", share_type="ACCOUNT", principal_id="222222222222")
    wide, other = replace(narrow, share_principals=True), replace(narrow, principal_id="333333333333")
    notebook: list[Resource] = [product("notebook"), association("notebook")]
    observed = Catalog.of([ml, *studio, *notebook, narrow])
    wanted = Catalog.of([ml, pattern, wide, other])
    planned = plan(wanted, observed, target=TARGET, held_up=held(STUDIO, observed=observed))
    assert list(planned.changes) == []
    assert planned.held_up.document()[0] == {"access": "ml", "problems": [WRONG.document()]}
    lab = replace(ml, name="lab")
    elsewhere = Catalog.of([ml, lab, *studio, narrow])
    into_lab = replace(pattern, portfolio="lab")
    planned = plan(
        Catalog.of([ml, lab, into_lab, narrow]),
        elsewhere,
        target=TARGET,
        held_up=held(STUDIO, observed=elsewhere, declared=["ml", "lab"]),
    )
    assert [it.desired for it in planned.changes if isinstance(it, Create)] == [into_lab]
    assert planned.held_up.names("access") == set()


def test_an_interrupted_deletion_waits_for_its_owner() -> None:
    tagged = replace(product("studio"), tags=(("publisher:leaving:tag-1", "true"),))
    observed = replace(
        Catalog.of([ml, tagged, seen, association(), option]),
        interrupted={option.key: (STUDIO, "publisher:leaving:tag-1")},
    )
    planned = plan(
        Catalog.of([ml]), observed, target=TARGET, prune=True, held_up=held(STUDIO, observed=observed)
    )
    assert planned.changes == ()


def test_equal_problems_are_one_entry() -> None:
    other = replace(WRONG, message="unknown key 'y'")
    held_up = HeldUp().adding(
        [(("product", "b"), WRONG), (("product", "a"), WRONG), (ML, WRONG), (ML, other)]
    )
    assert list(held_up.groups()) == [
        ("portfolio", ("ml",), (WRONG, other)),
        ("product", ("a", "b"), (WRONG,)),
    ]
    assert str(held_up) == (f"portfolio ml ({WRONG} and 1 more); product a and 1 more ({WRONG})")
    assert held_up.document() == [
        {"portfolio": "ml", "problems": [WRONG.document(), other.document()]},
        {"product": "a", "problems": [WRONG.document()]},
        {"product": "b", "problems": [WRONG.document()]},
    ]
