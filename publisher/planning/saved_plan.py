"""A plan as a file, and whether it is still current. Reads and writes files, no AWS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.documents import contents, write
from publisher.errors import InputError, Refused, command
from publisher.planning.plan import Plan, document_digest

_FORMAT = "publisher plan 5"
_OPTIONS = ("prune", "fast", "keep_going", "dead_principals")
# A change of every resource that an account may have takes a tenth of it.
_MAX_BYTES = 1 << 28


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """`content` is the digest of the files; `plans` has (target, digest, desired, observed digest)."""

    content: str
    prune: bool
    fast: bool
    keep_going: bool
    dead_principals: bool
    plans: Sequence[tuple[str, str, str, str]]

    @property
    def targets(self) -> list[str]:
        """The targets, account/Region."""
        return [target for target, *_ in self.plans]

    def refuse_stale(self, content: str, plans: Sequence[Plan]) -> None:
        """Raises Refused when the files or an account have changed since."""
        again = f"plan and review again: {_again()}"
        if content != self.content:
            raise Refused("the files have changed since the plan was made", hint=again)
        now = {plan.target: plan for plan in plans}
        for target, digest, desired, observed in self.plans:
            plan = now.get(target)
            if plan is None:
                raise Refused(f"{target} cannot be read", hint=again)
            if plan.desired_digest != desired:
                raise Refused(f"{target}: the files have changed since the plan was made", hint=again)
            if (plan.observed_digest, plan.digest) != (observed, digest):
                raise Refused(f"{target}: the account has changed since the plan was made", hint=again)


def save(path: Path, document: dict[str, Any], **options: bool) -> None:
    """Writes the document of `plan` with the options to make the same plan again."""
    whole = {"format": _FORMAT, "options": options} | document
    write(path, (json.dumps(whole, indent=2, sort_keys=True) + "\n").encode())


def read_saved(path: Path) -> SavedPlan:
    """The plan in a file. Raises InputError when the file is not a valid plan."""
    try:
        document = json.loads(contents(path, limit=_MAX_BYTES))
        if document["format"] != _FORMAT:
            raise InputError(f"'{path}' was saved by another version of publisher", hint=f"run {_again()}")
        options, plans = document["options"], document["plans"]
        if not plans or {type(options[name]) for name in _OPTIONS} != {bool}:
            raise ValueError
        if any(document_digest(it) != it["digest"] for it in plans):
            raise InputError(
                f"'{path}' was modified after it was saved (digest mismatch)", hint=f"run {_again()}"
            )
        if any(type(it["target"]) is not str for it in plans):
            raise ValueError
        return SavedPlan(
            content=document["content"],
            **{name: options[name] for name in _OPTIONS},
            plans=[(it["target"], it["digest"], it["desired_digest"], it["observed_digest"]) for it in plans],
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"'{path}' is not a plan", hint=f"run {_again()}") from None


def _again() -> str:
    return command("plan", "-o", "FILE")
