"""What a plan deletes, and what it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.errors import InputError, Refused
from publisher.model import (
    Catalog,
    Key,
    Launch,
    Owner,
    PortfolioShare,
    Principal,
    Resource,
    Retention,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
    Unmanaged,
)
from publisher.planning.changes import Change, Create, Delete, Update, subject
from publisher.planning.plan import plan
from publisher.planning.pruning import PruneCandidate
from tests.conftest import cases, raising
from tests.samples import TARGET, association, launch, ml, pattern, planned, product, template, version, whole

studio = product("studio")
somebody = Principal(portfolio="ml", principal_arn="arn:aws:iam::1:role/x", principal_type="IAM")
seen = replace(version(), digest=version().short_digest)


def test_undeclared_resources_are_kept() -> None:
    other = product("other")
    observed: list[Resource] = [
        ml,
        studio,
        seen,
        other,
        version("other"),
        association("other"),
        launch("other"),
        somebody,
    ]
    result = planned([ml, studio, version()], observed)
    assert result.changes == ()
    assert result.kept == (PruneCandidate(resource=somebody), PruneCandidate(resource=other))


def test_prune_deletes_in_reverse_order() -> None:
    observed: list[Resource] = [ml, studio, seen, association(), launch(), template(), pattern]
    result = planned([], observed, prune=True)
    assert result.changes == (
        Delete(pattern),
        Delete(launch()),
        Delete(template()),
        Delete(association()),
        Delete(studio, includes=(seen,)),
        Delete(ml),
    )
    assert result.kept == ()


churn = Launch(name="churn", product="studio", version="1.0.0")


def test_prune_of_what_is_used_is_refused() -> None:
    result = plan(
        Catalog.of([ml]), Catalog.of([ml, studio, seen]), target=TARGET, prune=True, launches=[churn]
    )
    assert result.changes == (Delete(studio, used_by=("churn",), includes=(seen,)),)
    with raising(
        Refused,
        f"{TARGET}: Product studio is used by churn",
        "nothing was written; terminate or move these first, or do not delete it "
        "(--prune, or retire in product.yaml)",
    ):
        result.refuse_used()


@cases(
    ("launches", "elsewhere", "used_by"),
    {
        "launched": ([churn], False, ("churn",)),
        "launched, and in another portfolio": ([churn], True, ()),
        "not launched": ([], False, ()),
    },
)
def test_a_launched_product_stays_in_its_last_portfolio(
    launches: list[Launch], elsewhere: bool, used_by: tuple[str, ...]
) -> None:
    second = replace(ml, name="second")
    there = replace(association(), portfolio="second")
    stays: list[Resource] = [ml, second, studio, version(), *([there] if elsewhere else [])]
    observed = Catalog.of([ml, second, studio, seen, association(), *([there] if elsewhere else [])])
    result = plan(Catalog.of(stays), observed, target=TARGET, prune=True, launches=launches)
    assert result.changes == (Delete(association(), used_by=used_by),)


def test_a_published_product_cannot_lose_its_support_url() -> None:
    """UpdateProduct takes no empty one."""
    with_url = replace(studio, support_url="https://example.com/help")
    with pytest.raises(InputError) as raised:
        planned([ml, studio, version()], [ml, with_url, seen])
    assert [(str(it), it.hint) for it in raised.value.problems] == [
        (
            "products/studio/product.yaml:3:10: P605 support_url of the published"
            " product 'studio' cannot be removed",
            "set support_url: https://example.com/help, or another URL",
        )
    ]
    other = replace(studio, support_url="https://example.com/other")
    assert planned([ml, other, version()], [ml, with_url, seen]).changes == (Update(with_url, other),)


def test_the_last_used_resource_is_named() -> None:
    second = replace(studio, name="second")
    result = plan(
        Catalog.of([ml]),
        Catalog.of([ml, studio, seen, association(), second]),
        target=TARGET,
        prune=True,
        launches=[churn, replace(churn, name="fraud", product="second")],
    )
    with raising(Refused, f"{TARGET}: Product studio is used by churn, and 1 more"):
        result.refuse_used()


def test_deletes_of_shared_resources_name_the_recipients() -> None:
    share = PortfolioShare(portfolio="ml", share_type="ACCOUNT", principal_id="222222222222")
    there = Catalog.of([*whole("studio"), share, version(number="0.9.0", active=False)])
    kept = Catalog.of(whole("studio"), retention={"studio": Retention(keep=1, deprecated=0)})
    result = plan(kept, there, target=TARGET, prune=True)
    unseen = ("ACCOUNT 222222222222",)
    assert [(subject(it).kind, it.unseen_in) for it in result.changes if isinstance(it, Delete)] == [
        ("PortfolioShare", unseen),
        ("ProvisioningArtifact", unseen),
    ]
    gone = plan(Catalog(), there, target=TARGET, prune=True)
    assert {subject(it).kind for it in gone.changes if isinstance(it, Delete) and it.unseen_in} == {
        "Portfolio",
        "PortfolioShare",
        "Product",
        "ProductAssociation",
    }


def test_prune_of_a_product_with_an_unmanaged_constraint_is_refused() -> None:
    theirs = Unmanaged(portfolio="ml", kind="constraint", id="cons-x", name="studio")
    there = Catalog({it.key: it for it in whole("studio")}, unmanaged=(theirs,))
    with pytest.raises(
        Refused, match="ProductAssociation ml / studio is used by the unmanaged constraint cons-x"
    ):
        plan(Catalog(), there, target=TARGET, prune=True).refuse_used()


def test_a_version_that_comes_back_is_not_pruned() -> None:
    """A newer version is to have the same content; the retention alone would let it go."""
    inactive = replace(seen, active=False)
    there = Catalog.of([ml, studio, association(), inactive])
    desired = Catalog.of(
        [ml, studio, association(), version(number="1.0.1")],
        retention={"studio": Retention(keep=1, deprecated=0)},
    )
    result = plan(desired, there, target=TARGET, prune=True)
    assert result.changes == (Update(inactive, seen),)


def test_prune_of_a_portfolio_with_unmanaged_resources_is_refused() -> None:
    theirs = Unmanaged(portfolio="ml", kind="product", id="prod-x")
    dead = Unmanaged(portfolio="ml", kind="deleted principal", id="AROA")
    result = plan(Catalog(), Catalog({ml.key: ml}, unmanaged=(theirs, dead)), target=TARGET, prune=True)
    assert result.changes == (
        Delete(ml, used_by=("the unmanaged product prod-x", "the principal AROA of a deleted role or user")),
    )
    assert result.unmanaged == (theirs, dead)


@cases(
    ("retention", "launches", "deleted", "kept"),
    {
        "past retention": (Retention(keep=1, deprecated=0), [], ["0.9.0"], []),
        "in use": (
            Retention(keep=1, deprecated=0),
            [replace(churn, version="0.9.0")],
            [],
            [("0.9.0", ("churn",))],
        ),
        "made inactive by hand": (Retention(keep=1), [], [], []),
        "written down": (Retention(keep=1, deprecated=0, states={"0.9.0": "inactive"}), [], [], []),
    },
)
def test_prune_of_versions(
    retention: Retention, launches: list[Launch], deleted: list[str], kept: list[tuple[str, tuple[str, ...]]]
) -> None:
    old = version(number="0.9.0", letter="0", active=False)
    restart = ServiceAction(name="studio/restart", display_name="Restart", definition=())
    first, last = (
        ServiceActionAssociation(product="studio", version=number, action=restart.name)
        for number in ("0.9.0", "1.0.0")
    )
    desired = Catalog.of(
        [studio, version(), restart, replace(last, version="")], retention={"studio": retention}
    )
    observed = Catalog.of([studio, seen, old, restart, first, last])
    result = plan(desired, observed, target=TARGET, prune=True, launches=launches)
    assert [it for it in result.changes if not isinstance(it, Create)] == [
        Delete(old, includes=(first,)) for _ in deleted
    ]
    assert [(it.resource.label, it.used_by) for it in result.kept] == [
        (f"studio {number}", users) for number, users in kept
    ]


option = TagOption(tag_key="a", value="b")
USED = TagOptionAssociation(owner=("portfolio", "ml"), tag_key="a", value="b")
ALSO = replace(USED, owner=("product", "studio"))
TOGETHER = Delete(option, includes=(USED,))
TAG = "publisher:leaving:tag-1"


@cases(
    ("associations", "elsewhere", "interrupted", "changes"),
    {
        "managed only": ([USED], False, None, [TOGETHER]),
        "used elsewhere": ([USED], True, None, [Delete(USED)]),
        "unused": ([], False, None, []),
        "interrupted": ([], False, USED.owner, [TOGETHER]),
        "interrupted before the last association": ([USED], False, USED.owner, [TOGETHER]),
        "of two": ([USED, ALSO], False, None, [Delete(USED), Delete(option, includes=(ALSO,))]),
        "of two, interrupted": ([USED, ALSO], False, USED.owner, [Delete(ALSO), TOGETHER]),
    },
)
def test_prune_of_tag_options(
    associations: list[Resource], elsewhere: bool, interrupted: tuple[str, str] | None, changes: list[Change]
) -> None:
    """Without prune nothing changes, the tag of the deletion neither."""
    marked = replace(ml, tags=(*ml.tags, (TAG, "true")))
    observed = Catalog.of([marked if interrupted else ml, studio, seen, option, *associations])
    there = replace(
        observed,
        used_elsewhere=frozenset({option.key} if elsewhere else ()),
        interrupted={option.key: (interrupted, TAG)} if interrupted else {},
    )
    desired = Catalog.of([ml, studio, version()])
    assert list(plan(desired, there, target=TARGET, prune=True).changes) == changes
    assert plan(desired, there, target=TARGET).changes == ()


@cases(
    ("desired", "interrupted"),
    {
        "desired again": ([option, USED], {option.key: (USED.owner, TAG)}),
        "deleted since, or used elsewhere": ([], {}),
    },
)
def test_the_tag_of_a_deletion_that_will_not_be_finished_is_removed(
    desired: list[Resource], interrupted: dict[Key, tuple[Owner, str]]
) -> None:
    marked = replace(ml, tags=(*ml.tags, (TAG, "true")))
    there = replace(Catalog.of([marked, *desired]), interrupted=interrupted)
    assert plan(Catalog.of([ml, *desired]), there, target=TARGET).changes == (Update(marked, ml),)
