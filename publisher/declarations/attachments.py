"""What portfolios and products both may have: TagOptions and budgets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from publisher.declarations.constraint_types import Declared, ListConstraint
from publisher.declarations.strings import BudgetName, TagKey, TagValue

VALUES_PER_KEY = 25


class TagOption(Declared):
    """A tag that launches take: the person who launches chooses one of its values."""

    key: Annotated[TagKey, Field(description="The tag's key.")]
    values: Annotated[
        list[TagValue],
        ListConstraint(most=VALUES_PER_KEY, unique=True),
        Field(description="The values to choose from; a single one is set without asking."),
    ] = Field(default_factory=list)
    inactive: Annotated[
        list[TagValue],
        ListConstraint(most=VALUES_PER_KEY, unique=True),
        Field(description="Values that launches no longer take, in the whole account."),
    ] = Field(default_factory=list)


TagOptions = Annotated[
    list[TagOption],
    ListConstraint(most=25),
    Field(description="Tags that launches take, with the values to choose from."),
]
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_budgets.html
Budget = Annotated[
    BudgetName | None, Field(description="The AWS budget of the account that is shown with it.")
]
