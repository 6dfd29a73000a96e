"""What policy documents allow, compared action by action. Knows no role and no AWS client."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.aws.account_roles import Document
from publisher.permissions.values import covers

# Operators by which a condition with more values is met more often.
_EXACT, _PATTERNS = frozenset({"StringEquals"}), frozenset({"ArnEquals", "ArnLike", "StringLike"})


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """One action on one resource, both may be patterns, under a condition (canonical JSON, or empty)."""

    action: str
    resource: str
    condition: str

    def __str__(self) -> str:
        return f"{self.resource} if {self.condition}" if self.condition else self.resource

    def covers(self, other: Grant) -> bool:
        """Whether it allows, or denies, all of the other."""
        return (
            covers(self.action.lower(), other.action.lower())
            and covers(self.resource, other.resource)
            and _met_with(self.condition, other.condition)
        )


@dataclass(frozen=True, kw_only=True)
class ChangedAction:
    """An action that is allowed before and after, but not in the same cases."""

    action: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {"action": self.action, "added": list(self.added), "removed": list(self.removed)}


@dataclass(frozen=True, kw_only=True)
class GrantChanges:
    """How what documents allow changes; `changed` are actions that they allow before and after."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[ChangedAction, ...] = ()

    @property
    def granted(self) -> tuple[str, ...]:
        """The actions that are allowed in more cases than before."""
        return tuple(sorted((*self.added, *(it.action for it in self.changed if it.added))))

    @property
    def narrows(self) -> bool:
        """Whether something was allowed that no longer is."""
        return bool(self.removed) or any(it.removed for it in self.changed)

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "added_actions": list(self.added),
            "removed_actions": list(self.removed),
            "changed_actions": [it.document() for it in self.changed],
        }


NO_CHANGES = GrantChanges()


def grant_changes(before: Iterable[Document], after: Iterable[Document]) -> GrantChanges:
    """How what these documents allow changes, sorted."""
    old, new = _Allowed(before), _Allowed(after)
    added, removed = _by_action(old.missing(new)), _by_action(new.missing(old))
    changed = {
        action
        for action in added.keys() | removed.keys()
        if old.allows_somewhere(action) and new.allows_somewhere(action)
    }
    return GrantChanges(
        added=tuple(sorted(added.keys() - changed)),
        removed=tuple(sorted(removed.keys() - changed)),
        changed=tuple(
            ChangedAction(action=it, added=added.get(it, ()), removed=removed.get(it, ()))
            for it in sorted(changed)
        ),
    )


def canonical(document: Document) -> str:
    """The same text for documents that mean the same: IAM keeps no order, and single values need no list."""
    rest = {key: value for key, value in document.items() if key != "Statement"}
    statements = sorted(json.dumps(_sorted(it), sort_keys=True) for it in _listed(document.get("Statement")))
    return json.dumps([rest, statements], sort_keys=True)


class _Allowed:
    """The grants of documents: those of one action are found by its name, patterns are tried one by one."""

    def __init__(self, documents: Iterable[Document]) -> None:
        documents = list(documents)
        self.grants = set(_grants(documents, "Allow"))
        self._denied = set(_grants(documents, "Deny"))
        self._named: defaultdict[str, list[Grant]] = defaultdict(list)
        for grant in self.grants:
            self._named["*" if {"*", "?"} & {*grant.action} else grant.action.lower()].append(grant)

    def missing(self, other: _Allowed) -> Iterator[Grant]:
        """What the other allows and these do not."""
        return (it for it in other.grants if other.allows(it) and not self.allows(it))

    def allows(self, grant: Grant) -> bool:
        """Whether all of it is allowed."""
        if any(it.covers(grant) for it in self._denied):
            return False
        return grant in self.grants or any(it.covers(grant) for it in self._about(grant.action))

    def allows_somewhere(self, action: str) -> bool:
        """Whether an action is allowed on anything."""
        return any(
            covers(it.action.lower(), action.lower()) and self.allows(replace(it, action=action))
            for it in self._about(action)
        )

    def _about(self, action: str) -> Iterable[Grant]:
        return (*self._named.get(action.lower(), ()), *self._named.get("*", ()))


def _by_action(grants: Iterable[Grant]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for grant in sorted(grants):
        found[grant.action].append(str(grant))
    return {action: tuple(it) for action, it in found.items()}


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


def _met_with(condition: str, other: str) -> bool:
    """Whether a condition is met whenever the other one is."""
    if condition in ("", other):
        return True
    if not other:
        return False
    ours, theirs = json.loads(condition), json.loads(other)
    return all(
        key in theirs.get(operator, {}) and _values_met(operator, values, theirs[operator][key])
        for operator, keys in ours.items()
        for key, values in keys.items()
    )


def _values_met(operator: str, values: Any, theirs: Any) -> bool:
    if operator not in _EXACT | _PATTERNS:
        return bool(values == theirs)
    match = covers if operator in _PATTERNS else str.__eq__
    return all(any(match(str(it), str(one)) for it in _listed(values)) for one in _listed(theirs))


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
