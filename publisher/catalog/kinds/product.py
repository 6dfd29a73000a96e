"""Products. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, ClassVar

from typing_extensions import override

from publisher.aws.calls import pages
from publisher.catalog.creating import Made
from publisher.catalog.engine import Answer, list_all
from publisher.catalog.kind import Includes, from_wire, to_wire
from publisher.catalog.kinds.provisioning_artifact import ProvisioningArtifactKind, parameters
from publisher.catalog.owners import OwnerKind, free_tags, tag_changes, tag_list, tags
from publisher.model import Product, ProvisioningArtifact

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
    """A product is created with its first version, which `includes` holds; one read shows both."""

    reads: ClassVar[int] = 1
    # The ids of the versions that the last read showed.
    _versions: Collection[str] = ()

    @override
    def create(self, desired: Product, includes: Includes = ()) -> None:
        version = next((it for it in includes if isinstance(it, ProvisioningArtifact)), None)
        if version is None:
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
        artifacts = ProvisioningArtifactKind(self.engine)
        if self.engine.ids[version.key] not in self._versions:
            self.engine.exists(version, artifacts.read)
        artifacts.set_state(version)

    @override
    def appeared(self, desired: Product, foreign: set[str]) -> bool:
        return self.carries(desired, PRODUCT_TAG, views(self.engine.client), foreign)

    @override
    def shaped(self, answer: Answer, resource: Product) -> Product:
        self._versions = {str(it["Id"]) for it in answer.get("ProvisioningArtifactSummaries") or ()}
        return product(answer)

    @override
    def update(self, observed: Product, desired: Product) -> None:
        """Only changed fields: UpdateProduct rejects an empty SupportUrl.

        https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProduct.html
        """
        before, after = to_wire(observed, _NAMES), to_wire(desired, _NAMES)
        changed = {name: value for name, value in after.items() if before[name] != value}
        self.write(desired, **changed, **tag_changes(_tags(observed), _tags(desired)))


def views(client: Any, **request: str) -> dict[str, str]:
    """The display names by id of all products, or of those in a portfolio."""
    found = list_all(client, "search_products_as_admin", "ProductViewDetails", **request)
    summaries = [it["ProductViewSummary"] for it in found]
    return {str(it["ProductId"]): str(it.get("Name", "")) for it in summaries}


def ids(client: Any) -> Iterator[str]:
    """The ids of all products, as pages of a listing name them."""
    for it in pages(client.search_products_as_admin, "ProductViewDetails"):
        yield it["ProductViewSummary"]["ProductId"]


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
