"""What a catalog holds, as frozen values with name-based keys. No ids: only catalog/ knows those."""

from publisher.model.access import PortfolioShare, Principal, PrincipalType, ShareType
from publisher.model.attachments import (
    LAUNCH_ROLE,
    BudgetAssociation,
    Owner,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
)
from publisher.model.catalog import Catalog, Resource
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
from publisher.model.retention import Launch, Retention, RetirementStep, VersionState, in_state
from publisher.model.unmanaged import Stranger
from publisher.model.values import (
    Guidance,
    Key,
    Portfolio,
    Product,
    ProductAssociation,
    ProductType,
    ProvisioningArtifact,
    precedence,
    short_digest,
)

__all__ = [
    "LAUNCH_ROLE",
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
    "Stranger",
    "TagOption",
    "TagOptionAssociation",
    "TemplateConstraint",
    "VersionState",
    "in_state",
    "precedence",
    "short_digest",
]
