"""Fault profiles: `throttle=0.3,lost-reply:Create*=0.1,seed=7` as rules. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase

from catalog_emulator.errors import InvalidInputError

HINT = "write items like throttle=0.3,lost-reply:Create*=0.1,unseen=2,seed=7"

# kind → (what its value is, its effect)
KINDS = {
    "latency": ("seconds", "each call takes this much longer"),
    "throttle": ("share", "this share of calls is refused with the service's throttling error"),
    "rate": ("rate", "calls of one operation beyond this rate are throttled"),
    "reset": ("share", "the connection is reset before the call is processed"),
    "lost-reply": ("share", "the call is processed, but the connection closes without a reply"),
    "unseen": ("count", "this many calls do not find a Service Catalog resource that was just created"),
    "unseen-seconds": ("seconds", "a Service Catalog resource that was just created is not found yet"),
    "lost-versions": ("seconds", "creating a version takes this long; others created meanwhile are lost"),
    "busy-shares": ("seconds", "a share action takes this long; others are refused meanwhile"),
    "stop": ("count", "from this writing call on, every connection is reset"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One kind of fault for the operations that a glob matches: `CreatePortfolio`, `s3.Put*`, `*`."""

    kind: str
    operations: str = "*"
    value: float

    def matches(self, service: str, operation: str) -> bool:
        """Whether it applies to this operation; a glob without a dot applies to every service."""
        name = f"{service}.{operation}" if "." in self.operations else operation
        return fnmatchcase(name, self.operations)

    def __str__(self) -> str:
        where = "" if self.operations == "*" else f":{self.operations}"
        return f"{self.kind}{where}={self.value:g}"


@dataclass(frozen=True, kw_only=True)
class FaultProfile:
    """Rules, and the seed that all chances are drawn from. Without rules there are no faults."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> FaultProfile:
        """Reads `kind[:operations]=value,…`; `none` and "" mean no faults. Raises InvalidInputError."""
        rules: list[Rule] = []
        if text.strip() == "none":
            return cls()
        seed = 0
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, equals, number = item.partition("=")
            kind, _, operations = name.strip().partition(":")
            value = _number(number.strip())
            if not equals or value is None:
                raise InvalidInputError(f"faults: '{item}' must be kind=number", hint=HINT)
            if kind == "seed":
                seed = int(value)
            elif kind not in KINDS:
                raise InvalidInputError(
                    f"faults: unknown kind '{kind}'", hint=f"kinds are {', '.join(KINDS)}, and seed"
                )
            else:
                _check(item, KINDS[kind][0], value)
                rules.append(Rule(kind=kind, operations=operations or "*", value=value))
        return cls(rules=tuple(rules), seed=seed)

    def value(self, kind: str, service: str, operation: str) -> float | None:
        """The value of a kind for an operation; if several rules match, that of the last one."""
        found = [rule for rule in self.rules if rule.kind == kind and rule.matches(service, operation)]
        return found[-1].value if found else None

    def has(self, *kinds: str) -> bool:
        return any(rule.kind in kinds for rule in self.rules)

    def __str__(self) -> str:
        return ",".join([*map(str, self.rules), *([f"seed={self.seed}"] if self.seed else [])])


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _check(item: str, unit: str, value: float) -> None:
    match unit:
        case "share" if not 0 <= value <= 1:
            problem = "must be between 0 and 1"
        case "count" if value < 1 or value != int(value):
            problem = "must be a whole number, at least 1"
        case "seconds" if value < 0:
            problem = "must be 0 or more seconds"
        case "rate" if value <= 0:
            problem = "must be more than 0 calls a second"
        case _:
            return
    raise InvalidInputError(f"faults: '{item}' {problem}", hint=HINT)
