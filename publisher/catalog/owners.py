"""What portfolios and products have in common: both carry tags, TagOptions and a budget.

Launches get the tags of their portfolio and of their product, and some fail with a duplicate key: no key of
publisher is on both. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Tag.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Protocol

from typing_extensions import override

from publisher.catalog.creating import Creating
from publisher.catalog.engine import Engine, R, found_or_none
from publisher.catalog.wire import Answer, Request
from publisher.model import Key

_NOT_FREE = ("publisher:", "aws:")
_DESCRIBE = {"portfolio": "describe_portfolio", "product": "describe_product_as_admin"}
_UPDATE = {"portfolio": "update_portfolio", "product": "update_product"}


class OwnerKind(Creating[R], Protocol[R]):
    """Portfolios, or products."""

    reads: ClassVar[int] = 2

    def resource(self, answer: Answer) -> R:
        """The resource that a describing call answers."""
        ...

    @override
    def read(self, resource: R) -> R | None:
        answer = described(self.engine, resource.key)
        return self.resource(answer) if answer else None

    def write(self, desired: R, request: Request) -> None:
        """Updates its fields and tags."""
        self.engine.retry_until(lambda: update(self.engine, desired.key, request))
        self.engine.equals(desired, self.read)

    def carries(self, desired: R, tag: str, ids: Iterable[str], foreign: set[str]) -> bool:
        """Whether one of these, apart from known and foreign ones, carries the ownership tag."""
        word, name = desired.key
        known = {*self.engine.ids.values(), *foreign}
        for id_ in ids:
            if id_ in known:
                continue
            answer = found_or_none(partial(describe, self.engine.client, word, id_))
            if answer is not None:
                foreign.add(id_)
                if tags(answer).get(tag) == name:
                    return True
        return False


def describe(client: Any, word: str, id_: str) -> Answer:
    """The portfolio or product with this id."""
    answer: Answer = getattr(client, _DESCRIBE[word])(Id=id_)
    return answer


def described(engine: Engine, owner: Key) -> Answer | None:
    """A described portfolio or product; None when it is not found."""
    return found_or_none(lambda: describe(engine.client, owner[0], engine.id_of(*owner)))


def update(engine: Engine, owner: Key, request: Request) -> Any:
    """The call that updates a portfolio or product."""
    return getattr(engine.client, _UPDATE[owner[0]])(Id=engine.id_of(*owner), **request)


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
