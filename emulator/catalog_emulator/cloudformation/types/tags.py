"""Tags of resources; each service has its own names for the calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore import xform_name

from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.types import shapes


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """The tag calls of a service: `show`, `put` and `drop` take the resource as `target` (plus `extra`).

    EC2's DescribeTags has it in a filter.
    """

    service: str
    target: str
    show: str = "list_tags_for_resource"
    put: str = "tag_resource"
    drop: str = "untag_resource"
    extra: Mapping[str, str] = field(default_factory=dict)
    filtered: str = ""

    def read(self, context: Context, target: str, properties: Properties) -> Any:
        """Live tags in the template's form, without those of the stack."""
        tags = without_stack_tags(context, properties, self.live(context, target))
        return shapes.Exact(tags) if isinstance(properties.get("Tags"), Mapping) else pairs(tags)

    def write(self, context: Context, target: str, tags: Mapping[str, str]) -> None:
        live = self.live(context, target)
        dropped = [key for key in live if key not in tags and not key.startswith("aws:")]
        if dropped:
            keys = [{"Key": key} for key in dropped]
            self._call(context, self.drop, target, {"TagKeys": dropped, "Tags": keys})
        if tags != {key: live.get(key) for key in tags}:
            self._call(context, self.put, target, {"Tags": tags})

    def live(self, context: Context, target: str) -> dict[str, str]:
        found = {"Filters": [{"Name": self.filtered, "Values": [target]}]} if self.filtered else {}
        answer = self._call(context, self.show, target, found)
        return tags_of(next((value for key, value in answer.items() if "tag" in key.lower()), None) or {})

    def _call(self, context: Context, operation: str, target: str, more: Mapping[str, Any]) -> dict[str, Any]:
        return shapes.call(
            context.client(self.service), operation, {self.target: target, **self.extra, **more}
        )


# The calls that put, show and drop tags, by the services' names for them.
_CALLS: Final = (
    ("TagResource", "ListTagsForResource", "UntagResource"),
    ("TagResource", "ListTagsOfResource", "UntagResource"),
    ("TagResource", "ListTags", "UntagResource"),
    ("TagResource", "ListResourceTags", "UntagResource"),
    ("TagResource", "GetTags", "UntagResource"),
    ("AddTags", "ListTags", "DeleteTags"),
    ("AddTags", "DescribeTags", "RemoveTags"),
    ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"),
    ("AddTagsToCertificate", "ListTagsForCertificate", "RemoveTagsFromCertificate"),
)
EC2_TAGS: Final = Tagging(
    service="ec2",
    target="Resources",
    show="describe_tags",
    put="create_tags",
    drop="delete_tags",
    filtered="resource-id",
)


def tagging_of(service: str, context: Context, kind: str) -> Tagging | None:
    """A service's calls for tags, if they name a resource by one member, or by that and its kind."""
    if service == EC2_TAGS.service:
        return EC2_TAGS
    model = context.client(service).meta.service_model
    for calls in _CALLS:
        if {*calls} <= {*model.operation_names}:
            shape = model.operation_model(calls[0]).input_shape
            targets = [name for name in shape.required_members if "tag" not in name.lower()]
            kinds = {name: kind for name in targets if kind in getattr(shape.members[name], "enum", ())}
            targets = [name for name in targets if name not in kinds]
            if len(targets) == 1:
                put, show, drop = map(xform_name, calls)
                return Tagging(service=service, target=targets[0], show=show, put=put, drop=drop, extra=kinds)
    return None


def desired_tags(context: Context, properties: Properties) -> dict[str, str]:
    """The stack's tags and the template's; the template wins."""
    return {**context.tags, **declared_tags(properties)}


def own_tags(context: Context, properties: Properties) -> dict[str, str]:
    """The same without those of AWS, which some calls refuse."""
    tags = desired_tags(context, properties).items()
    return {key: value for key, value in tags if not key.startswith("aws:")}


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
    """Tags as any service shows them; load balancers show those of several resources."""
    if isinstance(tags, list) and tags and "Tags" in tags[0]:
        return tags_of(tags[0]["Tags"])
    return dict(tags) if isinstance(tags, Mapping) else dict(_pair(tag) for tag in tags)


def _pair(tag: Mapping[str, str]) -> tuple[str, str]:
    lower = {name.lower().removeprefix("tag"): value for name, value in tag.items()}
    return lower["key"], lower.get("value", "")
