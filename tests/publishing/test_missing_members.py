"""Any member of any answer may be missing: the plan is made without it, or there is one clear error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publisher.errors import AwsError, InputError
from publisher.publishing.project import Project
from publisher.publishing.publication import Publication
from publisher.publishing.targets import PublishingTarget
from tests.account import Account
from tests.conftest import write_files
from tests.publishing.test_keep_going import CHANGED, PUBLISHED

Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """The members of an answer; of a list those of its first entry."""
    match value:
        case dict():
            for key, inner in value.items():
                if (*at, key) != ("ResponseMetadata",):
                    yield (*at, key)
                    yield from places(inner, (*at, key))
        case [first, *_]:
            yield from places(first, (*at, 0))


def drop(answer: Any, place: Place) -> None:
    """Removes a member, where it is."""
    *way, last = place
    try:
        for step in way:
            answer = answer[step]
        del answer[last]
    except (KeyError, IndexError):
        return


@pytest.fixture
def publication(account: Account, tmp_path: Path) -> Publication:
    account.build.bucket()

    def at(files: dict[str, str]) -> Publication:
        project = Project.read(write_files(tmp_path, files))
        return Publication(project, PublishingTarget(aws=account.aws), clock=account.ticks.clock())

    first = at(PUBLISHED)
    assert [str(it.error) for it in first.sync(first.plan()) if it.error] == []
    return at(CHANGED)


@pytest.mark.whole
def test_each_member_of_each_answer(account: Account, publication: Publication) -> None:
    events = account.catalog.meta.events
    seen: dict[tuple[str, Place], None] = {}

    def note(parsed: Any, model: Any, **_: Any) -> None:
        seen.update(dict.fromkeys((model.name, place) for place in places(parsed)))

    events.register("after-call", note)
    publication.plan(prune=True)
    events.unregister("after-call", note)
    assert {operation for operation, _ in seen} >= {
        "DescribePortfolio",
        "DescribeConstraint",
        "ListPortfolios",
    }
    errors: set[str] = set()
    for operation, place in seen:

        def without(parsed: Any, place: Place = place, **_: Any) -> None:
            drop(parsed, place)

        event = f"after-call.service-catalog.{operation}"
        events.register(event, without)
        try:
            publication.plan(prune=True)
        except AwsError as error:
            errors.add(error.message)
        except InputError:
            # Without its digest a version has other content.
            assert (operation, place[-1]) == ("ListProvisioningArtifacts", "Description")
        finally:
            events.unregister(event, without)
    assert "DescribePortfolio answered without 'PortfolioDetail'" in errors
    assert all(" answered without '" in it for it in errors), errors
