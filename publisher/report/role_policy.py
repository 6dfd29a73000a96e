"""The policies of a role, statement by statement: what each allows, on what, and what it is needed for.

A view of needs and policies that were derived elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from publisher.errors import and_more
from publisher.permissions import Derivation, Need, Policy
from publisher.permissions.iam_reference import action, matching
from publisher.permissions.iam_writes import BOUNDARY_KEY, POLICY_KEY
from publisher.permissions.need import canonical
from publisher.permissions.policies import POLICY_SIZE
from publisher.permissions.values import ACCOUNT, PARTITION, UNKNOWN, covers
from publisher.report.arn_text import readable_arns

# IAM's access levels, those first that a reader looks for.
_LEVELS = ("Permissions management", "Write", "Tagging", "Read", "List")
_OTHER = "Other"
_SOURCE = re.compile(r" \((https://[^\s()]+)\)$")
_OPERATORS = {
    "ArnEquals": "is",
    "ArnLike": "is",
    "ArnNotEquals": "is not",
    "ArnNotLike": "is not",
    "Bool": "is",
    "Null": "is absent:",
    "StringEquals": "is",
    "StringLike": "is",
    "StringNotEquals": "is not",
    "StringNotLike": "is not",
}
_SETS = {"ForAllValues": "each value of ", "ForAnyValue": "a value of "}
# What a condition key says, for the operators that demand a value.
_SAYS = {
    BOUNDARY_KEY: "the role has the permissions boundary {}",
    POLICY_KEY: "it is the policy {}",
    "iam:PassedToService": "the role is passed to {}",
    "kms:GrantIsForAWSResource": "an AWS service asks for the grant",
    "kms:ViaService": "a service uses the key in the caller's name ({})",
    "ec2:Vpc": "the network is {}",
    "aws:ResourceOrgID": "the resource is of the organization {}",
}
_TAGS = {
    "s3:ExistingObjectTag/": "the object has the tag {}",
    "aws:ResourceTag/": "the resource has the tag {}",
    "aws:RequestTag/": "the request sets the tag {}",
}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a statement has some of its actions. `subjects`: resources, types or parameters that need them.

    `source` is a page of AWS, or empty. No `actions`: it is why the statement has all of them; `but`: all but
    these.
    """

    why: str
    subjects: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    but: bool = False
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a statement allows. `actions` are by IAM's access level, without the prefix of the one `service`.

    `resources` are readable, `arns` as IAM takes them. `wide` says why they are all resources, empty where
    they are not. `but_actions`, `but_resources`: all others are meant.
    """

    sid: str
    service: str
    actions: tuple[tuple[str, tuple[str, ...]], ...]
    resources: tuple[str, ...]
    arns: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    wide: tuple[Reason, ...] = ()
    but_actions: bool = False
    but_resources: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """One managed policy. `text` is its JSON, as the command policy prints it."""

    name: str
    characters: int
    most: int
    statements: tuple[Statement, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class RolePolicy:
    """A role's policies. `boundary` is what the roles of a launch can do at most, None if it is not derived.

    `boundary_name` is its name, or that of one that exists. `warnings` say why the role is equivalent to an
    administrator, or which roles of the template lack the boundary, `note` why there are no documents.
    """

    role: str
    title: str = ""
    documents: tuple[Document, ...] = ()
    boundary: Document | None = None
    boundary_name: str = ""
    warnings: tuple[str, ...] = ()
    note: str = ""

    @property
    def wide(self) -> int:
        """How many statements are for all resources."""
        return sum(bool(it.wide) for document in self.documents for it in document.statements)

    @property
    def statements(self) -> int:
        """How many statements there are."""
        return sum(len(document.statements) for document in self.documents)


def underived_role(role: str, note: str, *, title: str = "") -> RolePolicy:
    """A role whose policies are not derived: it exists already, or they cannot be."""
    return RolePolicy(role=role, note=note, title=title)


def role_policy(
    role: str,
    derived: Derivation,
    *,
    boundary: str = "",
    title: str = "",
    partition: str = "",
    account_id: str = "",
) -> RolePolicy:
    """The view of a role; with a partition and account its ARNs are whole, else they are of any account.

    `boundary` is the ARN or the name of the policy that the roles of a launch have.
    """
    place = _Place(partition, account_id)
    name = place.fill(boundary).rpartition("policy/")[2]
    return RolePolicy(
        role=role,
        title=title,
        documents=tuple(
            _document(f"{role}-{it.number}", it, derived.needs, place) for it in derived.policies
        ),
        boundary=_document(name, derived.boundary, (), place) if derived.boundary else None,
        boundary_name=name,
        warnings=(
            *(f"equivalent to an administrator, because {why}" for why in derived.administrator),
            *(f"{place.fill(why)}: {and_more(names)}" for why, names in derived.unbounded.items()),
        ),
    )


@dataclass(frozen=True)
class _Place:
    partition: str
    account_id: str

    def fill(self, text: str) -> str:
        if self.account_id:
            text = text.replace(ACCOUNT, self.account_id)
        return text.replace(PARTITION, self.partition) if self.partition else text


def _document(name: str, policy: Policy, needs: Sequence[Need], place: _Place) -> Document:
    whole = policy.document
    if place.partition and place.account_id:
        whole = policy.resolved(partition=place.partition, account_id=place.account_id)
    return Document(
        name=name,
        characters=len(policy.text),
        most=POLICY_SIZE,
        statements=tuple(_statement(it, needs, place) for it in policy.document["Statement"]),
        text=json.dumps(whole, indent=1, ensure_ascii=True),
    )


def _statement(statement: Mapping[str, Any], needs: Sequence[Need], place: _Place) -> Statement:
    but_actions, but_resources = "NotAction" in statement, "NotResource" in statement
    actions = _texts(statement.get("NotAction" if but_actions else "Action"))
    arns = _texts(statement.get("NotResource" if but_resources else "Resource"))
    services = {name.partition(":")[0] for name in actions}
    short = len(services) == 1 and "*" not in services
    met = list(_met(statement, actions, arns, needs))
    if short:
        met = [replace(it, action=it.action.partition(":")[2]) for it in met]
    return Statement(
        sid=str(statement.get("Sid", "")),
        service=min(services) if short else "",
        actions=_by_level(actions, short=short),
        resources=readable_arns(map(place.fill, arns), place.account_id),
        arns=tuple(map(place.fill, arns)),
        conditions=tuple(_conditions(statement.get("Condition", {}), place)),
        reasons=_reasons((it.action, it.reason) for it in met),
        wide=_reasons((it.action, it.why_wide) for it in met if it.why_wide and UNKNOWN in arns),
        but_actions=but_actions,
        but_resources=but_resources,
    )


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _met(
    statement: Mapping[str, Any], actions: Sequence[str], arns: Sequence[str], needs: Sequence[Need]
) -> Iterator[Need]:
    """The needs that a statement meets; it may be wider than they are."""
    condition = canonical(statement.get("Condition", {}))
    exact, patterns = set(actions), [it for it in actions if "*" in it]
    for need in needs:
        if (
            need.condition == condition
            and (not need.sid or need.sid == statement.get("Sid"))
            and (need.action in exact or any(fnmatchcase(need.action, one) for one in patterns))
            and any(covers(mine, one) for mine in arns for one in need.resources)
        ):
            yield need


def _by_level(actions: Sequence[str], *, short: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, list[str]] = {}
    for name in actions:
        found.setdefault(_level(name), []).append(name.partition(":")[2] if short else name)
    return tuple((level, tuple(found[level])) for level in (*_LEVELS, _OTHER) if level in found)


def _level(name: str) -> str:
    """The first of IAM's access levels that the action has, or one that its pattern matches."""
    known = [it for one in matching(name) if (it := action(one))] if "*" in name else [action(name)]
    levels = {level for it in known if it for level in it.access}
    return next((level for level in _LEVELS if level in levels), _OTHER)


def _reasons(found: Iterable[tuple[str, str]]) -> tuple[Reason, ...]:
    """Each reason of (action, reason) once, with the subjects and actions that it is of."""
    actions: dict[tuple[str, str, str], set[str]] = {}
    for name, reason in found:
        actions.setdefault(_parsed(reason), set()).add(name)
    whole = set().union(*actions.values())
    subjects: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (subject, why, source), names in sorted(actions.items()):
        subjects.setdefault((why, source, tuple(sorted(names))), []).append(subject)
    return tuple(
        Reason(
            why=why,
            subjects=tuple(filter(None, some)),
            actions=tuple(sorted(whole.difference(names))) if 2 * len(names) > len(whole) else names,
            but=2 * len(names) > len(whole) > len(names),
            source=source,
        )
        for (why, source, names), some in subjects.items()
    )


def _parsed(reason: str) -> tuple[str, str, str]:
    """(subject, why, source) of a need's reason."""
    source = match[1] if (match := _SOURCE.search(reason)) else ""
    text = _SOURCE.sub("", reason)
    subject, found, why = text.partition(": ")
    return (subject, why, source) if found else ("", text, source)


def _conditions(condition: Mapping[str, Mapping[str, Any]], place: _Place) -> Iterator[str]:
    for operator, keys in condition.items():
        for key, expected in keys.items():
            values = [place.fill(it) for it in _texts(expected)]
            yield _condition(operator, key, values, place.account_id)


def _condition(operator: str, key: str, values: Sequence[str], account_id: str) -> str:
    several, _, plain = operator.rpartition(":")
    optional = plain.endswith("IfExists")
    plain = plain.removesuffix("IfExists")
    shown = " or ".join(readable_arns(values, account_id))
    says = _SAYS.get(key)
    for begin, text in _TAGS.items():
        if key.startswith(begin):
            tag = key.removeprefix(begin)
            says, shown = text, tag if list(values) == [UNKNOWN] else f"{tag} = {shown}"
    if says and not several and _OPERATORS.get(plain) == "is":
        # A boundary's text begins with what kind it is.
        told = says.format(shown.removeprefix("policy "))
    else:
        told = f"{_SETS.get(several, several)}{key} {_OPERATORS.get(plain, plain)} {shown}"
    return f"{told}, or there is none" if optional else told
