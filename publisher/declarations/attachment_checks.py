"""What the TagOptions of a portfolio or of a product family must be to each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.declarations.attachments import TagOption
from publisher.documents import Document, quoted
from publisher.errors import Problem


def check_tag_options(document: Document, options: Sequence[TagOption]) -> Iterator[Problem]:
    """Keys that stand twice, entries without values, values that are active and inactive."""
    where = document.where
    seen: dict[str, int] = {}
    for n, option in enumerate(options):
        first = seen.setdefault(option.key, n)
        if first != n:
            at = where("tag_options", first, "key")
            message = f"the TagOption key {quoted(option.key)} stands twice, first at {at}"
            hint = "merge the values of the two"
            yield Problem(rule="P126", where=where("tag_options", n, "key"), message=message, hint=hint)
        if not option.values and not option.inactive:
            message = f"the TagOption key {quoted(option.key)} has no values"
            hint = "add values, or remove the entry"
            yield Problem(rule="P126", where=where("tag_options", n), message=message, hint=hint)
        for m, value in enumerate(option.inactive):
            if value in option.values:
                message = f"{quoted(value)} stands in 'values' and in 'inactive'"
                hint = "keep it in one of the two"
                place = where("tag_options", n, "inactive", m)
                yield Problem(rule="P126", where=place, message=message, hint=hint)
