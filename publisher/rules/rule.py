"""What a rule is, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from publisher.errors import Problem, Where
from publisher.model import Resource


@dataclass(frozen=True, kw_only=True)
class Target:
    """One account and Region."""

    account_id: str
    region: str
    partition: str

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}"

    def fill(self, arn: str) -> str:
        """The ARN with its placeholders filled."""
        for name in ("account_id", "region", "partition"):
            arn = arn.replace(f"{{{name}}}", getattr(self, name))
        return arn


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A desired resource, and the place in the files that asks for it."""

    resource: Resource
    where: Where


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check: its id, what holds when it finds nothing, where that is written, and how it looks."""

    id: str
    title: str
    source_url: str
    check: Callable[[Rule, Sequence[Placed], Target], Iterator[Problem]]

    def problem(self, where: Where, message: str, hint: str) -> Problem:
        """A finding of this rule."""
        return Problem(rule=self.id, where=where, message=message, hint=hint)
