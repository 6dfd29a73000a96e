"""A plan as a file, and whether it is still what would be planned now. Reads and writes text, no AWS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.errors import InputError, Refused
from publisher.planning.plan import Plan, document_digest

_FORMAT = "publisher plan 1"
_HINT = "publisher plan -o FILE writes one"


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """What was planned: `content` is the digest of the files, `plans` the digests of each target."""

    content: str
    prune: bool
    fast: bool
    plans: Sequence[tuple[str, str, str, str]]

    @property
    def targets(self) -> list[str]:
        """The targets, account/Region."""
        return [target for target, *_ in self.plans]

    def refuse_stale(self, content: str, plans: Sequence[Plan]) -> None:
        """Raises Refused when the files or an account have changed since."""
        again = "make and read the plan again: publisher plan -o FILE"
        if content != self.content:
            raise Refused("the files have changed since the plan was made", hint=again)
        now = {plan.target: plan for plan in plans}
        for target, digest, asked, found in self.plans:
            plan = now.get(target)
            if plan is None:
                raise Refused(f"{target} could not be read again", hint=again)
            if plan.asked != asked:
                raise Refused(f"{target}: the files have changed since the plan was made", hint=again)
            if (plan.found, plan.digest) != (found, digest):
                raise Refused(f"{target}: the account has changed since the plan was made", hint=again)


def save(path: Path, document: dict[str, Any], *, prune: bool, fast: bool) -> None:
    """Writes the document of `plan` with what it takes to make the same plan again."""
    whole = {"format": _FORMAT, "options": {"prune": prune, "fast": fast}} | document
    path.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_saved(path: Path) -> SavedPlan:
    """The plan in a file. Raises InputError when it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != _FORMAT:
            raise InputError(f"'{path}' is a plan of another version", hint=_HINT)
        options, plans = document["options"], document["plans"]
        if not plans or {type(options["prune"]), type(options["fast"])} != {bool}:
            raise ValueError
        if any(document_digest(it) != it["digest"] for it in plans):
            raise InputError(f"'{path}' is not as it was saved: its changes have another digest", hint=_HINT)
        return SavedPlan(
            content=document["content"],
            prune=options["prune"],
            fast=options["fast"],
            plans=[(it["target"], it["digest"], it["asked"], it["found"]) for it in plans],
        )
    except FileNotFoundError:
        raise InputError(f"there is no file '{path}'", hint=_HINT) from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"'{path}' is not a plan", hint=_HINT) from None
