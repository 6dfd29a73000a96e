"""A rule: names that are made of the stack's name are valid when the stack is that of a launch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from publisher.permissions.known_types import Knowledge, read_data
from publisher.permissions.names import Names
from publisher.permissions.scope import Scope
from publisher.permissions.values import ACCOUNT, PARTITION, UNKNOWN, Values
from publisher.templates.checks import Check, Found
from publisher.templates.render import Rendered
from publisher.templates.resource_schemas import schema_of

# The stack of a launch. How long its last part is is not documented; those that are seen have 13 characters,
# the stricter is one more.
_LAUNCHED = f"SC-{'1' * 12}-pp-{'a' * 14}"
_SHOWN = "SC-<account>-pp-<13 characters>"
_MARK = "\ue000"
_STACK = re.compile(r"AWS::Stack(?:Name|Id)\b")
# A name is shorter; what is longer is some document.
_LONGEST_NAME = 2000
# Any value; the smallest one is counted.
_FILLED = {PARTITION: "aws", ACCOUNT: "1" * 12, UNKNOWN: "a"}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a property takes."""

    pattern: str = ""
    longest: int | None = None

    def refusal(self, text: str, other: str) -> str:
        """Why `text` is not taken though `other`, with another name of the stack, is; nothing if it is."""
        longest = self.longest
        if longest is not None and len(text) > longest >= len(other):
            return f"it has at least {len(text)} characters, at most {longest} are allowed"
        if not self.pattern or self._matches(text) or not self._matches(other):
            return ""
        if self._matches(text.replace("SC-", "sc-")):
            return "capital letters are not allowed"
        if self._matches(re.sub("(?<=[A-Za-z0-9])-(?=[A-Za-z0-9])", "", text)):
            return "hyphens are not allowed"
        return f"it must match {self.pattern}"

    def _matches(self, text: str) -> bool:
        return re.search(self.pattern, text) is not None


@Check.of(
    "T115",
    "servicecatalog/latest/adminguide/constraints-launch.html",
    hint="leave the name out, so that CloudFormation makes one; or build it from parameters",
    severity="warning",
)
def stack_names(rendered: Rendered) -> Iterator[Found]:
    """Names made of the stack's name are valid in a launch."""
    launched, marked = (
        Names(rendered.template, Scope(stack=stack, region="us-east-1")) for stack in (_LAUNCHED, _MARK)
    )
    for name in sorted(launched.resources):
        for key, value in sorted(launched.properties(name).items()):
            if not isinstance(value, Mapping) or not _STACK.search(json.dumps(value)):
                continue
            allowed, possible = limits(launched.type_of(name), key), _filled(launched.values, value)
            for text in _filled(marked.values, value):
                whole = text.replace(_MARK, _LAUNCHED)
                refusal = allowed.refusal(whole, text.replace(_MARK, "aaa")) if whole in possible else ""
                if refusal:
                    message = f"{key} is made of the stack's name, {_SHOWN} in a launch: {refusal}"
                    yield ("Resources", name, "Properties", key), message
                    break


def _filled(values: Values, expression: Any) -> list[str]:
    """What an expression can become, with the smallest values in the place of those that are not known."""
    found = []
    for text in values.texts(expression):
        for unknown, smallest in _FILLED.items():
            text = text.replace(unknown, smallest)
        found.append(text[:_LONGEST_NAME])
    return found


@cache
def limits(type_name: str, key: str) -> Limits:
    """What a property of a type takes, as far as it is known."""
    schema = (schema_of(type_name) or {}).get("properties", {}).get(key)
    schema = schema if isinstance(schema, Mapping) else {}
    ours = _others().get(type_name, {})
    ours = ours if ours.get("property") == key else {}
    named = Knowledge.load().physical_names.get(type_name, {})
    longest = ours.get("longest") or schema.get("maxLength")
    if longest is None and named.get("property") == key:
        longest = named["longest"]
    return Limits(pattern=ours.get("pattern") or schema.get("pattern", ""), longest=longest)


@cache
def _others() -> Mapping[str, Mapping[str, Any]]:
    """The limits that schemas lack, by type."""
    found: Mapping[str, Mapping[str, Any]] = read_data("name_limits.yaml")
    return found
