"""`status`: what is published of each product, beside the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.columns import Block, columns, separated
from publisher.cli.shell import Shell
from publisher.errors import InputError, command, counted, enumerated, listed, nearest, quoted

if TYPE_CHECKING:
    from publisher.planning.product_status import ProductStatus, PublishedVersion

_FAST = "a fast status assumes which versions are deprecated or inactive"


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("status")(status)


def status(
    context: typer.Context,
    globs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PRODUCT]...", help="Products or globs; by default all."),
    ] = None,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast", help="One call per product; assume which versions are deprecated or inactive."
        ),
    ] = False,
) -> None:
    """Show what is published, next to the files."""
    from publisher.publishing.project import Project
    from publisher.publishing.rollout import Rollout

    shell: Shell = context.obj
    project = Project.read(shell.directory, targets=shell.targets)
    shell.note(*map(str, project.warnings))
    rollout = Rollout.of(project, shell.publishing_targets())
    shell.note(f"reading the catalog of {enumerated(rollout.names)}")
    found = rollout.status(fast=fast)
    chosen = _chosen(found, globs or ())
    document = {
        "targets": [
            {"target": target, "products": [it.document() for it in products]}
            for target, products in chosen.items()
        ],
        "content": project.content,
        "calls": rollout.document(())["calls"],
    }
    if rollout.failures:
        document["failures"] = [it.document() for it in rollout.failures]
    texts = [_text(target, products) for target, products in chosen.items()]
    shell.result(document, *separated(texts), *([_FAST] if fast else []))
    if failure := rollout.failure():
        raise failure


def _chosen(
    found: Mapping[str, Sequence[ProductStatus]], globs: Sequence[str]
) -> dict[str, list[ProductStatus]]:
    """The products that match, by target. Raises InputError for what matches at none."""
    names = sorted({it.product for products in found.values() for it in products})
    for glob in globs if found else ():
        if not any(fnmatchcase(name, glob) for name in names):
            hint = nearest(glob.rstrip("*"), names, otherwise=f"run {command('status')} to see all products")
            raise InputError(f"no product matches {quoted(glob)}", hint=hint)
    return {
        target: [it for it in products if not globs or any(fnmatchcase(it.product, glob) for glob in globs)]
        for target, products in found.items()
    }


def _text(target: str, products: Sequence[ProductStatus]) -> list[Block]:
    header = ["PRODUCT", "FILES", "PUBLISHED", "STATE", "PORTFOLIOS"]
    rows = [
        [it.product, it.version or "-", _versions(it.published), it.state, _portfolios(it)] for it in products
    ]
    if any(it.templates for it in products):
        header.append("STUDIO")
        for row, it in zip(rows, products, strict=True):
            row.append(listed([each.version for each in it.templates if each.visible]) or "-")
    counts = Counter(it.state for it in products)
    states = [f"{state}: {count}" for state, count in sorted(counts.items(), key=lambda it: -it[1])]
    summary = "; ".join([counted(len(products), "product"), *([", ".join(states)] if states else [])])
    return [target, *columns([header, *rows], indent="  "), summary]


def _versions(published: Sequence[PublishedVersion]) -> str:
    """Newest first, with the state of those that nobody can start launches from."""
    names = [it.version + ("" if it.state == "available" else f" ({it.state})") for it in published]
    return listed(names) or "-"


def _portfolios(product: ProductStatus) -> str:
    extra = product.extra if product.version else ()
    names = [name + (" (not in the files)" if name in extra else "") for name in product.portfolios]
    return ", ".join([*names, *(f"{name} (missing)" for name in product.missing)]) or "-"
