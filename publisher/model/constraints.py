"""The five types of constraint on launches of a product from one portfolio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from typing_extensions import override

from publisher.model.protocol import CatalogResource, Key

ConstraintStatus = Literal["AVAILABLE", "CREATING", "FAILED"]
Permission = Literal["ALLOWED", "NOT_ALLOWED"]
ConstraintType = Literal["LAUNCH", "NOTIFICATION", "RESOURCE_UPDATE", "STACKSET", "TEMPLATE"]


@dataclass(frozen=True, kw_only=True)
class Constraint(CatalogResource):
    """What all types share."""

    kind: ClassVar[str] = "Constraint"
    step: ClassVar[int] = 7
    type: ClassVar[ConstraintType]
    portfolio: str
    product: str
    description: str = ""
    status: ConstraintStatus = "AVAILABLE"

    @property
    def slot(self) -> tuple[str, ...]:
        """The part of the key after portfolio and product. A type that the API allows once has one slot."""
        return (self.type,)

    @property
    @override
    def key(self) -> Key:
        return ("constraint", self.portfolio, self.product, *self.slot)

    @property
    @override
    def label(self) -> str:
        return f"{self.portfolio} / {self.product} {' '.join((self.type, *self.slot[1:]))}"

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (("product-association", self.portfolio, self.product),)

    @property
    @override
    def owners(self) -> tuple[Key, ...]:
        return (("portfolio", self.portfolio), ("product", self.product))


@dataclass(frozen=True, kw_only=True)
class NamedConstraint(Constraint):
    """A type that can occur many times. The catalog stores `name` at the end of the description."""

    name: str

    @property
    @override
    def slot(self) -> tuple[str, ...]:
        return (self.type, self.name)


@dataclass(frozen=True, kw_only=True)
class LaunchConstraint(Constraint):
    """The role that launches use: an ARN, or a role name in the launching account."""

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
    """Topics that receive every stack event of a launch, sorted."""

    type: ClassVar[ConstraintType] = "NOTIFICATION"
    notification_arns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ResourceUpdateConstraint(Constraint):
    """Whether an update of a launch may change its tags."""

    type: ClassVar[ConstraintType] = "RESOURCE_UPDATE"
    tag_update_on_provisioned_product: Permission


@dataclass(frozen=True, kw_only=True)
class StackSetConstraint(Constraint):
    """Launches as stacks in these accounts and Regions, sorted. It shares the slot of a launch role.

    `stack_instance_control`: whether launching users can create, update and delete single stacks.
    """

    type: ClassVar[ConstraintType] = "STACKSET"
    account_list: tuple[str, ...]
    region_list: tuple[str, ...]
    admin_role: str
    execution_role: str
    stack_instance_control: Permission = "NOT_ALLOWED"

    @property
    @override
    def slot(self) -> tuple[str, ...]:
        return (LaunchConstraint.type,)


AnyConstraint = (
    LaunchConstraint
    | TemplateConstraint
    | NotificationConstraint
    | ResourceUpdateConstraint
    | StackSetConstraint
)
