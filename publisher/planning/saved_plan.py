"""A plan as a file, and whether it is still current. Reads and writes files, no AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from publisher.documents import canonical_json, contents, sha256_of, write
from publisher.errors import InputError, Refused, command
from publisher.planning.changes import change_document, subject
from publisher.planning.plan import Plan, document_digest
from publisher.planning.shards import Shard

_FORMAT = "publisher plan 5"
_OPTIONS = ("prune", "fast", "keep_going", "dead_principals")
_IDENTITY = ("action", "resource", "key", "before", "after")
_OF_CHANGE = {*_IDENTITY, "includes"}
# A change of every resource that an account may have takes a tenth of it.
_MAX_BYTES = 1 << 28
_NONE: Set[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SavedTarget:
    """The plan of one target, account/Region: its digests and the documents of its changes."""

    target: str
    digest: str
    desired: str
    observed: str
    changes: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """`content` is the digest of the files."""

    content: str
    prune: bool
    fast: bool
    keep_going: bool
    dead_principals: bool
    plans: Sequence[SavedTarget]

    @property
    def targets(self) -> list[str]:
        """The targets, account/Region."""
        return [it.target for it in self.plans]

    @property
    def digest(self) -> str:
        """64 hex digits over the files, the options and the plans of all targets."""
        options = {name: getattr(self, name) for name in _OPTIONS}
        return sha256_of([self.content, options, sorted((it.target, it.digest) for it in self.plans)])

    def part(self, shard: Shard) -> Self:
        """The plan of the targets of a shard."""
        chosen = set(shard.of(self.targets))
        return replace(self, plans=[it for it in self.plans if it.target in chosen])

    def refuse_stale(self, content: str, plans: Sequence[Plan]) -> None:
        """Raises Refused when the files or an account have changed since."""
        again = f"plan and review again: {_again()}"
        if content != self.content:
            raise Refused("the files have changed since the plan was made", hint=again)
        now = {plan.target: plan for plan in plans}
        for saved in self.plans:
            plan = now.get(saved.target)
            if plan is None:
                raise Refused(f"{saved.target} cannot be read", hint=again)
            _refuse_other_files(saved, plan)
            if (plan.observed_digest, plan.digest) != (saved.observed, saved.digest):
                raise Refused(f"{saved.target}: the account has changed since the plan was made", hint=again)

    def refuse_beyond(self, content: str, plan: Plan) -> None:
        """Raises Refused unless what is left to do at a target is part of its plan.

        So a run of the same plan that was killed there can be finished, and nothing is written that the plan
        does not show.
        """
        again = f"plan and review again: {_again()}"
        (saved,) = (it for it in self.plans if it.target == plan.target)
        if content != self.content:
            raise Refused("the files have changed since the plan was made", hint=again)
        _refuse_other_files(saved, plan)
        approved = {_identity(it): _includes(it) for it in saved.changes}
        for change in plan.changes:
            left = change_document(change)
            if not _includes(left) <= approved.get(_identity(left), _NONE):
                raise Refused(
                    f"{plan.target}: the account has changed since the plan was made, which does not have "
                    f"{subject(change).kind} {subject(change).label}",
                    hint=again,
                )


def _refuse_other_files(saved: SavedTarget, plan: Plan) -> None:
    if plan.desired_digest != saved.desired:
        raise Refused(
            f"{saved.target}: the files have changed since the plan was made",
            hint=f"plan and review again: {_again()}",
        )


def _is_change(document: object) -> bool:
    return isinstance(document, dict) and document.keys() >= _OF_CHANGE and type(document["includes"]) is list


def _identity(change: Mapping[str, Any]) -> str:
    """What it does to which resource, whether or not that has to be allowed."""
    return canonical_json([change[it] for it in _IDENTITY])


def _includes(change: Mapping[str, Any]) -> Set[str]:
    """What it does to others, and that it is known: a deletion includes less, the more of it is done."""
    return {"", *(canonical_json(it) for it in change["includes"])}


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
        targets = [it["target"] for it in plans]
        if {*map(type, (document["content"], *targets))} != {str} or len({*targets}) < len(targets):
            raise ValueError
        if not all(_is_change(change) for it in plans for change in it["changes"]):
            raise ValueError
        return SavedPlan(
            content=document["content"],
            **{name: options[name] for name in _OPTIONS},
            plans=[
                SavedTarget(
                    target=it["target"],
                    digest=it["digest"],
                    desired=it["desired_digest"],
                    observed=it["observed_digest"],
                    changes=it["changes"],
                )
                for it in plans
            ],
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"'{path}' is not a plan", hint=f"run {_again()}") from None


def _again() -> str:
    return command("plan", "-o", "FILE")
