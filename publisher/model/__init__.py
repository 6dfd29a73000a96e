"""The contents of a catalog, as frozen values with name-based keys. No ids: only catalog/ knows those."""

from publisher.model.access import PortfolioShare, Principal, PrincipalType, ShareType
from publisher.model.catalog import Catalog, Resource, Unmanaged
from publisher.model.constraints import (
    AnyConstraint,
    Constraint,
    ConstraintStatus,
    LaunchConstraint,
    NamedConstraint,
    NotificationConstraint,
    Permission,
    ResourceUpdateConstraint,
    StackSetConstraint,
    TemplateConstraint,
)
from publisher.model.products import (
    DESCRIBED_DIGEST,
    RESERVED_TAGS,
    Guidance,
    Portfolio,
    Product,
    ProductAssociation,
    ProductType,
    ProvisioningArtifact,
    digest_in,
    short_digest,
    template_key,
)
from publisher.model.protocol import Key
from publisher.model.retention import Launch, Retention, RetirementStep, VersionState, in_state
from publisher.model.service_actions import LAUNCH_ROLE, ServiceAction, ServiceActionAssociation
from publisher.model.stored_objects import StoredContent, StoredTemplate
from publisher.model.tag_options import BudgetAssociation, Owner, TagOption, TagOptionAssociation
from publisher.model.version_names import distinct_names, plain_name, precedence
from publisher.model.version_steps import Step, is_enough, next_version, step_between

__all__ = [
    "DESCRIBED_DIGEST",
    "LAUNCH_ROLE",
    "RESERVED_TAGS",
    "AnyConstraint",
    "BudgetAssociation",
    "Catalog",
    "Constraint",
    "ConstraintStatus",
    "Guidance",
    "Key",
    "Launch",
    "LaunchConstraint",
    "NamedConstraint",
    "NotificationConstraint",
    "Owner",
    "Permission",
    "Portfolio",
    "PortfolioShare",
    "Principal",
    "PrincipalType",
    "Product",
    "ProductAssociation",
    "ProductType",
    "ProvisioningArtifact",
    "Resource",
    "ResourceUpdateConstraint",
    "Retention",
    "RetirementStep",
    "ServiceAction",
    "ServiceActionAssociation",
    "ShareType",
    "StackSetConstraint",
    "Step",
    "StoredContent",
    "StoredTemplate",
    "TagOption",
    "TagOptionAssociation",
    "TemplateConstraint",
    "Unmanaged",
    "VersionState",
    "digest_in",
    "distinct_names",
    "in_state",
    "is_enough",
    "next_version",
    "plain_name",
    "precedence",
    "short_digest",
    "step_between",
    "template_key",
]
