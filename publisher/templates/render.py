"""From a product's Jinja2 templates to its canonical CloudFormation body: the same bytes on any machine.

Knows of a product only what `product.Variant` says, and of AWS nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from publisher.declarations.product import Family, Variant
from publisher.errors import InputError, Problem, PublisherError, Where, and_more
from publisher.model import StoredContent, StoredTemplate, template_key
from publisher.templates.content import Content, archived, pack
from publisher.templates.jobs import LIMIT, Body, Handle, TemplateJob, evaluate_template, limit_problem
from publisher.templates.kept_bodies import KeptBodies
from publisher.templates.workers import RENDERING, Workers, workers

_batches = itertools.count()


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


def render(variant: Variant, *, pool: Workers | None = None) -> Rendered:
    """Renders one product. Raises InputError: T001 to T029, each at a line of the family's files."""
    (rendered,) = render_all([variant], pool=pool)
    return rendered


def render_all(variants: Iterable[Variant], *, pool: Workers | None = None) -> tuple[Rendered, ...]:
    """Renders products in their order. Raises InputError with the problems of all of them."""
    rendered, problems = render_each(variants, pool=pool)
    if problems:
        raise InputError.of(problems)
    return rendered


def render_each(
    variants: Iterable[Variant], *, pool: Workers | None = None
) -> tuple[tuple[Rendered, ...], tuple[Problem, ...]]:
    """The products that can be rendered, in their order, and the problems of the others.

    A problem that several products of a template have is one, which names them.
    """
    batch = _Batch(variants)
    run = (pool or workers()).run(evaluate_template, batch.jobs(), RENDERING, expected=len(batch.variants))
    for job, outcome in run:
        batch.take(job, outcome)
    return batch.results(), batch.problems()


class _Batch:
    """Products that are rendered together: content is packed once, what is endless for one is so for all."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        self.variants = {variant.key: variant for variant in variants}
        self._number = next(_batches)
        self._kept = KeptBodies()
        self._entries = {key: it.family.folder / it.template for key, it in self.variants.items()}
        self._shared = Counter(self._entries.values())
        self._content: dict[str, tuple[Content, ...] | None] = {}
        self._rendered: dict[str, Rendered] = {}
        self._problems: list[Problem] = []
        self._wrong: dict[str, Sequence[Problem]] = {}
        self._endless: dict[Path, Sequence[Problem]] = {}

    def jobs(self) -> Iterator[TemplateJob]:
        """What is left for the workers, as they ask for it."""
        for key, variant in self.variants.items():
            family, entry = variant.family, self._entries[key]
            if entry in self._endless:
                self._wrong[key] = self._endless[entry]
            elif family.product_type == "EXTERNAL":
                self._archive(variant, entry)
            elif (content := self._packed(family)) is not None:
                handles = {it.name: Handle(key=it.key, digest=it.digest) for it in content}
                variables = {
                    **variant.axes,
                    "product": key,
                    "family": family.name,
                    "content": handles,
                    "permissions_boundary": variant.permissions_boundary,
                }
                job = TemplateJob(
                    batch=self._number,
                    product=key,
                    entry=entry,
                    shown=_shown(family, entry),
                    variables=variables,
                )
                if body := self._kept.body(job):
                    self.take(job, body)
                else:
                    yield job

    def take(self, job: TemplateJob, outcome: Body | PublisherError) -> None:
        """Notes what a worker made of a job. Raises PublisherError when it is not the input that is wrong."""
        match outcome:
            case Body():
                variant = self.variants[job.product]
                content = self._content[variant.family.name] or ()
                self._kept.keep(job, outcome)
                self._rendered[job.product] = Rendered(
                    variant=variant,
                    template=json.loads(outcome.json),
                    body=outcome.text,
                    digest=outcome.digest,
                    content=tuple(item for item in content if item.key in outcome.text),
                )
            case InputError():
                problems = outcome.problems or [limit_problem(f"rendering {outcome}", Where(path=job.shown))]
                self._wrong[job.product] = problems
                if any(problem.rule == LIMIT for problem in problems):
                    self._endless[job.entry] = problems
            case error:
                raise error

    def results(self) -> tuple[Rendered, ...]:
        """What is rendered, in the order of the products."""
        return tuple(self._rendered[key] for key in self.variants if key in self._rendered)

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, in the order of the files."""
        # Rule, place and number among those of one product there → the problem, the products.
        found: dict[tuple[str, Where, int], tuple[Problem, list[str]]] = {}
        for key in (key for key in self.variants if key in self._wrong):
            seen: Counter[tuple[str, Where]] = Counter()
            for problem in self._wrong[key]:
                place = problem.rule, problem.where
                found.setdefault((*place, seen[place]), (problem, []))[1].append(key)
                seen[place] += 1
        named = [self._naming(*each) for each in found.values()]
        return tuple(sorted([*self._problems, *named], key=lambda problem: problem.sort_key))

    def _naming(self, problem: Problem, products: Sequence[str]) -> Problem:
        """The problem with the products that have it, named where others may not."""
        problem = replace(problem, products=tuple(products))
        if self._shared[self._entries[products[0]]] == 1:
            return problem
        return replace(problem, message=f"{problem.message}: {and_more(products)}")

    def _packed(self, family: Family) -> tuple[Content, ...] | None:
        """The content of a family; None when it is wrong."""
        if family.name not in self._content:
            try:
                self._content[family.name] = pack_all(family)
            except InputError as error:
                self._problems.extend(error.problems)
                self._content[family.name] = None
        return self._content[family.name]

    def _archive(self, variant: Variant, entry: Path) -> None:
        try:
            packed = archived(entry, shown=_shown(variant.family, entry))
        except InputError as error:
            self._problems.extend(error.problems)
            return
        digest = f"sha256:{hashlib.sha256(packed).hexdigest()}"
        self._rendered[variant.key] = Rendered(
            variant=variant, template={"Resources": {}}, body="", digest=digest, content=(), archive=packed
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
