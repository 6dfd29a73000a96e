"""Resources of Service Catalog that exist, but are not visible yet."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog_emulator.faults.called_operation import Call
from catalog_emulator.faults.profile import FaultProfile
from catalog_emulator.faults.replies import Reply, refused

# Where the reply to a creation names what was created.
_CREATED = {
    "CreatePortfolio": "PortfolioDetail.Id",
    "CreateProduct": "ProductViewDetail.ProductViewSummary.ProductId",
    "CreateProvisioningArtifact": "ProvisioningArtifactDetail.Id",
    "CreateConstraint": "ConstraintDetail.ConstraintId",
    "CreateTagOption": "TagOptionDetail.Id",
    "CreateServiceAction": "ServiceActionDetail.ServiceActionSummary.Id",
    "CreateProvisionedProductPlan": "PlanId",
    "ProvisionProduct": "RecordDetail.ProvisionedProductId",
}
# These associate two resources.
_ASSOCIATED = {
    "AssociateProductWithPortfolio": ("PortfolioId", "ProductId"),
    "AssociateTagOptionWithResource": ("ResourceId", "TagOptionId"),
}
_IDS = ("Id", "ProductId", "PortfolioId", "ConstraintId", "PlanId", "ProvisionedProductId", "TagOptionId")


@dataclass(kw_only=True)
class _New:
    """A new resource or association, named by `ids`; unseen for `calls`, and `until` that time."""

    ids: frozenset[str]
    operation: str
    calls: float
    until: float


class Unseen:
    """What was created and is not visible yet."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._new: dict[frozenset[str], _New] = {}

    def refusal(self, profile: FaultProfile, call: Call) -> Reply | None:
        """ResourceNotFoundException for a call that names something unseen."""
        if not _hidden_from(profile, call):
            return None
        named = set(_strings(call.params))
        for new in self._unseen_by(call):
            if new.ids <= named:
                new.calls -= 1
                return refused(call, "ResourceNotFoundException", f"{' / '.join(sorted(new.ids))} not found.")
        return None

    def filtered(self, profile: FaultProfile, call: Call, reply: Reply) -> Reply:
        """Remembers what was created; removes what is unseen from lists."""
        if call.service != "servicecatalog" or call.protocol != "json" or not reply.ok:
            return reply
        answer = json.loads(reply.get_data() or b"{}")
        self._remember(profile, call, answer)
        if call.writes or not _hidden_from(profile, call):
            return reply
        named = set(_strings(call.params))
        left_out = False
        for new in self._unseen_by(call):
            if not new.ids <= named and _leave_out(answer, new.ids - named):
                new.calls -= 1
                left_out = True
        if left_out:
            reply.set_data(json.dumps(answer))
        return reply

    def clear(self) -> None:
        self._new.clear()

    def _remember(self, profile: FaultProfile, call: Call, answer: Mapping[str, Any]) -> None:
        ids = _ids(call, answer)
        calls = _most(profile, "unseen")
        seconds = _most(profile, "unseen-seconds")
        if ids and ids not in self._new:
            self._new[ids] = _New(
                ids=ids, operation=call.operation, calls=calls, until=self._clock() + seconds
            )

    def _unseen_by(self, call: Call) -> list[_New]:
        """What is unseen to a call: not to the creation itself, which may be repeated with its token."""
        now = self._clock()
        return [
            new
            for new in self._new.values()
            if new.operation != call.operation and (new.calls > 0 or new.until > now)
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
    for name in _CREATED.get(call.operation, "").split("."):
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
    """Removes the items that these ids name from the lists of an answer."""
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
