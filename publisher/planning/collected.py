"""The outcomes of the builds that apply one plan, joined into one report. Reads files, no AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from publisher.documents import contents
from publisher.errors import InputError, command
from publisher.planning.shards import Shard

_MAX_BYTES = 1 << 28


@dataclass(frozen=True, kw_only=True)
class TargetResult:
    """What became of a plan at a target, account/Region: `done` of its `changes`, and why not all are."""

    target: str
    status: Literal["done", "failed"]
    changes: int = 0
    done: int = 0
    error: str = ""
    hint: str = ""

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The results of all targets of the plan of this digest, and how many may fail."""

    digest: str
    results: Sequence[TargetResult]
    tolerated: int
    notes: Sequence[str] = ()

    @property
    def failed(self) -> list[TargetResult]:
        """The targets where something is left to do."""
        return [it for it in self.results if it.status == "failed"]

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/scale.md."""
        return {
            "plan": self.digest,
            "results": [it.document() for it in self.results],
            "failed": len(self.failed),
            "tolerated": self.tolerated,
            "notes": list(self.notes),
        }


def part_document(digest: str, shard: Shard, results: Iterable[TargetResult]) -> dict[str, Any]:
    """What a build says of its part of a plan, for `collected`."""
    return {"plan": digest, "shard": str(shard), "results": [it.document() for it in results]}


def collected(digest: str, targets: Sequence[str], paths: Iterable[Path], *, tolerated: int) -> Report:
    """The report of a plan for these targets, from the files that its builds wrote.

    A target that is done in one of them is done; else the last one counts, and one that is in none failed.
    Raises InputError when a file is of another plan, or of no build.
    """
    found: dict[str, TargetResult] = {}
    notes: list[str] = []
    for path in paths:
        document = _read(path)
        if "results" not in document:
            notes.append(
                f"'{path}': {document.get('error') or 'its build was stopped while it wrote this file'}"
            )
            continue
        for result in _results(path, document, digest, targets):
            known = found.get(result.target)
            if known is None or known.status != "done":
                found[result.target] = result
    unknown = "no outcome: its build did not finish"
    return Report(
        digest=digest,
        results=[
            found.get(it) or TargetResult(target=it, status="failed", error=unknown) for it in sorted(targets)
        ],
        tolerated=tolerated,
        notes=notes,
    )


def _read(path: Path) -> Mapping[str, Any]:
    """A document with results; without them, `error` says why a build has none, if it could."""
    try:
        document = json.loads(contents(path, limit=_MAX_BYTES))
    except (ValueError, RecursionError):
        return {}
    try:
        return document if "results" in document else {"error": str(document["error"]["message"])}
    except (KeyError, TypeError):
        raise _foreign(path) from None


def _results(
    path: Path, document: Mapping[str, Any], digest: str, targets: Sequence[str]
) -> Sequence[TargetResult]:
    try:
        shard, results = Shard.parse(document["shard"]), [_result(it) for it in document["results"]]
        of_this = document["plan"] == digest and {*shard.of(targets)}.issuperset(it.target for it in results)
    except (ValueError, KeyError, TypeError, InputError):
        raise _foreign(path) from None
    if not of_this:
        raise InputError(
            f"'{path}' is the outcome of another plan", hint="give the plan that the builds applied"
        )
    return results


def _foreign(path: Path) -> InputError:
    return InputError(
        f"'{path}' is not the outcome of a build",
        hint=f"give what {command('--json', 'sync', 'PLANFILE', '--shard', 'K/N')} printed",
    )


def _result(document: Mapping[str, Any]) -> TargetResult:
    """Raises KeyError, TypeError or ValueError when it has another shape."""
    result = TargetResult(**{it: document[it] for it in TargetResult.__dataclass_fields__})
    texts, numbers = (result.target, result.error, result.hint), (result.changes, result.done)
    if (
        {*map(type, texts)} != {str}
        or {*map(type, numbers)} != {int}
        or result.status not in ("done", "failed")
    ):
        raise ValueError
    return result
