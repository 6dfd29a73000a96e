"""The Service Catalog of one account in one Region: all operations, one module a subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from catalog_emulator.servicecatalog.budgets import Budgets
from catalog_emulator.servicecatalog.constraints import Constraints
from catalog_emulator.servicecatalog.copying import Copying
from catalog_emulator.servicecatalog.executing import Executing
from catalog_emulator.servicecatalog.importing import Importing
from catalog_emulator.servicecatalog.imports import Imports
from catalog_emulator.servicecatalog.ownership import Ownership
from catalog_emulator.servicecatalog.plans import Plans
from catalog_emulator.servicecatalog.portfolios import Portfolios
from catalog_emulator.servicecatalog.principals import Principals
from catalog_emulator.servicecatalog.products import Products
from catalog_emulator.servicecatalog.shares import Shares
from catalog_emulator.servicecatalog.tag_options import TagOptions


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

    @property
    def _url_module(self) -> Any:
        from catalog_emulator.servicecatalog import urls

        return urls

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
