"""The versions of products on pages: a row of each on its product's page, and a page of each with changes."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import get_args

from publisher.errors import counted
from publisher.impact import EFFECTS, Level
from publisher.model import step_between
from publisher.planning.product_changes import ProductChanges
from publisher.planning.product_history import ProductHistory, ProductVersion
from publisher.report import site
from publisher.report.change_rows import MOST, ChangeRows, change_rows


@dataclass(frozen=True, kw_only=True)
class VersionView:
    """A version as pages show it.

    `marks` are word, level of a badge, and what the word means. `summary` says what it changes in one clause;
    `changes` is None where nothing is compared.
    """

    product: str
    version: ProductVersion
    path: str
    marks: tuple[tuple[str, str, str], ...]
    summary: str
    changes: ChangeRows | None

    @property
    def name(self) -> str:
        """The name of the version."""
        return self.version.name

    @property
    def description(self) -> str:
        """What the version says of itself, but for its own name, as publisher writes it."""
        words = self.version.artifact.description
        return "" if words.endswith(f" {self.name}") else words

    @property
    def before(self) -> str:
        """The version that it is compared with."""
        changed = self.version.changed
        return changed.before if changed else ""

    @property
    def commands(self) -> Mapping[str, str]:
        """What to do with it on a command line, by a title."""
        found = {}
        if self.before:
            words = ("publisher", "diff", self.product, "--from", self.before, "--to", self.name)
            found["The same as text"] = shlex.join(words)
        if self.version.artifact.active:
            found["What it would change in a launch"] = self._command("changes")
            found["Update a launch to it"] = self._command("update")
        if self.version.artifact.launchable:
            found["Launch it"] = self._command("launch")
        return found

    def _command(self, name: str) -> str:
        return shlex.join(("publisher", name, "CONFIG", "--version", self.name))


def version_views(history: ProductHistory) -> tuple[VersionView, ...]:
    """The versions of a product, newest first."""
    return tuple(_view(history, it) for it in history.versions)


def version_pages(
    histories: Mapping[str, ProductHistory], names: Mapping[str, str], about: site.Site
) -> dict[str, Callable[[], site.Page]]:
    """A page for each version by path, made when it is asked for. `names`: display names by product."""
    return {
        site.path("products", product, it.name): partial(
            _page, history, it, names.get(product) or product, about
        )
        for product, history in histories.items()
        for it in history.versions
    }


def _page(history: ProductHistory, version: ProductVersion, product: str, about: site.Site) -> site.Page:
    views = version_views(history)
    at = history.versions.index(version)
    view = views[at]
    return site.page(
        "version.html",
        view.path,
        f"{product} {view.name}",
        site=about,
        view=view,
        product=product,
        newer=views[at - 1] if at else None,
        older=views[at + 1] if at + 1 < len(views) else None,
        notes=history.notes if not view.before else (),
        effects=EFFECTS,
    )


def _view(history: ProductHistory, version: ProductVersion) -> VersionView:
    changed = version.changed
    compared = changed is not None and changed.presence == "both" and changed.changes is not None
    return VersionView(
        product=history.product,
        version=version,
        path=site.path("products", history.product, version.name),
        marks=tuple(_marks(history, version)),
        summary=_summary(changed),
        changes=change_rows(changed.changes or (), MOST) if changed and compared else None,
    )


def _marks(history: ProductHistory, version: ProductVersion) -> list[tuple[str, str, str]]:
    it, changed = version.artifact, version.changed
    marks = []
    if version.name == history.current:
        words = "the version of the files" if version.place == "files" else "what a launch takes by default"
        marks.append(("current", "good", words) if it.launchable else ("newest", "note", words))
    if not it.active:
        marks.append(("inactive", "warning", "nobody can launch it, or update to it"))
    elif not it.launchable:
        marks.append(("deprecated", "warning", "no new launches; those that have it continue"))
    if changed and changed.lacking():
        words = f"what it changes asks for a {changed.bump} version after {changed.before}"
        marks.append(("version too small", "warning", words))
    return marks


def _summary(changed: ProductChanges | None) -> str:
    if changed is None:
        return "the first version that is known"
    if changed.presence == "added":
        return "the first version of the product"
    if changed.same:
        return f"same content as {changed.before}"
    if changed.changes is None:
        return f"what it changes after {changed.before} is not known: {changed.reason}"
    step = step_between(changed.before, changed.after)
    rows = change_rows(changed.changes).rows
    levels = Counter(it.level for it in rows)
    parts = [f"{levels[it]} {it}" for it in get_args(Level) if levels[it]]
    match parts:
        case []:
            what = "no change in meaning"
        case [_]:
            what = counted(len(rows), f"{rows[0].level} change")
        case _:
            what = f"{len(rows)} changes ({', '.join(parts)})"
    return f"{f'{step} version' if step else 'changes'} after {changed.before}: {what}"
