"""Whose permissions make the stack of a template: a launch role's, those of a person …

The data is in trusts.yaml. Refuses to know what templates need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from publisher.errors import InputError
from publisher.permissions.known_types import Fact, read_data


@dataclass(frozen=True, kw_only=True)
class Trust:
    """One of them. `role` is the role's name with `{product}`, empty where there is none of its own.

    `principal` may assume it. `stack` and `named` are patterns of the names of its stacks: of any launch, and
    of the launch `{name}`. `policies` is how many there may be, 0 for as many as IAM allows.
    """

    name: str
    title: str
    role: str
    principal: Mapping[str, str] | None
    stack: str
    named: str
    policies: int
    source: str
    needs: tuple[Fact, ...]

    def stacks(self, launch: str = "") -> str:
        """How the stacks of any launch are called, or those of the launch of this name."""
        return self.named.replace("{name}", launch) if launch else self.stack

    def document(self, *, partition: str) -> dict[str, Any] | None:
        """The trust policy of its role, None where it has none of its own."""
        if self.principal is None:
            return None
        filled = {key: text.replace("${AWS::Partition}", partition) for key, text in self.principal.items()}
        statement = {"Effect": "Allow", "Principal": filled, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [statement]}


def trust(name: str) -> Trust:
    """By its name. Raises InputError with the names that there are."""
    if name not in trusts():
        raise InputError(f"--for '{name}' is unknown", hint=f"choose one of {', '.join(trusts())}")
    return trusts()[name]


@cache
def trusts() -> Mapping[str, Trust]:
    """All, by name."""
    return {
        name: Trust(
            name=name,
            title=one["title"],
            role=one["role"],
            principal=one["principal"],
            stack=one["stack"],
            named=one.get("named", one["stack"]),
            policies=one.get("policies", 0),
            source=one["source"],
            needs=tuple(Fact.of(entry) for entry in one["needs"]),
        )
        for name, one in read_data("trusts.yaml").items()
    }
