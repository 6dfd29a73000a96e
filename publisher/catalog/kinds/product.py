"""Products. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from publisher.catalog.creating import Made
from publisher.catalog.engine import list_all
from publisher.catalog.kinds.provisioning_artifact import ProvisioningArtifactKind, parameters
from publisher.catalog.owners import OwnerKind, free_tags, tag_changes, tag_list, tags
from publisher.catalog.wire import Answer, from_wire, to_wire
from publisher.model import Product, ProvisioningArtifact, Resource

PRODUCT_TAG = "publisher:product"
FAMILY_TAG = "publisher:family"
_NAMES = {
    "display_name": "Name",
    "owner": "Owner",
    "description": "Description",
    "distributor": "Distributor",
    "support_description": "SupportDescription",
    "support_email": "SupportEmail",
    "support_url": "SupportUrl",
}
_NAMES_READ = _NAMES | {"description": "ShortDescription"}


class ProductKind(OwnerKind[Product]):
    """A product is created with its first version, which `includes` holds."""

    @override
    def create(self, desired: Product, includes: Sequence[Resource] = ()) -> None:
        match includes:
            case [ProvisioningArtifact() as version]:
                pass
            case _:
                raise ValueError("a product is created with its first version")
        filled = {name: value for name, value in to_wire(desired, _NAMES).items() if value}
        request = filled | {
            "ProductType": desired.product_type,
            "Tags": tag_list(_tags(desired)),
            "ProvisioningArtifactParameters": parameters(
                version, self.engine.bucket.url(version.template_key)
            ),
        }

        def create(token: str) -> Made:
            answer = self.engine.client.create_product(**request, IdempotencyToken=token)
            self.engine.ids[version.key] = answer["ProvisioningArtifactDetail"]["Id"]
            view = answer["ProductViewDetail"]
            return Made.of(view["ProductViewSummary"]["ProductId"], answer, view)

        self.create_once(desired, request, create)
        ProvisioningArtifactKind(self.engine).created_with_product(version)

    @override
    def appeared(self, desired: Product, foreign: set[str]) -> bool:
        return self.carries(desired, PRODUCT_TAG, listed(self.engine.client), foreign)

    @override
    def resource(self, answer: Answer) -> Product:
        return product(answer)

    @override
    def update(self, observed: Product, desired: Product) -> None:
        """Only changed fields: UpdateProduct rejects an empty SupportUrl.

        https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProduct.html
        """
        before, after = to_wire(observed, _NAMES), to_wire(desired, _NAMES)
        changed = {name: value for name, value in after.items() if before[name] != value}
        self.write(desired, changed | tag_changes(_tags(observed), _tags(desired)))

    @override
    def remove(self, observed: Product) -> Any:
        return self.engine.client.delete_product(Id=self.engine.id_of(*observed.key))


def listed(client: Any, **request: str) -> list[str]:
    """The ids of all products, or of those in a portfolio, sorted."""
    return sorted(views(client, **request))


def views(client: Any, **request: str) -> dict[str, str]:
    """The display names of products by id."""
    found = list_all(client, "search_products_as_admin", "ProductViewDetails", **request)
    summaries = [it["ProductViewSummary"] for it in found]
    return {str(it["ProductId"]): str(it.get("Name", "")) for it in summaries}


def product(answer: Answer) -> Product:
    """A product from DescribeProductAsAdmin; without a name when it is unmanaged."""
    view, carried = answer["ProductViewDetail"]["ProductViewSummary"], tags(answer)
    return Product(
        name=carried.get(PRODUCT_TAG, ""),
        family=carried.get(FAMILY_TAG, ""),
        product_type=view.get("Type", "CLOUD_FORMATION_TEMPLATE"),
        **from_wire(view, _NAMES_READ),
        tags=free_tags(answer),
    )


def _tags(resource: Product) -> dict[str, str]:
    return dict(resource.tags) | {PRODUCT_TAG: resource.name, FAMILY_TAG: resource.family}
