"""What policy documents allow, compared action by action. Knows no role and no AWS client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from publisher.aws.account_roles import Document


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action on one resource, both may be patterns, under a condition (canonical JSON, or empty)."""

    action: str
    resource: str
    condition: str

    def covers(self, other: Grant) -> bool:
        """Whether it allows, or denies, all of the other."""
        return (
            fnmatchcase(other.action.lower(), self.action.lower())
            and fnmatchcase(other.resource, _literal(self.resource))
            and self.condition in ("", other.condition)
        )


def missing_actions(wanted: Iterable[Document], granted: Iterable[Document]) -> tuple[str, ...]:
    """The actions that `wanted` allows somewhere where `granted` does not allow them, sorted."""
    granted = list(granted)
    allowed, denied = set(_grants(granted, "Allow")), set(_grants(granted, "Deny"))
    return tuple(
        sorted(
            {
                want.action
                for want in _grants(wanted, "Allow")
                if any(it.covers(want) for it in denied)
                or not (want in allowed or any(it.covers(want) for it in allowed))
            }
        )
    )


def canonical(document: Document) -> str:
    """The same text for documents that mean the same: IAM keeps no order, and single values need no list."""
    rest = {key: value for key, value in document.items() if key != "Statement"}
    statements = sorted(json.dumps(_sorted(it), sort_keys=True) for it in _listed(document.get("Statement")))
    return json.dumps([rest, statements], sort_keys=True)


def _grants(documents: Iterable[Document], effect: str) -> Iterator[Grant]:
    for document in documents:
        for statement in _listed(document.get("Statement")):
            if not isinstance(statement, Mapping) or statement.get("Effect") != effect:
                continue
            condition = statement.get("Condition")
            for action in _listed(statement.get("Action")):
                for resource in _listed(statement.get("Resource")):
                    yield Grant(
                        action=str(action),
                        resource=str(resource),
                        condition=json.dumps(_sorted(condition), sort_keys=True) if condition else "",
                    )


def _literal(pattern: str) -> str:
    """IAM's patterns have * and ?, but no sets."""
    return pattern.replace("[", "[[]")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _sorted(value: Any) -> Any:
    """Without the order of lists, and lists of one value as that value."""
    if isinstance(value, Mapping):
        return {key: _sorted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        inner = sorted((_sorted(it) for it in value), key=lambda it: json.dumps(it, sort_keys=True))
        return inner[0] if len(inner) == 1 else inner
    return value
