"""What roles and users of moto's IAM may do.

Context keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from catalog_emulator.iam.access import Access
from catalog_emulator.iam.patterns import as_list
from catalog_emulator.iam.policy import Decision, Policy, Request, compiled


def access_of(arn: str, *, region: str, session: str = "", via: str = "") -> Access | None:
    """What a user, a group, a role or a session of a role may do; None if there is none.

    `session` names the session of a role's ARN, `via` is a service that calls for it.
    """
    holder = find_principal(arn)
    if holder is None:
        return None
    _, partition, _, _, account_id, resource = arn.split(":", 5)
    kind, _, name = resource.partition("/")
    context: dict[str, tuple[str, ...]] = {}
    caller = str(holder.arn)
    if kind == "user":
        context = _context(holder, account_id, region, "User")
        context |= {"aws:username": (holder.name,), "aws:userid": (holder.id,)}
    elif kind != "group":
        session = name.partition("/")[2] if kind == "assumed-role" else session
        context = _context(holder, account_id, region, "AssumedRole")
        context["aws:userid"] = (f"{holder.id}:{session}",)
        caller = session_arn(holder.arn, session)
    if via:
        context |= {"aws:viaawsservice": ("true",), "aws:calledvia": (via,)}
        context |= {"aws:calledviafirst": (via,), "aws:calledvialast": (via,)}
    return Access(
        arn=caller,
        policies=tuple(compiled(text) for _, text in named_policies(arn)),
        boundary=_boundary(holder, account_id, partition),
        context=context,
    )


def named_policies(arn: str) -> Iterator[tuple[str, str]]:
    """The documents of a user with its groups, a group, or a role, with the ids that simulations name."""
    holder = find_principal(arn)
    if holder is None:
        return
    _, partition, _, _, account_id, resource = arn.split(":", 5)
    groups: list[Any] = []
    if resource.startswith("user/"):
        groups = iam_backends[account_id][partition].get_groups_for_user(holder.name)
    for one in (holder, *groups):
        kind = one.arn.split(":", 5)[5].partition("/")[0]
        for name, text in one.policies.items():
            yield f"{kind}_{one.name}_{name}", text
        for policy in one.managed_policies.values():
            yield policy.name, _default(policy)


def caller_arn(principal: str, account_id: str) -> str:
    """The ARN of the user, or of the role's session, with this access key; what is no such key as it is."""
    for partition, backend in iam_backends[account_id].items():
        key = backend.access_keys.get(principal)
        if key is not None and key.role_arn:
            session = sts_backends[account_id][partition].get_assumed_role_from_access_key(principal)
            return str(session.arn if session is not None else key.role_arn)
        user = backend.users.get(str(key.user_name)) if key is not None else None
        if user is not None:
            return str(user.arn)
    return principal


def session_arn(role_arn: str, session: str) -> str:
    """The ARN of a session of a role."""
    _, partition, _, _, account_id, resource = role_arn.split(":", 5)
    return f"arn:{partition}:sts::{account_id}:assumed-role/{resource.rpartition('/')[2]}/{session}"


def trusted_services(role_arn: str, kind: str = "Service") -> tuple[str, ...] | None:
    """The services, or other principals, that may assume the role, sorted; None if no such role."""
    role = find_principal(role_arn)
    if role is None:
        return None
    document = json.loads(role.assume_role_policy_document)
    return tuple(
        sorted(
            {
                principal
                for statement in as_list(document.get("Statement"))
                if statement.get("Effect") == "Allow"
                for principal in _principals(statement.get("Principal"), kind)
                if {"sts:AssumeRole", "sts:*", "*"} & set(as_list(statement.get("Action")))
            }
        )
    )


def trusts(role_arn: str, service: str, context: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a service may assume a role in a request with this context (keys in lower case)."""
    role = find_principal(role_arn)
    document = json.loads(role.assume_role_policy_document) if role is not None else {}
    statements = [
        {**statement, "Resource": "*"}
        for statement in as_list(document.get("Statement"))
        if service in _principals(statement.get("Principal"), "Service")
    ]
    policy = compiled(json.dumps({**document, "Statement": statements}))
    return policy.decide(Request(action="sts:AssumeRole", context=context)) is Decision.ALLOWED


def _principals(principal: Any, kind: str) -> list[str]:
    named: list[str] = as_list(principal.get(kind)) if isinstance(principal, dict) else []
    return ["*"] if (principal, kind) == ("*", "AWS") else named


_WITH_PATHS: Final = {
    "role": "roles",
    "user": "users",
    "group": "groups",
    "instance-profile": "instance_profiles",
}


def with_path(arn: str) -> str:
    """The full ARN of a role, user, group or instance profile that a call named without its path."""
    kind, _, rest = arn.split(":", 5)[-1].partition("/")
    found = _backend(arn) if ":iam:" in arn and kind in _WITH_PATHS else None
    held = getattr(found, _WITH_PATHS[kind]) if found is not None else {}
    name = rest.rpartition("/")[2]
    return next((str(one.arn) for one in held.values() if one.name == name), arn)


def profile_roles(profile: str, partition: str, account_id: str) -> tuple[str, ...]:
    """The ARNs of the roles in an instance profile, by its name or ARN; none if there is no such profile."""
    name = profile.rpartition("/")[2]
    held = iam_backends[account_id][partition].instance_profiles.values()
    return tuple(str(role.arn) for one in held if one.name == name for role in one.roles)


def _backend(arn: str) -> Any | None:
    """moto's IAM of the account in an ARN; None for an ARN that names none."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[1] not in iam_backends[parts[4]]:
        return None
    return iam_backends[parts[4]][parts[1]]


def find_principal(arn: str) -> Any | None:
    """The user, the group, or the role that the ARN names or is a session of."""
    backend = _backend(arn)
    if backend is None:
        return None
    kind, *names = arn.split(":", 5)[5].split("/")
    if kind == "assumed-role" and len(names) == 2:
        return next((role for role in backend.roles.values() if role.name == names[0]), None)
    held = {"role": backend.roles, "user": backend.users, "group": backend.groups}.get(kind, {})
    return next((one for one in held.values() if one.arn == arn), None)


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
    return {
        "aws:currenttime": (utcnow().isoformat() + "Z",),
        "aws:principalaccount": (account_id,),
        "aws:principalarn": (holder.arn,),
        "aws:principaltype": (kind,),
        "aws:requestedregion": (region,),
        "aws:securetransport": ("true",),
        **organization_key("principal", account_id, holder.arn.split(":")[1]),
        **{f"aws:principaltag/{key.lower()}": (value,) for key, value in tags_of(holder).items()},
    }


def organization_key(of: str, account_id: str, partition: str) -> dict[str, tuple[str, ...]]:
    """aws:PrincipalOrgID or aws:ResourceOrgID of an account; none outside of organizations.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    # Imported by the first call of Organizations, and has nothing before.
    models: Any = sys.modules.get("moto.organizations.models")
    if models is None:
        return {}
    backends = models.organizations_backends
    manager, where = backends.master_accounts.get(account_id, (account_id, partition))
    organization = backends[manager][where].org
    return {} if organization is None else {f"aws:{of}orgid": (str(organization.id),)}


def tags_of(principal: Any) -> dict[str, str]:
    """The tags of a principal, or of none; moto keeps those of users in a list."""
    tags = getattr(principal, "tags", None) or []
    pairs: Iterable[Mapping[str, str]] = tags.values() if isinstance(tags, dict) else tags
    return {tag["Key"]: tag["Value"] for tag in pairs}
