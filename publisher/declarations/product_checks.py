"""What a family's fields must be to each other and to its folder: axes, combinations, names, paths."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from publisher.declarations.fields import Steps
from publisher.declarations.problems import shaped
from publisher.declarations.product import (
    DERIVED,
    JINJA,
    PRODUCTS_PER_FAMILY,
    TEMPLATE_AXIS,
    Family,
    ProductFile,
    combined,
    display_name,
    launch_role,
    placeholders,
    product_key,
)
from publisher.declarations.tag_options import check_tag_options
from publisher.declarations.template_folder import SKIPPED, TemplateFiles, TemplateFolder, read_folder
from publisher.documents import Document, walk
from publisher.errors import Problem, Where, closest, counted, did_you_mean, enumerated, quoted
from publisher.model import precedence

_LONGEST_KEY = 64
# Skipped files that a warning names.
_NAMED = 5
_LONGEST_NAME = 100
# What templates see besides the axes; see templates/render.py.
_RESERVED = ("product", "family", "content", "version", "permissions_boundary")


def parse_family(document: Document, folder: Path) -> tuple[Family | None, list[Problem]]:
    """The family that a document in this folder declares, with all its problems.

    None when nobody can say which products it has.
    """
    file, _, problems = shaped(ProductFile, document)
    if file is None:
        return None, problems
    problems.extend(_folder(file, folder))
    problems.extend(check_tag_options(document, file.tag_options))
    problems.extend(_external(file))
    problems.extend(_behind(file))
    unclear: list[Problem] = []
    many: TemplateFolder | None = None
    if file.product_type != "EXTERNAL" and (folder / file.template).is_dir():
        many = read_folder(folder / file.template, file.templates or TemplateFiles())
        problems.extend(_skipped(file, many))
        unclear.extend(_templates(file, folder, many))
        file = _with_templates(file, many)
    elif file.templates is not None:
        message, hint = "'templates' is for a folder of templates", "remove it, or set template to a folder"
        where = document.where("templates", key=True)
        unclear.append(Problem(rule="P137", where=where, message=message, hint=hint))
    unclear.extend(_axes(file))
    unclear.extend(_display_name(file))
    if unclear:
        return None, [*problems, *unclear]
    templates = {name: paths[0].name for name, paths in many.templates.items()} if many else {}
    family = Family(file=file, folder=folder.resolve(), templates=templates)
    problems.extend(_products(family))
    return family, problems


def _folder(file: ProductFile, folder: Path) -> Iterator[Problem]:
    if file.family != folder.name:
        yield Problem(
            rule="P130",
            where=file.document.where("family"),
            message=f"family {quoted(file.family)} is in folder {quoted(folder.name)}",
            hint="rename the family or the folder to match",
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
        message = f"{quoted(path)} is not a regular file"
        yield Problem(rule="P131", where=where, message=message, hint="use a regular file instead")
    elif not (target.is_dir() if directory else target.is_file()):
        beside = (each for each in sorted(target.parent.glob("*")) if each.is_dir() or not directory)
        near = [each.relative_to(folder).as_posix() for each in beside]
        close = closest(path, near)
        hint = f"did you mean {quoted(close)}?" if close else f"write the path of a {kind} below this folder"
        yield Problem(rule="P131", where=where, message=f"{kind} {quoted(path)} not found", hint=hint)
    elif not target.resolve().is_relative_to(folder.resolve()):
        message = f"{quoted(path)} is a symlink pointing outside the family's folder"
        yield Problem(rule="P131", where=where, message=message, hint="replace it with the files themselves")
    elif folder.resolve().is_relative_to(target.resolve()):
        message = f"{quoted(path)} is a symlink to a folder that contains it"
        yield Problem(rule="P131", where=where, message=message, hint="replace it with the files themselves")
    elif directory and not any(each.is_file() for each in walk(target)):
        message = f"the folder {quoted(path)} is empty"
        yield Problem(rule="P131", where=where, message=message, hint="add files, or remove the entry")


def _with_templates(file: ProductFile, many: TemplateFolder) -> ProductFile:
    """The family with an axis whose values are the templates."""
    labels = {name: paths[0].stem for name, paths in many.templates.items()}
    update = {"axes": {TEMPLATE_AXIS: labels}, "combinations": [{TEMPLATE_AXIS: list(labels)}]}
    return file.model_copy(update=update)


def _skipped(file: ProductFile, many: TemplateFolder) -> Iterator[Problem]:
    """Files beside the templates that are none: said, not silently left out."""
    if many.skipped:
        are = "is" if len(many.skipped) == 1 else "are"
        first, rest = many.skipped[:_NAMED], len(many.skipped) - _NAMED
        names = [*map(quoted, first), *([f"{rest} more"] if rest > 0 else [])]
        yield Problem(
            rule=SKIPPED,
            where=file.document.where("template"),
            message=f"{enumerated(names)} in {quoted(file.template)} {are} "
            "skipped: no Resources, so no template",
            hint=f"correct them, or write templates: {{exclude: {json.dumps(first)}}}",
            severity="warning",
        )


def _templates(file: ProductFile, folder: Path, many: TemplateFolder) -> Iterator[Problem]:
    where = file.document.where
    if file.axes or file.combinations:
        message = f"{quoted(file.template)} is a folder of templates, so the family cannot have axes"
        hint = f"remove axes and combinations; {{{TEMPLATE_AXIS}}} in display_name is the template's name"
        place = where("axes" if file.axes else "combinations", key=True)
        yield Problem(rule="P137", where=place, message=message, hint=hint)
    templates = many.templates
    for glob in many.unused:
        message = f"no file in {quoted(file.template)} matches {quoted(glob)}"
        place = where(
            "templates", "include", list((file.templates or TemplateFiles()).include or ()).index(glob)
        )
        yield Problem(rule="P137", where=place, message=message, hint="correct or remove it")
    if not templates and not many.unused:
        message = f"the folder {quoted(file.template)} has no templates"
        hint = "add .yaml, .yml, .json or .template files"
        hint = "exclude less" if file.templates and file.templates.exclude else hint
        yield Problem(rule="P137", where=where("template"), message=message, hint=hint)
    for name, paths in templates.items():
        for path in paths:
            yield from _path(
                file, folder, path.relative_to(folder).as_posix(), ("template",), directory=False
            )
        if not (name and paths[0].stem.isprintable()):
            message = f"file name {quoted(paths[0].name)} cannot be part of a product key"
            hint = "rename the file: use an ASCII letter or digit, and no invisible characters"
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
        message = "the template of an EXTERNAL product must be an archive, not Jinja2"
        hint = "set template to a .tar.gz file, or to a folder to pack"
        yield Problem(rule="P138", where=where("template"), message=message, hint=hint)
    if file.launch_role == DERIVED:
        message = "the launch role of an EXTERNAL product cannot be derived"
        place = where("launch_role")
        yield Problem(rule="P138", where=place, message=message, hint="set launch_role to an existing role")
    if file.axes:
        place = where("axes", key=True)
        message = "an EXTERNAL product cannot have axes"
        yield Problem(rule="P138", where=place, message=message, hint="create a family for each product")


def _behind(file: ProductFile) -> Iterator[Problem]:
    """Versions that have a state are published, and the next one comes after them."""
    newest = max(file.versions, key=precedence, default=file.version)
    if precedence(newest) > precedence(file.version):
        yield Problem(
            rule="P140",
            where=file.document.where("version"),
            message=f"version {quoted(file.version)} is lower than {quoted(newest)}, which has a state in "
            "'versions'",
            hint=f"raise version to {newest} or higher, or fix 'versions'",
        )


def _axes(file: ProductFile) -> Iterator[Problem]:
    where = file.document.where
    for axis in file.axes:
        if axis in _RESERVED:
            message = f"axis name {quoted(axis)} is reserved: templates use it for something else"
            hint = "rename the axis"
            yield Problem(rule="P132", where=where("axes", axis, key=True), message=message, hint=hint)
    if file.axes and not file.combinations:
        message = "the family has axes but no combinations"
        hint = f"add combinations of {', '.join(file.axes)}"
        yield Problem(rule="P133", where=where("axes", key=True), message=message, hint=hint)
    count = sum(math.prod(len(values) for values in entry.values()) for entry in file.combinations)
    if count > PRODUCTS_PER_FAMILY:
        message = f"the combinations are {count:,} products, at most {PRODUCTS_PER_FAMILY:,} are allowed"
        place = where("combinations", key=True)
        yield Problem(rule="P133", where=place, message=message, hint="combine fewer values")
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
            message=f"the combination has no value for {' and '.join(quoted(axis) for axis in missing)}",
            hint=f"add {', '.join(f'{axis}: [...]' for axis in missing)}",
        )


def _display_name(file: ProductFile) -> Iterator[Problem]:
    names, stray = placeholders(file.display_name)
    where = file.document.where("display_name")
    for name in names:
        if name not in file.axes:
            message = (
                f"'display_name' has the placeholder {quoted('{' + name + '}')}, but there is no such axis"
            )
            hint = did_you_mean(name, list(file.axes), what="the axes are") if file.axes else "remove it"
            yield Problem(rule="P134", where=where, message=message, hint=hint)
    if stray:
        message = f"'display_name' has an unmatched brace: {quoted(file.display_name)}"
        yield Problem(rule="P134", where=where, message=message, hint="write {axis}, or remove the brace")


def _products(family: Family) -> Iterator[Problem]:
    """Keys, roles and names of the products: unique, and within the limits."""
    file = family.file
    products = [(steps, product_key(file.family, axes), axes) for steps, axes in combined(file)]
    yield from _same_keys(file, [(steps, key) for steps, key, _ in products])
    names: dict[str, dict[str, None]] = {}
    for _, key, axes in products:
        names.setdefault(display_name(file, axes), {})[key] = None
    for name, keys in names.items():
        if len(keys) > 1:
            message = f"products {enumerated(map(quoted, keys))} have the same display name {quoted(name)}"
            hint = "use placeholders and labels that differ"
            where = file.document.where("display_name")
            yield Problem(rule="P135", where=where, message=message, hint=hint)
    yield from _lengths(family, products)


def _same_keys(file: ProductFile, products: Iterable[tuple[Steps, str]]) -> Iterator[Problem]:
    seen: dict[str, Steps] = {}
    for steps, key in products:
        if key in seen:
            first = file.document.where(*seen[key])
            message = f"duplicate product {quoted(key)}, first defined at {first}"
            hint = "list each combination once"
            yield Problem(rule="P135", where=file.document.where(*steps), message=message, hint=hint)
        seen.setdefault(key, steps)


def _lengths(family: Family, products: Sequence[tuple[Steps, str, dict[str, str]]]) -> Iterator[Problem]:
    """Of several at one place the longest is reported, and how many more there are."""
    file = family.file
    of_templates = TEMPLATE_AXIS in file.axes
    values = "the names of templates" if of_templates else "the axes' values"
    display = file.document.where("display_name")
    long: dict[tuple[Where, int, str], dict[str, None]] = {}
    for steps, key, axes in products:
        place, shown = _place(family, steps, axes), display_name(file, axes)
        name = max(key, launch_role(file, axes), key=len)
        if len(name) > _LONGEST_KEY:
            long.setdefault((place, _LONGEST_KEY, f"the family's name or {values}"), {})[name] = None
        if len(shown) > _LONGEST_NAME:
            what = (
                "display_name or the name of the template" if of_templates else "display_name or the labels"
            )
            long.setdefault((place if of_templates else display, _LONGEST_NAME, what), {})[shown] = None
    for (where, most, what), names in long.items():
        first, others = max(names, key=len), len(names) - 1
        excess = counted(len(first) - most, "character")
        also = f", and {others} more {'is' if others == 1 else 'are'} too long" if others else ""
        message = f"{quoted(first)} is {excess} too long, at most {most} are allowed{also}"
        yield Problem(rule="P136", where=where, message=message, hint=f"shorten {what} by {excess}")
    if not all(display_name(file, axes).strip() for _, _, axes in products):
        message, hint = "a product has an empty display name", "add text to display_name"
        yield Problem(rule="P136", where=display, message=message, hint=hint)


def _place(family: Family, steps: Steps, axes: Mapping[str, str]) -> Where:
    """Where a product is declared: a template of a folder, or an entry of the combinations."""
    if not family.templates:
        return family.document.where(*steps)
    name = family.templates[axes[TEMPLATE_AXIS]]
    return Where(path=f"{PurePosixPath(family.document.path).parent}/{family.template}/{name}")
