"""The files of a project, read, rendered and checked: the one place for all commands. Makes no AWS call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePath
from typing import TypeVar

from publisher.declarations import Repository, Variant
from publisher.declarations.portfolio_products import check_parameters
from publisher.declarations.repository import PRODUCT_FILE, Reading, declared, read_all
from publisher.declarations.studio_products import check_project_parameters
from publisher.declarations.template_folder import SKIPPED
from publisher.documents import sha256_of
from publisher.errors import InputError, Problem, errors
from publisher.planning.held_up import HeldUp
from publisher.publishing.desired_catalog import offline
from publisher.publishing.keep_going import held_up_by, refusal, without
from publisher.templates.checks import refused
from publisher.templates.quick_check import QuickVerdict, is_installed, quick_check, quick_workers
from publisher.templates.render import Rendered, render_each
from publisher.templates.workers import workers

T = TypeVar("T")
# What else is wrong with rendered products.
RoleCheck = Callable[[Iterable[Rendered]], Iterable[Problem]]
# Problems of a family's paths, and of an EXTERNAL product's archive.
_NOT_RENDERED = ("P131", "P138")
_WARNINGS = (SKIPPED, "T032")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was read and rendered, right or wrong, and every problem, in the order of the files.

    `quick` is the first verdict on the templates, if it was asked for.
    """

    reading: Reading
    rendered: Mapping[str, Rendered]
    problems: tuple[Problem, ...]
    quick: QuickVerdict = field(default_factory=QuickVerdict)


@dataclass(frozen=True, kw_only=True)
class Project:
    """The declarations of a project, and its rendered products by key.

    `declared` is everything that can be read, and `held_up` the part of it that cannot be published for what
    is wrong with it: always nothing, unless it is read to `keep_going`, which is None where nobody can ask
    for that. `warnings` are about launch roles, and files that are no products and may have been before.
    `quick` is the first verdict on the templates, if it was asked for.
    """

    declared: Repository
    rendered: Mapping[str, Rendered]
    held_up: HeldUp = field(default_factory=HeldUp)
    keep_going: bool | None = None
    warnings: tuple[Problem, ...] = ()
    quick: QuickVerdict = field(default_factory=QuickVerdict)

    @classmethod
    def read(
        cls,
        root: Path,
        *,
        targets: Collection[str] = (),
        keep_going: bool | None = None,
        roles: RoleCheck = lambda _: (),
        quick: bool = False,
    ) -> Project:
        """Reads, renders and checks everything, at the named targets; with `quick` the templates, too.

        Raises InputError with every problem; to keep going, only with one that may concern everything.
        """
        files = declared(root, configs=False)
        checked = check_files(root, files, targets=targets, roles=roles, quick=quick)
        repository = checked.reading.repository()
        warnings = tuple(it for it in checked.problems if it.rule in _WARNINGS)
        project = cls(
            declared=repository,
            rendered=checked.rendered,
            keep_going=keep_going,
            warnings=warnings,
            quick=checked.quick,
        )
        found = errors(checked.problems)
        return replace(project, held_up=project.holding(project.held_up, found)) if found else project

    def holding(self, held_up: HeldUp, problems: Iterable[Problem]) -> HeldUp:
        """With what these problems hold up, too.

        Raises InputError with them, unless it keeps going.
        """
        if self.keep_going:
            return held_up_by(held_up, problems, self.declared)
        raise refusal(problems, self.declared, offered=self.keep_going is not None)

    @cached_property
    def repository(self) -> Repository:
        """The declarations that can be published."""
        return without(self.declared, self.held_up)

    @cached_property
    def content(self) -> str:
        """64 hex digits over the contents of the files, whatever their order, comments or target."""
        documents = [it.document for it in self.declared.portfolios]
        documents += [it.document for it in self.declared.families]
        files = {it.path: it.value for it in documents}
        digests = {key: one.digest for key, one in self.rendered.items()}
        return sha256_of([files, digests])

    @cached_property
    def bodies(self) -> Mapping[str, bytes]:
        """What template buckets store, by object key."""
        content = {it.key: it.body for one in self.rendered.values() for it in one.content}
        return content | {one.object_key: one.published for one in self.rendered.values()}


def check_files(
    root: Path,
    files: Sequence[Path],
    *,
    targets: Collection[str] = (),
    roles: RoleCheck = lambda _: (),
    only: Collection[str] = (),
    quick: bool = False,
) -> Checked:
    """Checks these files of a project, what they render to, and with `roles` its launch roles.

    Rules that depend on the target are checked at the declared ones, or those that match `targets`. With
    `only`, some of the files, no more is rendered and checked than what tells whether these are right. With
    `quick` there is a first verdict on the templates.
    """
    quick = quick and is_installed()
    if quick and any(PurePath(it).name == PRODUCT_FILE for it in only or files):
        quick_workers().prepare()
    reading, (rendered, found) = _read(root, files, lambda repository: _concerned(repository, only))
    repository = reading.repository()
    judged = [it for it in rendered if not only or it.variant.family.document.path in only]
    verdict = quick_check(judged) if quick else QuickVerdict()
    parameters = dict.fromkeys(
        it.key for it in repository.variants if it.family.product_type != "EXTERNAL"
    ) | {it.product: it.template.get("Parameters", {}) for it in rendered if it.archive is None}
    # More about what is wrong by itself would be noise.
    wrong = {problem.where.path for problem in errors(reading.problems)}
    right = tuple(it for it in repository.portfolios if it.path not in wrong)
    problems = [
        *reading.problems,
        *found,
        *refused(rendered),
        *verdict.problems,
        *roles(judged),
        *check_parameters(repository.portfolios, parameters),
        *check_project_parameters(repository.variants, parameters),
        *offline(replace(repository, portfolios=right), next(iter(reading.targets), None), targets),
    ]
    return Checked(
        reading=reading,
        rendered={one.product: one for one in rendered},
        problems=tuple(sorted(problems, key=lambda problem: problem.sort_key)),
        quick=verdict,
    )


def _concerned(repository: Repository, only: Collection[str]) -> tuple[Variant, ...]:
    """The products whose templates tell whether these files are right; without any files all products."""
    if not only:
        return repository.variants
    forms = [it for it in repository.forms if it.document.path in only]
    configs = [it for it in repository.configs if it.path in only]
    families = {it.family for it in forms} | {it.form.family for it in configs}
    families.update(it.name for it in repository.families if it.document.path in only)
    products = {str(it.document.get("product")) for it in configs if it.document.has("product")}
    for portfolio in repository.portfolios:
        if portfolio.path in only:
            products.update(it.key for it in repository.variants_of(portfolio))
    return tuple(it for it in repository.variants if it.family.name in families or it.key in products)


def render_products(
    root: Path,
    *globs: str,
    of: Callable[[Sequence[Variant]], Iterable[Variant]] = tuple,
    then: Callable[[Sequence[Rendered]], T],
) -> tuple[Repository, T]:
    """What is declared, and what is made of the matching products; `of` says which of them.

    Raises InputError with the problems of all declarations, of these products and of what is made of them.
    """
    reading, (rendered, found) = _read(
        root, declared(root, configs=False), lambda repository: of(repository.select(*globs))
    )
    problems = [*errors(reading.problems), *found]
    try:
        made = then(rendered)
    except InputError as error:
        raise InputError.of([*problems, *error.problems]) from error
    if problems:
        raise InputError.of(problems)
    return reading.repository(), made


def _read(
    root: Path, files: Sequence[Path], select: Callable[[Repository], Iterable[Variant]]
) -> tuple[Reading, tuple[tuple[Rendered, ...], tuple[Problem, ...]]]:
    """What the files declare, and the selected products rendered, as far as they can be."""
    if any(path.name == PRODUCT_FILE for path in files):
        workers().prepare()
    reading = read_all(root, files)
    wrong = {problem.where.path for problem in reading.problems if problem.rule in _NOT_RENDERED}
    try:
        selected = select(reading.repository())
    except InputError:
        # The product may be missing for what is wrong with its family.
        if errors(reading.problems):
            return reading, ((), ())
        raise
    return reading, render_each(it for it in selected if it.family.document.path not in wrong)
