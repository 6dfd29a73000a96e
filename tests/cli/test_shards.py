"""One plan for many targets, applied by several builds, some of which fail or are killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.aws.clients import Aws
from publisher.planning.plan import document_digest
from publisher.planning.saved_plan import read_saved
from tests.cli.conftest import Project, signalling
from tests.cli.test_targets import HUB, SPOKE, WEST, everywhere
from tests.conftest import Ran

__all__ = ["everywhere"]
BY_HAND = "the account has changed since the plan was made, which does not have Portfolio ml"


@pytest.fixture
def planned(everywhere: Project, tmp_path: Path) -> tuple[Project, Path]:
    """A project with three targets, and its saved plan."""
    plan = tmp_path / "plan.json"
    assert everywhere.run("plan", "-o", str(plan)).code == 0
    return everywhere, plan


def part(project: Project, plan: Path, shard: str, **more: object) -> tuple[Ran, str]:
    """A build as the buildspec runs it, and the file with its outcome."""
    ran = project.run("--json", "sync", str(plan), "--shard", shard, "--yes", **more)
    path = plan.parent / f"outcomes-{shard.replace('/', '-of-')}.json"
    path.write_text(ran.out)
    return ran, str(path)


def test_shards_publish_a_plan_together(planned: tuple[Project, Path]) -> None:
    project, plan = planned
    before = project.run("collect", str(plan), str(plan))
    assert (before.code, "is not the outcome of a build" in before.err) == (2, True)
    done = [part(project, plan, f"{number}/4") for number in range(1, 5)]
    assert [ran.code for ran, _ in done] == [0, 0, 0, 0]
    found = [[it["target"] for it in ran.document["results"]] for ran, _ in done]
    assert found == [[], [WEST], [HUB], [SPOKE]]
    digests = {ran.document["plan"] for ran, _ in done}
    paths = [path for _, path in done]
    one = project.run("--json", "collect", str(plan), *paths)
    assert (one.code, {one.document["plan"]}) == (0, digests)
    assert one.document["results"][0] == {
        "target": WEST, "status": "done", "changes": 12, "done": 12, "error": "", "hint": "",
    }  # fmt: skip
    # Applied again, nothing is left.
    again, path = part(project, plan, "1/1")
    assert (again.code, {it["changes"] for it in again.document["results"]}) == (0, {0})
    assert project.run("collect", str(plan), path).out == (
        f"plan {one.document['plan'][:12]}: 3 of 3 targets done, 0 failed, at most 0 may\n"
    )
    less = project.run("collect", str(plan), *paths[:3], "--max-failures", "33%")
    assert (less.code, less.err) == (
        1,
        "error: 1 target failed, and at most 0 may; the first: "
        f"{SPOKE}: no outcome: its build did not finish\n"
        "hint: fix the reason, then run publisher sync PLANFILE --shard K/N again: it finishes what is left "
        "of the plan\n",
    )
    assert project.run("collect", str(plan), *paths[:3], "--max-failures", "34%").code == 0


def test_a_killed_shard_is_finished_by_a_rerun(planned: tuple[Project, Path]) -> None:
    project, plan = planned
    killed, first = part(project, plan, "2/2", connect=signalling("CreateConstraint", 15))
    assert killed.code == 143
    (west, hub) = (part(project, plan, "1/2"), killed.document["results"])
    assert [(it["target"], it["status"]) for it in hub] == [(HUB, "failed"), (SPOKE, "failed")]
    assert 0 < sum(it["done"] for it in hub) < sum(it["changes"] for it in hub)
    # Of a saved plan that is not applied in shards all must be as it was.
    stale = project.run("sync", str(plan), "--yes")
    assert (stale.code, "the account has changed since the plan was made" in stale.err) == (3, True)
    told = project.run("collect", str(plan), west[1], first, "--max-failures", "1", "--format", "markdown")
    assert told.code == 1
    rows = [line.split(" | ")[0] for line in told.out.splitlines()[2:4]]
    assert rows == [f"| <code>{it}</code>" for it in (HUB, SPOKE)]
    rest, second = part(project, plan, "2/2")
    assert rest.code == 0, rest.err
    assert all(0 < it["changes"] == it["done"] for it in rest.document["results"])
    assert project.run("collect", str(plan), west[1], first, second).code == 0
    check = project.run("plan", "--check")
    assert check.code == 0, check.out
    counts = project.run("--json", "status").document["targets"]
    assert {len(it["products"]) for it in counts} == {2}


def test_a_target_that_is_refused_stops_no_other(planned: tuple[Project, Path]) -> None:
    """One where somebody else changed what the plan is about, one that is in another account."""
    project, plan = planned
    assert project.run("--target", "hub/us-west-2", "sync", "--yes").code == 0
    catalog = Aws(region="us-west-2").client("servicecatalog")
    (portfolio,) = catalog.list_portfolios()["PortfolioDetails"]
    catalog.update_portfolio(Id=portfolio["Id"], Description="by hand")
    ran, path = part(project, plan, "1/1")
    assert ran.code == 1
    assert [(it["target"], it["status"], it["error"], it["hint"]) for it in ran.document["results"]] == [
        (
            HUB,
            "failed",
            BY_HAND,
            "plan and review again: publisher plan -o FILE",
        ),
        (WEST, "done", "", ""),
        (SPOKE, "done", "", ""),
    ]
    lines = project.run("collect", str(plan), path, "--max-failures", "1").out.splitlines()
    assert lines == [
        f"  failed  {HUB}  0 of 0  {BY_HAND}",
        f"plan {ran.document['plan'][:12]}: 2 of 3 targets done, 1 failed, at most 1 may",
    ]
    project.edit("portfolio/ml.yaml", "display_name: ML", "display_name: Other")
    other, _ = part(project, plan, "1/1")
    stale = "the files have changed since the plan was made"
    assert {it["error"] for it in other.document["results"]} == {stale}


OUTCOMES = {
    # Of builds that were killed, or refused before they knew the targets.
    "": (1, "3 targets failed"),
    '{"results": [': (1, "3 targets failed"),
    "[" * 100_000: (1, "3 targets failed"),
    '{"error": {"code": "input", "message": "x", "hint": ""}}': (1, "3 targets failed"),
    "[]": (2, "is not the outcome of a build"),
    '{"error": "x"}': (2, "is not the outcome of a build"),
    '{"plan": "PLAN", "shard": "1/1", "results": [{}]}': (2, "is not the outcome of a build"),
    '{"plan": "PLAN", "shard": "2/1", "results": []}': (2, "is not the outcome of a build"),
    '{"plan": "x", "shard": "1/1", "results": []}': (2, "is the outcome of another plan"),
    '{"plan": "PLAN", "shard": "1/4", "results": [{"target": "x", "status": "done", "changes": 1, '
    '"done": 1, "error": "", "hint": ""}]}': (2, "is the outcome of another plan"),
}
SHARDS = {
    ("--shard", "1/2"): "--shard requires a saved plan",
    ("PLAN", "--shard", "3/2"): "--shard '3/2' must be K/N",
    ("PLAN", "--shard", "0/2"): "--shard '0/2' must be K/N",
    ("PLAN", "--shard", "1/101"): "--shard '1/101' must be K/N",
    ("PLAN", "--shard", "x"): "--shard 'x' must be K/N",
    ("PLAN", "--shard", "1/2", "--bootstrap"): "--bootstrap cannot be combined with --shard",
}


def test_a_plan_that_was_made_up_is_none(planned: tuple[Project, Path]) -> None:
    project, plan = planned
    document = json.loads(plan.read_text())
    first, *others = document["plans"]

    def with_changes(changes: object) -> Any:
        made_up = first | {"changes": changes}
        return document | {"plans": [made_up | {"digest": document_digest(made_up)}, *others]}

    whole = first["changes"][0]
    less = {name: it for name, it in whole.items() if name != "before"}
    for made_up in (
        document | {"plans": [first, first, *others]},
        document | {"content": float("nan")},
        *map(with_changes, (5, [5], ["x"], [less], [whole | {"includes": 5}])),
    ):
        plan.write_text(json.dumps(made_up))
        for words in ("sync", str(plan), "--shard", "1/1", "--yes"), ("collect", str(plan), str(plan)):
            ran = project.run(*words)
            assert (ran.code, f"'{plan}' is not a plan" in ran.err) == (2, True), ran.err


def test_shards_and_outcomes_that_are_none(planned: tuple[Project, Path]) -> None:
    project, plan = planned
    outcome = plan.parent / "outcome.json"
    for text, (code, error) in OUTCOMES.items():
        outcome.write_text(text.replace("PLAN", read_saved(plan).digest))
        ran = project.run("collect", str(plan), str(outcome))
        assert (ran.code, error in ran.err) == (code, True), (text[:80], ran.err)
    for words, message in SHARDS.items():
        ran = project.run("sync", *(str(plan) if it == "PLAN" else it for it in words), "--yes")
        assert (ran.code, message in ran.err) == (2, True), (words, ran.err)
