"""What portfolios and products both may have: TagOptions and budgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from publisher.declarations.fields import Declared, ListConstraint
from publisher.declarations.strings import TagKey, TagValue
from publisher.documents import Document
from publisher.errors import Problem, quoted

VALUES_PER_KEY = 25


class TagOption(Declared):
    """A tag for launches: the user chooses one of its values."""

    key: Annotated[TagKey, Field(description="The tag's key.")]
    values: Annotated[
        list[TagValue],
        ListConstraint(most=VALUES_PER_KEY, unique=True),
        Field(description="The values to choose from; a single value is set automatically."),
    ] = Field(default_factory=list)
    inactive: Annotated[
        list[TagValue],
        ListConstraint(most=VALUES_PER_KEY, unique=True),
        Field(description="Values that are no longer available, in the whole account."),
    ] = Field(default_factory=list)


TagOptions = Annotated[
    list[TagOption],
    ListConstraint(most=25),
    Field(description="Tags for launches, with the values to choose from."),
]


def check_tag_options(document: Document, options: Sequence[TagOption]) -> Iterator[Problem]:
    """Keys that stand twice, entries without values, values that are active and inactive."""
    where = document.where
    seen: dict[str, int] = {}
    for n, option in enumerate(options):
        first = seen.setdefault(option.key, n)
        if first != n:
            at = where("tag_options", first, "key")
            message = f"duplicate TagOption key {quoted(option.key)}, first at {at}"
            hint = "merge their values"
            yield Problem(rule="P126", where=where("tag_options", n, "key"), message=message, hint=hint)
        if not option.values and not option.inactive:
            message = f"TagOption key {quoted(option.key)} has no values"
            hint = "add values, or remove the entry"
            yield Problem(rule="P126", where=where("tag_options", n), message=message, hint=hint)
        for m, value in enumerate(option.inactive):
            if value in option.values:
                message = f"{quoted(value)} is in both 'values' and 'inactive'"
                hint = "keep it in one of them"
                place = where("tag_options", n, "inactive", m)
                yield Problem(rule="P126", where=place, message=message, hint=hint)
