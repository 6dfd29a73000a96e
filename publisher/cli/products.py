"""The commands over rendered products: render, lint, show, docs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.columns import columns, separated
from publisher.cli.findings import Findings, FindingsFormat, FormatOption, SarifOption, rendered_files
from publisher.cli.shell import Shell
from publisher.errors import ChangesFound, Problem, command, counted, errors

if TYPE_CHECKING:
    from publisher.declarations import Repository
    from publisher.templates.render import Rendered

Products = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PRODUCT]...", help="Products or globs; by default all."),
]
MANIFEST = "manifest.json"
# Without a portfolio nobody says where a product is launched.
_ANY_REGION = ("us-east-1",)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_INLINE_LIMIT = 51_200


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("render")(render)
    app.command("lint")(lint)
    app.command("show")(show)
    app.command("docs")(docs)


def render(
    context: typer.Context,
    products: Products = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=f"Write templates and {MANIFEST} to this folder."),
    ] = None,
) -> None:
    """Render products to CloudFormation templates."""
    from publisher.documents import write_all

    shell: Shell = context.obj
    _, rendered = _rendered(shell, products)
    if output is None:
        shell.result(_manifest(rendered), *_bodies(rendered).split("\n"), whole=True)
        return
    manifest = json.dumps(_manifest(rendered), indent=2, sort_keys=True) + "\n"
    write_all(output, {it.path: it.published for it in rendered} | {MANIFEST: manifest.encode()})
    rows = [
        (each.product, each.version, _short(each), counted(len(each.template["Resources"]), "resource"))
        for each in rendered
    ]
    written = f"{counted(len(rendered), 'template')} and {MANIFEST} written to {output}"
    shell.result(_manifest(rendered, output), *columns(rows), written)


def lint(
    context: typer.Context,
    products: Products = None,
    errors_only: Annotated[
        bool, typer.Option("--errors-only", help="No warnings, and nothing informational.")
    ] = False,
    format_: FormatOption = FindingsFormat.TEXT,
    sarif: SarifOption = None,
) -> None:
    """Check rendered templates with cfn-lint and publisher's rules."""
    from publisher.bootstrap.roles import DerivedRoles
    from publisher.report.rules import TEMPLATE_CHECKS
    from publisher.templates.lint import lint_each

    shell: Shell = context.obj
    findings = Findings(shell, format_, sarif)
    with findings.stopping():
        repository, rendered = _rendered(shell, products)
    regions = _regions(repository)
    work = [(each, regions[each.product]) for each in rendered]
    shell.note(f"linting {counted(len(work), 'template')}")
    for each in rendered:
        if (size := len(each.body)) > _INLINE_LIMIT:
            shell.detail(f"{each.path} has {size:,} bytes, more than the inline limit of {_INLINE_LIMIT:,}")
    with shell.progress() as step:
        linted = lint_each(work, rules=TEMPLATE_CHECKS, blueprints=repository.blueprints, step=step)
        found = [*DerivedRoles().check(rendered), *linted]
    found.sort(key=lambda problem: problem.sort_key)
    problems = errors(found) if errors_only else found
    findings.show(problems, _report(problems, work), rendered_files(repository.families))


def show(
    context: typer.Context,
    products: Annotated[
        list[str], typer.Argument(metavar="PRODUCT...", help="Products or globs, e.g. tools-*.")
    ],
) -> None:
    """Show a product: parameters, resources, outputs, roles."""
    from publisher.cli.product_pages import document, page

    shell: Shell = context.obj
    repository, rendered = _rendered(shell, products)
    variants = {variant.key: variant for variant in repository.variants}
    roots = _roots(shell, repository)
    shown = [document(repository, variants[each.product], each, roots) for each in rendered]
    shell.result({"products": shown}, *separated(page(each) for each in shown))


def _roots(shell: Shell, repository: Repository) -> list[str]:
    """What ARNs of roles begin with, in the accounts that options name, else in those of the targets.

    Without either it says where the account stands.
    """
    from publisher.aws.arns import partition_of
    from publisher.declarations.studio_products import placed_products
    from publisher.declarations.targets import read_targets

    if not placed_products(repository):
        return []
    if shell.names_account:
        chosen = shell.publishing_targets()
        places = {(it.aws.partition, it.account_id or it.aws.account_id) for it in chosen}
    else:
        file = read_targets(shell.directory)
        targets = file.targets.values() if file else ()
        places = {(partition_of(it.regions[0]), it.account_id) for it in targets}
    return [f"arn:{partition}:iam::{account}:role/" for partition, account in sorted(places)] or [
        "arn:{partition}:iam::{account_id}:role/"
    ]


def docs(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 4 if a page is out of date.")
    ] = False,
) -> None:
    """Write the generated parts of products/*/README.md and docs/."""
    from publisher.documents import write_all
    from publisher.report.regions import page, regenerate

    shell: Shell = context.obj
    repository, rendered = _rendered(shell, None)
    fresh = _generated(shell.directory, repository)
    for name, tables in _pages(shell.directory, repository, rendered).items():
        if name not in fresh:
            fresh[name] = regenerate(page(shell.directory, name), name, tables)
    root = shell.directory
    names = [name for name, text in sorted(fresh.items()) if page(root, name) != text]
    if check and names:
        raise ChangesFound(f"out of date: {', '.join(names)}", hint=f"run {command('docs')}")
    write_all(root, {name: fresh[name].encode() for name in names})
    lines = [f"{name} written" for name in names] or ["all up to date"]
    shell.result({"written": names}, *lines)


def _generated(root: Path, repository: Repository) -> dict[str, str]:
    """The files that are generated as a whole, by path; those of the project's that exist."""
    from publisher.declarations.schema import CATALOG, catalog, schema_files
    from publisher.report.rules import markdown

    files = {"docs/rules.md": markdown(), **schema_files(repository.forms)}
    files[CATALOG] = json.dumps(catalog(), indent=2) + "\n"
    return {name: text for name, text in files.items() if (root / name).is_file()}


def _rendered(shell: Shell, globs: Sequence[str] | None) -> tuple[Repository, tuple[Rendered, ...]]:
    from publisher.publishing.project import render_products

    return render_products(shell.directory, *(globs or ()), then=tuple)


def _regions(repository: Repository) -> Mapping[str, tuple[str, ...]]:
    """Product key → the Regions of the portfolios that hold it."""
    regions: dict[str, tuple[str, ...]] = {}
    for portfolio in repository.portfolios:
        for variant in repository.variants_of(portfolio):
            known = regions.get(variant.key, ())
            regions[variant.key] = tuple(dict.fromkeys((*known, *portfolio.regions)))
    return {variant.key: regions.get(variant.key, _ANY_REGION) for variant in repository.variants}


def _manifest(rendered: Sequence[Rendered], folder: Path = Path()) -> dict[str, Any]:
    return {
        "products": [
            {
                "product": each.product,
                "family": each.family,
                "version": each.version,
                "digest": each.digest,
                "path": (folder / each.path).as_posix(),
                "resources": len(each.template["Resources"]),
            }
            for each in rendered
        ]
    }


def _bodies(rendered: Sequence[Rendered]) -> str:
    """The template; each of several follows a line with its path and digest."""
    if len(rendered) == 1:
        return rendered[0].body
    return "".join(f"---\n# {each.path} {each.digest}\n{each.body}" for each in rendered)


def _report(problems: Sequence[Problem], work: Sequence[tuple[Rendered, Sequence[str]]]) -> list[str]:
    if not problems:
        regions = sorted({region for _, regions in work for region in regions})
        return [f"{counted(len(work), 'template')} OK in {', '.join(regions)}"]
    lines = [line for problem in problems for line in (str(problem), f"  hint: {problem.hint}")]
    number = Counter(problem.severity for problem in problems)
    kinds = [counted(number[kind], kind) for kind in ("error", "warning") if number[kind]]
    kinds += [f"{number['informational']} informational"] if number["informational"] else []
    wrong = {problem.where.path for problem in problems}
    rendered = wrong & {each.path for each, _ in work}
    render = command("render", "-o", "DIR")
    refer = f"; line numbers of *.template.yaml refer to {render}" if rendered else ""
    return [*lines, f"{', '.join(kinds)} in {len(wrong)} of {counted(len(work), 'template')}{refer}"]


def _pages(
    root: Path, repository: Repository, rendered: Sequence[Rendered]
) -> dict[str, Mapping[str, Callable[[], str]]]:
    """The pages that may have generated regions, each with what can stand in them."""
    from publisher.aws.translations import translations
    from publisher.declarations.form import FormFile, generic
    from publisher.launch.checks.examination import FORM_RULES
    from publisher.report import launcher_rights, tables
    from publisher.templates.interface import Interface

    by_product = {each.product: each for each in rendered}
    pages: dict[str, Mapping[str, Callable[[], str]]] = {}
    forms = {
        it.family: {"config-fields": partial(tables.fields, it.model.model_json_schema())}
        for it in repository.forms
    }
    for family in repository.families:
        shown = [
            tables.Shown(
                key=variant.key,
                display_name=variant.display_name,
                axes=variant.axes,
                interface=Interface.of(by_product[variant.key].template),
            )
            for variant in family.variants
        ]
        pages[f"products/{family.folder.name}/README.md"] = {
            "products": partial(tables.products, shown),
            "parameters": partial(tables.parameters, shown),
            "outputs": partial(tables.outputs, shown),
        } | forms.get(family.name, {})
    checks = [(name, rule.arguments, rule.title) for name, rule in sorted(FORM_RULES.items())]
    known = [(it.says, it.code or it.status, it.means, it.documented, it.sources) for it in translations()]
    for path in sorted((root / "docs").glob("*.md")):
        pages[f"docs/{path.name}"] = {
            "effects": tables.effects,
            "template-rules": tables.checks,
            "account-checks": partial(tables.account_checks, checks),
            "aws-errors": partial(tables.errors, known),
            "launcher-rights": launcher_rights.markdown,
            "config-fields": partial(tables.fields, generic().model.model_json_schema()),
            "form-fields": partial(tables.fields, FormFile.model_json_schema()),
        }
    return {name: page for name, page in pages.items() if (root / name).is_file()}


def _short(rendered: Rendered) -> str:
    return rendered.digest[: len("sha256:") + 12]
