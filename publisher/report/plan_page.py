"""A plan for who approves it: access first, then deletions, what new versions change, and the rest.

The values are those of the plan's document. Equal changes of several targets are shown once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from publisher.errors import command, counted
from publisher.impact import Level
from publisher.planning.changes import (
    LEFT_TO_OTHERS,
    Change,
    Delete,
    action,
    change_document,
    left_command,
    subject,
)
from publisher.planning.plan import Plan
from publisher.planning.template_changes import TemplateChanges
from publisher.report.change_rows import MOST, ChangeRows, change_rows
from publisher.report.plan_access import access_words, alike, before_words, gives_access
from publisher.report.plan_rows import counts, detail, notices
from publisher.report.site import single

Targets = tuple[str, ...]
# What a reader knows from the label.
_IN_LABEL = frozenset({"portfolio", "product", "type"})


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """A change of one or more targets.

    `values` has (field, before, after) of what differs, in full; of what it includes, too. `before` says how
    launches ran before it.
    """

    action: str
    kind: str
    label: str
    detail: str
    needs: str
    before: str
    values: tuple[tuple[str, str, str], ...]
    used_by: Targets
    unseen_in: Targets
    targets: Targets


@dataclass(frozen=True, kw_only=True)
class AccessChange:
    """Who gets what, in words, by changes that are alike.

    `command` is what the owner runs instead, who does it unless it is allowed.
    """

    words: str
    needs: str
    command: str
    changes: tuple[PlannedChange, ...]


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something that readers should know, of one or more targets."""

    word: str
    text: str
    targets: Targets


@dataclass(frozen=True, kw_only=True)
class PlanPage:
    """All of the page. `targets` are (name, summary, digest of the plan).

    `stops` keeps a sync from starting; `options` are those the plan was made with.
    """

    portfolios: Targets
    targets: tuple[tuple[str, str, str], ...]
    content: str
    options: Targets
    stops: tuple[Said, ...]
    access: tuple[AccessChange, ...]
    deletions: tuple[PlannedChange, ...]
    versions: tuple[tuple[TemplateChanges, ChangeRows, Targets], ...]
    others: tuple[tuple[PlannedChange, ...], ...]
    notices: tuple[Said, ...]
    apply: str
    allow: Targets

    @property
    def count(self) -> int:
        """How many changes there are in all targets."""
        groups = [*(it.changes for it in self.access), *self.others, self.deletions]
        return sum(len(it.targets) for changes in groups for it in changes)

    @property
    def changes_in_words(self) -> str:
        """`12 changes in 2 targets.`, or in which one."""
        where = self.targets[0][0] if len(self.targets) == 1 else counted(len(self.targets), "target")
        return f"{counted(self.count, 'change')} in {where}."

    @property
    def worst(self) -> str:
        """The worst level of what new versions change."""
        return self.versions[0][1].level if self.versions else ""


def plan_page(
    plans: Sequence[Plan],
    portfolios: Sequence[str],
    *,
    content: str,
    options: Sequence[str] = (),
    failures: Sequence[str] = (),
    saved: str = "",
) -> PlanPage:
    """The page of plans. `saved` is the file that sync applies; `failures` are of targets without a plan."""
    merged = _merged(plans)
    access = [it for it in merged if action(it[0]) != "delete" and gives_access(it[0])]
    rest = [it for it in merged if action(it[0]) != "delete" and not gives_access(it[0])]
    allow = sorted({it.needs for it, _ in merged if it.needs})
    flags = [word for kind in allow if kind not in LEFT_TO_OTHERS for word in ("--allow", kind)]
    return PlanPage(
        portfolios=tuple(portfolios),
        targets=tuple((it.target, ", ".join(counts(it.changes)) or "no changes", it.digest) for it in plans),
        content=content,
        options=tuple(options),
        stops=(
            *(Said(word="failed", text=command.portable(it), targets=()) for it in failures),
            *_said((it.target, "stops", text) for it in plans for text in _stops(it)),
        ),
        access=tuple(_access(access)),
        deletions=tuple(_planned(*it) for it in merged if action(it[0]) == "delete"),
        versions=_versions(plans),
        others=tuple(_of_kind(rest)),
        notices=_said(
            (it.target, word, f"{kind} {label}: {text}")
            for it in plans
            for word, kind, label, text in notices(_without_stops(it))
        ),
        apply=command.portable(command("sync", saved, *flags)) if saved else "",
        allow=tuple(allow),
    )


def plan_html(page: PlanPage) -> bytes:
    """The page as one file."""
    return single("plan.html", "Plan to approve", plan=page)


def _merged(plans: Iterable[Plan]) -> list[tuple[Change, Targets]]:
    """Each change once, with the targets that have it."""
    found: dict[str, tuple[Change, list[str]]] = {}
    for plan in plans:
        for change in plan.changes:
            content = json.dumps(change_document(change), sort_keys=True)
            found.setdefault(content, (change, []))[1].append(plan.target)
    return [(change, tuple(targets)) for change, targets in found.values()]


def _access(changes: Iterable[tuple[Change, Targets]]) -> Iterator[AccessChange]:
    """What needs a permission first; what its owner does unless it is allowed after that."""
    groups: dict[tuple[Any, ...], list[tuple[Change, Targets]]] = {}
    for change, targets in changes:
        groups.setdefault((alike(change), targets), []).append((change, targets))
    ranked = sorted(groups.values(), key=lambda it: _rank(it[0][0]))
    for some in ranked:
        first = some[0][0]
        yield AccessChange(
            words=access_words(*(it for it, _ in some)),
            needs=first.needs or "",
            command=left_command(first) if first.needs in LEFT_TO_OTHERS else "",
            changes=tuple(_planned(*it) for it in some),
        )


def _rank(change: Change) -> tuple[bool, bool, str]:
    return not change.needs, change.needs in LEFT_TO_OTHERS, change.needs or ""


def _planned(change: Change, targets: Targets) -> PlannedChange:
    resource = subject(change)
    return PlannedChange(
        action=action(change),
        kind=resource.kind,
        label=resource.label,
        detail=detail(change),
        needs=change.needs or "",
        before=before_words(change),
        values=tuple(_values(change_document(change))),
        used_by=change.used_by if isinstance(change, Delete) else (),
        unseen_in=change.unseen_in if isinstance(change, Delete) else (),
        targets=targets,
    )


def _values(document: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str, str]]:
    before, after = document["before"], document["after"]
    for name in [*after, *(it for it in before if it not in after)]:
        old, new = _text(before.get(name)), _text(after.get(name))
        if old != new and not (name in _IN_LABEL and not (before and after)):
            yield f"{place}{name}", old, new
    for included in document.get("includes", ()):
        yield from _values(included, f"{included['resource']} {included['key'][-1]}: ")


def _text(value: Any) -> str:
    match value:
        case None | "" | () | [] | {}:
            return ""
        case bool():
            return "yes" if value else "no"
        case [*parts] if all(isinstance(it, str) for it in parts):
            return ", ".join(map(str, parts))
        case list() | tuple() | Mapping():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _stops(plan: Plan) -> Iterator[str]:
    """Each reason once, with all that it stops."""
    if plan.blocked:
        yield f"{plan.blocked}; {plan.blocked.hint}"
    groups: dict[tuple[str, str], list[str]] = {}
    for kind, label, reason in _stopped(plan):
        groups.setdefault((kind, reason), []).append(label)
    yield from (f"{kind} {', '.join(labels)}: {reason}" for (kind, reason), labels in groups.items())


def _stopped(plan: Plan) -> Iterator[tuple[str, str, str]]:
    for it in plan.missing:
        yield from ((each.kind, each.label, f"{it.message}; {it.hint}") for each in it.resources)
    for role in plan.unlaunchable:
        yield "LaunchRole", role.name, f"{role}; run {command('bootstrap')} first"
    for change in plan.changes:
        if isinstance(change, Delete) and change.used_by:
            yield change.observed.kind, change.observed.label, f"used by {', '.join(change.used_by)}"


def _without_stops(plan: Plan) -> Plan:
    roles = tuple(it for it in plan.roles if it not in plan.unlaunchable)
    return replace(plan, blocked=None, missing=(), roles=roles)


def _said(found: Iterable[tuple[str, str, str]]) -> tuple[Said, ...]:
    texts: dict[tuple[str, str], list[str]] = {}
    for target, word, text in found:
        texts.setdefault((word, command.portable(text)), []).append(target)
    return tuple(
        Said(word=word, text=text, targets=tuple(targets)) for (word, text), targets in texts.items()
    )


def _versions(plans: Iterable[Plan]) -> tuple[tuple[TemplateChanges, ChangeRows, Targets], ...]:
    """What new versions change, the worst first."""
    found: dict[str, tuple[TemplateChanges, list[str]]] = {}
    for plan in plans:
        for group in plan.template_changes:
            content = json.dumps(group.document(), sort_keys=True)
            found.setdefault(content, (group, []))[1].append(plan.target)
    rows = [(group, change_rows(group.changes, MOST), tuple(targets)) for group, targets in found.values()]
    return tuple(sorted(rows, key=lambda it: get_args(Level).index(it[1].level)))


def _of_kind(changes: Iterable[tuple[Change, Targets]]) -> Iterator[tuple[PlannedChange, ...]]:
    """Those together that do the same to resources of one kind."""
    groups: dict[tuple[str, str], list[PlannedChange]] = {}
    for it in (_planned(change, targets) for change, targets in changes):
        groups.setdefault((it.action, it.kind), []).append(it)
    yield from map(tuple, groups.values())
