"""A template with its parameters: which resources to make, and in which order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template import functions, language_extensions, macros
from catalog_emulator.cloudformation.template.document import Template, check_outline, load
from catalog_emulator.cloudformation.template.graph import order, references
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

if TYPE_CHECKING:
    from catalog_emulator.cloudformation.resources.providers import Providers


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

    @property
    def processed(self) -> str:
        """The text of the template after its macros ran: the template itself if they changed nothing."""
        unchanged = self.template == load(self.text)
        return self.text if unchanged else json.dumps(self.template, indent=2, default=str)

    @property
    def expanded(self) -> bool:
        """Whether macros could make resources that the template does not show."""
        return macros.has_macros(load(self.text))

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


def build_blueprint(
    text: str, parameters: Mapping[str, str], environment: Environment, fetch: Fetch, types: Providers
) -> Blueprint:
    """The blueprint of a template; raises ValidationError in AWS's words.

    `fetch` gives the value of an SSM parameter, None when it does not exist.
    """
    source = load(text)
    macros.check_macros(source)
    expanded, extended = (
        macros.has_macros(source),
        language_extensions.LANGUAGE_EXTENSIONS in language_extensions.transforms(source),
    )
    source = macros.include(source, Scope(environment=environment, parameters=_supplied(source, parameters)))
    resolved = resolve(source.get("Parameters", {}), parameters, fetch)
    scope = Scope(
        environment=environment,
        parameters={name: parameter.value for name, parameter in resolved.items()},
        mappings=source.get("Mappings", {}),
    )
    if language_extensions.has_loops(source):
        source = language_extensions.unroll(source, partial(functions.evaluate, scope))
        check_outline(source)
    source = macros.serverless(source, scope)
    if expanded:
        source = {section: members for section, members in source.items() if section != "Transform"}
    check_rules(source.get("Rules", {}), values_of(resolved, environment.pseudo_values()))
    conditions = source.get("Conditions", {})
    if extended:
        conditions = language_extensions.resolve_names(conditions, partial(functions.evaluate, scope))
    scope = replace(scope, conditions=functions.evaluate_conditions(scope, conditions))
    if extended:
        source = language_extensions.resolve_names(source, partial(functions.evaluate, scope))
    _check_types(source["Resources"], types)
    check_references(source)
    definitions = _definitions(scope, source["Resources"], types)
    outputs = _outputs(scope, source.get("Outputs", {}))
    _check_outputs(outputs, definitions, source["Resources"])
    _check_attributes([output.value for output in outputs], source["Resources"], types)
    functions.check_known(scope, [definition.properties for definition in definitions.values()])
    functions.check_known(scope, [[output.value, output.export] for output in outputs])
    return Blueprint(
        text=text, template=source, parameters=resolved, scope=scope, definitions=definitions, outputs=outputs
    )


def inspect_template(text: str, types: Providers) -> Template:
    """The template; raises ValidationError for what ValidateTemplate refuses."""
    source = load(text)
    resources = language_extensions.without_loops(source["Resources"])
    known = resources
    if macros.SERVERLESS in language_extensions.transforms(source):
        known = {name: one for name, one in known.items() if not one["Type"].startswith("AWS::Serverless::")}
    _check_types(known, types)
    order(functions.condition_dependencies(source.get("Conditions", {})))
    check_references(source)
    if not language_extensions.has_loops(source):
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


def _supplied(source: Template, values: Mapping[str, str]) -> dict[str, Any]:
    """The values of parameters before any is checked: the snippets that they name may have more of them."""
    declared = source.get("Parameters", {}).items()
    return {name: values.get(name, one.get("Default", "")) for name, one in declared}


def _check_types(resources: Mapping[str, Any], types: Providers) -> None:
    unknown = sorted(
        {resource["Type"] for resource in resources.values() if not types.knows(resource["Type"])}
    )
    if unknown:
        raise ValidationError(
            message=f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
        )


def check_references(source: Template) -> None:
    """Raise ValidationError for a reference to what the template does not have; macros may still add it."""
    if macros.has_macros(source):
        return
    names = {*source["Resources"], *source.get("Parameters", {}), *PSEUDO_PARAMETERS}
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


def _definitions(scope: Scope, resources: Mapping[str, Any], types: Providers) -> dict[str, Definition]:
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
    properties = functions.resolve_ifs(scope, resource.get("Properties") or {})
    if properties == {"Ref": "AWS::NoValue"}:
        properties = {}
    needs = _needs({**resource, "Properties": properties})
    return Definition(
        logical_id=name,
        type_name=resource["Type"],
        properties=properties,
        depends=frozenset(needs & set(kept)) - (frozenset() if name in needs else {name}),
        deletion_policy=text_of(functions.evaluate(scope, resource.get("DeletionPolicy", "Delete"))),
        update_replace_policy=text_of(
            functions.evaluate(scope, resource.get("UpdateReplacePolicy", "Delete"))
        ),
        metadata=resource.get("Metadata"),
        description=resource.get("Description"),
    )


def _check_attributes(node: Any, resources: Mapping[str, Any], types: Providers) -> None:
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
            value=functions.resolve_ifs(scope, output["Value"]),
            description=output.get("Description"),
            export=functions.resolve_ifs(scope, output.get("Export", {}).get("Name")),
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
