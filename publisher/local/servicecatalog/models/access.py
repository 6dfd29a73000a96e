"""Access levels: whose provisioned products and records a list shows."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.local.servicecatalog.caller import Caller
from publisher.local.servicecatalog.exceptions import InvalidParametersException


def sees(caller: Caller, level: Mapping[str, str] | None, owner: Caller) -> bool:
    """Whether a list at this level (by default User: what this very session made) shows an owner's things.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AccessLevelFilter.html
    """
    key = (level or {}).get("Key", "User")
    value = (level or {}).get("Value", "self")
    if value != "self":
        raise InvalidParametersException(f"The value of an access level filter is self, not {value}")
    match key:
        case "Account":
            return True
        case "Role":
            return owner.arn == caller.arn
        case _:
            return owner.session_arn == caller.session_arn
