"""Access levels: whose provisioned products and records a caller sees, in lists and by his policies.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/permissions-examples.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException

_LEVELS = ("Account", "Role", "User")


def sees(caller: Caller, level: Mapping[str, str] | None, owner: Caller) -> bool:
    """Whether a list at this level (by default User: what this very session made) shows an owner's things.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AccessLevelFilter.html
    """
    value = (level or {}).get("Value", "self")
    if value != "self":
        raise InvalidParametersException(f"The value of an access level filter is self, not {value}")
    return (level or {}).get("Key", "User") in _shared(caller, owner)


def condition_keys(
    operation: str, request: Mapping[str, Any], caller: Caller, owner: Caller | None
) -> dict[str, tuple[str, ...]]:
    """The context that policies are asked with: a list's level, or how near the caller is to the owner.

    Access at a wider level includes the narrower ones. Without an owner the call is about nothing launched.
    """
    if owner is not None:
        levels = _shared(caller, owner)
    elif operation in ("ListRecordHistory", "ScanProvisionedProducts", "SearchProvisionedProducts"):
        default = "Account" if operation == "SearchProvisionedProducts" else "User"
        level = request.get("AccessLevelFilter")
        wanted = level.get("Key", default) if isinstance(level, dict) else default
        levels = _LEVELS[: _LEVELS.index(wanted) + 1] if wanted in _LEVELS else ()
    else:
        levels = _LEVELS
    return {f"servicecatalog:{level.lower()}level": ("self",) for level in levels}


def _shared(caller: Caller, owner: Caller) -> tuple[str, ...]:
    if owner.session_arn == caller.session_arn:
        return _LEVELS
    return _LEVELS[:2] if owner.arn == caller.arn else _LEVELS[:1]
