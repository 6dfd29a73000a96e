"""A template with its parameters: which resources to make, and in which order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.document import (
    Template,
    check_macros,
    check_outline,
    load,
    transforms,
)
from catalog_emulator.cloudformation.template.functions import (
    condition_dependencies,
    evaluate,
    evaluate_conditions,
    resolve_ifs,
)
from catalog_emulator.cloudformation.template.graph import order, references
from catalog_emulator.cloudformation.template.language_extensions import (
    LANGUAGE_EXTENSIONS,
    has_loops,
    resolve_names,
    unroll,
    without_loops,
)
from catalog_emulator.cloudformation.template.parameters import Fetch, Parameter, resolve
from catalog_emulator.cloudformation.template.rule_lookups import values_of
from catalog_emulator.cloudformation.template.rules import check_rules
from catalog_emulator.cloudformation.template.scope import (
    PSEUDO_PARAMETERS,
    Environment,
    ResourceValues,
    Scope,
    text_of,
    unresolved,
)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A resource to make. In its properties Fn::If is resolved; other functions are not."""

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
    """An output of the template, its functions not resolved but for Fn::If."""

    key: str
    value: Any
    description: str | None
    export: Any


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What a template with parameters makes. `definitions` are in an order in which they can be made."""

    text: str
    template: Mapping[str, Any]
    parameters: Mapping[str, Parameter]
    scope: Scope
    definitions: Mapping[str, Definition]
    outputs: tuple[Output, ...]

    def scope_with(self, resources: Mapping[str, ResourceValues]) -> Scope:
        return replace(self.scope, resources=resources)

    def parameter_list(self) -> list[dict[str, Any]]:
        return [_shown(parameter) for parameter in self.parameters.values()]

    def same_as(self, other: Blueprint) -> bool:
        return self._content() == other._content()

    def _content(self) -> str:
        content = {
            "definitions": {name: vars(definition) for name, definition in self.definitions.items()},
            "outputs": [vars(output) for output in self.outputs],
            "values": {name: (known.supplied, known.value) for name, known in self.parameters.items()},
            "mappings": self.scope.mappings,
        }
        return json.dumps(content, sort_keys=True, default=sorted)


@dataclass(frozen=True, kw_only=True)
class Types:
    """The types that templates may use, and the attributes that GetAtt may name."""

    known: Callable[[str], bool]
    has_attribute: Callable[[str, str], bool]


def build_blueprint(
    text: str, parameters: Mapping[str, str], environment: Environment, fetch: Fetch, types: Types
) -> Blueprint:
    """The blueprint of a template; raises ValidationError in AWS's words.

    `fetch` gives the value of an SSM parameter, None when it does not exist.
    """
    source = load(text)
    check_macros(source)
    resolved = resolve(source.get("Parameters", {}), parameters, fetch)
    scope = Scope(
        environment=environment, parameters={name: parameter.value for name, parameter in resolved.items()}
    )
    scope = replace(scope, mappings=_mappings(scope, source.get("Mappings", {})))
    if has_loops(source):
        source = unroll(source, partial(evaluate, scope))
        check_outline(source)
    check_rules(source.get("Rules", {}), values_of(resolved, environment.pseudo_values()))
    conditions, extended = source.get("Conditions", {}), LANGUAGE_EXTENSIONS in transforms(source)
    if extended:
        conditions = resolve_names(conditions, partial(evaluate, scope))
    scope = replace(scope, conditions=evaluate_conditions(scope, conditions))
    if extended:
        source = resolve_names(source, partial(evaluate, scope))
    _check_types(source["Resources"], types)
    _check_references(source, resolved)
    definitions = _definitions(scope, source["Resources"], types)
    outputs = _outputs(scope, source.get("Outputs", {}))
    _check_outputs(outputs, definitions, source["Resources"])
    _check_attributes([output.value for output in outputs], source["Resources"], types)
    return Blueprint(
        text=text, template=source, parameters=resolved, scope=scope, definitions=definitions, outputs=outputs
    )


def inspect_template(text: str, types: Types) -> Template:
    """The template; raises ValidationError for what ValidateTemplate refuses."""
    source = load(text)
    resources = without_loops(source["Resources"])
    _check_types(resources, types)
    order(condition_dependencies(source.get("Conditions", {})))
    if not has_loops(source):
        # The names that loops make are not known yet.
        _check_references(source, source.get("Parameters", {}))
        order({name: frozenset(_needs(one) & set(resources)) for name, one in resources.items()})
    return source


def _needs(resource: Mapping[str, Any]) -> set[str]:
    explicit = resource.get("DependsOn", [])
    named = {explicit} if isinstance(explicit, str) else set(explicit)
    return named | {found.name for found in references(resource.get("Properties") or {})}


def _shown(parameter: Parameter) -> dict[str, Any]:
    hidden = "****"
    shown = {
        "ParameterKey": parameter.name,
        "ParameterValue": hidden if parameter.no_echo else parameter.supplied,
    }
    if parameter.resolved is not None:
        shown["ResolvedValue"] = hidden if parameter.no_echo else parameter.resolved
    return shown


def _mappings(scope: Scope, mappings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: evaluate(scope, mapping) if "Fn::Transform" in mapping else mapping
        for name, mapping in mappings.items()
    }


def _check_types(resources: Mapping[str, Any], types: Types) -> None:
    unknown = sorted(
        {resource["Type"] for resource in resources.values() if not types.known(resource["Type"])}
    )
    if unknown:
        raise ValidationError(
            message=f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
        )


def _check_references(source: Mapping[str, Any], parameters: Iterable[str]) -> None:
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
    kept = {name: resource for name, resource in resources.items() if _holds(scope, resource)}
    definitions = {name: _definition(scope, name, resource, kept) for name, resource in kept.items()}
    dropped = set(resources) - set(kept)
    for definition in definitions.values():
        missing = sorted({found.name for found in references(definition.properties)} & dropped)
        if missing:
            raise unresolved(missing)
        _check_attributes(definition.properties, resources, types)
    ordered = order({name: found.depends for name, found in definitions.items()})
    return {name: definitions[name] for name in ordered}


def _definition(scope: Scope, name: str, resource: Mapping[str, Any], kept: Mapping[str, Any]) -> Definition:
    properties = resolve_ifs(scope, resource.get("Properties") or {})
    if properties == {"Ref": "AWS::NoValue"}:
        properties = {}
    needs = _needs({**resource, "Properties": properties})
    return Definition(
        logical_id=name,
        type_name=resource["Type"],
        properties=properties,
        depends=frozenset(needs & set(kept)) - (frozenset() if name in needs else {name}),
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
            value=resolve_ifs(scope, output["Value"]),
            description=output.get("Description"),
            export=resolve_ifs(scope, output.get("Export", {}).get("Name")),
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
