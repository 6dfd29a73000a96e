"""The permissions boundary of the roles and users that a template makes: what its policies give them.

Nothing in IAM limits what a written policy says but a boundary. Refuses to know what launch roles need.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from publisher.documents import canonical_json
from publisher.errors import InputError, counted
from publisher.permissions.known_types import aws_policies
from publisher.permissions.names import Names, references
from publisher.permissions.policies import POLICY_SIZE, Policy, text_of
from publisher.permissions.values import UNKNOWN, covering, covers

BOUNDED = frozenset({"AWS::IAM::Role", "AWS::IAM::User"})
_POLICIES = frozenset(
    {"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"}
)
# Its policy limits what goes through it, and grants nothing.
_NO_GRANTS = frozenset({"AWS::EC2::VPCEndpoint"})
_AWS_POLICY = "arn:${AWS::Partition}:iam::aws:policy/"
_WAY_OUT = "name a boundary of yours in permissions_boundary in product.yaml, or set it to none"
# With a pattern in place of a value; all others compare texts that must be known.
_LIKE = {
    "StringEquals": "StringLike",
    "StringLike": "StringLike",
    "ArnEquals": "ArnLike",
    "ArnLike": "ArnLike",
}

# An ARN up to its account.
_PLACE = re.compile(r"(?:(?:\$\{[^}]*\}|[^:$])*:){5}")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A statement that allows something; `condition` is canonical JSON, `not_actions` are all but these."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    condition: str = ""

    @cached_property
    def _lowered(self) -> tuple[str, ...]:
        return tuple(map(str.lower, self.actions))

    @property
    def services(self) -> frozenset[str]:
        """The services of its actions, in lower case."""
        return frozenset(action.partition(":")[0].lower() for action in self.actions or ("*",))

    def statement(self) -> dict[str, Any]:
        """As a policy has it."""
        parts = {
            "Action": self.actions,
            "NotAction": self.not_actions,
            "Resource": self.resources,
            "NotResource": self.not_resources,
        }
        statement: dict[str, Any] = {"Effect": "Allow"}
        for name, texts in parts.items():
            if texts:
                statement[name] = texts[0] if len(texts) == 1 else list(texts)
        if self.condition:
            statement["Condition"] = json.loads(self.condition)
        return statement

    def includes(self, other: Grant) -> bool:
        """Whether it allows all that the other one does."""
        return (
            self.condition in ("", other.condition)
            and not (self.not_actions or self.not_resources or other.not_actions or other.not_resources)
            and all(any(covers(mine, one) for mine in self._lowered) for one in other._lowered)
            and all(any(covers(mine, one) for mine in self.resources) for one in other.resources)
        )


def boundary(*templates: Names) -> Policy | None:
    """The one boundary of the roles and users of these templates, None when they make none.

    Raises InputError when what they are given is not known, or exceeds a policy.
    """
    makers = [it for it in templates if not BOUNDED.isdisjoint(map(it.type_of, it.resources))]
    if not makers:
        return None
    for grants in _forms(_merged(grant for it in makers for grant in _Grants(it).all())):
        text = _text(grants)
        if len(text) <= POLICY_SIZE:
            return Policy(number=1, text=text)
    raise InputError(
        f"the permissions boundary has {counted(len(text), 'character')}, a policy can have {POLICY_SIZE}",
        hint=f"write fewer resources and actions in the policies of its roles, or {_WAY_OUT}",
    )


def granted(names: Names) -> tuple[Grant, ...]:
    """What a template's policies give its roles and users, in as few statements as possible, sorted."""
    return _merged(_Grants(names).all())


def _forms(exact: Sequence[Grant]) -> Iterator[Sequence[Grant]]:
    """The same, ever shorter and wider: a statement, then a service more, first those that save most."""
    yield exact
    saving = sorted(exact, key=lambda it: len(_text([_shortened(it)])) - len(_text([it])))
    for count in range(1, 1 + sum(_shortened(it) != it for it in saving)):
        yield _merged([*map(_shortened, saving[:count]), *saving[count:]])
    shorter = _merged(map(_shortened, exact))
    services = sorted({service for grant in shorter for service in grant.services})
    services.sort(key=lambda it: len(_text(_by_service(shorter, [it]))))
    for count in range(1, 1 + len(services)):
        yield _by_service(shorter, services[:count])


def _text(grants: Iterable[Grant]) -> str:
    return text_of([grant.statement() for grant in grants])


class _Grants:
    """What a template's policies give its roles and users."""

    def __init__(self, names: Names) -> None:
        self._names, self._values = names, names.values

    def all(self) -> Iterator[Grant]:
        """Every grant; the same one may come twice."""
        for logical_id in self._names.resources:
            type_name, settings = self._names.type_of(logical_id), self._names.properties(logical_id)
            if type_name in BOUNDED:
                for policy in self._values.items(settings.get("Policies")):
                    document = policy.get("PolicyDocument") if isinstance(policy, Mapping) else None
                    yield from self._document(logical_id, document)
                for arn in self._values.texts(settings.get("ManagedPolicyArns")):
                    yield from self._managed(logical_id, arn)
            elif type_name in _POLICIES:
                yield from self._document(logical_id, settings.get("PolicyDocument"))
            if type_name not in _POLICIES | _NO_GRANTS:
                yield from self._to_roles(logical_id, settings)

    def _document(self, logical_id: str, document: Any) -> Iterator[Grant]:
        for choice in self._values.items(document):
            if not isinstance(choice, Mapping) or "Statement" not in choice:
                raise InputError(f"{logical_id}: a policy is not readable", hint=_WAY_OUT)
            for statement in self._values.items(choice.get("Statement")):
                if isinstance(statement, Mapping):
                    yield from self._statement(logical_id, statement)

    def _managed(self, logical_id: str, arn: str) -> Iterator[Grant]:
        """A policy that is attached. Those of the template are read where they are made."""
        own = (it for it in self._names.resources if self._names.type_of(it) == "AWS::IAM::ManagedPolicy")
        if any(
            covers(pattern, arn)
            for it in own
            for pattern in self._values.texts({"Ref": it})
            if pattern != UNKNOWN
        ):
            return
        name = arn.replace("arn:aws:", "arn:${AWS::Partition}:").removeprefix(_AWS_POLICY)
        statements = aws_policies().get(name)
        if statements is None:
            known = f"attach one that publisher knows ({', '.join(sorted(aws_policies())[:3])}, …)"
            raise InputError(
                f"{logical_id} is given the policy '{arn}', whose content is not known",
                hint=f"write its statements in the template, {known}, or {_WAY_OUT}",
            )
        for statement in statements:
            yield from self._statement(logical_id, statement)

    def _to_roles(self, logical_id: str, settings: Mapping[str, Any]) -> Iterator[Grant]:
        """What a resource's policy gives a role by its ARN, which a boundary limits, too.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
        """
        for statement in _statements(settings):
            principal = statement.get("Principal")
            named = principal.get("AWS") if isinstance(principal, Mapping) else None
            if not any(self._is_bounded(name) for name in references(named)):
                continue
            for grant in self._statement(logical_id, {"Resource": "*", **statement}):
                if grant.resources == (UNKNOWN,):
                    own = self._values.texts({"Fn::GetAtt": [logical_id, "Arn"]})
                    grant = replace(grant, resources=own or (UNKNOWN,))
                yield grant

    def _is_bounded(self, name: str) -> bool:
        return name in self._names.resources and self._names.type_of(name) in BOUNDED

    def _statement(self, logical_id: str, statement: Mapping[str, Any]) -> Iterator[Grant]:
        if self._values.texts(statement.get("Effect")) == ("Deny",):
            return
        texts = {
            name: self._values.texts(statement.get(name))
            for name in ("Action", "NotAction", "Resource", "NotResource")
        }
        unknown = not _is_literal(statement.get("Action")) and any(
            UNKNOWN in text.partition(":")[0] for text in texts["Action"]
        )
        if unknown or not (texts["Action"] or texts["NotAction"]):
            raise InputError(f"{logical_id}: the actions of a policy depend on the launch", hint=_WAY_OUT)
        resources, others = texts["Resource"], texts["NotResource"]
        if others and not _is_literal(statement["NotResource"]):
            # A pattern would exclude more than the launch does.
            resources, others = (UNKNOWN,), ()
        yield Grant(
            actions=texts["Action"],
            not_actions=texts["NotAction"],
            resources=resources if resources or others else (UNKNOWN,),
            not_resources=others,
            condition=self._condition(statement.get("Condition")),
        )

    def _condition(self, condition: Any) -> str:
        """The condition, without what is not known before the launch."""
        found: dict[str, dict[str, list[str]]] = {}
        for choice in self._values.choices(condition):
            if not isinstance(choice, Mapping) or condition is not choice:
                return ""
            for operator, pairs in choice.items():
                for key, expected in pairs.items() if isinstance(pairs, Mapping) else ():
                    texts = self._values.texts(expected)
                    known = _is_literal(expected) or not any(UNKNOWN in text for text in texts)
                    comparing = str(operator) if known else _with_patterns(str(operator))
                    if comparing and texts and str(key) not in found.get(comparing, {}):
                        found.setdefault(comparing, {})[str(key)] = list(texts)
        return canonical_json(found) if found else ""


def _with_patterns(operator: str) -> str:
    """The operator that takes patterns in place of values; "" when there is none."""
    prefix, colon, name = operator.rpartition(":")
    plain = name.removesuffix("IfExists")
    like = _LIKE.get(plain)
    return f"{prefix}{colon}{like}{name[len(plain) :]}" if like else ""


def _is_literal(expression: Any) -> bool:
    if isinstance(expression, (list, tuple)):
        return all(_is_literal(it) for it in expression)
    return not isinstance(expression, Mapping)


def _statements(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every statement at any depth of a resource's properties."""
    if isinstance(value, str):
        return
    if isinstance(value, (dict, Mapping)):
        if "Effect" in value and "Principal" in value:
            yield value
            return
        for inner in value.values():
            yield from _statements(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _statements(inner)


def _merged(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The same in as few statements as possible, sorted."""
    found = set(grants)
    while True:
        before = found
        found = _joined(found, "actions")
        found = _joined(found, "resources")
        found = {it for it in found if not any(one is not it and one.includes(it) for one in found)}
        if found == before:
            return tuple(
                sorted(found, key=lambda it: (it.actions, it.resources, it.condition, it.not_actions))
            )


def _joined(grants: Collection[Grant], name: Literal["actions", "resources"]) -> set[Grant]:
    """One grant of those that differ in nothing else."""
    same: dict[Grant, list[str]] = {}
    nothing: dict[str, Any] = {name: ()}
    for grant in grants:
        same.setdefault(replace(grant, **nothing), []).extend(getattr(grant, name))
    joined: Iterable[tuple[Grant, dict[str, Any]]] = (
        (rest, {name: covering(texts)}) for rest, texts in same.items()
    )
    return {replace(rest, **texts) for rest, texts in joined}


def _shortened(grant: Grant) -> Grant:
    """With one resource pattern for those that begin and end alike; those of IAM and STS stay as they are."""
    if grant.services & {"iam", "sts", "*"}:
        return grant
    alike: dict[tuple[str, str, str], list[str]] = {}
    for text in grant.resources:
        place = match[0] if (match := _PLACE.match(text)) else ""
        name = text.removeprefix(place)
        beginning, found, _ = name.partition(UNKNOWN)
        end = name.rpartition(UNKNOWN)[2] if found else name
        alike.setdefault((place, beginning, end), []).append(text)
    shorter = (
        texts[0] if len(texts) == 1 else f"{place}{beginning}{UNKNOWN}{end}"
        for (place, beginning, end), texts in alike.items()
    )
    return replace(grant, resources=covering(shorter))


def _by_service(grants: Iterable[Grant], services: Collection[str]) -> tuple[Grant, ...]:
    """With the actions of these services on all of their resources; those of IAM and STS stay as they are."""
    same: dict[tuple[str, str], list[Grant]] = {}
    exact: list[Grant] = []
    for grant in grants:
        plain = not (grant.not_actions or grant.not_resources or grant.services & {"iam", "sts", "*"})
        kept = grant.actions
        for service in sorted(grant.services.intersection(services)) if plain else ():
            actions = tuple(it for it in kept if it.partition(":")[0].lower() == service)
            kept = tuple(it for it in kept if it not in actions)
            same.setdefault((service, grant.condition), []).append(replace(grant, actions=actions))
        exact += [replace(grant, actions=kept)] if kept or not plain else []
    joined = [
        Grant(
            actions=covering(action for grant in some for action in grant.actions),
            resources=covering(text for grant in some for text in grant.resources),
            condition=condition,
        )
        for (_, condition), some in same.items()
    ]
    return _merged([*exact, *joined])
