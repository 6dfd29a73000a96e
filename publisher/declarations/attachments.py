"""What portfolios and products both may have: TagOptions and budgets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from publisher.declarations.forms import BudgetName, OptionValue, TagKey
from publisher.declarations.shape import Declared, Many

VALUES_PER_KEY = 25
_BUDGETS = 20


class TagOption(Declared):
    """A tag that launches take: the person who launches chooses one of its values."""

    key: Annotated[TagKey, Field(description="The tag's key.")]
    values: Annotated[
        list[OptionValue],
        Many(most=VALUES_PER_KEY, unique=True),
        Field(description="The values to choose from; a single one is set without asking."),
    ] = Field(default_factory=list)
    inactive: Annotated[
        list[OptionValue],
        Many(most=VALUES_PER_KEY, unique=True),
        Field(description="Values that launches no longer take, in the whole account."),
    ] = Field(default_factory=list)


TagOptions = Annotated[
    list[TagOption],
    Many(most=25),
    Field(description="Tags that launches take, with the values to choose from."),
]
Budgets = Annotated[
    list[BudgetName],
    Many(most=_BUDGETS, unique=True),
    Field(description="Names of AWS budgets of the account, shown with it."),
]
