from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

from publisher.errors import AwsError, PublisherError
from publisher.model import (
    Catalog,
    Key,
    Portfolio,
    PortfolioShare,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    Retention,
    TagOption,
    TagOptionAssociation,
)
from publisher.planning.apply import Confirmation, Outcome, apply, outcomes_so_far
from publisher.planning.changes import Create, change_document, subject, subjects
from publisher.planning.plan import Plan, plan
from publisher.stopping import Stop
from tests.conftest import cases
from tests.samples import association, launch, ml, pattern, product, stored, template, version, whole

TARGET = "111111111111/us-west-2"


class Notebook:
    """A target that records its calls, and fails at those named."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.asked: list[str] = []

    def create(self, desired: Resource, includes: Sequence[Resource] = ()) -> Confirmation | None:
        self._note("create", " with ".join(it.label for it in (desired, *includes)))
        return None

    def update(self, observed: Resource, desired: Resource) -> None:
        self._note("update", desired.label)

    def delete(self, observed: Resource, includes: Sequence[Resource] = ()) -> None:
        self._note("delete", " with ".join(it.label for it in (observed, *includes)))

    def finish(self, portfolio: Portfolio) -> None:
        self._note("finish", portfolio.label)

    def _note(self, verb: str, label: str) -> None:
        self.asked.append(f"{verb} {label}")
        if f"{verb} {label}" in self.failing:
            raise AwsError(f"cannot {verb} {label}")


def planned(
    desired: Collection[Resource], observed: Collection[Resource] = (), *, prune: bool = False
) -> Plan:
    return plan(Catalog.of(desired), Catalog.of(observed), target=TARGET, prune=prune)


def fates(plan: Plan, target: Notebook) -> list[tuple[str, str]]:
    """(subject, status or the reason for not being attempted) of every change."""
    found = []
    for outcome in apply(plan, target, workers=1):
        attempted = outcome.status != "not attempted"
        label = subject(outcome.change).label
        found.append((label, outcome.status if attempted else str(outcome.error)))
    return found


def _unfinished(desired: Collection[Resource], observed: Collection[Resource]) -> Plan:
    """A plan for a target where an earlier run has not finished the portfolio."""
    there = replace(Catalog.of(observed), unfinished=frozenset({ml.key}))
    return plan(Catalog.of(desired), there, target=TARGET)


def test_a_first_plan() -> None:
    target = Notebook()
    result = planned(list(whole("studio")))
    assert list(apply(result, target, workers=1)) == [Outcome(change=change) for change in result.changes]
    assert target.asked == [
        f"create {stored(version()).label}",
        "create ml",
        "create studio with studio 1.0.0",
        "create ml / studio",
        "create ml / studio LAUNCH",
        "create ml / studio TEMPLATE small-only",
        f"create {pattern.label}",
        "finish ml",
    ]


def test_a_second_version() -> None:
    target = Notebook()
    result = planned([product("studio"), version(number="1.1.0", letter="b")], [product("studio"), version()])
    assert fates(result, target) == [("studio 1.1.0", "done")]


def test_a_new_portfolio_that_an_earlier_run_began() -> None:
    assert fates(_unfinished([ml, pattern], [ml]), Notebook()) == [(pattern.label, "done"), ("ml", "done")]


def test_what_a_failure_takes_along() -> None:
    target = Notebook("create notebook with notebook 1.0.0")
    assert fates(planned(list(whole("notebook", "studio"))), target) == [
        (stored(version()).label, "done"),
        ("ml", "done"),
        ("notebook", "failed"),
        ("studio", "done"),
        ("ml / notebook", "needs product notebook, which failed"),
        ("ml / studio", "done"),
        ("ml / notebook LAUNCH", "needs product-association ml / notebook, which failed"),
        ("ml / notebook TEMPLATE small-only", "needs product-association ml / notebook, which failed"),
        ("ml / studio LAUNCH", "done"),
        ("ml / studio TEMPLATE small-only", "done"),
        (pattern.label, "done"),
        ("ml", "portfolio ml stays unfinished because a change in it failed"),
    ]


class Together(Notebook):
    """Confirms all associations by one read, which does not show those of some products."""

    def __init__(self, *lost: str) -> None:
        super().__init__()
        self.lost = lost
        self.waiting: list[Resource] = []

    @override
    def create(self, desired: Resource, includes: Sequence[Resource] = ()) -> Confirmation | None:
        super().create(desired, includes)
        if not isinstance(desired, ProductAssociation):
            return None
        self.waiting.append(desired)
        return self.confirm

    def confirm(self) -> dict[Key, PublisherError]:
        self.asked.append(f"confirm {len(self.waiting)}")
        return {it.key: AwsError(f"no {it.label}") for it in self.waiting if it.label in self.lost}


def test_what_is_written_together_is_confirmed_once_and_before_what_needs_it() -> None:
    target, result = Together("ml / studio"), planned(list(whole("notebook", "studio")))
    assert fates(result, target)[4:8] == [
        ("ml / notebook", "done"),
        ("ml / studio", "failed"),
        ("ml / notebook LAUNCH", "done"),
        ("ml / notebook TEMPLATE small-only", "done"),
    ]
    written = target.asked.index("create ml / studio")
    assert target.asked[written : written + 3] == [
        "create ml / studio",
        "confirm 2",
        "create ml / notebook LAUNCH",
    ]


def test_what_is_written_is_not_done_before_it_is_confirmed() -> None:
    result, stop, seen = planned(list(whole("studio"))), Stop(), list[str]()

    class Looking(Together):
        @override
        def confirm(self) -> dict[Key, PublisherError]:
            seen.extend(str(it.error) for it in outcomes_so_far(result, stop) if it.error)
            seen.extend(stop.under_way)
            return {}

    assert {it.status for it in apply(result, Looking(), workers=1, stop=stop)} == {"done"}
    assert (seen[0], seen[-1]) == ("interrupted before it was confirmed", "reads that show 1 written change")
    assert not [it for it in outcomes_so_far(result, stop) if it.error]


def test_nobody_gets_access_while_a_constraint_fails() -> None:
    share = PortfolioShare(portfolio="ml", share_type="ACCOUNT", principal_id="222222222222")
    because = "nobody gets access to ml while a constraint in it fails"
    first = [*whole("studio"), share]
    assert fates(planned(first), Notebook("create ml / studio LAUNCH"))[-4:] == [
        ("ml / studio TEMPLATE small-only", "done"),
        (pattern.label, because),
        (share.label, because),
        ("ml", "portfolio ml stays unfinished because a change in it failed"),
    ]
    changed = launch(role="other")
    there = [it for it in first if it not in (share, pattern)]
    assert fates(planned([*first, changed], [*there, launch()]), Notebook(f"update {changed.label}")) == [
        (changed.label, "failed"),
        (pattern.label, because),
        (share.label, because),
    ]


def test_a_portfolio_stays_new_while_something_in_it_fails() -> None:
    target = Notebook("create ml / studio LAUNCH")
    observed: list[Resource] = [ml, product("studio"), version(), association()]
    assert fates(_unfinished([*observed, launch()], observed), target) == [
        ("ml / studio LAUNCH", "failed"),
        ("ml", "portfolio ml stays unfinished because a change in it failed"),
    ]
    changed = replace(ml, description="")
    assert fates(_unfinished([changed], [ml]), Notebook("update ml")) == [
        ("ml", "failed"),
        ("ml", "portfolio ml stays unfinished because a change in it failed"),
    ]


def test_a_portfolio_that_cannot_be_marked_finished() -> None:
    assert fates(planned([ml]), Notebook("finish ml")) == [("ml", "done"), ("ml", "failed")]
    assert fates(planned([ml]), Notebook("create ml")) == [
        ("ml", "failed"),
        ("ml", "needs portfolio ml, which failed"),
    ]


def aged(then: ProvisioningArtifact) -> Plan:
    """Where a product's only version that people can launch makes room for another."""
    published: list[Resource] = [
        product("studio"),
        version(),
        version(number="1.1.0", letter="b", active=False),
    ]
    desired = Catalog.of([product("studio"), then], retention={"studio": Retention(keep=1, deprecated=0)})
    return plan(desired, Catalog.of(published), target=TARGET)


@cases(
    ("then", "verb"),
    {
        "new": (version(number="1.2.0", letter="c"), "create"),
        "made active again": (version(number="1.1.0", letter="b"), "update"),
    },
)
def test_a_version_is_deactivated_only_when_another_can_be_launched(
    then: ProvisioningArtifact, verb: str
) -> None:
    assert fates(aged(then), Notebook()) == [(then.label, "done"), ("studio 1.0.0", "done")]
    assert fates(aged(then), Notebook(f"{verb} {then.label}")) == [
        (then.label, "failed"),
        ("studio 1.0.0", "needs another launchable version of studio, which failed"),
    ]


def test_a_failed_update_takes_nothing_along() -> None:
    target = Notebook("update ml")
    changed = replace(ml, description="")
    assert fates(planned([changed, replace(pattern, principal_type="IAM")], [ml]), target) == [
        ("ml", "failed"),
        (replace(pattern, principal_type="IAM").label, "done"),
    ]


def test_what_a_failed_delete_keeps() -> None:
    target = Notebook("delete ml / studio LAUNCH")
    observed: list[Resource] = [ml, product("studio"), version(), association(), launch(), template()]
    assert fates(planned([], observed, prune=True), target) == [
        ("ml / studio LAUNCH", "failed"),
        ("ml / studio TEMPLATE small-only", "done"),
        ("ml / studio", "a resource that it contains could not be deleted"),
        ("studio", "a resource that it contains could not be deleted"),
        ("ml", "a resource that it contains could not be deleted"),
    ]


option = TagOption(tag_key="a", value="b")
tagged = [
    TagOptionAssociation(owner=owner, tag_key="a", value="b")
    for owner in (("portfolio", "ml"), ("product", "studio"))
]


def test_a_tag_option_is_deleted_with_its_last_association() -> None:
    observed: list[Resource] = [ml, option, *tagged, product("studio"), version()]
    deletes = planned([], observed, prune=True)
    last = "a=b with product studio / a=b"
    assert fates(deletes, target := Notebook()) == [
        ("portfolio ml / a=b", "done"),
        ("a=b", "done"),
        ("studio", "done"),
        ("ml", "done"),
    ]
    assert target.asked[:2] == ["delete portfolio ml / a=b", f"delete {last}"]
    still = "a resource that it contains could not be deleted"
    assert fates(deletes, Notebook("delete portfolio ml / a=b")) == [
        ("portfolio ml / a=b", "failed"),
        ("a=b", still),
        ("studio", still),
        ("ml", still),
    ]
    assert fates(deletes, Notebook(f"delete {last}")) == [
        ("portfolio ml / a=b", "done"),
        ("a=b", "failed"),
        ("studio", still),
        ("ml", "done"),
    ]


def test_products_run_in_parallel_and_versions_of_one_serially() -> None:
    together = threading.Barrier(2, timeout=10)
    running: set[str] = set()

    class Meeting(Notebook):
        def create(self, desired: Resource, includes: Sequence[Resource] = ()) -> None:
            assert isinstance(desired, ProvisioningArtifact)
            assert desired.product not in running
            running.add(desired.product)
            together.wait()
            running.remove(desired.product)

    changes = tuple(
        Create(version(name, number)) for name in ("notebook", "studio") for number in ("1.1.0", "1.2.0")
    )
    outcomes = list(apply(Plan(target=TARGET, changes=changes), Meeting(), workers=4))
    assert outcomes == [Outcome(change=change) for change in changes]


def test_a_bug_in_the_target_is_not_an_outcome() -> None:
    class Broken(Notebook):
        def create(self, desired: Resource, includes: Sequence[Resource] = ()) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(apply(planned([ml]), Broken()))


def test_the_document_of_an_outcome() -> None:
    change = Create(ml)
    assert Outcome(change=change).document() == {
        "change": change_document(change),
        "status": "done",
        "error": None,
    }
    error = PublisherError("no", hint="yes")
    assert Outcome(change=change, status="failed", error=error).document() == {
        "change": change_document(change),
        "status": "failed",
        "error": {"code": "failed", "message": "no", "hint": "yes"},
    }


def test_every_resource_of_a_portfolio_is_created_after_what_it_requires() -> None:
    seen: set[tuple[str, ...]] = set()
    for change in planned(list(whole("a", "b", "c"))).changes:
        seen.update(it.key for it in subjects(change))
        assert seen.issuperset(key for it in subjects(change) for key in it.requires)
