"""Things of Service Catalog that exist, and that calls do not see yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from catalog_emulator.faults.calls import Call
from catalog_emulator.faults.profile import FaultProfile
from catalog_emulator.faults.replies import Reply, refused

# Where the answer of a creation names what was created.
_CREATED = {
    "CreatePortfolio": ("PortfolioDetail", "Id"),
    "CreateProduct": ("ProductViewDetail", "ProductViewSummary", "ProductId"),
    "CreateProvisioningArtifact": ("ProvisioningArtifactDetail", "Id"),
    "CreateConstraint": ("ConstraintDetail", "ConstraintId"),
    "CreateTagOption": ("TagOptionDetail", "Id"),
    "CreateServiceAction": ("ServiceActionDetail", "ServiceActionSummary", "Id"),
    "CreateProvisionedProductPlan": ("PlanId",),
    "ProvisionProduct": ("RecordDetail", "ProvisionedProductId"),
}
# These name two things, and what is created is that they belong together.
_ASSOCIATED = {
    "AssociateProductWithPortfolio": ("PortfolioId", "ProductId"),
    "AssociateTagOptionWithResource": ("ResourceId", "TagOptionId"),
}
_IDS = ("Id", "ProductId", "PortfolioId", "ConstraintId", "PlanId", "ProvisionedProductId", "TagOptionId")


@dataclass(kw_only=True)
class _Thing:
    """The ids that name it, by what it was made, and until which call and moment it is not seen."""

    ids: frozenset[str]
    operation: str
    calls: float
    until: float


class Unseen:
    """What was created and is not visible yet."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._things: dict[frozenset[str], _Thing] = {}

    def refusal(self, profile: FaultProfile, call: Call) -> Reply | None:
        """ResourceNotFoundException for a call that names something it does not see."""
        if not _hidden_from(profile, call):
            return None
        named = set(_strings(call.params))
        for thing in self._waiting(call):
            if thing.ids <= named:
                thing.calls -= 1
                return refused(
                    call, "ResourceNotFoundException", f"{' / '.join(sorted(thing.ids))} not found."
                )
        return None

    def filtered(self, profile: FaultProfile, call: Call, reply: Reply) -> Reply:
        """Remembers what was created; takes out of a list what is not seen yet."""
        if call.service != "servicecatalog" or call.protocol != "json" or not reply.fine:
            return reply
        answer = json.loads(reply.body or b"{}")
        self._remember(profile, call, answer)
        if call.writes or not _hidden_from(profile, call):
            return reply
        named = set(_strings(call.params))
        left_out = False
        for thing in self._waiting(call):
            if not thing.ids <= named and _leave_out(answer, thing.ids - named):
                thing.calls -= 1
                left_out = True
        return _with_body(reply, json.dumps(answer).encode()) if left_out else reply

    def clear(self) -> None:
        """Everything is visible."""
        self._things.clear()

    def _remember(self, profile: FaultProfile, call: Call, answer: Mapping[str, Any]) -> None:
        ids = _ids(call, answer)
        calls = _most(profile, "unseen")
        seconds = _most(profile, "unseen-seconds")
        if ids and ids not in self._things:
            self._things[ids] = _Thing(
                ids=ids, operation=call.operation, calls=calls, until=self._clock() + seconds
            )

    def _waiting(self, call: Call) -> list[_Thing]:
        """A creation that is tried again, with its token, names what it makes."""
        now = self._clock()
        return [
            thing
            for thing in self._things.values()
            if thing.operation != call.operation and (thing.calls > 0 or thing.until > now)
        ]


def _hidden_from(profile: FaultProfile, call: Call) -> bool:
    return call.service == "servicecatalog" and any(
        profile.value(kind, call.service, call.operation) for kind in ("unseen", "unseen-seconds")
    )


def _most(profile: FaultProfile, kind: str) -> float:
    return max((rule.value for rule in profile.rules if rule.kind == kind), default=0)


def _ids(call: Call, answer: Mapping[str, Any]) -> frozenset[str]:
    if call.operation in _ASSOCIATED:
        return frozenset(str(call.params.get(name)) for name in _ASSOCIATED[call.operation])
    found: Any = answer
    for name in _CREATED.get(call.operation, ()):
        found = found.get(name) if isinstance(found, dict) else None
    return frozenset((found,)) if isinstance(found, str) else frozenset()


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _strings(inner)
        case list():
            for inner in value:
                yield from _strings(inner)


def _leave_out(answer: dict[str, Any], ids: frozenset[str]) -> bool:
    """Takes the items out of an answer's lists that these ids name."""
    found = False
    for name, value in answer.items():
        if isinstance(value, list):
            seen = [item for item in value if not ids <= _named_by(item)]
            found = found or len(seen) < len(value)
            answer[name] = seen
    return found


def _named_by(item: Any) -> set[str]:
    if not isinstance(item, dict):
        return set()
    inner = [value for value in item.values() if isinstance(value, dict)]
    return {str(one[name]) for one in (item, *inner) for name in _IDS if name in one}


def _with_body(reply: Reply, body: bytes) -> Reply:
    headers = [pair for pair in reply.headers if pair[0].lower() != "content-length"]
    return replace(reply, body=body, headers=(*headers, ("Content-Length", str(len(body)))))
