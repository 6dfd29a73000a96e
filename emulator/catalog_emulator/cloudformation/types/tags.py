"""Tags of resources; each service has its own names for the calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.types import shapes


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """The tag calls of a service: `show`, `put` and `drop` take the resource as `target` (plus `extra`)."""

    service: str
    target: str
    show: str = "list_tags_for_resource"
    put: str = "tag_resource"
    drop: str = "untag_resource"
    extra: Mapping[str, str] = field(default_factory=dict)

    def read(self, context: Context, target: str, properties: Properties) -> Any:
        """Live tags in the template's form, without those of the stack."""
        tags = without_stack_tags(context, properties, self.live(context, target))
        return shapes.Exact(tags) if isinstance(properties.get("Tags"), Mapping) else pairs(tags)

    def write(self, context: Context, target: str, tags: Mapping[str, str]) -> None:
        live = self.live(context, target)
        dropped = [key for key in live if key not in tags and not key.startswith("aws:")]
        if dropped:
            self._call(context, self.drop, target, {"TagKeys": dropped})
        if tags != {key: live.get(key) for key in tags}:
            self._call(context, self.put, target, {"Tags": tags})

    def live(self, context: Context, target: str) -> dict[str, str]:
        answer = self._call(context, self.show, target, {})
        return tags_of(next((value for key, value in answer.items() if "tag" in key.lower()), None) or {})

    def _call(self, context: Context, operation: str, target: str, more: Mapping[str, Any]) -> dict[str, Any]:
        return shapes.call(
            context.client(self.service), operation, {self.target: target, **self.extra, **more}
        )


def desired_tags(context: Context, properties: Properties) -> dict[str, str]:
    """The stack's tags and the template's; the template wins."""
    return {**context.tags, **declared_tags(properties)}


def declared_tags(properties: Properties) -> dict[str, str]:
    """The template's own tags, written as a list of pairs or as a map."""
    tags = properties.get("Tags") or {}
    if isinstance(tags, Mapping):
        return {key: shapes.text(value) for key, value in tags.items()}
    return {tag["Key"]: shapes.text(tag["Value"]) for tag in tags}


def without_stack_tags(context: Context, properties: Properties, live: Mapping[str, str]) -> dict[str, str]:
    """The live tags but those that the stack has put on the resource; drift detection knows no AutoTags.

    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1199
    """
    declared = declared_tags(properties)
    return {
        key: value
        for key, value in live.items()
        if key in declared
        or key.startswith("aws:servicecatalog:")
        or (not key.startswith("aws:") and context.tags.get(key) != value)
    }


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as most templates write them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(tags: Any) -> dict[str, str]:
    """Tags as any service shows them."""
    return dict(tags) if isinstance(tags, Mapping) else dict(_pair(tag) for tag in tags)


def _pair(tag: Mapping[str, str]) -> tuple[str, str]:
    lower = {name.lower().removeprefix("tag"): value for name, value in tag.items()}
    return lower["key"], lower.get("value", "")
