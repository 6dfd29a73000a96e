"""A template with its parameters decided: which resources it wants, in which order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template import document as template
from catalog_emulator.cloudformation.template import parameters
from catalog_emulator.cloudformation.template.computed import LANGUAGE_EXTENSIONS, named
from catalog_emulator.cloudformation.template.functions import chosen, decided, evaluate
from catalog_emulator.cloudformation.template.graph import order, references
from catalog_emulator.cloudformation.template.lookups import values_of
from catalog_emulator.cloudformation.template.loops import has_loops, unrolled
from catalog_emulator.cloudformation.template.parameters import Parameter
from catalog_emulator.cloudformation.template.rules import check_rules
from catalog_emulator.cloudformation.template.scope import (
    PSEUDO_PARAMETERS,
    Answers,
    Environment,
    Scope,
    text_of,
    unresolved,
)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A resource that the template wants: Fn::If is decided in its properties, other functions are open."""

    logical_id: str
    type_name: str
    properties: Mapping[str, Any]
    depends: frozenset[str]
    deletion_policy: str
    update_replace_policy: str
    metadata: Mapping[str, Any] | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output that the template wants."""

    key: str
    value: Any
    description: str | None
    export: Any


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What a launch of a template wants. `definitions` come in an order in which they can be made."""

    text: str
    template: Mapping[str, Any]
    parameters: Mapping[str, Parameter]
    scope: Scope
    definitions: Mapping[str, Definition]
    outputs: tuple[Output, ...]

    def seeing(self, resources: Mapping[str, Answers]) -> Scope:
        """The scope in which its functions see these resources."""
        return replace(self.scope, resources=resources)

    def parameter_list(self) -> list[dict[str, Any]]:
        """The parameters as DescribeStacks shows them."""
        return [_shown(parameter) for parameter in self.parameters.values()]

    def same_as(self, other: Blueprint) -> bool:
        """Whether a launch of the other would want the same."""
        return self._wants() == other._wants()

    def _wants(self) -> str:
        wants = {
            "definitions": {name: vars(definition) for name, definition in self.definitions.items()},
            "outputs": [vars(output) for output in self.outputs],
            "values": {name: (known.given, known.value) for name, known in self.parameters.items()},
            "mappings": self.scope.mappings,
        }
        return json.dumps(wants, sort_keys=True, default=sorted)


@dataclass(frozen=True, kw_only=True)
class Types:
    """What a template may use: whether a type is known here, and whether GetAtt may ask it for a name."""

    known: Callable[[str], bool]
    has_attribute: Callable[[str, str], bool]


def draw(
    text: str,
    given: Mapping[str, str],
    environment: Environment,
    fetch: parameters.Fetch,
    types: Types,
    *,
    strict: bool = True,
) -> Blueprint:
    """The blueprint of a template; raises ValidationError, in AWS's words, for what AWS refuses up front."""
    source = template.load(text, strict=strict)
    if strict:
        template.check_macros(source)
    resolved = parameters.resolve(source.get("Parameters", {}), given, fetch, strict=strict)
    scope = Scope(
        environment=environment,
        parameters={name: parameter.value for name, parameter in resolved.items()},
    )
    scope = replace(scope, mappings=_mappings(scope, source.get("Mappings", {})))
    if has_loops(source):
        looking = scope
        source = unrolled(source, lambda node: evaluate(looking, node))
        template.check_outline(source, strict=strict)
    if strict:
        check_rules(source.get("Rules", {}), values_of(resolved, environment.pseudo_values()))
    conditions, extended = source.get("Conditions", {}), LANGUAGE_EXTENSIONS in template.transforms(source)
    if extended:
        conditions = _named(scope, conditions)
    scope = replace(scope, conditions=decided(scope, conditions))
    if extended:
        source = _named(scope, source)
    check_types(source["Resources"], types)
    check_references(source, resolved)
    definitions = _definitions(scope, source["Resources"], types)
    outputs = _outputs(scope, source.get("Outputs", {}))
    _check_outputs(outputs, definitions, source["Resources"])
    _check_attributes([output.value for output in outputs], source["Resources"], types)
    return Blueprint(
        text=text, template=source, parameters=resolved, scope=scope, definitions=definitions, outputs=outputs
    )


def _named(scope: Scope, node: Any) -> Any:
    return named(node, lambda name: evaluate(scope, name))


def _shown(parameter: Parameter) -> dict[str, Any]:
    hidden = "****"
    shown = {
        "ParameterKey": parameter.name,
        "ParameterValue": hidden if parameter.no_echo else parameter.given,
    }
    if parameter.resolved is not None:
        shown["ResolvedValue"] = hidden if parameter.no_echo else parameter.resolved
    return shown


def _mappings(scope: Scope, mappings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: evaluate(scope, mapping) if "Fn::Transform" in mapping else mapping
        for name, mapping in mappings.items()
    }


def check_types(resources: Mapping[str, Any], types: Types) -> None:
    """Raises ValidationError when a type is not known here."""
    unknown = sorted(
        {resource["Type"] for resource in resources.values() if not types.known(resource["Type"])}
    )
    if unknown:
        raise ValidationError(
            message=f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
        )


def check_references(source: Mapping[str, Any], parameters: Iterable[str]) -> None:
    """Raises ValidationError when something refers to what the template does not have."""
    names = {*source["Resources"], *parameters, *PSEUDO_PARAMETERS}
    for section in ("Resources", "Outputs"):
        nodes = [_referring(node) for node in source.get(section, {}).values()]
        found = {reference.name: reference for reference in references(nodes)}
        missing = sorted(set(found) - names)
        attributes = [name for name in missing if found[name].attribute is not None]
        if attributes:
            raise ValidationError(
                message="Template error: instance of Fn::GetAtt references undefined resource "
                f"{attributes[0]}"
            )
        if missing:
            raise unresolved(missing, section)


def _referring(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key in ("Properties", "Value", "Export")}


def _definitions(scope: Scope, resources: Mapping[str, Any], types: Types) -> dict[str, Definition]:
    wanted = {name: resource for name, resource in resources.items() if _holds(scope, resource)}
    made = {name: _definition(scope, name, resource, wanted) for name, resource in wanted.items()}
    dropped = set(resources) - set(wanted)
    for definition in made.values():
        missing = sorted({found.name for found in references(definition.properties)} & dropped)
        if missing:
            raise unresolved(missing)
        _check_attributes(definition.properties, resources, types)
    return {name: made[name] for name in order({name: found.depends for name, found in made.items()})}


def _definition(
    scope: Scope, name: str, resource: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Definition:
    properties = chosen(scope, resource.get("Properties") or {})
    if properties == {"Ref": "AWS::NoValue"}:
        properties = {}
    explicit = resource.get("DependsOn", [])
    explicit = [explicit] if isinstance(explicit, str) else explicit
    needs = {found.name for found in references(properties)} | set(explicit)
    return Definition(
        logical_id=name,
        type_name=resource["Type"],
        properties=properties,
        depends=frozenset(needs & set(wanted)) - (frozenset() if name in needs else {name}),
        deletion_policy=text_of(evaluate(scope, resource.get("DeletionPolicy", "Delete"))),
        update_replace_policy=text_of(evaluate(scope, resource.get("UpdateReplacePolicy", "Delete"))),
        metadata=resource.get("Metadata"),
        description=resource.get("Description"),
    )


def _check_attributes(node: Any, resources: Mapping[str, Any], types: Types) -> None:
    for found in references(node):
        if not found.attribute or found.name not in resources:
            continue
        if not types.has_attribute(resources[found.name]["Type"], found.attribute):
            raise ValidationError(
                message=f"Template error: resource {found.name} does not support attribute type "
                f"{found.attribute} in Fn::GetAtt"
            )


def _outputs(scope: Scope, outputs: Mapping[str, Any]) -> tuple[Output, ...]:
    return tuple(
        Output(
            key=name,
            value=chosen(scope, output["Value"]),
            description=output.get("Description"),
            export=chosen(scope, output.get("Export", {}).get("Name")),
        )
        for name, output in outputs.items()
        if _holds(scope, output)
    )


def _check_outputs(
    outputs: Iterable[Output], definitions: Mapping[str, Definition], resources: Mapping[str, Any]
) -> None:
    for output in outputs:
        used = {found.name for found in references([output.value, output.export])}
        dropped = sorted((used & set(resources)) - set(definitions))
        if dropped:
            raise ValidationError(
                message=f"Unresolved resource dependencies [{', '.join(dropped)}] "
                "in the Outputs block of the template"
            )


def _holds(scope: Scope, node: Mapping[str, Any]) -> bool:
    name = node.get("Condition")
    return name is None or scope.condition(str(name))
