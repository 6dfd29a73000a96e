"""The next version of a family: what it must be called, and the files that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from publisher.declarations.product import Family
from publisher.documents import MAX_BYTES, Document, check_place, contents, parse
from publisher.errors import InputError, Refused, command, counted, did_you_mean, quoted
from publisher.model import Step, is_enough, next_version
from publisher.planning.product_changes import ProductChanges, bump_of, lacking_words
from publisher.publishing.family_changes import Side, product_changes
from publisher.publishing.git_objects import FamilyRevision
from publisher.publishing.project import render_products
from publisher.publishing.revisions import Revisions, named

CHANGELOG = "CHANGELOG.md"
_LONGEST_CHANGELOG = 16 << 20


@dataclass(frozen=True, kw_only=True)
class Release:
    """A family's next version, and what it changes since `before`, which is at the revision `since` names.

    Of the first version there is no version before.
    """

    family: Family
    before: str
    after: str
    since: str
    changes: tuple[ProductChanges, ...]

    @property
    def product_file(self) -> str:
        """The family's product.yaml, from the project."""
        return self.family.document.path

    @property
    def changelog(self) -> str:
        """The family's changelog, from the project."""
        return f"{self.product_file.rpartition('/')[0]}/{CHANGELOG}"


def prepare_release(root: Path, name: str, asked: Step | None) -> Release:
    """Compares the files with the revision that set their version; `asked` may be more than is needed.

    If nothing has changed since, but the changelog lacks that version, its entry is what is left to write.
    Raises Refused for what is not committed, for no change, and for a step that is too small; InputError.
    """
    with Revisions(root) as revisions:
        family, sides = _files(root, name)
        if changed := revisions.changed_files(family.folder.name):
            more = f" and {counted(len(changed) - 1, 'other file')}" if changed[1:] else ""
            raise Refused(
                f"{family.name} has changes that are not committed: {quoted(changed[0])}{more}",
                hint="commit them first: the version is that of the committed files",
            )
        own = {family.name: family.version}

        def since(release: FamilyRevision) -> tuple[ProductChanges, ...]:
            before = revisions.rendered(release.commit, [family.name])
            return product_changes([Side.of(it, named(release)) for it in before], sides)

        release = revisions.of(own).found.get(family.name)
        if release is None:
            hint = "commit product.yaml first, or fetch the complete history"
            raise InputError(f"git has no revision that set version {quoted(family.version)}", hint=hint)
        found = since(release)
        needed = bump_of(found)
        if not needed and asked is None:
            empty = Release(family=family, before="", after=family.version, since="", changes=())
            if not has_entry(present_text(root, empty.changelog), family.version):
                older = revisions.below(own).found.get(family.name)
                if older is None:
                    return empty
                return replace(empty, before=older.version, since=named(older), changes=since(older))
    if not needed:
        raise Refused(
            f"no product of {name} has changed since {named(release)}",
            hint="edit its template or content, and commit that",
        )
    step = asked or needed
    unknown = next((it for it in found if it.reason), None)
    if unknown and asked is None:
        hint = "say how much it changes with --bump major, minor or patch"
        raise InputError(f"{unknown.product}: {unknown.reason}", hint=hint)
    if not is_enough(step, needed):
        raise Refused(
            f"a {asked} version is too small; a {needed} one is needed for: {lacking_words(found, step)}",
            hint=f"run {command('release', name)} without --bump",
        )
    after = next_version(family.version, step)
    return Release(family=family, before=family.version, after=after, since=named(release), changes=found)


def with_version(text: str, document: Document, after: str) -> str:
    """The text of a product.yaml with another version, and nothing else changed. Raises InputError."""
    where, before = document.where("version"), str(document.get("version"))
    lines = text.split("\n")
    line = lines[where.line - 1]
    written = re.compile(rf"""(["']?){re.escape(before)}\1""").match(line, where.column - 1)
    if written is not None:
        quote = written[1]
        lines[where.line - 1] = f"{line[: written.start()]}{quote}{after}{quote}{line[written.end() :]}"
    changed = "\n".join(lines)
    if written is None or parse(changed, path=document.path).value != {**document.value, "version": after}:
        hint = f'write it as version: "{before}" on one line'
        raise InputError(f"{where}: version cannot be edited as it is written", hint=hint)
    return changed


def has_entry(text: str, version: str) -> bool:
    """Whether a changelog has a section of a version."""
    return _heading(version).search(text) is not None


def entry_of(text: str, version: str) -> str:
    """What a changelog says of a version, without its heading; nothing if it has no section of it."""
    heading = _heading(version).search(text)
    return text[heading.end() :].partition("\n## ")[0].strip() if heading else ""


def _heading(version: str) -> re.Pattern[str]:
    return re.compile(rf"^## \[?v?{re.escape(version)}(?![\w.+-]).*", re.MULTILINE)


def with_entry(text: str, family: str, version: str, entry: str) -> str:
    """A changelog, which may be empty, with the entry above the others; one that is there stays."""
    if has_entry(text, version):
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n") or (
        f"# Changelog of {family}\n\nWhat each version changes for launches, newest first. "
        "`publisher release` adds entries; edit them.\n"
    )
    first = re.search(r"^## ", text, re.MULTILINE)
    above = text[: first.start()] if first else text.rstrip("\n") + "\n\n"
    below = f"\n{text[first.start() :]}" if first else ""
    return f"{above}{entry}{below}".replace("\n", newline)


def present_text(root: Path, path: str, *, limit: int = _LONGEST_CHANGELOG) -> str:
    """A file of the project, with its line ends; nothing when it is missing. Raises InputError."""
    file = root / path
    check_place(file, root)
    if not file.exists():
        return ""
    try:
        return contents(file, limit=limit).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{quoted(path)} is not UTF-8", hint="save the file as UTF-8") from error


def new_files(root: Path, release: Release, entry: str) -> dict[str, bytes]:
    """The files with the release, by their paths. Raises InputError."""
    changelog = with_entry(present_text(root, release.changelog), release.family.name, release.after, entry)
    if release.after == release.family.version:
        return {release.changelog: changelog.encode()}
    product = present_text(root, release.product_file, limit=MAX_BYTES)
    bom = "\ufeff" if product.startswith("\ufeff") else ""
    product = bom + with_version(product.removeprefix(bom), release.family.document, release.after)
    return {release.changelog: changelog.encode(), release.product_file: product.encode()}


def _files(root: Path, name: str) -> tuple[Family, list[Side]]:
    """The family and its products as they are in the files. Raises InputError."""
    repository, rendered = render_products(
        root, of=lambda them: (it for it in them if it.family.name == name), then=tuple
    )
    family = next((it for it in repository.families if it.name == name), None)
    if family is None:
        hint = did_you_mean(name, [it.name for it in repository.families], what="families are")
        raise InputError(f"no family {quoted(name)}", hint=hint)
    return family, [Side.of(it, "files") for it in rendered]
