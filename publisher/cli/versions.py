"""`release` and `rollback`: the next version of a family, and back to an older one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.columns import Block, columns
from publisher.cli.shell import Shell
from publisher.errors import AwsError, Refused, command, counted, enumerated, listed, quoted

if TYPE_CHECKING:
    from publisher.catalog import ServiceCatalog
    from publisher.declarations import Repository
    from publisher.declarations.product import Family
    from publisher.model import Launch
    from publisher.planning.apply import Outcome
    from publisher.planning.plan import Plan
    from publisher.publishing.rollback import Published, Rollback
    from publisher.stopping import Stop


class Bump(StrEnum):
    """How much a version changes for launches."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("release")(release)
    app.command("rollback")(rollback)


def release(
    context: typer.Context,
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="A family: a folder of products/.")],
    bump: Annotated[
        Bump | None, typer.Option("--bump", help="At least this much; by default what the changes need.")
    ] = None,
) -> None:
    """Write a family's next version and changelog entry."""
    from publisher.cli.changelog_text import entry
    from publisher.documents import write_all
    from publisher.model import step_between
    from publisher.planning.product_changes import bump_of, level_of
    from publisher.publishing.release import new_files, prepare_release

    shell: Shell = context.obj
    prepared = prepare_release(shell.directory, family, bump.value if bump else None)
    step = step_between(prepared.before, prepared.after) if prepared.before else None
    level = level_of(prepared.changes)
    axes = {it.key: it.axes for it in prepared.family.variants}
    text = entry(prepared.after, step, level, prepared.changes, axes)
    files = new_files(shell.directory, prepared, text)
    write_all(shell.directory, files)
    document = {
        "family": family,
        "before": prepared.before or None,
        "after": prepared.after,
        "since": prepared.since or None,
        "bump": bump_of(prepared.changes),
        "level": level,
        "written": sorted(files),
        "entry": text,
    }
    commit = f"git commit -m '{family} {prepared.after}' -- products/{prepared.family.folder.name}"
    shell.result(
        document,
        f"{family} {prepared.after}" + (f", changes since {prepared.since}" if prepared.since else ""),
        *text.splitlines(),
        f"written: {', '.join(sorted(files))}",
        f"next: edit the entry as you like, run git add {prepared.changelog} and {commit}; then "
        f"{command('plan')}",
    )


@dataclass(frozen=True, kw_only=True)
class _Target:
    """A target with its versions and launches of the products in question."""

    name: str
    catalog: ServiceCatalog
    published: Published
    launches: Sequence[Launch]


def rollback(
    context: typer.Context,
    product: Annotated[
        str, typer.Argument(metavar="PRODUCT", help="A product or glob: all products of a family.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="VERSION", help="The published version to go back to.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
) -> None:
    """Make an older published version the one to launch."""
    from publisher.declarations import load
    from publisher.documents import write_all
    from publisher.publishing.rollback import prepare_rollback, undone_by_sync

    shell: Shell = context.obj
    repository = load(shell.directory, configs=False)
    families = _families(repository.select(product), product, to)
    targets = [_read(shell, it, families) for it in shell.publishing_targets()]
    published = [it.published for it in targets]
    found = [prepare_rollback(it, published, to) for it in families]
    files = _files(shell, found)
    plans = {it.name: _plan(it, found) for it in targets}
    count = sum(len(it.changes) for it in plans.values())
    notes = [*undone_by_sync(families, published), *_shown_by_sync(repository, families)]
    if not count and not files:
        shell.result(_rolled(to, targets, {}, files, notes), f"{to} is the version to launch", *notes)
        return
    shown = [line for it in targets for line in _shown(it, plans[it.name], to)]
    shown += [f"write {path}: {_states(one)}" for path, one in zip(files, _edited(found), strict=True)]
    if not yes:
        shell.note(*shown, *notes)
    busy = [name for name, it in plans.items() if it.changes]
    shell.confirm(f"write {enumerated([*files, *busy])}?", yes=yes)
    # First the files: a sync from them must not undo what a stopped run has done.
    write_all(shell.directory, files)
    with shell.writing() as stop:
        outcomes = {it.name: _applied(it, plans[it.name], stop) for it in targets}
    commit = [f"next: commit {enumerated(files)}, or the next sync undoes this"] if files else []
    move = f"launches stay as they are; {command('update', '--all', product, '--to', to)} moves them"
    shell.result(
        _rolled(to, targets, outcomes, files, notes),
        *shown,
        *notes,
        *commit,
        move,
        failure=_failure([one for some in outcomes.values() for one in some]),
    )


def _families(variants: Sequence[Any], glob: str, to: str) -> list[Family]:
    """The families of the products. Raises Refused when the glob leaves some of a family's out."""
    families = list({it.family.name: it.family for it in variants}.values())
    for family in families:
        left = [it.key for it in family.variants if not fnmatchcase(it.key, glob)]
        if left:
            raise Refused(
                f"a version of {family.name} has one state for all its products; {quoted(glob)} leaves out "
                f"{left[0]}",
                hint=f"run {command('rollback', f'{family.name}*', '--to', to)}",
            )
    return families


def _read(shell: Shell, target: Any, families: Sequence[Family]) -> _Target:
    from publisher.catalog import ServiceCatalog
    from publisher.publishing.rollback import own_versions
    from publisher.publishing.template_bucket import TemplateBucket

    shell.note(f"reading the catalog of {target.name}")
    catalog = ServiceCatalog(target.aws, bucket=TemplateBucket(target.aws, {}), clock=shell.clock)
    published = own_versions(catalog.observe(), families)
    launches = [it for it in catalog.launches() if it.product in published]
    return _Target(name=target.name, catalog=catalog, published=published, launches=launches)


def _plan(target: _Target, found: Sequence[Rollback]) -> Plan:
    from publisher.planning.changes import order
    from publisher.planning.plan import Plan

    changes = [it for one in found for it in one.changes(target.published)]
    return Plan(target=target.name, changes=tuple(sorted(changes, key=order)))


def _edited(found: Sequence[Rollback]) -> list[Rollback]:
    return [it for it in found if it.states]


def _states(one: Rollback) -> str:
    return ", ".join(f"{version} {state}" for version, state in sorted(one.states.items()))


def _files(shell: Shell, found: Sequence[Rollback]) -> dict[str, bytes]:
    from publisher.documents import MAX_BYTES
    from publisher.publishing.release import present_text
    from publisher.publishing.rollback import with_states

    files: dict[str, bytes] = {}
    for one in _edited(found):
        document = one.family.document
        text = present_text(shell.directory, document.path, limit=MAX_BYTES)
        bom = "\ufeff" if text.startswith("\ufeff") else ""
        files[document.path] = (bom + with_states(text.removeprefix(bom), document, one.states)).encode()
    return files


def _shown(target: _Target, plan: Plan, to: str) -> list[Block]:
    """What changes at a target, and which launches have which version."""
    from publisher.report.plan_rows import cells

    heading = f"{target.name}: {to} becomes the version to launch, {counted(len(plan.changes), 'change')}"
    rows = [*map(cells, plan.changes)]
    running = [
        (
            version,
            "1 launch" if len(names) == 1 else f"{len(names)} launches",
            listed(names),
        )
        for version, names in _running(target).items()
    ]
    return [heading, *columns(rows, indent="  "), *columns(running, indent="  ")]


def _running(target: _Target) -> Mapping[str, list[str]]:
    from publisher.model import precedence

    found: defaultdict[str, list[str]] = defaultdict(list)
    for it in target.launches:
        found[it.version or "(not published any more)"].append(it.name)
    return dict(sorted(found.items(), key=lambda it: precedence(it[0])))


def _applied(target: _Target, plan: Plan, stop: Stop) -> list[Outcome]:
    from publisher.planning.apply import apply

    return list(apply(plan, target.catalog, stop=stop))


def _shown_by_sync(repository: Repository, families: Sequence[Family]) -> list[str]:
    """What is left to do for templates in S3."""
    from publisher.declarations.studio_products import placed_products

    placed = {it.key for one in families for it in one.variants}.intersection(placed_products(repository))
    text = f"run {command('sync')} after this, so that SageMaker Studio shows the templates of this version"
    return [text] if placed else []


def _failure(outcomes: Sequence[Outcome]) -> AwsError | None:
    undone = [it for it in outcomes if it.error]
    if not undone:
        return None
    return AwsError(
        f"{len(undone)} of {len(outcomes)} changes are not done; the first: {undone[0].error}",
        hint="run the same command again: it continues from there",
    )


def _rolled(
    to: str,
    targets: Sequence[_Target],
    outcomes: Mapping[str, Sequence[Outcome]],
    files: Mapping[str, bytes],
    notes: Sequence[str],
) -> dict[str, Any]:
    """The JSON shape of docs/versions.md."""
    return {
        "to": to,
        "targets": [
            {
                "target": it.name,
                "outcomes": [one.document() for one in outcomes.get(it.name, ())],
                "launches": dict(_running(it)),
            }
            for it in targets
        ],
        "written": sorted(files),
        "notes": list(notes),
    }
