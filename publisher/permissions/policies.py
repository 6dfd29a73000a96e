"""Needs become IAM policy documents: statements by service, packed as tightly as IAM's sizes allow.

Partition and account stay the pseudo parameters `${AWS::Partition}` and `${AWS::AccountId}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from publisher.errors import InputError
from publisher.permissions.folding import folded
from publisher.permissions.need import Need

# Characters without white space, policies a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_SIZE = 6144
POLICIES_PER_ROLE = 10

_ACCOUNT = "${AWS::AccountId}"
_EXACT = re.compile(r"(ForAllValues:|ForAnyValue:)?StringEquals(IfExists)?")

Statement = dict[str, Any]
# How many characters a document is taken to have.
Size = Callable[[str], int]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One managed policy: `number` counts from 1, `text` is the canonical JSON of its document."""

    number: int
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """The document as plain values, ARNs with pseudo parameters."""
        document: dict[str, Any] = json.loads(self.text)
        return document

    def resolved(self, *, partition: str, account_id: str) -> dict[str, Any]:
        """The document with its pseudo parameters replaced (`account_id` may be *)."""
        document = self.document
        for statement in document["Statement"] if account_id == "*" else ():
            if "Condition" in statement:
                statement["Condition"] = _with_patterns(statement["Condition"])
        text = json.dumps(document).replace("${AWS::Partition}", partition).replace(_ACCOUNT, account_id)
        resolved: dict[str, Any] = json.loads(text)
        return resolved


def _with_patterns(condition: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """StringEquals takes * literally, so what it compares with the account becomes StringLike."""
    found: dict[str, dict[str, Any]] = {}
    for operator, keys in condition.items():
        for key, values in keys.items():
            exact = _EXACT.fullmatch(operator) and _ACCOUNT in json.dumps(values)
            like = operator.replace("Equals", "Like") if exact else operator
            found.setdefault(like, {})[key] = values
    return found


def policies(needs: Iterable[Need], *, size: Size = len) -> tuple[Policy, ...]:
    """The documents, the same for the same needs. Raises InputError when a role cannot hold them."""
    documents = list(_packed(list(_statements(needs)), size))
    if len(documents) > POLICIES_PER_ROLE:
        raise InputError(
            f"the launch policy requires {len(documents)} managed policies, "
            f"a role can have at most {POLICIES_PER_ROLE}",
            hint="split the product, or set launch_role to an existing role",
        )
    return tuple(Policy(number=n, text=text_of(statements)) for n, statements in enumerate(documents, 1))


def explain(needs: Iterable[Need], action: str) -> tuple[Need, ...]:
    """The needs that an action (or a pattern such as s3:Get*) meets, in any case."""
    sought = action.lower()
    return tuple(
        need
        for need in needs
        if fnmatchcase(need.action.lower(), sought) or fnmatchcase(sought, need.action.lower())
    )


def _statements(needs: Iterable[Need]) -> Iterator[Statement]:
    """One statement for each service, resources and condition; what has no narrower form stands alone."""
    groups: dict[tuple[str, tuple[str, ...], str], set[str]] = {}
    for need in _merged(needs):
        groups.setdefault((_sid(need), need.resources, need.condition), set()).add(need.action)
    taken: dict[str, int] = {}
    for (sid, resources, condition), actions in sorted(groups.items()):
        taken[sid] = taken.get(sid, 0) + 1
        statement: Statement = {
            "Sid": sid if taken[sid] == 1 else f"{sid}{taken[sid]}",
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": resources[0] if len(resources) == 1 else list(resources),
        }
        if condition:
            statement["Condition"] = json.loads(condition)
        yield statement


def _merged(needs: Iterable[Need]) -> Iterator[Need]:
    """One need for each action and condition, on all resources of its reasons."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for need in needs:
        found.setdefault((need.action, need.condition, need.sid), set()).update(need.resources)
    for (action, condition, sid), resources in found.items():
        yield Need(action=action, reason="", resources=folded(resources), condition=condition, sid=sid)


def _sid(need: Need) -> str:
    """Says whether a statement is narrowed: `Only…` to resources; `AccountWide` names them all."""
    if need.sid:
        return need.sid
    service = "".join(word.capitalize() for word in need.action.partition(":")[0].split("-"))
    return "AccountWide" if need.resources == ("*",) else f"Only{service}"


def _packed(statements: Sequence[Statement], size: Size) -> Iterator[list[Statement]]:
    """Statements in order, a new document whenever the next one does not fit; too long ones are split."""
    document: list[Statement] = []
    for statement in statements:
        if size(text_of([*document, statement])) <= POLICY_SIZE:
            document.append(statement)
            continue
        if document:
            yield document
        *full, last = _split(statement, size)
        yield from ([part] for part in full)
        document = [last]
    if document:
        yield document


def _split(statement: Statement, size: Size) -> Iterator[Statement]:
    resources, longest = statement["Resource"], max(statement["Action"], key=len)
    if isinstance(resources, list) and size(text_of([{**statement, "Action": [longest]}])) > POLICY_SIZE:
        half = len(resources) // 2
        for part in (resources[:half], resources[half:]):
            yield from _split({**statement, "Resource": part if len(part) > 1 else part[0]}, size)
        return
    actions: list[str] = []
    for action in statement["Action"]:
        if size(text_of([{**statement, "Action": [*actions, action]}])) > POLICY_SIZE:
            yield {**statement, "Action": actions}
            actions = []
        actions.append(action)
    yield {**statement, "Action": actions}


def text_of(statements: Sequence[Mapping[str, Any]]) -> str:
    """The canonical JSON of a policy document."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=True)
