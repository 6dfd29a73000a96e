"""Which part of a project can be published while something in another part is wrong. Makes no AWS call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from publisher.declarations import Repository
from publisher.declarations.form import PRODUCTS
from publisher.declarations.repository import PORTFOLIOS
from publisher.errors import InputError, Problem, counted
from publisher.model import Key
from publisher.planning.held_up import Edge, HeldUp


def held_up_by(held_up: HeldUp, problems: Iterable[Problem], repository: Repository) -> HeldUp:
    """With what these problems hold up, and what that holds up in the files.

    `repository` is what the files declare, as far as it can be read. Raises InputError with all problems when
    one of them is not about a portfolio, a family or a product: nobody can say what is right then.
    """
    problems = tuple(problems)
    found = [(key, problem) for problem in problems for key in _about(problem)]
    if len({problem for _, problem in found}) < len({*problems}):
        raise InputError.of(problems)
    more = held_up.adding(found)
    return more.extended([*_edges(repository, more)])


def without(repository: Repository, held_up: HeldUp) -> Repository:
    """The part of a project that is not held up."""
    portfolios = tuple(it for it in repository.portfolios if it.name not in held_up.names("portfolio"))
    return replace(repository, portfolios=portfolios, held_up=held_up.names("product"))


def refusal(problems: Iterable[Problem], repository: Repository, *, offered: bool) -> InputError:
    """The error with these problems; if --keep-going is `offered`, it says how many products are OK."""
    problems = tuple(problems)
    error = InputError.of(problems)
    if offered:
        try:
            held_up = held_up_by(HeldUp(), problems, repository)
        except InputError:
            return error
        right = without(repository, held_up)
        fine = len({it.key for portfolio in right.portfolios for it in right.variants_of(portfolio)})
        if fine:
            # Of a family that cannot be read nobody knows how many products it has.
            count = (
                counted(fine, "product")
                if repository.unclear
                else f"{fine} of {len(repository.variants)} products"
            )
            verb, them = ("is", "it") if fine == 1 else ("are", "them")
            hint = f"{count} {verb} OK; --keep-going publishes {them}"
            return InputError.of(problems, hint=hint)
    return error


def _about(problem: Problem) -> tuple[Key, ...]:
    """What a problem is about: products, or the portfolio or family whose file is wrong."""
    if problem.products:
        return tuple(("product", key) for key in problem.products)
    match PurePosixPath(problem.where.path).parts:
        case (folder, name) if folder == PORTFOLIOS:
            return (("portfolio", PurePosixPath(name).stem),)
        case (folder, name, _, *_) if folder == PRODUCTS:
            return (("family", name),)
        case _:
            return ()


def _edges(repository: Repository, held_up: HeldUp) -> Iterator[Edge]:
    """What holds up what in the files."""
    listed: dict[str, set[str]] = {
        portfolio.name: {it.key for it in repository.variants_of(portfolio)}
        for portfolio in repository.portfolios
    }
    unread = held_up.names("portfolio") - listed.keys()
    placed = {key for keys in listed.values() for key in keys}
    for portfolio, keys in listed.items():
        yield from ((("portfolio", portfolio), ("product", key)) for key in keys)
    for family in repository.families:
        folder = PurePosixPath(family.document.path).parts[1]
        yield ("family", folder), ("family", family.name)
        for variant in family.variants:
            yield ("family", family.name), ("product", variant.key)
            if variant.key not in placed:
                # It may be in a portfolio that cannot be read.
                yield from ((("portfolio", name), ("product", variant.key)) for name in unread)
