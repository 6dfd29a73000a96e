"""The permissions that a call needs: its action on its resources, and those for tags and roles. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel

from catalog_emulator.iam.access import Place
from catalog_emulator.iam.actions import actions_of, role_receiver, tagging_action
from catalog_emulator.iam.patterns import Values, as_list
from catalog_emulator.iam.reference import action
from catalog_emulator.iam.resources import members_of, resources

# API Gateway calls the role of an integration its credentials.
_ROLE_MEMBER = re.compile(r".*role(arn)?s?|credentials(arn)?|deliver\w*permissionarn", re.IGNORECASE)
_CONNECTION_ARN = re.compile(
    r"arn:[a-z0-9-]+:(codeconnections|codestar-connections):[^:]*:\d{12}:connection/.+"
)
_ROLE_ARN = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/.+")


@dataclass(frozen=True, kw_only=True)
class Need:
    """An action on a resource (None: unknown), with the request's context."""

    action: str
    resource: str | None
    context: Values = field(default_factory=dict)


def needs(operation: OperationModel, parameters: Mapping[str, Any], place: Place) -> Iterator[Need]:
    """What an operation with these parameters needs, the operation's own actions first."""
    tags = _tags(parameters)
    actions = actions_of(operation)
    prefix = actions[0].partition(":")[0]
    context = {**_tag_context(tags), **_context(actions[0], parameters, place)}
    for name in actions:
        for resource in resources(name, operation, parameters, place):
            yield Need(action=name, resource=resource, context=context)
    tagging = tagging_action(actions[0]) if tags else None
    if tagging is not None:
        # A new resource of EC2 has no id yet; the request's ids are of others.
        tagged = {} if prefix == "ec2" else parameters
        for resource in resources(tagging, operation, tagged, place):
            yield Need(action=tagging, resource=resource, context=context)
    # Calls of IAM name roles to change them, not to pass them.
    if operation.name == "AddRoleToInstanceProfile":
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
        owner = f"arn:{place.partition}:iam::{place.account_id}"
        yield pass_role(f"{owner}:role/{parameters['RoleName']}", "ec2.amazonaws.com")
    elif prefix not in ("iam", "sts"):
        # Actions of a pipeline assume roles in other accounts, where nobody can pass a role.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
        pipelines = prefix == "codepipeline"
        for arn in passed_roles(parameters):
            if not pipelines or arn.split(":")[4] == place.account_id:
                yield pass_role(arn, role_receiver(actions[0]))
        for service, arn in sorted(set(_connections(parameters))) if pipelines else ():
            receiver = {f"{service}:passedtoservice": (f"{prefix}.amazonaws.com",)}
            yield Need(action=f"{service}:PassConnection", resource=arn, context=receiver)


def pass_role(arn: str, service: str) -> Need:
    """The permission to pass a role to a service.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return Need(action="iam:PassRole", resource=arn, context={"iam:passedtoservice": (service,)})


def passed_roles(value: Any, name: str = "") -> tuple[str, ...]:
    """The ARNs of roles in members for roles, sorted."""
    return tuple(sorted(set(_roles(value, name))))


def _roles(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for member, inner in value.items():
            yield from _roles(inner, str(member))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _roles(inner, name)
    elif isinstance(value, str) and _ROLE_MEMBER.fullmatch(name) and _ROLE_ARN.fullmatch(value):
        yield value


def _connections(value: Any) -> Iterator[tuple[str, str]]:
    """The connections that a request passes to a service, with their service.

    https://docs.aws.amazon.com/dtconsole/latest/userguide/security_iam_id-based-policy-examples-connections.html
    """
    if isinstance(value, Mapping):
        found = _CONNECTION_ARN.fullmatch(str(value.get("ConnectionArn", "")))
        if found:
            yield found[1], found[0]
        for inner in value.values():
            yield from _connections(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _connections(inner)


def _tags(parameters: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if name == "TagSpecifications":
            for specification in value:
                found |= _pairs(specification.get("Tags") or [])
        elif name.lower() == "tags":
            found |= _pairs(value or [])
    return found


def _pairs(tags: Any) -> dict[str, str]:
    if isinstance(tags, Mapping):
        return dict(tags)
    lower = [{name.lower().removeprefix("tag"): text for name, text in tag.items()} for tag in tags]
    return {tag["key"]: str(tag.get("value", "")) for tag in lower if "key" in tag}


def _tag_context(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    if not tags:
        return {}
    values = {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
    return {**values, "aws:tagkeys": tuple(tags)}


def _context(name: str, parameters: Mapping[str, Any], place: Place) -> dict[str, tuple[str, ...]]:
    """The action's condition keys that are named like members of the request (iam:PolicyARN)."""
    known = action(name)
    members = {**members_of(parameters), "region": place.region}
    found = {}
    for key in known.keys if known else ():
        values = as_list(members.get(key.partition(":")[2]))
        if values and key.startswith(f"{name.partition(':')[0]}:") and all(map(_is_scalar, values)):
            found[key] = tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
    return found


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)
