"""One file per kind: its shape on the wire both ways, and how it is created, read, updated and deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from publisher import model
from publisher.catalog.engine import Engine
from publisher.catalog.kind import Kind
from publisher.catalog.kinds.budget_association import BudgetAssociationKind
from publisher.catalog.kinds.constraint import ConstraintKind
from publisher.catalog.kinds.execution_role_policy import ExecutionRolePolicyKind
from publisher.catalog.kinds.portfolio import PortfolioKind
from publisher.catalog.kinds.portfolio_share import PortfolioShareKind
from publisher.catalog.kinds.principal import PrincipalKind
from publisher.catalog.kinds.product import ProductKind
from publisher.catalog.kinds.product_association import ProductAssociationKind
from publisher.catalog.kinds.project_template import ProjectTemplateKind
from publisher.catalog.kinds.provisioning_artifact import ProvisioningArtifactKind
from publisher.catalog.kinds.service_action import ServiceActionAssociationKind, ServiceActionKind
from publisher.catalog.kinds.stored_object import StoredObjectKind
from publisher.catalog.kinds.studio_domain import StudioDomainKind
from publisher.catalog.kinds.studio_origin import StudioOriginKind
from publisher.catalog.kinds.tag_option import TagOptionAssociationKind, TagOptionKind

KINDS: Mapping[type[model.Resource], Callable[[Engine], Kind[Any]]] = {
    **dict.fromkeys(get_args(model.AnyConstraint), ConstraintKind),
    model.BudgetAssociation: BudgetAssociationKind,
    model.ExecutionRolePolicy: ExecutionRolePolicyKind,
    model.Portfolio: PortfolioKind,
    model.PortfolioShare: PortfolioShareKind,
    model.Principal: PrincipalKind,
    model.Product: ProductKind,
    model.ProductAssociation: ProductAssociationKind,
    model.ProjectTemplate: ProjectTemplateKind,
    model.ProvisioningArtifact: ProvisioningArtifactKind,
    model.ServiceAction: ServiceActionKind,
    model.ServiceActionAssociation: ServiceActionAssociationKind,
    model.StoredContent: StoredObjectKind,
    model.StoredTemplate: StoredObjectKind,
    model.StudioDomain: StudioDomainKind,
    model.StudioOrigin: StudioOriginKind,
    model.TagOption: TagOptionKind,
    model.TagOptionAssociation: TagOptionAssociationKind,
}
