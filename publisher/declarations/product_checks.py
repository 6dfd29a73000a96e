"""What a family's fields must be to each other and to its folder: axes, combinations, names, paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from publisher.declarations.fields import Steps
from publisher.declarations.problems import shaped
from publisher.declarations.product import (
    DERIVED,
    JINJA,
    TEMPLATE_AXIS,
    Family,
    ProductFile,
    combined,
    display_name,
    launch_role,
    placeholders,
    product_key,
    templates_in,
)
from publisher.declarations.tag_options import check_tag_options
from publisher.documents import Document
from publisher.errors import Problem, closest, counted, did_you_mean, quoted
from publisher.model import precedence

_LONGEST_KEY = 64
_LONGEST_NAME = 100
# What templates see besides the axes; see templates/render.py.
_RESERVED = ("product", "family", "content", "version")


def parse_family(document: Document, folder: Path) -> tuple[Family | None, list[Problem]]:
    """The family that a document in this folder declares, or None, with all its problems."""
    file, _, problems = shaped(ProductFile, document)
    if file is None:
        return None, problems
    problems.extend(_folder(file, folder))
    problems.extend(check_tag_options(document, file.tag_options))
    problems.extend(_external(file))
    problems.extend(_behind(file))
    if _many(file, folder):
        problems.extend(_templates(file, folder))
        file = _with_templates(file, folder)
    problems.extend(_axes(file))
    problems.extend(_display_name(file))
    if not problems:
        problems.extend(_products(file))
    if problems:
        return None, problems
    return Family(file=file, folder=folder.resolve()), []


def _folder(file: ProductFile, folder: Path) -> Iterator[Problem]:
    if file.family != folder.name:
        yield Problem(
            rule="P130",
            where=file.document.where("family"),
            message=f"the family {quoted(file.family)} stands in the folder {quoted(folder.name)}",
            hint="give family and folder the same name",
        )
    yield from _path(file, folder, file.template, ("template",), directory=(folder / file.template).is_dir())
    for name, path in file.content.items():
        yield from _path(file, folder, path, ("content", name), directory=True)


def _path(
    file: ProductFile, folder: Path, path: str, steps: tuple[str, ...], *, directory: bool
) -> Iterator[Problem]:
    target = folder / path
    where = file.document.where(*steps)
    kind = "folder" if directory else "file"
    if not directory and not target.is_file() and (target.exists() or target.is_symlink()):
        message = f"{quoted(path)} is not a plain file"
        yield Problem(rule="P131", where=where, message=message, hint="put the file itself there")
    elif not (target.is_dir() if directory else target.is_file()):
        beside = (each for each in sorted(target.parent.glob("*")) if each.is_dir() or not directory)
        near = [each.relative_to(folder).as_posix() for each in beside]
        close = closest(path, near)
        hint = f"did you mean {quoted(close)}?" if close else f"write the path of a {kind} below this folder"
        yield Problem(rule="P131", where=where, message=f"there is no {kind} {quoted(path)}", hint=hint)
    elif not target.resolve().is_relative_to(folder.resolve()):
        message = f"{quoted(path)} is a link that leads out of the family's folder"
        yield Problem(rule="P131", where=where, message=message, hint="put the files themselves there")
    elif folder.resolve().is_relative_to(target.resolve()):
        message = f"{quoted(path)} is a link to a folder that it stands in"
        yield Problem(rule="P131", where=where, message=message, hint="put the files themselves there")
    elif directory and not any(each.is_file() for each in target.rglob("*")):
        message = f"the folder {quoted(path)} is empty"
        yield Problem(rule="P131", where=where, message=message, hint="put files there, or remove the entry")


def _many(file: ProductFile, folder: Path) -> bool:
    """Whether each template of a folder is a product."""
    return file.product_type != "EXTERNAL" and (folder / file.template).is_dir()


def _with_templates(file: ProductFile, folder: Path) -> ProductFile:
    """The family with an axis whose values are the templates."""
    labels = {name: paths[0].stem for name, paths in templates_in(folder / file.template).items()}
    update = {"axes": {TEMPLATE_AXIS: labels}, "combinations": [{TEMPLATE_AXIS: list(labels)}]}
    return file.model_copy(update=update)


def _templates(file: ProductFile, folder: Path) -> Iterator[Problem]:
    where = file.document.where
    if file.axes or file.combinations:
        message = f"{quoted(file.template)} is a folder of templates, each of which is a product"
        hint = f"take axes and combinations out; {{{TEMPLATE_AXIS}}} in display_name is the template's name"
        place = where("axes" if file.axes else "combinations", key=True)
        yield Problem(rule="P137", where=place, message=message, hint=hint)
    templates = templates_in(folder / file.template)
    if not templates:
        message = f"the folder {quoted(file.template)} has no templates"
        hint = "put .yaml, .yml, .json or .template files there"
        yield Problem(rule="P137", where=where("template"), message=message, hint=hint)
    for name, paths in templates.items():
        for path in paths:
            yield from _path(
                file, folder, path.relative_to(folder).as_posix(), ("template",), directory=False
            )
        if not (name and paths[0].stem.isprintable()):
            message = f"{quoted(paths[0].name)} cannot be a part of a product's key"
            hint = "rename the file: it needs a letter or digit of ASCII, and nothing that is not to be seen"
            yield Problem(rule="P137", where=where("template"), message=message, hint=hint)
        if len(paths) > 1:
            names = " and ".join(quoted(path.name) for path in paths)
            message = f"{names} would be the same product"
            yield Problem(rule="P137", where=where("template"), message=message, hint="rename one of them")


def _external(file: ProductFile) -> Iterator[Problem]:
    """An engine of one's own takes an archive that we cannot look into."""
    if file.product_type != "EXTERNAL":
        return
    where = file.document.where
    if file.template.endswith(JINJA):
        message = "the template of an EXTERNAL product is an archive, not Jinja2"
        hint = "name a .tar.gz, or the folder to pack"
        yield Problem(rule="P138", where=where("template"), message=message, hint=hint)
    if file.launch_role == DERIVED:
        message = "the launch role of an EXTERNAL product cannot be derived"
        place = where("launch_role")
        yield Problem(rule="P138", where=place, message=message, hint="name an existing role")
    if file.axes:
        place = where("axes", key=True)
        message = "an EXTERNAL product has one template, so there is nothing for axes to change"
        yield Problem(rule="P138", where=place, message=message, hint="make a family for each product")


def _behind(file: ProductFile) -> Iterator[Problem]:
    """Versions that have a state are published, and the next one comes after them."""
    newest = max(file.versions, key=precedence, default=file.version)
    if precedence(newest) > precedence(file.version):
        yield Problem(
            rule="P140",
            where=file.document.where("version"),
            message=f"version {quoted(file.version)} goes back behind {quoted(newest)}, which has a state in "
            "'versions'",
            hint=f"raise version to {newest} or above, or correct 'versions'",
        )


def _axes(file: ProductFile) -> Iterator[Problem]:
    where = file.document.where
    for axis in file.axes:
        if axis in _RESERVED:
            message = f"an axis cannot be called {quoted(axis)}: templates know that name as something else"
            hint = "give the axis another name"
            yield Problem(rule="P132", where=where("axes", axis, key=True), message=message, hint=hint)
    if file.axes and not file.combinations:
        message = "the family has axes but no combinations, so no products"
        hint = f"add combinations that name {', '.join(file.axes)}"
        yield Problem(rule="P133", where=where("axes", key=True), message=message, hint=hint)
    for n, entry in enumerate(file.combinations):
        yield from _combination(file, n, entry)


def _combination(file: ProductFile, n: int, entry: dict[str, list[str]]) -> Iterator[Problem]:
    where = file.document.where
    missing = [axis for axis in file.axes if axis not in entry]
    for axis, values in entry.items():
        if axis not in file.axes:
            close = closest(axis, missing)
            missing = [each for each in missing if each != close]
            yield Problem(
                rule="P133",
                where=where("combinations", n, axis, key=True),
                message=f"the family has no axis {quoted(axis)}",
                hint=did_you_mean(axis, list(file.axes), what="its axes are"),
            )
            continue
        for m, value in enumerate(values):
            if value not in file.axes[axis]:
                yield Problem(
                    rule="P133",
                    where=where("combinations", n, axis, m),
                    message=f"the axis {quoted(axis)} has no value {quoted(value)}",
                    hint=did_you_mean(value, list(file.axes[axis]), what="its values are"),
                )
    if missing:
        yield Problem(
            rule="P133",
            where=where("combinations", n),
            message=f"the combination does not name {' and '.join(quoted(axis) for axis in missing)}",
            hint=f"every axis must be named; add {', '.join(f'{axis}: [...]' for axis in missing)}",
        )


def _display_name(file: ProductFile) -> Iterator[Problem]:
    names, stray = placeholders(file.display_name)
    where = file.document.where("display_name")
    for name in names:
        if name not in file.axes:
            message = (
                f"'display_name' has the placeholder {quoted('{' + name + '}')}, but there is no such axis"
            )
            hint = did_you_mean(name, list(file.axes), what="the axes are") if file.axes else "take it out"
            yield Problem(rule="P134", where=where, message=message, hint=hint)
    if stray:
        message = f"'display_name' has a brace that belongs to no placeholder: {quoted(file.display_name)}"
        yield Problem(rule="P134", where=where, message=message, hint="write {axis}, or take the brace out")


def _products(file: ProductFile) -> Iterator[Problem]:
    """Keys, roles and names of the products: unique, and within the limits."""
    products = [(steps, product_key(file.family, axes), axes) for steps, axes in combined(file)]
    yield from _same_keys(file, [(steps, key) for steps, key, _ in products])
    names: dict[str, str] = {}
    for _, key, axes in products:
        first = names.setdefault(display_name(file, axes), key)
        if first != key:
            name = quoted(display_name(file, axes))
            message = f"the products {quoted(first)} and {quoted(key)} are both called {name}"
            hint = "let the placeholders and labels tell the products apart"
            where = file.document.where("display_name")
            yield Problem(rule="P135", where=where, message=message, hint=hint)
            break
    yield from _lengths(file, products, max(names, key=len))


def _same_keys(file: ProductFile, products: Iterable[tuple[Steps, str]]) -> Iterator[Problem]:
    seen: dict[str, Steps] = {}
    for steps, key in products:
        if key in seen:
            first = file.document.where(*seen[key])
            message = f"the product {quoted(key)} is made twice, first by the entry at {first}"
            hint = "let each combination stand in one entry"
            yield Problem(rule="P135", where=file.document.where(*steps), message=message, hint=hint)
        seen.setdefault(key, steps)


def _lengths(
    file: ProductFile, products: Iterable[tuple[Steps, str, dict[str, str]]], longest_name: str
) -> Iterator[Problem]:
    """Only the longest of each kind is told of."""
    named = [(steps, max(key, launch_role(file, axes), key=len)) for steps, key, axes in products]
    steps, longest = max(named, key=lambda each: len(each[1]))
    excess = len(longest) - _LONGEST_KEY
    if excess > 0:
        message = f"{quoted(longest)} is {counted(excess, 'character')} too long, {_LONGEST_KEY} are the most"
        values = "the names of templates" if TEMPLATE_AXIS in file.axes else "the axes' values"
        hint = f"shorten the family's name or {values} by {counted(excess, 'character')}"
        yield Problem(rule="P136", where=file.document.where(*steps), message=message, hint=hint)
    excess = len(longest_name) - _LONGEST_NAME
    if excess > 0:
        message = (
            f"{quoted(longest_name)} is {counted(excess, 'character')} too long, {_LONGEST_NAME} are the most"
        )
        hint = f"shorten display_name or the labels by {counted(excess, 'character')}"
        where = file.document.where("display_name")
        yield Problem(rule="P136", where=where, message=message, hint=hint)
    elif not all(display_name(file, axes).strip() for _, _, axes in products):
        where = file.document.where("display_name")
        yield Problem(
            rule="P136", where=where, message="a product has no name", hint="add words to display_name"
        )
