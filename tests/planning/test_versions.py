from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import InputError
from publisher.model import (
    Catalog,
    ProvisioningArtifact,
    Retention,
    ServiceActionAssociation,
    VersionState,
    in_state,
)
from publisher.planning.versions import VersionStep, on_every_version, resolve_versions, unpublished
from tests.conftest import cases
from tests.samples import product, version

NUMBERS = ("1.0.0", "1.1.0", "1.2.0", "1.3.0")


def published(*states: VersionState) -> list[ProvisioningArtifact]:
    """Versions 1.0.0, 1.1.0 … in these states, each with content of its own."""
    return [
        in_state(replace(version(number=number, letter=letter), digest=f"sha256:{letter * 12}"), state)
        for number, letter, state in zip(NUMBERS, "abcd", states, strict=False)
    ]


def steps(
    newest: ProvisioningArtifact, there: list[ProvisioningArtifact], retention: Retention
) -> list[VersionStep]:
    desired = Catalog.of([product("studio"), newest], retention={"studio": retention})
    return list(resolve_versions(desired, {"studio": there}, {}))


def states(there: list[ProvisioningArtifact], taken: list[VersionStep]) -> list[str]:
    """The states after the steps, the oldest first."""
    after = {it.version: it for it in there} | {it.desired.version: it.desired for it in taken}
    return [
        "inactive" if not it.active else "available" if it.guidance == "DEFAULT" else "deprecated"
        for _, it in sorted(after.items())
    ]


NEXT = version(number="1.3.0", letter="d")


@cases(
    ("retention", "there", "after"),
    {
        "without bounds nothing ages": (Retention(), ["available"] * 3, ["available"] * 4),
        "older ones deprecated": (
            Retention(keep=2),
            ["available"] * 3,
            ["deprecated"] * 2 + ["available"] * 2,
        ),
        "then inactive": (
            Retention(keep=1, deprecated=1),
            ["available"] * 3,
            ["inactive", "inactive", "deprecated", "available"],
        ),
        "inactive at once": (Retention(keep=1, deprecated=0), ["available"], ["inactive", "available"]),
        "what was taken out of use does not count, and does not come back": (
            Retention(keep=2),
            ["available", "inactive", "available"],
            ["deprecated", "inactive", "available", "available"],
        ),
        "a state that is written down": (
            Retention(keep=1, states={"1.0.0": "available", "1.2.0": "inactive"}),
            ["deprecated", "available", "available"],
            ["available", "deprecated", "inactive", "available"],
        ),
        "a new version that nobody launches yet": (
            Retention(states={"1.3.0": "deprecated"}),
            ["available"] * 3,
            ["available"] * 3 + ["deprecated"],
        ),
    },
)
def test_retention(retention: Retention, there: list[VersionState], after: list[str]) -> None:
    before = published(*there)
    newest = replace(NEXT, version=NUMBERS[len(before)])
    taken = steps(newest, before, retention)
    assert states(before, taken) == after


@cases(
    ("there", "after"),
    {
        "all become deprecated": (["available", "available"], ["deprecated", "deprecated"]),
        "and none comes back": (["inactive", "deprecated"], ["inactive", "deprecated"]),
    },
)
def test_a_product_that_is_retired_gets_no_new_version(there: list[VersionState], after: list[str]) -> None:
    before = published(*there)
    assert states(before, steps(NEXT, before, Retention(retire="deprecate"))) == after


@cases(
    ("newest", "there", "message", "hint"),
    {
        "another type": (
            replace(NEXT, artifact_type="EXTERNAL"),
            published("available"),
            "P604 the type of a published product cannot become EXTERNAL: studio",
            "create a new family, and retire this one",
        ),
    },
)
def test_clashes(
    newest: ProvisioningArtifact, there: list[ProvisioningArtifact], message: str, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        steps(newest, there, Retention())
    (problem,) = caught.value.problems
    assert (str(problem), problem.hint) == (f"products/studio/product.yaml:1:1: {message}", hint)


def test_a_service_action_is_on_every_version() -> None:
    action = ServiceActionAssociation(product="studio", version="", action="studio/restart")
    desired = Catalog.of([product("studio"), NEXT, action])
    there = published("available", "inactive")
    taken = steps(NEXT, there, Retention())
    expanded = on_every_version(desired, {"studio": there}, taken)
    found = [it.version for it in expanded if isinstance(it, ServiceActionAssociation)]
    assert found == ["1.0.0", "1.1.0", "1.3.0"]


STATES: list[VersionState] = ["available", "deprecated", "inactive"]


@given(
    there=st.lists(st.sampled_from(STATES), max_size=4),
    keep=st.none() | st.integers(1, 4),
    deprecated=st.none() | st.integers(0, 4),
    written=st.dictionaries(st.sampled_from(NUMBERS), st.sampled_from(STATES), max_size=2),
)
def test_retention_is_done_at_once(
    there: list[VersionState], keep: int | None, deprecated: int | None, written: dict[str, VersionState]
) -> None:
    retention = Retention(keep=keep, deprecated=deprecated, states=written)
    once = retention.applied(published(*there))
    assert retention.applied(once) == once
    unwritten = [it for it in once if it.version not in written]
    assert keep is None or sum(it.launchable for it in unwritten) <= keep


@cases(
    ("named", "there", "found"),
    {
        "published": (["1.0.0"], ["1.0.0"], []),
        "never published": (["1.0.1"], ["1.0.0", "1.1.0"], ["1.0.1"]),
        "published next": (["1.3.0"], ["1.0.0"], []),
        "pruned, or of a time before this target": (["0.9.0"], ["1.0.0"], []),
        "nothing published yet": (["1.1.0"], [], []),
    },
)
def test_states_of_what_was_never_published(named: list[str], there: list[str], found: list[str]) -> None:
    retention = Retention(states={it: "deprecated" for it in named})
    desired = Catalog.of([product("studio"), NEXT], retention={"studio": retention})
    held = {"studio": [version(number=it) for it in there]}
    assert unpublished(desired, held) == tuple(("studio", it) for it in found)


def test_a_version_that_another_product_of_the_family_has() -> None:
    retention = {name: Retention(states={"1.1.0": "deprecated"}) for name in ("studio", "notebook")}
    desired = Catalog.of([product("studio"), product("notebook"), NEXT], retention=retention)
    numbers = {"studio": ["1.0.0", "1.1.0"], "notebook": ["1.0.0"]}
    held = {name: [version(name, number=it) for it in some] for name, some in numbers.items()}
    assert unpublished(desired, held) == ()
