"""TagOptions: the library of tags for launches.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/tagoptions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog_emulator.servicecatalog.exceptions import (
    DuplicateResourceException,
    InvalidParametersException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.holdings import Holdings
from catalog_emulator.servicecatalog.limits import TAG_OPTIONS_PER_RESOURCE, VALUES_PER_TAG_OPTION, under
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.state import present
from catalog_emulator.servicecatalog.values import Answer, Portfolio, Product, TagOption

_RESOURCE_TYPES = ("Portfolio", "Product")


class TagOptions(Holdings):
    """Operations on TagOptions and what they are associated with."""

    def create_tag_option(self, *, key: str, value: str) -> Answer:
        """CreateTagOption: a key and value exist once in an account."""
        self._unused(key, value)
        same_key = sum(one.key == key for one in self.tag_options.values())
        under(VALUES_PER_TAG_OPTION, same_key, "values of a TagOption key")
        option = TagOption(id=self.new_id("tag"), key=key, value=value, owner=self.account_id)
        self.tag_options[option.id] = option
        return {"TagOptionDetail": tag_option_detail(option)}

    def describe_tag_option(self, *, id: str) -> Answer:
        """DescribeTagOption."""
        return {"TagOptionDetail": tag_option_detail(self.tag_option(id))}

    def update_tag_option(self, *, id: str, value: str | None = None, active: bool | None = None) -> Answer:
        """UpdateTagOption: the key cannot change."""
        option = self.tag_option(id)
        if value is not None and value != option.value:
            self._unused(option.key, value)
            option.value = value
        if active is not None:
            option.active = active
        return {"TagOptionDetail": tag_option_detail(option)}

    def delete_tag_option(self, *, id: str) -> None:
        """DeleteTagOption: only one that is associated with nothing."""
        if self.tag_option(id).resources:
            raise ResourceInUseException(f"TagOption {id} is associated with resources.")
        del self.tag_options[id]

    def list_tag_options(
        self,
        *,
        filters: Mapping[str, Any] | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListTagOptions, by Key, Value, Active."""
        details = [tag_option_detail(one) for one in self.tag_options.values()]
        wanted = filters or {}
        kept = [one for one in details if all(one[name] == value for name, value in wanted.items())]
        found, following = page(kept, of="tag options", size=page_size, token=page_token)
        return with_token({"TagOptionDetails": found}, following, "PageToken")

    def associate_tag_option_with_resource(self, *, resource_id: str, tag_option_id: str) -> None:
        """AssociateTagOptionWithResource."""
        self._resource(resource_id)
        option = self.tag_option(tag_option_id)
        if resource_id in option.resources:
            raise DuplicateResourceException(
                f"TagOption {tag_option_id} is already associated with {resource_id}."
            )
        under(TAG_OPTIONS_PER_RESOURCE, len(self.tag_options_of(resource_id)), "TagOptions of a resource")
        option.resources.add(resource_id)

    def disassociate_tag_option_from_resource(self, *, resource_id: str, tag_option_id: str) -> None:
        """DisassociateTagOptionFromResource."""
        self._resource(resource_id)
        option = self.tag_option(tag_option_id)
        if resource_id not in option.resources:
            raise ResourceNotFoundException(
                f"TagOption {tag_option_id} is not associated with {resource_id}."
            )
        option.resources.remove(resource_id)

    def list_resources_for_tag_option(
        self,
        *,
        tag_option_id: str,
        resource_type: str | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListResourcesForTagOption: portfolios, products or both."""
        option = self.tag_option(tag_option_id)
        if resource_type not in (None, *_RESOURCE_TYPES):
            raise InvalidParametersException(
                f"ResourceType is one of {', '.join(_RESOURCE_TYPES)}, not {resource_type}"
            )
        resources = [self._resource(identifier) for identifier in self._within_reach(option)]
        kept = [one for one in resources if resource_type in (None, type(one).__name__)]
        of = f"resources {tag_option_id} {resource_type}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        return with_token(
            {"ResourceDetails": [_resource_detail(one) for one in found]}, following, "PageToken"
        )

    def _within_reach(self, option: TagOption) -> list[str]:
        # An import may have ended since.
        shared = {one.portfolio.id for one in self.imports()} | {one.id for one in self.any_products()}
        return sorted(option.resources & (self.portfolios.keys() | shared))

    def _unused(self, key: str, value: str) -> None:
        if any((one.key, one.value) == (key, value) for one in self.tag_options.values()):
            raise DuplicateResourceException(f"TagOption {key}={value} exists already.")

    def _resource(self, identifier: str) -> Portfolio | Product:
        for imported in self.imports():
            if identifier == imported.portfolio.id:
                return imported.portfolio
        if identifier in self.portfolios:
            return self.portfolios[identifier]
        products = {product.id: product for product in self.any_products()}
        return self._found(products, "Resource", identifier)


def tag_option_detail(option: TagOption) -> Answer:
    """TagOptionDetail."""
    return {
        "Id": option.id,
        "Key": option.key,
        "Value": option.value,
        "Active": option.active,
        "Owner": option.owner,
    }


def _resource_detail(resource: Portfolio | Product) -> Answer:
    match resource:
        case Portfolio():
            name, description = resource.display_name, resource.description
        case Product():
            name, description = resource.name, resource.fields.get("Description")
    return present(
        Id=resource.id, ARN=resource.arn, Name=name, Description=description, CreatedTime=resource.created
    )
