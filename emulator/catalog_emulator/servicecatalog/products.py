"""Products as administrators manage them, and product searches.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html and its siblings.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from catalog_emulator.servicecatalog.artifacts import Artifacts
from catalog_emulator.servicecatalog.exceptions import InUse, InvalidParameters
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.state import changed_tags, new_tags, present
from catalog_emulator.servicecatalog.values import Answer, Product, tag_list
from catalog_emulator.servicecatalog.visible_portfolios import Operations

_PRODUCT_TYPES = ("CLOUD_FORMATION_TEMPLATE", "EXTERNAL")
# The model allows 8191; the console and CloudFormation's own resource type stop here.
_NAME_LENGTH = 100
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html
_SUPPORT_URL = re.compile(r"https?://.*", re.DOTALL)

_TEXT_FIELDS = ("Name", "Owner", "Description", "Distributor")

_ORDERS: Mapping[str, Callable[[Product], Any]] = {
    "Title": lambda product: (product.name.lower(), product.id),
    "VersionCount": lambda product: len(product.artifacts),
    "CreationDate": lambda product: product.created_time,
}


class Products(Operations):
    """Administrators' operations on products."""

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
        if product_type not in _PRODUCT_TYPES:
            raise InvalidParameters(f"Products of type {product_type} cannot be created.")
        if source_connection is not None or provisioning_artifact_parameters is None:
            raise InvalidParameters("ProvisioningArtifactParameters are required.")
        self._state.quotas.check("products", len(self._state.products))
        identifier = self._state.new_id("prod")
        product = Product(
            id=identifier,
            view_id=self._state.new_id("prodview"),
            arn=self._state.arn("product", identifier),
            type=product_type,
            fields=present(
                Name=_checked_name(name),
                Owner=owner,
                Description=description,
                Distributor=distributor,
                SupportDescription=support_description,
                SupportEmail=support_email,
                SupportUrl=_checked_url(support_url),
            ),
            tags=new_tags(tags),
        )
        artifact = Artifacts(self._state).add(product, provisioning_artifact_parameters)
        self._state.products[identifier] = product
        return {
            "ProductViewDetail": product_view_detail(product),
            "ProvisioningArtifactDetail": artifact,
            "Tags": tag_list(product.tags),
        }

    def describe_product_as_admin(
        self, *, id: str | None = None, name: str | None = None, source_portfolio_id: str | None = None
    ) -> Answer:
        """DescribeProductAsAdmin: status CREATED, and versions without Active or Guidance."""
        product = self._visible.product_by(id, name)
        options = self._state.tag_options_of(product.id)
        if source_portfolio_id is not None:
            _, options = self._visible.tag_options(self._visible.association(source_portfolio_id, product.id))
        return {
            "ProductViewDetail": product_view_detail(product),
            "ProvisioningArtifactSummaries": [
                {**vars(one), "ProvisioningArtifactMetadata": {"SourceProvisioningArtifactId": one.id}}
                for one in product.artifacts.values()
            ],
            "Tags": tag_list(product.tags),
            "TagOptions": options,
            "Budgets": self._state.budgets_of(product.id),
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
        """UpdateProduct: members left out keep their value; tags are removed before others are added."""
        product = self._state.product(id)
        if source_connection is not None:
            raise InvalidParameters(f"Product {id} has no source connection.")
        tags = changed_tags(product.tags, add_tags, remove_tags)
        if len(tags) > self._state.quotas.tags_per_resource:
            # LimitExceededException is not among the errors of this operation.
            raise InvalidParameters(f"A product can have {self._state.quotas.tags_per_resource} tags.")
        product.fields = product.fields | present(
            Name=None if name is None else _checked_name(name),
            Owner=owner,
            Description=description,
            Distributor=distributor,
            SupportDescription=support_description,
            SupportEmail=support_email,
            SupportUrl=_checked_url(support_url),
        )
        product.tags = tags
        return {"ProductViewDetail": product_view_detail(product), "Tags": tag_list(tags)}

    def delete_product(self, *, id: str) -> None:
        """DeleteProduct: not while it is in a portfolio, nor (AWS does not say) with TagOptions."""
        self._state.product(id)
        portfolios = [portfolio for portfolio, product in self._state.associations if product == id]
        if portfolios:
            raise InUse(f"Product {id} is associated with {', '.join(portfolios)}.")
        if self._state.tag_options_of(id):
            raise InUse(f"Product {id} is associated with TagOptions.")
        if any(id == product for one in self._state.service_actions.values() for product, _ in one.artifacts):
            raise InUse(f"Product {id} is associated with service actions.")
        if self._state.budgets.get(id):
            raise InUse(f"Product {id} is associated with budgets.")
        del self._state.products[id]

    def search_products_as_admin(
        self,
        *,
        portfolio_id: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        product_source: str | None = None,
    ) -> Listing:
        """SearchProductsAsAdmin: pages of 20, no versions, no tags. Every source here is ACCOUNT."""
        products: Iterable[Product] = self._state.products.values()
        if portfolio_id is not None:
            self._visible.portfolio(portfolio_id)
            products = (one.product for one in self._visible.associations(portfolio_id=portfolio_id))
        kept = ordered(matching(products, filters or {}), sort_by, sort_order)
        return Listing("ProductViewDetails", kept, product_view_detail)


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
    """ProductViewDetail. AWS returns CREATED where its documentation has AVAILABLE."""
    return {
        "ProductViewSummary": product_view_summary(product),
        "Status": "CREATED",
        "ProductARN": product.arn,
        "CreatedTime": product.created_time,
    }


def _checked_name(name: str) -> str:
    if not 1 <= len(name) <= _NAME_LENGTH:
        raise InvalidParameters(f"A product's name must have 1 to {_NAME_LENGTH} characters: {name}")
    return name


def _checked_url(url: str | None) -> str | None:
    if url is not None and not _SUPPORT_URL.fullmatch(url):
        raise InvalidParameters(f"A SupportUrl must start with http:// or https://: {url}")
    return url


def matching(products: Iterable[Product], filters: Mapping[str, Sequence[str]]) -> list[Product]:
    """The products that match at least one value of every filter."""
    return [
        product
        for product in products
        if all(
            any(_matches(product, name, value) for value in values)
            for name, values in filters.items()
            if values
        )
    ]


def ordered(products: list[Product], sort_by: str | None, sort_order: str | None) -> list[Product]:
    """Sorted as requested; otherwise in order of creation."""
    if sort_by is None:
        return products
    return sorted(products, key=_ORDERS[sort_by], reverse=sort_order == "DESCENDING")


def _matches(product: Product, name: str, value: str) -> bool:
    match name:
        case "FullTextSearch":
            # Fuzzy in AWS too: any word of the search in any text of the product.
            text = " ".join(product.fields.get(field, "") for field in _TEXT_FIELDS).lower()
            return any(word in text for word in re.findall(r"\w+", value.lower()))
        case "Owner":
            return product.fields["Owner"] == value
        case "ProductType":
            return product.type == value
        case _:
            return product.source_id == value


def aggregated(products: Iterable[Product]) -> dict[str, list[dict[str, Any]]]:
    """ProductViewAggregations: how many products have each owner and type."""
    counts: dict[str, dict[str, int]] = {"Owner": {}, "ProductType": {}}
    for product in products:
        for name, value in (("Owner", product.fields["Owner"]), ("ProductType", product.type)):
            counts[name][value] = counts[name].get(value, 0) + 1
    return {
        name: [{"Value": value, "ApproximateCount": count} for value, count in sorted(values.items())]
        for name, values in counts.items()
    }
