"""An IAM action that a template needs, and what stands in the way of deriving it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.documents import canonical_json
from publisher.errors import InputError
from publisher.permissions.known_types import Fact
from publisher.permissions.scope import Scope

_WAY_OUT = "set launch_role in product.yaml to an existing role"


@dataclass(frozen=True, kw_only=True, order=True)
class Need:
    """An IAM action, on ARN patterns, and why it is needed.

    `condition` is the canonical JSON of a policy's Condition. `why_wide` says why `*` is among the resources.
    AWS requires a statement of this `sid` where there is one.
    """

    action: str
    reason: str
    resources: tuple[str, ...] = ("*",)
    condition: str = ""
    why_wide: str = ""
    sid: str = ""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What no policy can be derived for, why, and what else can be done than naming an existing role."""

    subject: str
    message: str
    hint: str = ""


def refuse(refusals: Sequence[Refusal]) -> None:
    """Raises InputError with all of them, if there are any."""
    if refusals:
        first, *others = dict.fromkeys((refusal.subject, refusal.message) for refusal in refusals)
        raise InputError(
            f"the launch policy of {first[0]} cannot be derived: {first[1]}"
            + "".join(f"; nor that of {subject}: {message}" for subject, message in others),
            hint=", or ".join([_WAY_OUT, *dict.fromkeys(one.hint for one in refusals if one.hint)]),
        )


def canonical(condition: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """A Condition as it stands in a Need."""
    return canonical_json(condition) if condition else ""


def of_facts(
    facts: Iterable[Fact], scope: Scope, *, what: str = "", on: tuple[str, ...] = ()
) -> Iterator[Need]:
    """The needs that facts state, on these ARN patterns, or on their own resources."""
    for fact in facts:
        reason = f"{what}: {fact.why}" if what else fact.why
        resources = on or tuple(
            arn.replace("{region}", scope.region).replace("{stack}", scope.stack) for arn in fact.resources
        )
        for action in fact.actions:
            yield Need(
                action=action,
                reason=f"{reason} ({fact.source})",
                resources=resources,
                condition=canonical(fact.condition),
                why_wide=fact.why_wide if resources == ("*",) and not on else "",
                sid=fact.sid,
            )
