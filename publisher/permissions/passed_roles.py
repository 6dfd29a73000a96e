"""Which roles a template hands to which services: its own, or those that it names whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from publisher.permissions.names import Names, references, walk
from publisher.permissions.need import Need, Refusal, canonical
from publisher.permissions.values import UNKNOWN

# Flow logs call their role DeliverLogsPermissionArn, API Gateway that of an integration its credentials.
_ROLE_PROPERTY = re.compile(r"(?:.*[a-z])?Role(?:Arn|ARN)?s?|DeliverLogsPermissionArn|Credentials(?:Arn)?")
_ACCOUNT = ":iam::${AWS::AccountId}:role/"
_CALLER = "arn:aws:iam::*:user/*"
_NAMED = re.compile(
    r"arn:(?:\$\{AWS::Partition\}|[a-z-]+):iam::(?:\$\{AWS::AccountId\}|[0-9]{12}):role/"
    r"(?!launch-|deploy-)(?:[^*?$]|\$\{AWS::(?:Partition|AccountId)\})+"
)
_SUBSTITUTION = re.compile(r"\$\{(?!!)([^}]+)\}")


def passed_roles(names: Names) -> tuple[list[Need], list[Refusal]]:
    """iam:PassRole for every role that a resource takes, and those that can be any role."""
    needs: list[Need] = []
    refusals: list[Refusal] = []
    for logical_id, path, value in properties(names, _ROLE_PROPERTY):
        type_name = names.type_of(logical_id)
        if type_name.startswith("AWS::IAM::") and type_name != "AWS::IAM::InstanceProfile":
            continue
        if "Credentials" in path and not type_name.startswith("AWS::ApiGateway"):
            continue
        what = f"{logical_id} ({type_name})"
        for role in sorted({name for name in references(value) if _is_role(names, name)}):
            reason = f"{what} uses {role} as {path}"
            needs.append(_need(reason, names.arns(role), trusted(names.properties(role))))
        assumed = path in names.knowledge.facts.assumed_roles.get(type_name, ())
        for arn in _others(names, value):
            if assumed and _ACCOUNT not in arn:
                continue
            if _NAMED.fullmatch(arn):
                service = _service_principal(type_name, names.knowledge.facts.service_principals)
                reason = f"{what} uses a role from outside the template as {path}"
                needs.append(_need(reason, [arn], [service]))
            else:
                launch_role = ":role/launch-" in arn or ":role/deploy-" in arn
                refusals.append(
                    Refusal(
                        subject=what,
                        message=f"{path} can be {'a launch role' if launch_role else 'any role'}: '{arn}'",
                        hint="" if launch_role else "limit the parameter with AllowedValues",
                    )
                )
    return needs, refusals


def _need(reason: str, arns: Iterable[str], services: Iterable[str]) -> Need:
    condition = canonical({"StringLike": {"iam:PassedToService": tuple(sorted(set(services)))}})
    return Need(action="iam:PassRole", reason=reason, resources=tuple(arns), condition=condition)


def _is_role(names: Names, name: str) -> bool:
    return name in names.resources and names.type_of(name) == "AWS::IAM::Role"


def _others(names: Names, value: Any) -> Iterator[str]:
    """The ARN patterns of roles that are not the template's own."""
    for item in names.values.items(value):
        if not any(_is_role(names, name) for name in references(item)):
            texts = names.values.texts(item)
            found = (text for text in texts if text.startswith("arn:") or UNKNOWN in text)
            yield from (text for text in found if text != _CALLER)


def trusted(role: Mapping[str, Any]) -> list[str]:
    """The services in a role's trust policy; what is substituted there becomes *."""
    found = walk(role.get("AssumeRolePolicyDocument"))
    return sorted(
        {
            _SUBSTITUTION.sub("*", text)
            for path, value in found
            if path[-1] == "Service"
            for text in _texts(value)
        }
    )


def _service_principal(type_name: str, principals: Mapping[str, str]) -> str:
    namespace, _, _ = type_name.rpartition("::")
    default = f"{namespace.rpartition('::')[2].lower()}.amazonaws.com"
    return principals.get(type_name) or principals.get(namespace) or default


def properties(names: Names, name: re.Pattern[str]) -> Iterator[tuple[str, str, Any]]:
    """(logical id, dotted path, value) of every property of such a name, at any depth."""
    wanted = {key for key in names.keys if name.fullmatch(key)}
    for logical_id in names.resources if wanted else ():
        for path, value in names.entries(logical_id):
            if path[-1] in wanted:
                yield logical_id, ".".join(key for key in path if not key.startswith("Fn::")), value


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
