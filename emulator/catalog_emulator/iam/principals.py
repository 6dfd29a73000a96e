"""What roles and users of moto's IAM may do.

Context keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.utils import utcnow
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from catalog_emulator.iam.access import Access
from catalog_emulator.iam.patterns import as_list
from catalog_emulator.iam.policy import Policy, compiled


def access_of_role(arn: str, *, session: str, region: str, via: str = "") -> Access | None:
    """What a session of the role may do; `via` is a service that calls for it. None if no such role."""
    role = _role(arn)
    if role is None:
        return None
    account_id = arn.split(":")[4]
    context = _context(role, account_id, region, "AssumedRole")
    context["aws:userid"] = (f"{role.id}:{session}",)
    if via:
        context |= {"aws:viaawsservice": ("true",), "aws:calledvia": (via,)}
        context |= {"aws:calledviafirst": (via,), "aws:calledvialast": (via,)}
    return Access(
        arn=session_arn(arn, session),
        policies=_policies([role]),
        boundary=_boundary(role, account_id, arn.split(":")[1]),
        context=context,
    )


def session_arn(role_arn: str, session: str) -> str:
    """The ARN of a session of a role."""
    _, partition, _, _, account_id, resource = role_arn.split(":", 5)
    return f"arn:{partition}:sts::{account_id}:assumed-role/{resource.rpartition('/')[2]}/{session}"


def access_of_user(name: str, *, account_id: str, partition: str, region: str) -> Access | None:
    """What a user may do, also through groups; None if no such user."""
    backend: Any = iam_backends[account_id][partition]
    user = backend.users.get(name)
    if user is None:
        return None
    context = _context(user, account_id, region, "User")
    return Access(
        arn=user.arn,
        policies=_policies([user, *backend.get_groups_for_user(name)]),
        boundary=_boundary(user, account_id, partition),
        context={**context, "aws:username": (name,), "aws:userid": (user.id,)},
    )


def trusted_services(role_arn: str) -> tuple[str, ...] | None:
    """The services that may assume the role, sorted; None if no such role."""
    role = _role(role_arn)
    if role is None:
        return None
    document = json.loads(role.assume_role_policy_document)
    return tuple(
        sorted(
            {
                service
                for statement in as_list(document.get("Statement"))
                if statement.get("Effect") == "Allow" and isinstance(statement.get("Principal"), dict)
                for service in as_list(statement["Principal"].get("Service"))
                if {"sts:AssumeRole", "sts:*", "*"} & set(as_list(statement.get("Action")))
            }
        )
    )


def with_path(role_arn: str) -> str:
    """The full ARN of a role that a call named without its path, if it exists."""
    _, partition, _, _, account_id, resource = role_arn.split(":", 5)
    name = resource.rpartition("/")[2]
    roles = iam_backends[account_id][partition].roles.values()
    return next((str(role.arn) for role in roles if role.name == name), role_arn)


def _role(arn: str) -> Any | None:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    try:
        return iam_backends[parts[4]][parts[1]].get_role_by_arn(arn)
    except NotFoundException:
        return None


def _policies(holders: Iterable[Any]) -> tuple[Policy, ...]:
    return tuple(
        compiled(text)
        for holder in holders
        for text in (*holder.policies.values(), *map(_default, holder.managed_policies.values()))
    )


def _boundary(holder: Any, account_id: str, partition: str) -> tuple[Policy, ...] | None:
    arn = getattr(holder, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = iam_backends[account_id][partition].managed_policies.get(arn)
    # A deleted boundary allows nothing.
    return () if policy is None else (compiled(_default(policy)),)


def _default(policy: Any) -> str:
    text: str = next(
        version.document for version in policy.versions if version.version_id == policy.default_version_id
    )
    return text


def _context(holder: Any, account_id: str, region: str, kind: str) -> dict[str, tuple[str, ...]]:
    tags = holder.tags or []
    pairs: Iterable[Mapping[str, str]] = tags.values() if isinstance(tags, dict) else tags
    return {
        "aws:currenttime": (utcnow().isoformat() + "Z",),
        "aws:principalaccount": (account_id,),
        "aws:principalarn": (holder.arn,),
        "aws:principaltype": (kind,),
        "aws:requestedregion": (region,),
        "aws:securetransport": ("true",),
        **{f"aws:principaltag/{tag['Key'].lower()}": (tag["Value"],) for tag in pairs},
    }
