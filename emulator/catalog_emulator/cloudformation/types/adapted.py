"""The types that one adapter makes: a row of `adapted.json` names the calls of a type.

A row has the service and its operations: create, read, delete (`a+b` one after the other), changes.
The rows are made of the schemas' handlers, and proven by tests/cloudformation/test_adapted.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore import xform_name


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The operations of a service that make a type's resources, by boto3's names.

    `members` are those that no property is named like: a constant, or `$` and the name of the property.
    `details` show what `read` does not; `undoing` is the call that takes back a change.
    """

    service: str
    create: str
    read: str
    details: tuple[str, ...]
    delete: tuple[str, ...]
    changes: tuple[str, ...]
    undoing: Mapping[str, str]
    members: Mapping[str, Any]

    @property
    def renamed(self) -> Mapping[str, str]:
        """Members by the property that they stand for."""
        return {value[1:]: name for name, value in self.members.items() if str(value)[:1] == "$"}


@cache
def adapted() -> Mapping[str, Calls]:
    """The calls by type."""
    found = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return {name: _calls(row, found["members"].get(name, {})) for name, row in found["calls"].items()}


def _calls(row: str, members: Mapping[str, Any]) -> Calls:
    service, create, reads, delete, *changes = row.split()
    read, *details = map(xform_name, reads.split("+"))
    pairs = [one.partition("/") for one in changes]
    return Calls(
        service=service,
        create=xform_name(create),
        read=read,
        details=tuple(details),
        delete=tuple(map(xform_name, delete.split("+"))),
        changes=tuple(xform_name(change) for change, _, _ in pairs),
        undoing={xform_name(change): xform_name(undo) for change, _, undo in pairs if undo},
        members=members,
    )
