"""TagOptions and budgets, and their associations with portfolios and products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from publisher.model.protocol import CatalogResource, Key

# ("portfolio", name) or ("product", name)
Owner = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class TagOption(CatalogResource):
    """A key and value that launches can choose, once in an account. It has no tags, so no ownership tag."""

    kind: ClassVar[str] = "TagOption"
    step: ClassVar[int] = 5
    tag_key: str
    value: str
    active: bool = True

    @property
    @override
    def key(self) -> Key:
        return ("tag-option", self.tag_key, self.value)

    @property
    @override
    def label(self) -> str:
        return f"{self.tag_key}={self.value}"


@dataclass(frozen=True, kw_only=True)
class TagOptionAssociation(CatalogResource):
    """A TagOption of a portfolio or a product."""

    kind: ClassVar[str] = "TagOptionAssociation"
    step: ClassVar[int] = 6
    owner: Owner
    tag_key: str
    value: str

    @property
    @override
    def key(self) -> Key:
        return ("tag-option-association", *self.owner, self.tag_key, self.value)

    @property
    @override
    def label(self) -> str:
        return f"{' '.join(self.owner)} / {self.tag_key}={self.value}"

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (self.owner, ("tag-option", self.tag_key, self.value))


@dataclass(frozen=True, kw_only=True)
class BudgetAssociation(CatalogResource):
    """The one budget of a portfolio or a product. The budget itself is created elsewhere."""

    kind: ClassVar[str] = "BudgetAssociation"
    step: ClassVar[int] = 6
    owner: Owner
    budget_name: str

    @property
    @override
    def key(self) -> Key:
        return ("budget-association", *self.owner)

    @property
    @override
    def label(self) -> str:
        return f"{' '.join(self.owner)} / {self.budget_name}"

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (self.owner,)
