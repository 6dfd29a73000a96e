"""`diff`: what the templates of products change between the files, git revisions and published versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.catalog import Format
from publisher.cli.columns import Block, separated
from publisher.cli.shell import Shell
from publisher.errors import InputError, command, counted, listed, nearest, quoted

if TYPE_CHECKING:
    from publisher.catalog import ServiceCatalog
    from publisher.planning.product_changes import ProductChanges
    from publisher.planning.template_changes import TemplateChanges
    from publisher.publishing.family_changes import Side


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("diff")(diff)


def diff(
    context: typer.Context,
    products: Annotated[
        list[str], typer.Argument(metavar="PRODUCT...", help="Products or globs, e.g. tools-*.")
    ],
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="REVISION|VERSION|published|tree",
            help="The older side; by default the version before the other side's: with --local, --profile or "
            "--target the newest published one, else in git the one that set the version, if the content "
            "has changed since, or the last lower one.",
        ),
    ] = "",
    to: Annotated[
        str, typer.Option("--to", metavar="REVISION|VERSION|published|tree", help="The newer side.")
    ] = "tree",
    format_: Annotated[
        Format, typer.Option("--format", help="The output format; markdown for pull requests.")
    ] = Format.TEXT,
) -> None:
    """Show what templates change, and what it does to launches."""
    from publisher.planning.product_changes import grouped_changes
    from publisher.publishing.diff_sources import PUBLISHED, DiffSources
    from publisher.publishing.family_changes import product_changes
    from publisher.publishing.revisions import Revisions

    shell: Shell = context.obj
    shell.as_json = shell.as_json or format_ is Format.JSON
    account = shell.names_account or PUBLISHED in (from_, to)
    with Revisions(shell.directory) as revisions:
        sources = DiffSources(
            shell.directory, products, revisions, connect=lambda: _catalog(shell), account=account
        )
        after = sources.sides(to)
        if not after and not from_:
            raise _unmatched(products, after)
        before = sources.sides(from_) if from_ else sources.earlier(after)
        found = product_changes(before, after)
    if not found:
        raise _unmatched(products, (*before, *after))
    groups = grouped_changes(found)
    show = _markdown if format_ is Format.MARKDOWN else _text
    shell.result(_document(found, groups), *show(found, groups), whole=format_ is Format.MARKDOWN)


def _catalog(shell: Shell) -> ServiceCatalog:
    from publisher.catalog import ServiceCatalog
    from publisher.publishing.template_bucket import TemplateBucket

    target = shell.target()
    shell.note(f"reading the catalog of {target.name}")
    return ServiceCatalog(target.aws, bucket=TemplateBucket(target.aws, {}), clock=shell.clock)


def _unmatched(globs: Sequence[str], sides: Iterable[Side]) -> InputError:
    names = sorted({it.product for it in sides})
    hint = nearest(globs[0].rstrip("*"), names, otherwise=f"run {command('list')} to see the products")
    return InputError(f"no product matches {quoted(globs[0])}", hint=hint)


def _document(found: Sequence[ProductChanges], groups: Sequence[TemplateChanges]) -> dict[str, Any]:
    """The JSON shape of docs/versions.md."""
    from publisher.planning.product_changes import bump_of, level_of

    return {
        "level": level_of(found),
        "bump": bump_of(found),
        "products": [
            {
                "product": it.product,
                "family": it.family,
                "before": it.before or None,
                "after": it.after or None,
                "places": [label or None for label in it.labels],
                "bump": it.bump,
                "same": it.same,
                "presence": it.presence,
                "unknown": it.reason or None,
            }
            for it in found
        ],
        "changes": [
            change.document() | {"products": [it.product for it in group.versions]}
            for group in groups
            for change in group.changes
        ],
    }


def _text(found: Sequence[ProductChanges], groups: Sequence[TemplateChanges]) -> Iterator[Block]:
    from publisher.cli.template_changes import template_changes_text

    yield from template_changes_text(groups)
    yield from _others(found)
    yield from _summary(found)


def _markdown(found: Sequence[ProductChanges], groups: Sequence[TemplateChanges]) -> list[Block]:
    from publisher.cli.template_changes import template_changes_markdown
    from publisher.report.markdown import plain

    summary = [f"- {plain(line)}" for line in (*_others(found), *_summary(found))]
    return separated([*template_changes_markdown(groups), summary])


def _others(found: Sequence[ProductChanges]) -> Iterator[str]:
    """The products that have no changes to show."""
    kinds = {
        "added": [it.product for it in found if it.presence == "added"],
        "removed": [it.product for it in found if it.presence == "removed"],
        "same content": [it.product for it in found if it.same],
    }
    yield from (f"{kind}: {listed(names)}" for kind, names in kinds.items() if names)
    yield from (f"unknown: {it.product}: {it.reason}" for it in found if it.reason)


def _summary(found: Sequence[ProductChanges]) -> Iterator[str]:
    """A line for each step between two versions."""
    from publisher.model import is_enough, step_between
    from publisher.planning.product_changes import bump_of, level_of

    steps: dict[tuple[str, str, str], list[ProductChanges]] = {}
    for it in found:
        steps.setdefault((it.family, it.before, it.after), []).append(it)
    for (family, before, after), some in sorted(steps.items()):
        bump = bump_of(some)
        if not before or not after or not bump:
            continue
        step = step_between(before, after) if before != after else None
        given = f"; {after} is a {step} one" if step else ""
        enough = "" if not step or is_enough(step, bump) else ", too small"
        yield (
            f"{family}, {counted(len(some), 'product')}: impact {level_of(some)}, needs a {bump} version "
            f"after {before}{given}{enough}"
        )
