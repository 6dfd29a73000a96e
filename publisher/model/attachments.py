"""What portfolios and products are given besides their contents: TagOptions, budgets, service actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from publisher.model.values import Key

# The AssumeRole of an action that runs as the launch role.
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html
LAUNCH_ROLE = "LAUNCH_ROLE"
# ("portfolio", name) or ("product", name)
Owner = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class TagOption:
    """A key and value that launches can take, once in an account. It has no tags, hence no owner's mark.

    Only ever observed: `used_elsewhere`, portfolios or products that are not ours use it too; `leaving`, a
    run that was deleting it has not come to its end.
    """

    kind: ClassVar[str] = "TagOption"
    tag_key: str
    value: str
    active: bool = True
    used_elsewhere: bool = field(default=False, compare=False)
    leaving: bool = field(default=False, compare=False)

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("tag-option", self.tag_key, self.value)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.tag_key}={self.value}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return ()


@dataclass(frozen=True, kw_only=True)
class TagOptionAssociation:
    """A TagOption of a portfolio or a product. With the `last` one that is deleted the TagOption goes too."""

    kind: ClassVar[str] = "TagOptionAssociation"
    owner: Owner
    tag_key: str
    value: str
    last: bool = field(default=False, compare=False)

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("tag-option-association", *self.owner, self.tag_key, self.value)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{' '.join(self.owner)} / {self.tag_key}={self.value}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (self.owner, ("tag-option", self.tag_key, self.value))


@dataclass(frozen=True, kw_only=True)
class BudgetAssociation:
    """The budget that is shown with a portfolio or a product, one each. It is made elsewhere."""

    kind: ClassVar[str] = "BudgetAssociation"
    owner: Owner
    budget_name: str

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("budget-association", *self.owner)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{' '.join(self.owner)} / {self.budget_name}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (self.owner,)


@dataclass(frozen=True, kw_only=True)
class ServiceAction:
    """An SSM document that people may run on their launches. `name` is its identity: <family>/<action>.

    `definition` has the API's entries, sorted: Name, Version, AssumeRole, Parameters. The adapter keeps
    the name at the end of the description.
    """

    kind: ClassVar[str] = "ServiceAction"
    name: str
    display_name: str
    definition: tuple[tuple[str, str], ...]
    description: str = ""

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("service-action", self.name)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return ()


@dataclass(frozen=True, kw_only=True)
class ServiceActionAssociation:
    """A service action of a version. Wanted with the version "" it stands for all versions of the product."""

    kind: ClassVar[str] = "ServiceActionAssociation"
    product: str
    version: str
    action: str

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("service-action-association", self.product, self.version, self.action)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.product} {self.version} / {self.action}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (
            ("provisioning-artifact", self.product, self.version),
            ("service-action", self.action),
        )
