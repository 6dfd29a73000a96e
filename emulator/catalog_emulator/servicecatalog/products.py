"""Products, as an administrator handles them.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html and its siblings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.core.exceptions import ServiceException

from catalog_emulator.servicecatalog.artifacts import Artifacts, artifact_detail
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, ResourceInUseException
from catalog_emulator.servicecatalog.limits import PRODUCTS, TAGS_PER_RESOURCE, under
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.searching import matching, ordered
from catalog_emulator.servicecatalog.state import new_tags, present, tag_list
from catalog_emulator.servicecatalog.tag_options import tag_option_detail
from catalog_emulator.servicecatalog.values import Answer, Product

_PRODUCT_TYPES = ("CLOUD_FORMATION_TEMPLATE", "EXTERNAL")
# The model allows 8191; the console and CloudFormation's own resource type stop here.
_NAME_LENGTH = 100
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html
_SUPPORT_URL = re.compile(r"https?://.*", re.DOTALL)


class Products(Artifacts):
    """Operations on products."""

    def create_product(
        self,
        *,
        name: str,
        owner: str,
        product_type: str,
        description: str | None = None,
        distributor: str | None = None,
        support_description: str | None = None,
        support_email: str | None = None,
        support_url: str | None = None,
        tags: Sequence[Mapping[str, str]] = (),
        provisioning_artifact_parameters: Mapping[str, Any] | None = None,
        source_connection: Mapping[str, Any] | None = None,
    ) -> Answer:
        """CreateProduct with its first version."""
        if product_type not in _PRODUCT_TYPES:
            raise InvalidParametersException(f"Products of type {product_type} cannot be created.")
        if source_connection is not None or provisioning_artifact_parameters is None:
            raise InvalidParametersException("ProvisioningArtifactParameters are required.")
        product = self.new_product(
            name=name,
            owner=owner,
            product_type=product_type,
            description=description,
            distributor=distributor,
            support_description=support_description,
            support_email=support_email,
            support_url=support_url,
            tags=tags,
        )
        try:
            artifact = self.new_artifact(product, provisioning_artifact_parameters)
        except ServiceException:
            del self.products[product.id]
            raise
        return {
            "ProductViewDetail": product_view_detail(product),
            "ProvisioningArtifactDetail": artifact_detail(artifact),
            "Tags": tag_list(product.tags),
        }

    def new_product(
        self,
        *,
        name: str,
        owner: str,
        product_type: str,
        description: str | None = None,
        distributor: str | None = None,
        support_description: str | None = None,
        support_email: str | None = None,
        support_url: str | None = None,
        tags: Sequence[Mapping[str, str]] = (),
    ) -> Product:
        """Adds a product without a version."""
        under(PRODUCTS, len(self.products), "products")
        identifier = self.new_id("prod")
        product = Product(
            id=identifier,
            view_id=self.new_id("prodview"),
            arn=self.arn("product", identifier),
            type=product_type,
            fields=present(
                Name=_named(name),
                Owner=owner,
                Description=description,
                Distributor=distributor,
                SupportDescription=support_description,
                SupportEmail=support_email,
                SupportUrl=_address(support_url),
            ),
            tags=new_tags(tags),
        )
        self.products[identifier] = product
        return product

    def describe_product_as_admin(
        self, *, id: str | None = None, name: str | None = None, source_portfolio_id: str | None = None
    ) -> Answer:
        """DescribeProductAsAdmin: status CREATED, and versions without Active or Guidance."""
        product = self.product_by(id, name)
        options = self.tag_options_of(product.id)
        if source_portfolio_id is not None:
            _, options = self.options_on(self.offered(source_portfolio_id, product.id))
        return {
            "ProductViewDetail": product_view_detail(product),
            "ProvisioningArtifactSummaries": [
                present(Id=one.id, Name=one.name, Description=one.description, CreatedTime=one.created)
                for one in product.artifacts.values()
            ],
            "Tags": tag_list(product.tags),
            "TagOptions": [tag_option_detail(one) for one in options],
            "Budgets": self.budgets_of(product.id),
        }

    def update_product(
        self,
        *,
        id: str,
        name: str | None = None,
        owner: str | None = None,
        description: str | None = None,
        distributor: str | None = None,
        support_description: str | None = None,
        support_email: str | None = None,
        support_url: str | None = None,
        add_tags: Sequence[Mapping[str, str]] = (),
        remove_tags: Sequence[str] = (),
        source_connection: Mapping[str, Any] | None = None,
    ) -> Answer:
        """UpdateProduct: what is not given stays; tags are removed before others are added."""
        product = self.product(id)
        if source_connection is not None:
            raise InvalidParametersException(f"Product {id} has no source connection.")
        tags = {key: value for key, value in product.tags.items() if key not in remove_tags}
        tags |= new_tags(add_tags)
        if len(tags) > TAGS_PER_RESOURCE:
            # LimitExceededException is not among the errors of this operation.
            raise InvalidParametersException(f"A product can have {TAGS_PER_RESOURCE} tags.")
        product.fields = product.fields | present(
            Name=None if name is None else _named(name),
            Owner=owner,
            Description=description,
            Distributor=distributor,
            SupportDescription=support_description,
            SupportEmail=support_email,
            SupportUrl=_address(support_url),
        )
        product.tags = tags
        return {"ProductViewDetail": product_view_detail(product), "Tags": tag_list(tags)}

    def delete_product(self, *, id: str) -> None:
        """DeleteProduct: not while a portfolio holds it, nor (our stricter reading) with TagOptions."""
        self.product(id)
        holding = [portfolio for portfolio, product in self.associations if product == id]
        if holding:
            raise ResourceInUseException(f"Product {id} is associated with {', '.join(holding)}.")
        if self.tag_options_of(id):
            raise ResourceInUseException(f"Product {id} is associated with TagOptions.")
        if any(id == product for one in self.service_actions.values() for product, _ in one.artifacts):
            raise ResourceInUseException(f"Product {id} is associated with service actions.")
        if self.budgets.get(id):
            raise ResourceInUseException(f"Product {id} is associated with budgets.")
        del self.products[id]

    def search_products_as_admin(
        self,
        *,
        portfolio_id: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
        product_source: str | None = None,
    ) -> Answer:
        """SearchProductsAsAdmin: pages of 20, no versions, no tags. Every source here is ACCOUNT."""
        products: Iterable[Product] = self.products.values()
        if portfolio_id is not None:
            self.any_portfolio(portfolio_id)
            products = (offer.product for offer in self.offers(portfolio_id=portfolio_id))
        kept = ordered(matching(products, filters or {}), sort_by, sort_order)
        of = f"products {portfolio_id} {filters} {sort_by} {sort_order} {product_source}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        return with_token({"ProductViewDetails": [product_view_detail(one) for one in found]}, following)


def product_view_summary(product: Product, *, has_default_path: bool = False) -> Answer:
    """ProductViewSummary."""
    fields = dict(product.fields)
    return present(
        Id=product.view_id,
        ProductId=product.id,
        Name=fields.pop("Name"),
        ShortDescription=fields.pop("Description", None),
        Type=product.type,
        HasDefaultPath=has_default_path,
        **fields,
    )


def product_view_detail(product: Product) -> Answer:
    """ProductViewDetail. AWS answers CREATED where its documentation says AVAILABLE."""
    return {
        "ProductViewSummary": product_view_summary(product),
        "Status": "CREATED",
        "ProductARN": product.arn,
        "CreatedTime": product.created,
    }


def _named(name: str) -> str:
    if not 1 <= len(name) <= _NAME_LENGTH:
        raise InvalidParametersException(f"A product's name has 1 to {_NAME_LENGTH} characters: {name}")
    return name


def _address(url: str | None) -> str | None:
    if url is not None and not _SUPPORT_URL.fullmatch(url):
        raise InvalidParametersException(f"A SupportUrl begins with http:// or https://: {url}")
    return url
