"""TagOptions and budgets of portfolios and products, as values; small words for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from publisher.declarations.tag_options import TagOption as DeclaredOption
from publisher.errors import Where
from publisher.model import BudgetAssociation, Owner, TagOption, TagOptionAssociation
from publisher.rules import Placed


def attachments(
    owner: Owner,
    options: Sequence[DeclaredOption],
    budget: str | None,
    where: Callable[..., Where],
) -> Iterator[Placed]:
    """The TagOptions and budgets of a portfolio or product, each where it is written."""
    for n, option in enumerate(options):
        for field_name, values in (("values", option.values), ("inactive", option.inactive)):
            for m, value in enumerate(values):
                place = where("tag_options", n, field_name, m)
                active = field_name == "values"
                yield Placed(resource=TagOption(tag_key=option.key, value=value, active=active), where=place)
                association = TagOptionAssociation(owner=owner, tag_key=option.key, value=value)
                yield Placed(resource=association, where=place)
    if budget is not None:
        resource = BudgetAssociation(owner=owner, budget_name=budget)
        yield Placed(resource=resource, where=where("budget"))


def sorted_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Tags, in the order of their keys."""
    return tuple(sorted(tags.items()))
