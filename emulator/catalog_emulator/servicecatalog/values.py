"""The resources of Service Catalog as plain values. They know neither requests nor each other.

Their attributes are named as the service model names its members: moto's serializer finds them there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from moto.core.utils import utcnow

from catalog_emulator.servicecatalog.caller import Caller

Answer = dict[str, Any]
Tags = dict[str, str]
# In requests: a text that may be left out, texts, a structure of texts, and tags or other lists of them.
Text = str | None
Texts = Sequence[str]
Members = Mapping[str, str]
Filters = Mapping[str, Sequence[str]]
Pairs = Sequence[Mapping[str, str]]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the API writes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@dataclass(kw_only=True)
class Portfolio:
    """A portfolio."""

    id: str
    arn: str
    display_name: str
    provider_name: str
    description: str | None
    created_time: datetime = field(default_factory=utcnow)
    tags: Tags = field(default_factory=dict)


@dataclass(kw_only=True)
class Artifact:
    """A provisioning artifact: one version of a product. Its template never changes."""

    id: str
    name: str | None
    description: str | None
    type: str
    template: str
    source: Mapping[str, str]
    active: bool = True
    guidance: str = "DEFAULT"
    created_time: datetime = field(default_factory=utcnow)


@dataclass(kw_only=True)
class Product:
    """A product with its versions in order of creation. `fields` are as the API names them.

    `source_id` is the product that it was copied from.
    """

    id: str
    view_id: str
    arn: str
    type: str
    fields: dict[str, str]
    created_time: datetime = field(default_factory=utcnow)
    tags: Tags = field(default_factory=dict)
    source_id: str | None = None
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.fields["Name"]


@dataclass(kw_only=True)
class Constraint:
    """A constraint of a product in a portfolio; `parameters` is the JSON text of the request."""

    id: str
    type: str
    portfolio_id: str
    product_id: str
    owner: str
    parameters: str
    description: str | None


@dataclass(kw_only=True)
class Principal:
    """A principal with access to a portfolio. `unique_id` is IAM's id of a principal of type IAM."""

    arn: str
    type: Literal["IAM", "IAM_PATTERN"]
    unique_id: str | None


@dataclass(kw_only=True)
class TagOption:
    """A tag for launches; `resources` are the ids of portfolios and products."""

    id: str
    key: str
    value: str
    owner: str
    active: bool = True
    resources: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Record:
    """One operation on a provisioned product.

    `errors` are codes with descriptions, `change` is what success sets on the provisioned product, and
    `operation_id` the operation on its stack set.
    """

    id: str
    record_type: str
    provisioned_product_id: str
    provisioned_product_name: str
    product_id: str
    provisioning_artifact_id: str
    path_id: str | None
    launch_role_arn: str | None
    caller: Caller
    tags: Tags
    provisioned_product_type: str = "CFN_STACK"
    status: str = "CREATED"
    stack_id: str | None = None
    first_event: int = 0
    operation_id: str | None = None
    ignore_errors: bool = False
    change: Mapping[str, Any] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[dict[str, str]] = field(default_factory=list)
    created_time: datetime = field(default_factory=utcnow)
    updated_time: datetime = field(default_factory=utcnow)

    @property
    def open(self) -> bool:
        return self.status not in ("SUCCEEDED", "FAILED")

    @property
    def record_errors(self) -> list[dict[str, str]]:
        return [{"Code": code, "Description": text} for code, text in self.errors]

    @property
    def record_tags(self) -> list[dict[str, str]]:
        return tag_list(self.tags)


@dataclass(kw_only=True)
class ProvisionedProduct:
    """A launch; it exists until a termination succeeds.

    `parameters` are those of the request, `tags` the stack's. `stack_id` is the ARN of the stack or stack
    set, None when it was not created. `chosen_role_arn` replaces the launch constraint's role.
    """

    id: str
    name: str
    arn: str
    idempotency_token: str
    caller: Caller
    product_id: str
    product_name: str
    provisioning_artifact_id: str
    provisioning_artifact_name: str | None
    path_id: str | None
    launch_role_arn: str | None
    parameters: dict[str, str]
    user_tags: Tags
    tags: Tags
    notification_arns: tuple[str, ...] = ()
    type: Literal["CFN_STACK", "CFN_STACKSET"] = "CFN_STACK"
    chosen_role_arn: str | None = None
    status: str = "UNDER_CHANGE"
    status_message: str | None = None
    stack_id: str | None = None
    outputs: list[dict[str, str]] = field(default_factory=list)
    last_record_id: str | None = None
    last_provisioning_record_id: str | None = None
    last_successful_provisioning_record_id: str | None = None
    created_time: datetime = field(default_factory=utcnow)


ShareKind = Literal["ACCOUNT", "ORGANIZATION", "ORGANIZATIONAL_UNIT", "ORGANIZATION_MEMBER_ACCOUNT"]


@dataclass(kw_only=True)
class Share:
    """A portfolio shared with an account or a node of the organization, from `ready_at` on the clock.

    `accepted` matters only for shares with an account: nodes of an organization need not accept.
    `members` are the accounts that the node had when access to the organization was disabled.
    """

    kind: ShareKind
    recipient: str
    tag_options: bool
    principals: bool
    ready_at: float
    accepted: bool = False
    members: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        return "IMPORTED" if self.kind == "ACCOUNT" else "AWS_ORGANIZATIONS"


@dataclass(frozen=True, kw_only=True)
class ShareOperation:
    """What a share token refers to; `failed` are accounts that had the portfolio through another share."""

    portfolio_id: str
    recipient: str
    in_organization: bool
    ready_at: float
    successful: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(kw_only=True)
class ServiceAction:
    """A self-service action; `artifacts` are the (product, version) that it can be executed on."""

    id: str
    name: str
    definition_type: str
    definition: dict[str, str]
    description: str | None
    artifacts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CopiedProduct:
    """The result of a copy: the product created or added to, or the problem."""

    target_id: str | None
    problem: str | None


@dataclass(kw_only=True)
class Plan:
    """A launch or update that is previewed. `change_set_id` is None when none could be created.

    `based_on` is the last provisioning record when it was created, `record_id` that of its execution.
    """

    plan_id: str
    plan_name: str
    plan_type: str
    caller: Caller
    provision_product_id: str
    provision_product_name: str
    product_id: str
    provisioning_artifact_id: str
    path_id: str
    provisioning_parameters: list[dict[str, Any]]
    tags: Tags
    notification_arns: list[str]
    change: Mapping[str, Any]
    based_on: str | None
    stack_id: str | None = None
    change_set_id: str | None = None
    status_message: str | None = None
    record_id: str | None = None
    created_time: datetime = field(default_factory=utcnow)
    updated_time: datetime = field(default_factory=utcnow)
