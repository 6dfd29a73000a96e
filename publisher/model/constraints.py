"""The five kinds of constraint: what holds for launches of a product from one portfolio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from publisher.model.values import Key

ConstraintStatus = Literal["AVAILABLE", "CREATING", "FAILED"]
Permission = Literal["ALLOWED", "NOT_ALLOWED"]
ConstraintType = Literal["LAUNCH", "NOTIFICATION", "RESOURCE_UPDATE", "STACKSET", "TEMPLATE"]


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """What all kinds have. A kind that the API allows once for a product and portfolio is one slot."""

    kind: ClassVar[str] = "Constraint"
    type: ClassVar[ConstraintType]
    portfolio: str
    product: str
    description: str = ""
    status: ConstraintStatus = "AVAILABLE"

    @property
    def slot(self) -> tuple[str, ...]:
        """What tells it from the other constraints of the product in the portfolio."""
        return (self.type,)

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("constraint", self.portfolio, self.product, *self.slot)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.portfolio} / {self.product} {' '.join((self.type, *self.slot[1:]))}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (("product-association", self.portfolio, self.product),)


@dataclass(frozen=True, kw_only=True)
class NamedConstraint(Constraint):
    """A kind of which there may be many: the adapter keeps `name` at the end of the description."""

    name: str

    @property
    def slot(self) -> tuple[str, ...]:
        """The type and the name."""
        return (self.type, self.name)


@dataclass(frozen=True, kw_only=True)
class LaunchConstraint(Constraint):
    """The role a launch runs as: by ARN, or by name in the launching account."""

    type: ClassVar[ConstraintType] = "LAUNCH"
    local_role_name: str = ""
    role_arn: str = ""


@dataclass(frozen=True, kw_only=True)
class TemplateConstraint(NamedConstraint):
    """Rules over the launch parameters; `rules` is the canonical JSON of CloudFormation's Rules section."""

    type: ClassVar[ConstraintType] = "TEMPLATE"
    rules: str


@dataclass(frozen=True, kw_only=True)
class NotificationConstraint(NamedConstraint):
    """Topics that hear of every stack event of a launch; sorted."""

    type: ClassVar[ConstraintType] = "NOTIFICATION"
    notification_arns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResourceUpdateConstraint(Constraint):
    """Whether an update of a launch may change its tags."""

    type: ClassVar[ConstraintType] = "RESOURCE_UPDATE"
    tag_update_on_provisioned_product: Permission


@dataclass(frozen=True, kw_only=True)
class StackSetConstraint(Constraint):
    """Launches as stacks in these accounts and Regions, both sorted. Excludes a launch role.

    `stack_instance_control` says whether those who launch may add, change and remove single stacks.
    """

    type: ClassVar[ConstraintType] = "STACKSET"
    account_list: tuple[str, ...]
    region_list: tuple[str, ...]
    admin_role: str
    execution_role: str
    stack_instance_control: Permission = "NOT_ALLOWED"

    @property
    def slot(self) -> tuple[str, ...]:
        """That of a launch role: a product has one of the two."""
        return (LaunchConstraint.type,)


AnyConstraint = (
    LaunchConstraint
    | TemplateConstraint
    | NotificationConstraint
    | ResourceUpdateConstraint
    | StackSetConstraint
)
