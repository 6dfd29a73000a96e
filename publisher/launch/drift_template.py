"""What templates say of a launch's resources: that which is deployed, and that which it should have now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from publisher.aws.calls import DENIED, aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.declarations import Repository
from publisher.impact.resolution import resolved
from publisher.launch.deployed import deployed_parameters, deployed_template
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import LaunchRequest
from publisher.launch.sources import source_of
from publisher.templates.cloudformation import parse
from publisher.templates.comparison import is_function
from publisher.templates.expression_parts import is_secret, section
from publisher.templates.expression_text import readable
from publisher.templates.render import render

UNKNOWN = "?"


@dataclass(frozen=True, kw_only=True)
class DriftTemplates:
    """The template of the stack and the desired one (long form), each with the values of its parameters.

    `source` says where the desired one is from; without templates nothing is known but what AWS detects.
    """

    source: str = "not known"
    deployed_template: Mapping[str, Any] | None = None
    desired_template: Mapping[str, Any] | None = None
    deployed_values: Mapping[str, str] = field(default_factory=dict)
    desired_values: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _before(self) -> Mapping[str, Mapping[str, Any]]:
        return _properties(self.deployed_template, self.deployed_values)

    @cached_property
    def _after(self) -> Mapping[str, Mapping[str, Any]]:
        return _properties(self.desired_template, self.desired_values)

    @cached_property
    def _secrets(self) -> frozenset[str]:
        templates = (self.deployed_template or {}, self.desired_template or {})
        return frozenset(
            name
            for template in templates
            for name, it in section(template, "Parameters").items()
            if is_secret(it)
        )

    def value(self, resource: str, path: str, deployed: str | None) -> str | None:
        """What the desired template says of a property; `deployed` where the deployed one says the same."""
        if self.desired_template is None or self.deployed_template is None:
            return UNKNOWN
        before = _at(self._before.get(resource, {}), path)
        after = _at(self._after.get(resource, {}), path)
        if before == after:
            return deployed
        return None if after is None else text_of(after)

    def changed(self, resource: str) -> Iterator[tuple[str, str | None]]:
        """The properties of a resource that the desired template changes, with their new values."""
        if self.desired_template is None or self.deployed_template is None:
            return
        if resource not in self._before or resource not in self._after:
            return
        before, after = self._before[resource], self._after[resource]
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield name, text_of(after[name]) if name in after else None

    def deployed(self, resource: str, name: str) -> str | None:
        """What the deployed template says of a property."""
        value = self._before.get(resource, {}).get(name)
        return None if value is None else text_of(value)

    def is_secret(self, resource: str, path: str) -> bool:
        """Whether a secret parameter is part of a property."""
        top = path.strip("/").split("/")[0]
        values = (it.get(resource, {}).get(top) for it in (self._before, self._after))
        return bool(self._secrets) and any(_refers(it, self._secrets) for it in values)


def read_templates(
    aws: Aws,
    reader: Aws,
    provisioned: ProvisionedProduct,
    request: LaunchRequest | None,
    repository: Repository | None,
) -> DriftTemplates:
    """What is deployed, as `reader` may read it, and what should be: by the files, else the newest version.

    `request` has the values that the config asks for; without one they stay. Raises InputError, AwsError.
    """
    text, values = deployed_template(reader, provisioned), deployed_parameters(reader, provisioned)
    if text is None or values is None:
        return DriftTemplates(source="not known: your role cannot read the stack's template")
    source, template = _desired(aws, provisioned, repository)
    if request and request.product != provisioned.product:
        source, template = f"not known: the config asks for another product, {request.product}", None
    kept = {name: it for name, it in values.items() if not request or name not in request.defaults}
    return DriftTemplates(
        source=source,
        deployed_template=parse(text, "template of the stack").value,
        desired_template=template,
        deployed_values=values,
        desired_values={**kept, **(request.parameters if request else {})},
    )


def _desired(
    aws: Aws, provisioned: ProvisionedProduct, repository: Repository | None
) -> tuple[str, Mapping[str, Any] | None]:
    product = provisioned.product
    variants = repository.variants if repository else ()
    if variant := next((it for it in variants if it.key == product), None):
        return f"files, {product} {variant.family.version}", render(variant).template
    unread = "not known: the newest version cannot be read"
    with aws_errors(f"{product}: cannot read its newest version"):
        source = source_of(provisioned.door)
        available = or_none(partial(source.product, aws, provisioned.product_id), *DENIED)
    if available is None:
        return unread, None
    newest = next((it for it in available.versions if it.name == available.newest), None)
    if newest is None:
        return "not known: no version of the product can be launched", None
    template = source.template(aws, product_id=available.id, version_id=newest.id)
    return f"published, {product} {newest.name}" if template else unread, template


def text_of(value: Any) -> str:
    """A value as AWS shows one: text as it is, expressions readable, everything else as JSON."""
    if isinstance(value, str):
        return value
    if is_function(value):
        return readable(value)
    return json.dumps(value)


def same(one: str | None, other: str | None) -> bool:
    """Whether two texts are the same value: JSON in any spelling, and a text may stand for a number."""
    return one == other or (one is not None and other is not None and _plain(one) == _plain(other))


def _plain(text: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError:
        return text


def _properties(
    template: Mapping[str, Any] | None, values: Mapping[str, str]
) -> dict[str, Mapping[str, Any]]:
    if template is None:
        return {}
    resources = section(resolved(template, values), "Resources")
    return {name: it.get("Properties") or {} for name, it in resources.items()}


def _at(value: Any, path: str) -> Any:
    """The value at a path of AWS; a tag is found by its key."""
    for step in path.strip("/").split("/"):
        match value:
            case Mapping():
                value = value.get(step)
            case [*items] if step.isascii() and step.isdigit() and len(step) < 6:
                value = items[int(step)] if int(step) < len(items) else None
            case [*items]:
                found = (it.get("Value") for it in items if isinstance(it, Mapping) and it.get("Key") == step)
                value = next(found, None)
            case _:
                return None
    return value


def _refers(value: Any, names: frozenset[str]) -> bool:
    match value:
        case {"Ref": str(name)} if name in names:
            return True
        case Mapping():
            return any(_refers(it, names) for it in value.values())
        case [*items]:
            return any(_refers(it, names) for it in items)
        case str():
            return any(f"${{{name}}}" in value for name in names)
        case _:
            return False
