"""The Service Catalog of one account in one Region: all operations, one module a subject."""

from __future__ import annotations

from collections.abc import Iterator

from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from publisher.local.servicecatalog.models.constraints import Constraints
from publisher.local.servicecatalog.models.imports import Imports
from publisher.local.servicecatalog.models.launching import Launching
from publisher.local.servicecatalog.models.portfolios import Portfolios
from publisher.local.servicecatalog.models.principals import Principals
from publisher.local.servicecatalog.models.products import Products
from publisher.local.servicecatalog.models.shares import Shares
from publisher.local.servicecatalog.models.tag_options import TagOptions


class ServiceCatalogBackend(
    Portfolios,
    Products,
    Constraints,
    Principals,
    TagOptions,
    Shares,
    Imports,
    Launching,
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
