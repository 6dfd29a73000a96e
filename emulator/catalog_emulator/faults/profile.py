"""What the weather shall be: `throttle=0.3,lost-reply:Create*=0.1,seed=7` as rules. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase

from catalog_emulator.errors import InvalidInputError

HINT = "for example: throttle=0.3,lost-reply:Create*=0.1,unseen=2,seed=7"

# name → (what the value is, what happens)
KINDS = {
    "latency": ("seconds", "a call takes so much longer"),
    "throttle": ("share", "this share of the calls is refused with the service's throttling error"),
    "rate": ("rate", "more calls a second than this, of one operation, are throttled"),
    "reset": ("share", "the connection is reset before the call is worked on"),
    "lost-reply": ("share", "the call is worked on, and the connection closed instead of an answer"),
    "unseen": ("count", "a Service Catalog thing just created is not found by so many calls that name it"),
    "unseen-seconds": ("seconds", "a Service Catalog thing just created is not found for so long"),
    "lost-versions": (
        "seconds",
        "a version takes so long to create, and those created beside it are answered but lost",
    ),
    "busy-shares": ("seconds", "a share action runs for so long, and others are refused meanwhile"),
    "stop": ("count", "from this writing call on every connection is reset, whatever the call"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One kind of weather for the operations that a glob matches: `CreatePortfolio`, `s3.Put*`, `*`."""

    kind: str
    operations: str = "*"
    value: float

    def matches(self, service: str, operation: str) -> bool:
        """Whether it is about this operation; a glob without a dot is about every service."""
        name = f"{service}.{operation}" if "." in self.operations else operation
        return fnmatchcase(name, self.operations)

    def __str__(self) -> str:
        where = "" if self.operations == "*" else f":{self.operations}"
        return f"{self.kind}{where}={self.value:g}"


@dataclass(frozen=True, kw_only=True)
class FaultProfile:
    """Rules, and the seed that all chances are drawn from. Without rules the weather is fine."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> FaultProfile:
        """Reads `kind[:operations]=value,…`; `none`, or nothing at all, is none. Raises InvalidInputError."""
        rules: list[Rule] = []
        if text.strip() == "none":
            return cls()
        seed = 0
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, equals, given = item.partition("=")
            kind, _, operations = name.strip().partition(":")
            value = _number(given.strip())
            if not equals or value is None:
                raise InvalidInputError(f"faults: '{item}' is not kind=number", hint=HINT)
            if kind == "seed":
                seed = int(value)
            elif kind not in KINDS:
                raise InvalidInputError(
                    f"faults: there is no kind '{kind}'", hint=f"kinds are {', '.join(KINDS)}, and seed"
                )
            else:
                _check(item, KINDS[kind][0], value)
                rules.append(Rule(kind=kind, operations=operations or "*", value=value))
        return cls(rules=tuple(rules), seed=seed)

    def value(self, kind: str, service: str, operation: str) -> float | None:
        """What this kind is for an operation; where several rules match the last one holds."""
        found = [rule for rule in self.rules if rule.kind == kind and rule.matches(service, operation)]
        return found[-1].value if found else None

    def has(self, *kinds: str) -> bool:
        """Whether a rule of one of these kinds is there."""
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
            problem = "is not a share between 0 and 1"
        case "count" if value < 1 or value != int(value):
            problem = "is not a whole number from 1"
        case "seconds" if value < 0:
            problem = "is not a number of seconds"
        case "rate" if value <= 0:
            problem = "is not a number of calls a second"
        case _:
            return
    raise InvalidInputError(f"faults: '{item}' {problem}", hint=HINT)
