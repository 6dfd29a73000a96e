"""From a product's Jinja2 templates to its canonical CloudFormation body: the same bytes on any machine.

Knows of a product only what `product.Variant` says, and of AWS nothing.
"""

from __future__ import annotations

import functools
import hashlib
import re
import traceback
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from publisher.declarations.product import Family, Variant
from publisher.errors import InputError, Problem, Where, did_you_mean
from publisher.model import StoredContent, StoredTemplate, template_key
from publisher.templates import template_digest
from publisher.templates.cloudformation import Parsed, parse
from publisher.templates.content import Content, archived, pack
from publisher.templates.filters import LimitError
from publisher.templates.sandbox import Sandbox
from publisher.templates.sources import JINJA, MarkingSandbox, Sources, marks_in, plain

_LONGEST_MESSAGE = 300
# How Python's messages name functions of publisher and Jinja2.
_OURS = re.compile(r"(?:publisher|jinja2)\.[\w.<>]+\(\)")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A product's template: the canonical body, its digest (`sha256:<64 hex>`), the content that it names.

    An EXTERNAL product has an `archive` instead, and a template without resources.
    """

    variant: Variant
    template: dict[str, Any] = field(repr=False)
    body: str = field(repr=False)
    digest: str
    content: tuple[Content, ...]
    archive: bytes | None = field(default=None, repr=False)

    @property
    def published(self) -> bytes:
        """The bytes that are published: the body, or the archive of an EXTERNAL product."""
        return self.body.encode() if self.archive is None else self.archive

    @property
    def object_key(self) -> str:
        """Where the bytes are kept in the template bucket."""
        return template_key(self.digest, self.variant.family.product_type)

    @property
    def stored(self) -> tuple[StoredContent | StoredTemplate, ...]:
        """What the template bucket stores of it."""
        content = [StoredContent(object_key=it.key, size=len(it.body)) for it in self.content]
        named, size = tuple(it.object_key for it in content), len(self.published)
        return (*content, StoredTemplate(object_key=self.object_key, size=size, content=named))

    @property
    def product(self) -> str:
        """The product key."""
        return self.variant.key

    @property
    def family(self) -> str:
        """The name of the product's family."""
        return self.variant.family.name

    @property
    def version(self) -> str:
        """The version of the product's family."""
        return self.variant.family.version

    @property
    def path(self) -> str:
        """The file name of the rendered template, or of the archive."""
        return f"{self.product}.template.yaml" if self.archive is None else f"{self.product}.tar.gz"


@dataclass(frozen=True)
class _Handle:
    """What a template may know of packed content."""

    key: str
    digest: str


def render(variant: Variant) -> Rendered:
    """Renders one product. Raises InputError: T001 to T029, each at a line of the family's files."""
    return _rendered(variant, {})


def render_all(variants: Iterable[Variant]) -> tuple[Rendered, ...]:
    """Renders products in their order. Raises InputError with the problems of all of them."""
    workshops: dict[Path, _Workshop] = {}
    rendered: list[Rendered] = []
    problems: dict[Problem, None] = {}
    for variant in variants:
        try:
            rendered.append(_rendered(variant, workshops))
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError.of(problems)
    return tuple(rendered)


def _rendered(variant: Variant, workshops: dict[Path, _Workshop]) -> Rendered:
    family = variant.family
    entry = family.folder / variant.template
    if family.product_type == "EXTERNAL":
        packed = archived(entry, shown=_shown(family, entry))
        digest = f"sha256:{hashlib.sha256(packed).hexdigest()}"
        nothing: dict[str, Any] = {"Resources": {}}
        return Rendered(variant=variant, template=nothing, body="", digest=digest, content=(), archive=packed)
    if entry.suffix != JINJA:
        return _finished(variant, parse(plain(entry, _shown(family, entry)), _shown(family, entry)).value, ())
    if entry not in workshops:
        workshops[entry] = _Workshop(family, entry)
    return workshops[entry].render(variant)


def _finished(variant: Variant, template: dict[str, Any], content: Iterable[Content]) -> Rendered:
    body = template_digest.dump(template)
    return Rendered(
        variant=variant,
        template=template,
        body=body,
        digest=template_digest.digest(template),
        content=tuple(item for item in content if item.key in body),
    )


def pack_all(family: Family) -> tuple[Content, ...]:
    """The starting content of a family, each folder packed. Raises InputError with every problem."""
    packed: list[Content] = []
    problems: list[Problem] = []
    for name, folder in sorted(family.content.items()):
        path = family.folder / folder
        try:
            packed.append(pack(name, path, shown=_shown(family, path)))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError.of(problems)
    return tuple(packed)


def _shown(family: Family, path: Path) -> str:
    """A path of the family as messages name it: relative to the project."""
    beginning = PurePosixPath(family.document.path).parent
    return (beginning / path.relative_to(family.folder).as_posix()).as_posix()


class _Workshop:
    """Renders the products of one family: sources are compiled and content is packed once."""

    def __init__(self, family: Family, entry: Path) -> None:
        self._family = family
        self._entry = entry
        self._sources = Sources(self._entry.parent, _shown(family, self._entry.parent))
        self._sandbox = Sandbox(self._sources)
        self._endless: InputError | None = None

    @cached_property
    def _content(self) -> tuple[Content, ...]:
        return pack_all(self._family)

    def render(self, variant: Variant) -> Rendered:
        # What took too long for one product would take as long for each.
        if self._endless is not None:
            raise self._endless
        content = self._content
        variables = {
            **variant.axes,
            "product": variant.key,
            "family": self._family.name,
            "content": {item.name: _Handle(key=item.key, digest=item.digest) for item in content},
        }
        return _finished(variant, self._parsed(variables).value, content)

    def _parsed(self, variables: Mapping[str, Any]) -> Parsed:
        text = self._text(self._sandbox, variables)
        return parse(
            text,
            _shown(self._family, self._entry),
            printed=self._sandbox.printed,
            locate=self._locator(variables),
        )

    def _text(self, sandbox: Sandbox, variables: Mapping[str, Any]) -> str:
        entry = _shown(self._family, self._entry)
        try:
            return sandbox.text(self._entry.name, variables)
        except Exception as error:  # a template may raise anything that Python can
            refused = InputError.of([_problem(error, entry, variables)])
            if isinstance(error, LimitError):
                self._endless = refused
            raise refused from error

    def _locator(self, variables: Mapping[str, Any]) -> Callable[[int, int], Where]:
        """Finds the source line that a place in the text came from, by rendering once more with marks."""

        @functools.cache
        def marks() -> list[tuple[int, int, Where]]:
            sandbox = MarkingSandbox(self._sources)
            return marks_in(self._text(sandbox, variables), sandbox.names)

        def locate(line: int, column: int) -> Where:
            index = bisect_right(marks(), (line, column), key=lambda mark: mark[:2]) - 1
            return marks()[index][2]

        return locate


def _problem(error: Exception, entry: str, variables: Mapping[str, Any]) -> Problem:
    where = _where(error, entry)
    match error:
        case TemplateSyntaxError():
            rule, message, hint = (
                "T001",
                f"invalid Jinja2: {error.message}",
                "docs/templates.md shows the syntax",
            )
        case UndefinedError() if "unsafe" not in str(error):
            rule, message, hint = "T002", str(error.message), _defined(str(error.message), variables)
        case TemplateNotFound():
            rule, message, hint = "T005", str(error), "put the file into the template's folder"
        case LimitError():
            rule, message, hint = "T004", str(error), "print less, loop over less"
        case RecursionError():
            rule, message, hint = (
                "T004",
                "includes or macros call each other endlessly, or a value is nested too deeply",
                "remove the cycle",
            )
        case SecurityError():
            rule, message, hint = "T003", str(error), "docs/templates.md lists what templates can do"
        case _:
            words = _OURS.sub("a call's", str(error))
            rule, message, hint = "T006", f"{type(error).__name__}: {words}", "fix the expression"
    return Problem(rule=rule, where=where, message=_cut(message), hint=_cut(hint))


def _cut(text: str) -> str:
    """Jinja and Python quote whole values."""
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def _where(error: Exception, entry: str) -> Where:
    """The last line of a template on the way to the error."""
    if isinstance(error, TemplateSyntaxError):
        return Where(path=error.filename or entry, line=error.lineno)
    folder = entry.rpartition("/")[0]
    lines = [
        Where(path=frame.filename, line=frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(f"{folder}/") and not frame.filename.endswith(".py")
    ]
    return lines[-1] if lines else Where(path=entry)


def _defined(message: str, variables: Mapping[str, Any]) -> str:
    names = sorted(variables)
    missing = re.match(r"'(\w+)' is undefined", message)
    return did_you_mean(missing[1] if missing else "", names, what="templates see")
