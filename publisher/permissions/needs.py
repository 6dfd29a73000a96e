"""Which actions launching, updating and terminating a template needs, one Need per action and reason.

Refuses to know how policies are written; resources and conditions are only carried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.documents import canonical_json
from publisher.errors import InputError
from publisher.permissions.known_types import Fact, Knowledge, UnknownTypeError

# Flow logs call their role DeliverLogsPermissionArn.
_ROLE_PROPERTY = re.compile(r"(?:.*[a-z])?Role(?:Arn|ARN)?s?|DeliverLogsPermissionArn")
_KEY_PROPERTY = re.compile(r"(?i).*kms.*key.*|encryptionkey(?:id|arn)?")
_AWS_MANAGED_KEY = re.compile(r"(?:.*:)?alias/aws/.*")
_DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):")
_SUBSTITUTION = re.compile(r"\$\{(?!!)([^}]+)\}")
_SERVICE_LINKED_ROLES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/*"


@dataclass(frozen=True, kw_only=True, order=True)
class Need:
    """An IAM action and why it is needed. `condition` is the canonical JSON of a policy's Condition."""

    action: str
    reason: str
    resources: tuple[str, ...] = ("*",)
    condition: str = ""


def needs(template: Mapping[str, Any], *, knowledge: Knowledge) -> tuple[Need, ...]:
    """Every need of a template (long form), sorted. Raises InputError for types that nothing is known of."""
    resources = _entries(template, "Resources")
    found = {
        *_facts(knowledge.facts.service_catalog),
        *_of_types(resources, knowledge=knowledge),
        *_of_roles(resources, knowledge=knowledge),
        *_of_keys(resources, knowledge=knowledge),
        *_of_parameters(_entries(template, "Parameters"), knowledge=knowledge),
        *_of_dynamic_references(template, knowledge=knowledge),
    }
    return tuple(sorted(found))


def _entries(template: Mapping[str, Any], section: str) -> dict[str, Mapping[str, Any]]:
    """The entries of a section; what is none, as `Fn::ForEach::…`, is a type that nothing is known of."""
    found = template.get(section)
    entries = found.items() if isinstance(found, Mapping) else ()
    return {name: it if isinstance(it, Mapping) else {"Type": name} for name, it in entries}


def _facts(facts: Iterable[Fact], *, what: str = "") -> Iterator[Need]:
    for fact in facts:
        reason = f"{what}: {fact.why}" if what else fact.why
        for action in fact.actions:
            yield Need(
                action=action,
                reason=f"{reason} ({fact.source})",
                resources=fact.resources,
                condition=_canonical(fact.condition),
            )


def _canonical(condition: Mapping[str, Mapping[str, tuple[str, ...]]]) -> str:
    return canonical_json(condition) if condition else ""


def _of_types(resources: Mapping[str, Mapping[str, Any]], *, knowledge: Knowledge) -> Iterator[Need]:
    unknown: list[str] = []
    for type_name in sorted({str(resource.get("Type")) for resource in resources.values()}):
        known = "AWS::CloudFormation::CustomResource" if type_name.startswith("Custom::") else type_name
        yield from _facts(knowledge.facts.additions.get(known, ()), what=type_name)
        if known in knowledge.facts.types:
            yield from _facts([knowledge.facts.types[known]], what=type_name)
            continue
        try:
            actions = knowledge.handler_actions(known)
        except UnknownTypeError as error:
            unknown.append(f"{type_name}{'' if unknown else ' cannot be derived'}: {error}")
            continue
        yield from _of_handlers(type_name, actions)
    if unknown:
        raise InputError(
            f"the launch policy of {'; nor that of '.join(unknown)}",
            hint="set launch_role in product.yaml to an existing role, or add the type to types in "
            "publisher/permissions/facts.yaml",
        )


def _of_handlers(type_name: str, actions: Iterable[str]) -> Iterator[Need]:
    reason = f"{type_name}: its resource handlers"
    for action in actions:
        if action == "iam:CreateServiceLinkedRole":
            yield Need(action=action, reason=reason, resources=(_SERVICE_LINKED_ROLES,))
        # Which roles go to which service is read from the template instead, see _of_roles.
        elif action != "iam:PassRole":
            yield Need(action=action, reason=reason)


def _of_roles(resources: Mapping[str, Mapping[str, Any]], *, knowledge: Knowledge) -> Iterator[Need]:
    handed = set(_handed_roles(resources, knowledge=knowledge))
    services = tuple(sorted({service for _, service in handed}))
    condition = _canonical({"StringLike": {"iam:PassedToService": services}})
    for reason, _ in handed:
        yield Need(action="iam:PassRole", reason=reason, condition=condition)


def _handed_roles(
    resources: Mapping[str, Mapping[str, Any]], *, knowledge: Knowledge
) -> Iterator[tuple[str, str]]:
    """(reason, service) for each role that a resource takes."""
    roles = {name: value for name, value in resources.items() if value.get("Type") == "AWS::IAM::Role"}
    for logical_id, path, value in _properties(resources, _ROLE_PROPERTY):
        type_name = str(resources[logical_id]["Type"])
        if type_name.startswith("AWS::IAM::") and type_name != "AWS::IAM::InstanceProfile":
            continue
        own = sorted(set(_references(value)) & set(roles))
        if own:
            services = [service for role in own for service in _trusted(roles[role])]
            role_names = " and ".join(own)
        elif isinstance(value, Mapping) or str(value).startswith("arn:"):
            services, role_names = (
                [_service_principal(type_name, knowledge)],
                "a role from outside the template",
            )
        else:
            continue
        reason = f"{logical_id} ({type_name}) uses {role_names} as {path}"
        yield from ((reason, service) for service in services)


def _trusted(role: Mapping[str, Any]) -> list[str]:
    """The services in a role's trust policy; what is substituted there becomes *."""
    found = _walk(role.get("Properties"))
    trust = (it for it in found if it[0][0] == "AssumeRolePolicyDocument" and it[0][-1] == "Service")
    texts = (text for _, value in trust for text in _texts(value))
    return sorted({_SUBSTITUTION.sub("*", text) for text in texts})


def _service_principal(type_name: str, knowledge: Knowledge) -> str:
    namespace, _, _ = type_name.rpartition("::")
    principals = knowledge.facts.service_principals
    default = f"{namespace.rpartition('::')[2].lower()}.amazonaws.com"
    return principals.get(type_name) or principals.get(namespace) or default


def _of_keys(resources: Mapping[str, Mapping[str, Any]], *, knowledge: Knowledge) -> Iterator[Need]:
    for logical_id, path, value in _properties(resources, _KEY_PROPERTY):
        type_name = str(resources[logical_id]["Type"])
        if not type_name.startswith("AWS::KMS::") and _is_customer_key(value):
            what = f"{logical_id} ({type_name}) uses a key as {path}"
            yield from _facts(knowledge.facts.keys, what=what)


def _is_customer_key(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and not _AWS_MANAGED_KEY.fullmatch(value)
    if isinstance(value, Mapping) and set(value) == {"Fn::Sub"}:
        return not all(_AWS_MANAGED_KEY.fullmatch(text) for text in _texts(value))
    return isinstance(value, Mapping)


def _of_parameters(parameters: Mapping[str, Mapping[str, Any]], *, knowledge: Knowledge) -> Iterator[Need]:
    for name, parameter in parameters.items():
        declared = str(parameter.get("Type", "String"))
        what = f"parameter {name} has type {declared}"
        inner = declared
        if declared.startswith("AWS::SSM::Parameter::"):
            yield from _facts(knowledge.facts.ssm_parameters, what=what)
            inner = declared.removeprefix("AWS::SSM::Parameter::Value<").removesuffix(">")
        inner = inner.removeprefix("List<").removesuffix(">")
        if inner in knowledge.facts.parameter_types:
            yield from _facts([knowledge.facts.parameter_types[inner]], what=what)


def _of_dynamic_references(template: Mapping[str, Any], *, knowledge: Knowledge) -> Iterator[Need]:
    for _, value in _walk(template):
        for text in _texts(value):
            for service in _DYNAMIC_REFERENCE.findall(text):
                if service in knowledge.facts.dynamic_references:
                    what = f"dynamic reference {{{{resolve:{service}:…}}}}"
                    yield from _facts([knowledge.facts.dynamic_references[service]], what=what)


def _properties(
    resources: Mapping[str, Mapping[str, Any]], name: re.Pattern[str]
) -> Iterator[tuple[str, str, Any]]:
    """(logical id, dotted path, value) of every property of such a name, at any depth."""
    for logical_id, resource in resources.items():
        for path, value in _walk(resource.get("Properties") or {}):
            if name.fullmatch(path[-1]):
                yield logical_id, ".".join(key for key in path if not key.startswith("Fn::")), value


def _walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path of keys, value) of every mapping entry at any depth; lists add nothing to a path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            here = (*path, str(key))
            yield here, inner
            yield from _walk(inner, here)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _walk(inner, path)


def _texts(value: Any) -> Iterator[str]:
    """The literal texts a value can become; of Fn::Sub the pattern, of Fn::If both sides."""
    match value:
        case str():
            yield value
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)
        case {"Fn::If": [_, *sides]}:
            yield from _texts(sides)
        case {"Fn::Sub": str(pattern) | [str(pattern), *_]}:
            yield pattern


def _references(value: Any) -> Iterator[str]:
    """The names that a value refers to by Ref, Fn::GetAtt or Fn::Sub."""
    for path, inner in _walk(value):
        match path[-1], inner:
            case "Ref", str(name):
                yield name
            case "Fn::GetAtt", str(name) | [str(name), *_]:
                yield name.partition(".")[0]
            case "Fn::Sub", str(pattern) | [str(pattern), *_]:
                yield from (name.partition(".")[0] for name in _SUBSTITUTION.findall(pattern))
