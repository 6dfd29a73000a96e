"""Whether versions are raised by as much as their templates change: against git, and against a target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from publisher.declarations import Repository
from publisher.declarations.product import Family
from publisher.errors import InputError, Problem, command
from publisher.model import next_version, precedence, step_between
from publisher.planning.product_changes import ProductChanges, bump_of, lacking_words, level_of
from publisher.publishing.family_changes import Side, product_changes
from publisher.publishing.git_objects import FamilyRevision
from publisher.publishing.revisions import SHORT, Revisions
from publisher.templates.render import Rendered

RULE = "P608"


def bumps_since_git(
    root: Path, repository: Repository, rendered: Mapping[str, Rendered]
) -> tuple[list[Problem], list[str]]:
    """One problem for each family whose version promises too little since the last lower one in git.

    And why families could not be compared, as notes. Without a repository there is neither. A family of which
    something does not render is not compared.
    """
    families = {it.name: it for it in repository.families if all(one.key in rendered for one in it.variants)}
    problems: list[Problem] = []
    notes: list[str] = []
    if not families:
        return problems, notes
    with Revisions(root) as revisions:
        try:
            releases = revisions.below({name: it.version for name, it in families.items()})
        except InputError as error:
            return problems, [f"versions are not compared with git: {error}"]
        if releases.shallow:
            unknown = ", ".join(sorted(families.keys() - releases.found.keys()))
            notes.append(f"versions of {unknown} are not compared with git: this clone is shallow")
        for name, release in releases.found.items():
            if step_between(release.version, families[name].version) in (None, "major"):
                continue
            try:
                problems += _since(revisions, families[name], release, rendered)
            except InputError as error:
                notes.append(f"{name} is not compared with {release.version}: {error}")
    return problems, notes


def _since(
    revisions: Revisions, family: Family, release: FamilyRevision, rendered: Mapping[str, Rendered]
) -> Iterator[Problem]:
    place = f"revision {release.commit[:SHORT]}"
    before = [Side.of(it, place) for it in revisions.rendered(release.commit, [family.name])]
    after = [Side.of(rendered[it.key], "files") for it in family.variants]
    found = (
        replace(it, before=release.version, after=family.version) for it in product_changes(before, after)
    )
    yield from bump_problems({family.name: family}, found)


def bump_problems(families: Mapping[str, Family], found: Iterable[ProductChanges]) -> Iterator[Problem]:
    """A problem for each family with products that change more than their versions promise."""
    by_family: dict[str, list[ProductChanges]] = {}
    for it in found:
        by_family.setdefault(it.family, []).append(it)
    for name, products in by_family.items():
        lacking = [it for it in products if it.lacking()]
        if not lacking:
            continue
        document = families[name].document
        yield Problem(
            rule=RULE,
            where=document.where("version"),
            message=_message(lacking),
            hint=_hint(name, lacking),
            products=tuple(it.product for it in lacking),
        )


def explained(problem: Problem, found: Sequence[ProductChanges]) -> Problem:
    """The problem of new content under a published version, with its impact and the bump that it needs."""
    bump = bump_of(found)
    if not bump or any(it.changes is None or step_between(it.before, it.before) is None for it in found):
        return problem
    least = next_version(max((it.before for it in found), key=precedence), bump)
    family = found[0].family
    diff, release = command("diff", f"{family}*", "--from", "published"), command("release", family)
    return replace(
        problem,
        message=f"{problem.message}; impact {level_of(found)}, needs a {bump} version",
        hint=f"a published version never changes: set version: {least}, or let {release} write the next "
        f"version; {diff} shows the changes",
    )


def _message(lacking: Sequence[ProductChanges]) -> str:
    places = sorted({before for it in lacking if (before := it.labels[0])}) or [lacking[0].before]
    after = lacking[0].after
    step, bump = step_between(lacking[0].before, after), bump_of(lacking)
    return (
        f"version '{after}' is only a {step} version after {', '.join(places)}; a {bump} one is needed for: "
        f"{lacking_words(lacking)}"
    )


def _hint(family: str, lacking: Sequence[ProductChanges]) -> str:
    bump = bump_of(lacking)
    assert bump
    least = next_version(max((it.before for it in lacking), key=precedence), bump)
    return f"set version: {least}, or let {command('release', family)} write the next version"
