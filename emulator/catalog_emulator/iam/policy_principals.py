"""Refuses trust and resource policies that are no JSON, or for service principals that do not exist.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial, wraps
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, Final

from moto.core.exceptions import ServiceException

from catalog_emulator.iam.actions import names
from catalog_emulator.iam.patterns import as_list
from catalog_emulator.iam.reference import services

_SUFFIX: Final = re.compile(r"(\.[a-z]{2}(-[a-z]+)+-\d)?\.(amazonaws\.com(\.cn)?|aws\.internal)$")
# Their arguments that are policies.
_POLICIES: Final = ("policy", "policy_text")


def is_service(principal: str) -> bool:
    """Whether a service has this principal, also in the form of a Region.

    Not every service with actions has one, so that a few are taken that AWS refuses.
    """
    name, suffixes = _SUFFIX.subn("", principal)
    known = suffixes and (name in services() or f"{name}.amazonaws.com" in _special())
    return bool(known) or principal in _special()


@cache
def check_principals(service: str) -> None:
    """Makes a service, by the name of moto's module, refuse such policies."""
    row = names()["principals"].get(service)
    if row is None:
        return
    owner = getattr(import_module(f"moto.{service}.models"), row["backend"])
    # moto finds the service of an error by its module, or knows the class.
    module = f"moto.{service}.exceptions"
    kind = getattr(import_module(module), row["error"]) if "error" in row else ServiceException
    error: Any = type("RefusedPolicy", (kind,), {"__module__": module})
    for name in row["calls"]:
        method = getattr(owner, name)
        setattr(owner, name, _checked(method, partial(error, row["code"]), row["message"]))


def _checked(
    method: Callable[..., Any], error: Callable[[str], Exception], message: str
) -> Callable[..., Any]:
    read = signature(method)

    @wraps(method)
    def checked(*arguments: Any, **named: Any) -> Any:
        for name, value in read.bind(*arguments, **named).arguments.items():
            if name in _POLICIES and value and not _is_object(value):
                raise error("This policy contains invalid Json")
            for principal in _principals(value):
                if not is_service(principal):
                    raise error(message.format(principal))
        return method(*arguments, **named)

    return checked


def _is_object(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (RecursionError, TypeError, ValueError):
        return False


def _principals(value: Any) -> Iterator[str]:
    """The services in a policy, in attributes with one, or in a permission of Lambda."""
    if isinstance(value, Mapping):
        value = value.get("Policy")
    try:
        document = json.loads(value) if isinstance(value, str | bytes) else None
    except (RecursionError, ValueError):
        return
    if not isinstance(document, dict):
        return
    if isinstance(document.get("Principal"), str) and "." in document["Principal"]:
        yield document["Principal"]
    for statement in as_list(document.get("Statement")):
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element) if isinstance(statement, dict) else None
            if isinstance(principals, dict):
                yield from (one for one in as_list(principals.get("Service")) if isinstance(one, str))


@cache
def _special() -> frozenset[str]:
    lines = Path(__file__).with_name("service_principals.txt").read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
