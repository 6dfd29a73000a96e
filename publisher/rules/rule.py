"""What a rule is, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from publisher.errors import Problem, Severity, Where, page_of, title_of
from publisher.model import Resource

# As AWS writes accounts in its documentation.
_ANY_ACCOUNT = "111122223333"


@dataclass(frozen=True, kw_only=True)
class Target:
    """One account and Region; the account is empty while nobody has asked for it.

    `bucket` is its template bucket; the one that bootstrap makes, if empty. `quotas` are values of the
    targets file, in place of AWS's defaults.
    """

    account_id: str
    region: str
    partition: str
    bucket: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    quotas: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        return f"{self.account_id or 'any account'}/{self.region}"

    def fill(self, arn: str) -> str:
        """The ARN with its placeholders filled."""
        values = {
            "account_id": self.account_id or _ANY_ACCOUNT,
            "region": self.region,
            "partition": self.partition,
        }
        for name, value in values.items():
            arn = arn.replace(f"{{{name}}}", value)
        return arn

    def resolve(self, text: str) -> str | None:
        """The text, filled; of `{variables.<name>}` the variable, or None where the target has none."""
        if text.startswith("{variables."):
            value = dict(self.variables).get(text.removeprefix("{variables.").removesuffix("}"))
            return None if value is None else self.fill(value)
        return self.fill(text)

    def resolved(self, texts: Iterable[str]) -> dict[str, int]:
        """The texts that the target has, each with its number in the list."""
        found = ((self.resolve(text), n) for n, text in enumerate(texts))
        return {text: n for text, n in found if text}


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A desired resource, and the place in the files that asks for it.

    `places` has those of what it is made of, by tag key, ARN, Region or name of a part.
    """

    resource: Resource
    where: Where
    places: Mapping[str, Where] = field(default_factory=dict)

    def at(self, part: str) -> Where:
        """Where this part is written, as exactly as is known."""
        return self.places.get(part, self.where)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check: its id, what holds when it finds nothing, where that is written, and how it looks.

    What it finds `per_target` depends on the account and Region, else it is the same at all.
    """

    id: str
    title: str
    source_url: str
    check: Check
    per_target: bool = False
    severity: Severity = "error"

    @classmethod
    def of(
        cls, id_: str, source: str, *, per_target: bool = False, severity: Severity = "error"
    ) -> Callable[[Check], Rule]:
        """Makes a rule of a check, whose docstring begins with the title; `source` as in `page_of`."""
        return lambda check: cls(
            id=id_,
            title=title_of(check),
            source_url=page_of(source),
            check=check,
            per_target=per_target,
            severity=severity,
        )

    def problem(self, where: Where, message: str, hint: str) -> Problem:
        """A finding of this rule."""
        return Problem(rule=self.id, where=where, message=message, hint=hint, severity=self.severity)


Check = Callable[[Rule, Sequence[Placed], Target], Iterator[Problem]]
