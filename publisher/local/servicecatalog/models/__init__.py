"""The Service Catalog of one account in one Region: all operations, one module a subject."""

from __future__ import annotations

from collections.abc import Iterator

from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from publisher.local.servicecatalog.models.budgets import Budgets
from publisher.local.servicecatalog.models.constraints import Constraints
from publisher.local.servicecatalog.models.copying import Copying
from publisher.local.servicecatalog.models.executing import Executing
from publisher.local.servicecatalog.models.importing import Importing
from publisher.local.servicecatalog.models.imports import Imports
from publisher.local.servicecatalog.models.ownership import Ownership
from publisher.local.servicecatalog.models.plans import Plans
from publisher.local.servicecatalog.models.portfolios import Portfolios
from publisher.local.servicecatalog.models.principals import Principals
from publisher.local.servicecatalog.models.products import Products
from publisher.local.servicecatalog.models.shares import Shares
from publisher.local.servicecatalog.models.tag_options import TagOptions


class ServiceCatalogBackend(
    Portfolios,
    Products,
    Copying,
    Constraints,
    Principals,
    TagOptions,
    Budgets,
    Shares,
    Imports,
    Plans,
    Importing,
    Ownership,
    Executing,
    TaggableResourcesMixin,
):
    """Each public method with an operation's name takes its request and gives its answer."""

    SERVICE_NAMESPACE = "catalog"

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """What the Resource Groups Tagging API finds."""
        for portfolio in self.portfolios.values():
            yield TaggedResource(
                arn=portfolio.arn, tags=dict(portfolio.tags), resource_type="servicecatalog:portfolio"
            )
        for product in self.products.values():
            yield TaggedResource(
                arn=product.arn, tags=dict(product.tags), resource_type="servicecatalog:product"
            )
