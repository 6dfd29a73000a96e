"""The caller of a request, found by its access key, and what callers may see of each other's launches.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/permissions-examples.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from catalog_emulator.iam import Access, DeniedError, access_of
from catalog_emulator.iam.patterns import Values
from catalog_emulator.servicecatalog.exceptions import InvalidParameters
from catalog_emulator.settings import settings
from catalog_emulator.wildcards import Wild, Wildcards, tokens

_LEVELS = ("Account", "Role", "User")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """An IAM user, group or role. A user recreated with the same name has another id."""

    arn: str
    unique_id: str


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An IAM user or a role session. `identities` are what principals of portfolios are compared with.

    `session_arn` is the ARN that STS returns; for a user it equals `arn`.
    """

    account_id: str
    arn: str
    session_arn: str
    identities: tuple[Identity, ...] = ()


def caller_of(principal: str, account_id: str, partition: str) -> Caller:
    """The caller with this access key or ARN. One unknown to IAM is moto's anonymous user."""
    backend: Any = iam_backends[account_id][partition]
    key = backend.access_keys.get(principal)
    if key is not None and key.role_arn:
        session = sts_backends[account_id][partition].get_assumed_role_from_access_key(principal)
        session_arn = session.arn if session is not None else key.role_arn
        return _session(backend, account_id, key.role_arn, session_arn)
    kind, _, name = principal.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        arns = (role.arn for role in backend.roles.values() if role.name == name.split("/")[0])
        return _session(backend, account_id, next(arns, principal), principal)
    user = backend.users.get(key.user_name if key is not None else name.rpartition("/")[2])
    if user is not None:
        groups = [_identity(group) for group in backend.get_groups_for_user(user.name)]
        return Caller(
            account_id=account_id, arn=user.arn, session_arn=user.arn, identities=(_identity(user), *groups)
        )
    arn = f"arn:{partition}:iam::{account_id}:user/moto"
    return Caller(account_id=account_id, arn=arn, session_arn=arn)


def principal_of(caller: Caller) -> str:
    """Whose policies limit what a caller does: the session's ARN; none for moto's anonymous user."""
    return caller.session_arn if settings.authorize and caller.identities else ""


def access_of_caller(caller: Caller, region: str) -> Access | None:
    """What the caller's policies allow; None for moto's anonymous user, who may do everything."""
    principal = principal_of(caller)
    if not principal:
        return None
    # A user or role that was deleted since may do nothing.
    return access_of(principal, region=region) or Access(arn=principal, policies=())


def denial(
    caller: Caller, region: str, action: str, resource: str | None = "*", context: Values | None = None
) -> str:
    """Why the caller's policies do not allow an action, with AWS's message; empty if they do."""
    access = access_of_caller(caller, region)
    try:
        if access is not None:
            access.check(action, resource, context)
    except DeniedError as error:
        return str(error)
    return ""


def find_identity(arn: str, account_id: str, partition: str) -> Identity | None:
    """The user, group or role with this ARN, when it exists in the account."""
    backend: Any = iam_backends[account_id][partition]
    return next((_identity(one) for one in _all(backend) if one.arn == arn), None)


def is_pattern(arn: str) -> bool:
    """Whether it has the form of an IAM_PATTERN principal: no account, a kind without wildcards, a name."""
    return re.fullmatch(r"arn:[a-z0-9-]+:iam:::(role|user|group)/[\w+=,.@/*?-]+", arn) is not None


def matches(pattern: str, arn: str) -> bool:
    """Whether an IAM_PATTERN matches an identity's ARN: `*` is any run, `?` one character or none.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
    """
    without_account = re.sub(r"^(arn:[^:]+:iam::)\d{12}:", r"\1:", arn)
    return Wildcards(tokens(pattern, {"*": Wild.TEXT, "?": Wild.ONE_OR_NONE})).match(without_account)


def sees(caller: Caller, level: Mapping[str, str] | None, owner: Caller) -> bool:
    """Whether a list at this access level shows an owner's launches. The default is User, the same session.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AccessLevelFilter.html
    """
    value = (level or {}).get("Value", "self")
    if value != "self":
        raise InvalidParameters(f"The value of an access level filter must be self: {value}")
    return (level or {}).get("Key", "User") in _shared(caller, owner)


def condition_keys(
    operation: str, request: Mapping[str, Any], caller: Caller, owner: Caller | None
) -> dict[str, tuple[str, ...]]:
    """The context for policies: the access level of a list, or the levels that caller and owner share.

    A wider level includes the narrower ones. Without an owner the call is not about a launch.
    """
    if owner is not None:
        levels = _shared(caller, owner)
    elif operation in ("ListRecordHistory", "ScanProvisionedProducts", "SearchProvisionedProducts"):
        default = "Account" if operation == "SearchProvisionedProducts" else "User"
        level = request.get("AccessLevelFilter")
        requested = level.get("Key", default) if isinstance(level, dict) else default
        levels = _LEVELS[: _LEVELS.index(requested) + 1] if requested in _LEVELS else ()
    else:
        levels = _LEVELS
    return {f"servicecatalog:{level.lower()}level": ("self",) for level in levels}


def _session(backend: Any, account_id: str, role_arn: str, session_arn: str) -> Caller:
    try:
        identities: tuple[Identity, ...] = (_identity(backend.get_role_by_arn(role_arn)),)
    except NotFoundException:  # moto lets anybody assume a role that does not exist
        identities = ()
    return Caller(account_id=account_id, arn=role_arn, session_arn=session_arn, identities=identities)


def _all(backend: Any) -> Iterator[Any]:
    yield from backend.roles.values()
    yield from backend.users.values()
    yield from backend.groups.values()


def _identity(one: Any) -> Identity:
    return Identity(arn=one.arn, unique_id=one.id)


def _shared(caller: Caller, owner: Caller) -> tuple[str, ...]:
    if owner.session_arn == caller.session_arn:
        return _LEVELS
    return _LEVELS[:2] if owner.arn == caller.arn else _LEVELS[:1]
