from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import cast

import pytest

from publisher.planning.apply import Outcome
from publisher.planning.changes import Create
from publisher.planning.plan import Plan
from publisher.publishing.project import Project
from publisher.publishing.publication import Publication
from publisher.publishing.rollout import Ready, Rollout
from publisher.stopping import Stop
from tests.samples import ml

_MANY = 200


class Slow:
    """A target that takes its time for each change."""

    name = "t"

    def __init__(self) -> None:
        self.done = 0

    def sync(self, planned: Plan, stop: Stop) -> Iterator[Outcome]:
        """An outcome at a time."""
        for change in planned.changes:
            if stop.requested:
                return
            time.sleep(0.01)
            self.done += 1
            yield Outcome(change=change)


def test_an_interrupt_stops_all_targets() -> None:
    targets = [Slow(), Slow()]
    planned = Plan(target="t", changes=(Create(ml),) * _MANY)
    ready = [Ready(publication=cast(Publication, it), plan=planned) for it in targets]
    rollout = Rollout(cast(Project, None), [it.publication for it in ready])
    outcomes = rollout.sync(ready, Stop())
    next(outcomes)
    with pytest.raises(KeyboardInterrupt):
        cast(Generator[object, None, None], outcomes).throw(KeyboardInterrupt())
    assert all(it.done < _MANY / 2 for it in targets)
