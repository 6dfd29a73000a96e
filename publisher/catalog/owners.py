"""What portfolios and products have in common: both carry tags, TagOptions and a budget.

Launches get the tags of their portfolio and of their product, and some fail with a duplicate key: no key of
publisher is on both. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Tag.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import ClassVar, Protocol

from publisher.catalog.creating import Creating
from publisher.catalog.engine import Answer, R, Request, call, found_or_none
from publisher.catalog.kind import Identified

_NOT_FREE = ("publisher:", "aws:")


class OwnerKind(Creating[R], Identified[R], Protocol[R]):
    """Portfolios, or products."""

    reads: ClassVar[int] = 2

    def carries(self, desired: R, tag: str, ids: Iterable[str], foreign: set[str]) -> bool:
        """Whether one of these, apart from known and foreign ones, carries the ownership tag."""
        word, name = desired.key
        known = {*self.engine.ids.values(), *foreign}
        for id_ in ids:
            if id_ in known:
                continue
            answer = found_or_none(partial(call, self.engine.client, "describe", word, id_))
            if answer is not None:
                foreign.add(id_)
                if tags(answer).get(tag) == name:
                    return True
        return False


def tags(answer: Answer) -> dict[str, str]:
    """The tags of a described portfolio or product."""
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()}


def free_tags(answer: Answer) -> tuple[tuple[str, str], ...]:
    """The tags that are neither publisher's nor AWS's, sorted."""
    return tuple(sorted(item for item in tags(answer).items() if not item[0].startswith(_NOT_FREE)))


def tag_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the API's shape, sorted."""
    return [{"Key": key, "Value": value} for key, value in sorted(values.items())]


def tag_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Request:
    """AddTags and RemoveTags of an update; adding an existing key changes its value."""
    added = {key: value for key, value in after.items() if before.get(key) != value}
    removed = sorted(before.keys() - after.keys())
    request: Request = {"AddTags": tag_list(added)} if added else {}
    return request | ({"RemoveTags": removed} if removed else {})
