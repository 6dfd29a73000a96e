"""TagOptions: the library of tags for launches.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions.html
"""

from collections.abc import Mapping
from typing import Any

from catalog_emulator.servicecatalog.exceptions import Duplicate, InUse, InvalidParameters, NotFound
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.state import find, update
from catalog_emulator.servicecatalog.values import Answer, Portfolio, Product, TagOption
from catalog_emulator.servicecatalog.visible_portfolios import Operations

_RESOURCE_TYPES = ("Portfolio", "Product")


class TagOptions(Operations):
    """Operations on TagOptions and their associations."""

    def create_tag_option(self, *, key: str, value: str) -> Answer:
        """CreateTagOption: a key and value exist once in an account."""
        self._unused(key, value)
        same_key = sum(one.key == key for one in self._state.tag_options.values())
        self._state.quotas.check("values_per_tag_option", same_key)
        option = TagOption(id=self._state.new_id("tag"), key=key, value=value, owner=self._state.account_id)
        self._state.tag_options[option.id] = option
        return {"TagOptionDetail": option}

    def describe_tag_option(self, *, id: str) -> Answer:
        return {"TagOptionDetail": self._state.tag_option(id)}

    def update_tag_option(self, *, id: str, value: str | None = None, active: bool | None = None) -> Answer:
        """UpdateTagOption: the key cannot change."""
        option = self._state.tag_option(id)
        if value is not None and value != option.value:
            self._unused(option.key, value)
        update(option, value=value, active=active)
        return {"TagOptionDetail": option}

    def delete_tag_option(self, *, id: str) -> None:
        """DeleteTagOption: only one without associations."""
        if self._state.tag_option(id).resources:
            raise InUse(f"TagOption {id} is associated with resources.")
        del self._state.tag_options[id]

    def list_tag_options(self, *, filters: Mapping[str, Any] | None = None) -> Listing:
        wanted = {(name.lower(), value) for name, value in (filters or {}).items()}
        kept = [one for one in self._state.tag_options.values() if wanted <= vars(one).items()]
        return Listing("TagOptionDetails", kept)

    def associate_tag_option_with_resource(self, *, resource_id: str, tag_option_id: str) -> None:
        self._resource(resource_id)
        option = self._state.tag_option(tag_option_id)
        if resource_id in option.resources:
            raise Duplicate(f"TagOption {tag_option_id} is already associated with {resource_id}.")
        associated = len(self._state.tag_options_of(resource_id))
        self._state.quotas.check("tag_options_per_resource", associated)
        option.resources.add(resource_id)

    def disassociate_tag_option_from_resource(self, *, resource_id: str, tag_option_id: str) -> None:
        self._resource(resource_id)
        option = self._state.tag_option(tag_option_id)
        if resource_id not in option.resources:
            raise NotFound(f"TagOption {tag_option_id} is not associated with {resource_id}.")
        option.resources.remove(resource_id)

    def list_resources_for_tag_option(
        self, *, tag_option_id: str, resource_type: str | None = None
    ) -> Listing:
        """ListResourcesForTagOption: portfolios, products or both."""
        option = self._state.tag_option(tag_option_id)
        if resource_type not in (None, *_RESOURCE_TYPES):
            raise InvalidParameters(
                f"ResourceType must be one of {', '.join(_RESOURCE_TYPES)}: {resource_type}"
            )
        resources = [self._resource(identifier) for identifier in self._visible_resources(option)]
        kept = [one for one in resources if resource_type in (None, type(one).__name__)]
        return Listing("ResourceDetails", kept, _resource_detail)

    def _visible_resources(self, option: TagOption) -> list[str]:
        # A portfolio may be shared no longer.
        shared = {one.portfolio.id for one in self._visible.imported()} | {
            one.id for one in self._visible.products()
        }
        return sorted(option.resources & (self._state.portfolios.keys() | shared))

    def _unused(self, key: str, value: str) -> None:
        if any((one.key, one.value) == (key, value) for one in self._state.tag_options.values()):
            raise Duplicate(f"TagOption {key}={value} already exists.")

    def _resource(self, identifier: str) -> Portfolio | Product:
        for imported in self._visible.imported():
            if identifier == imported.portfolio.id:
                return imported.portfolio
        if identifier in self._state.portfolios:
            return self._state.portfolios[identifier]
        products = {product.id: product for product in self._visible.products()}
        return find(products, "Resource", identifier)


def _resource_detail(resource: Portfolio | Product) -> Answer:
    if isinstance(resource, Portfolio):
        return {**vars(resource), "name": resource.display_name}
    return {**vars(resource), "name": resource.name, "description": resource.fields.get("Description")}
