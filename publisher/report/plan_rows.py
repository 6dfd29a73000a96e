"""Plans as rows of plain text: of every text, table and page that shows one."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from publisher.errors import command, excerpt, excerpts, listed, printable
from publisher.model import (
    ExecutionRolePolicy,
    LaunchConstraint,
    NotificationConstraint,
    PortfolioShare,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
    ResourceUpdateConstraint,
    ServiceAction,
    StackSetConstraint,
    StoredContent,
    StoredTemplate,
    StudioDomain,
    StudioOrigin,
    TagOption,
    TemplateConstraint,
    short_digest,
)
from publisher.planning.changes import (
    LEFT_TO_OTHERS,
    Change,
    Create,
    Delete,
    Finish,
    Update,
    action,
    differences,
    left_command,
    subject,
)
from publisher.planning.plan import Plan
from publisher.planning.template_changes import UncomparedVersion

_LONGEST = 60
_UNMANAGED = {"deleted principal": "ignored (--prune --dead-principals removes it)"}
_THOUSAND = 1000


def cells(change: Change) -> tuple[str, str, str, str]:
    """A change: what it does, the kind and the label of its resource, and its detail."""
    resource = subject(change)
    return action(change), resource.kind, resource.label, detail(change)


def counts(changes: Iterable[Change]) -> list[str]:
    """`2 to create`, then those to update and to delete."""
    found = Counter(map(action, changes))
    return [f"{found[it]} to {it}" for it in ("create", "update", "delete") if found[it]]


def needs(change: Change) -> str:
    """What permits a change, or who keeps it from being made."""
    permitted = f"needs --allow {change.needs}" if change.needs else ""
    match change:
        case Delete(used_by=(_, *_)):
            return f"used by {', '.join(change.used_by)}"
        case Delete(unseen_in=(_, *_)):
            return f"{permitted}; launches of {', '.join(change.unseen_in)} are not visible from here"
        case _:
            return permitted


def notices(plan: Plan) -> list[tuple[str, ...]]:
    """What the plan does not change, but readers should know."""
    rows: list[tuple[str, ...]] = []
    for kept in plan.kept:
        used = f"used by {', '.join(kept.used_by)}" if kept.used_by else ""
        reason = used or "not in the files (--prune deletes it)"
        rows.append(("keep", kept.resource.kind, kept.resource.label, reason))
    for older in plan.duplicates:
        rows.append(("note", older.kind, older.label, "a younger version has this name, kept"))
    for it in plan.unmanaged:
        rows.append(("note", it.kind, it.label, _UNMANAGED.get(it.kind, "not managed by publisher, ignored")))
    if plan.iam_unread:
        rows.append(("warn", "Principal", "deleted roles and users", "IAM cannot be read, none is removed"))
    for reason, versions in groupby(sorted(plan.uncompared, key=_reason), key=_reason):
        names = listed([f"{it.compared.product} {it.compared.version}" for it in versions])
        rows.append(("note", "ProvisioningArtifact", names, f"template changes unknown: {reason}"))
    for family, version in plan.unpublished:
        reason = "has a state in 'versions', but was never published"
        rows.append(("warn", "ProvisioningArtifact", f"{family} {version}", reason))
    rows += held_up(plan)
    rows += [("warn", *it.label, f"{it.message}; {it.hint}") for it in plan.missing]
    rows += [("note", "sync", it, "could not be looked up") for it in plan.unknown]
    for reason in dict.fromkeys(map(str, plan.roles)):
        names = listed([it.name for it in plan.roles if str(it) == reason])
        rows.append(("warn", "LaunchRole", names, f"{reason}; run {command('bootstrap')}"))
    if plan.blocked:
        rows.append(("warn", "sync", "stops before the first write", f"{plan.blocked}; {plan.blocked.hint}"))
    return rows


def held_up(plan: Plan) -> list[tuple[str, ...]]:
    """What the plan leaves as it is, for what is wrong with it."""
    return [
        ("hold", kind.title(), listed(names), f"{problem}; {problem.hint}")
        for kind, names, problems in plan.held_up.groups()
        for problem in problems
    ]


def left(*changes: Change) -> list[str]:
    """How whoever owns a domain or a role makes a change that is not allowed to publisher."""
    return [
        f"  left to its owner without --allow {it.needs}: {left_command(it)}"
        for it in changes
        if it.needs in LEFT_TO_OTHERS
    ]


def _reason(version: UncomparedVersion) -> str:
    return version.reason


def detail(change: Change) -> str:
    """What is new or different about a changed resource, in one line. Of long texts the part that differs."""
    match change:
        case Create(desired, includes=[ProvisioningArtifact() as version]):
            return f"with {version.version} {_content(version)}"
        case Create(desired):
            return _content(desired)
        case Update():
            return ", ".join(_difference(*difference) for difference in differences(change))
        case Delete(includes=includes):
            return _with(includes)
        case Finish():
            return "marked as finished"
        case _:
            assert_never(change)


def _with(includes: Sequence[Resource]) -> str:
    if len(includes) > 1:
        return f"with {len(includes)} of kind {includes[0].kind}"
    return "".join(f"with {it.kind} {it.label}" for it in includes)


def _content(resource: Resource) -> str:
    match resource:
        case StoredContent() | StoredTemplate():
            return _size(resource.size)
        case ProvisioningArtifact():
            return f"{resource.short_digest}…"
        case LaunchConstraint():
            return resource.local_role_name or resource.role_arn
        case TemplateConstraint():
            return excerpt(_value(resource.description or resource.rules), _LONGEST)
        case NotificationConstraint():
            return listed(resource.notification_arns)
        case ResourceUpdateConstraint():
            return resource.tag_update_on_provisioned_product
        case StackSetConstraint():
            return f"{listed(resource.account_list)} in {listed(resource.region_list)}"
        case PortfolioShare():
            also = {"principals": resource.share_principals, "TagOptions": resource.share_tag_options}
            shared = " and ".join(name for name, value in also.items() if value)
            return f"with {shared}" if shared else ""
        case TagOption():
            return "" if resource.active else "inactive"
        case ServiceAction():
            return dict(resource.definition).get("Name", "")
        case _:
            return _content_for_studio(resource)


def _content_for_studio(resource: Resource) -> str:
    match resource:
        case StudioOrigin():
            return "pages of SageMaker Studio can read"
        case ProjectTemplate():
            return f"{short_digest(resource.digest)}…{' visible in Studio' if resource.visible else ''}"
        case ExecutionRolePolicy():
            return resource.policy_name
        case StudioDomain():
            return resource.location
        case _:
            return ""


def _size(size: int) -> str:
    for unit in ("B", "kB"):
        if size < _THOUSAND:
            return f"{size} {unit}"
        size = round(size / _THOUSAND)
    return f"{size} MB"


def _difference(field: str, before: object, after: object) -> str:
    if isinstance(before, tuple) and isinstance(after, tuple):
        return f"{field}: {_exchanged(_entries(before), _entries(after))}"
    first, second = _value(before), _value(after)
    if first == second:
        return f"{field}: only whitespace differs"
    first, second = excerpts(first, second, _LONGEST)
    return f"{field}: {first} -> {second}"


def _exchanged(before: Sequence[str], after: Sequence[str]) -> str:
    first, second = ("{" + " ".join(entries) + "}" for entries in (before, after))
    if max(len(first), len(second)) <= _LONGEST:
        return f"{first} -> {second}"
    parts = {
        "adds": [it for it in after if it not in before],
        "removes": [it for it in before if it not in after],
    }
    return ", ".join(f"{verb} {listed(entries)}" for verb, entries in parts.items() if entries)


def _entries(values: Sequence[object]) -> list[str]:
    return [f"{it[0]}={shlex.quote(it[1])}" if isinstance(it, tuple) else str(it) for it in values]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(" ".join(str(value).split())) or '""'
