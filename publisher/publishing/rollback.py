"""Back to an older version: what targets and product.yaml change, so that the next sync keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from publisher.declarations.product import Family
from publisher.documents import Document, parse
from publisher.errors import InputError, Refused, command, quoted
from publisher.model import Catalog, ProvisioningArtifact, Retention, VersionState, plain_name, precedence
from publisher.planning.changes import Change, Update
from publisher.planning.versions import versions_of
from publisher.publishing.desired_resources import retention

Published = Mapping[str, Sequence[ProvisioningArtifact]]


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """The states that `versions` of a family's file must have, and the version to launch of each product."""

    family: Family
    states: Mapping[str, VersionState]
    to: str

    @property
    def retention(self) -> Retention:
        """What the next sync applies."""
        before = retention(self.family.file) or Retention()
        return Retention(
            keep=before.keep,
            deprecated=before.deprecated,
            states={**before.states, **self.states},
            retire=before.retire,
        )

    def changes(self, published: Published) -> tuple[Change, ...]:
        """What is left to do at a target: the same as the next sync would do."""
        found: list[Change] = []
        for _, some in sorted(self._own(published).items()):
            before = {it.key: it for it in some}
            after = self.retention.applied(some)
            found += [Update(before[it.key], it) for it in after if it != before[it.key]]
        return tuple(found)

    def _own(self, published: Published) -> dict[str, Sequence[ProvisioningArtifact]]:
        return {it.key: published[it.key] for it in self.family.variants if published.get(it.key)}


def own_versions(observed: Catalog, families: Collection[Family]) -> Published:
    """The published versions of these families' products."""
    keys = {it.key for family in families for it in family.variants}
    return {product: some for product, some in versions_of(observed).items() if product in keys}


def prepare_rollback(family: Family, targets: Sequence[Published], to: str) -> Rollback:
    """The states for all targets together. A product without that version goes back to its newest lower one.

    Raises InputError for a version that is not published, Refused for what the next sync would undo.
    """
    keys = {it.key for it in family.variants}
    every = [it for one in targets for product, some in one.items() if product in keys for it in some]
    names = sorted({it.version for it in every}, key=precedence)
    if to not in names:
        hint = f"versions are {', '.join(names)}" if names else f"run {command('sync')} first"
        raise InputError(f"version {quoted(to)} of {family.name} is not published", hint=hint)
    if family.file.retire:
        raise Refused(
            f"{family.name} is being retired: none of its versions can be launched",
            hint=f"remove retire from {family.document.path} first",
        )
    newer = [it for it in names if precedence(it) > precedence(to)]
    if newer and precedence(family.version) < precedence(newer[-1]):
        raise Refused(
            f"{family.document.path} has version {quoted(family.version)}, lower than the published "
            f"{newer[-1]}",
            hint=f"set version: {newer[-1]} or higher first, or its state cannot be written",
        )
    states: dict[str, VersionState] = {
        plain_name(it): "deprecated" for it in newer if family.file.versions.get(it) != "inactive"
    }
    for one in targets:
        for product, some in sorted(one.items()):
            if product in keys:
                _launchable(Rollback(family=family, states=states, to=to), product, some, states)
    kept = {name: state for name, state in states.items() if family.file.versions.get(name) != state}
    return Rollback(family=family, states=kept, to=to)


def _launchable(
    rollback: Rollback, product: str, some: Sequence[ProvisioningArtifact], states: dict[str, VersionState]
) -> None:
    """Adds the state of what is to be launched, if it would not be launchable without one."""
    lower = [it for it in some if precedence(it.version) <= precedence(rollback.to)]
    if not lower:
        first = min(some, key=lambda it: precedence(it.version))
        raise InputError(
            f"{product} has no version up to {rollback.to}; its first is {first.version}",
            hint="choose a later version",
        )
    chosen = max(lower, key=lambda it: precedence(it.version))
    after = next(it for it in rollback.retention.applied(some) if it.key == chosen.key)
    if not after.launchable:
        states[plain_name(chosen.version)] = "available"


def with_states(text: str, document: Document, states: Mapping[str, VersionState]) -> str:
    """The text of a product.yaml in which `versions` has these states, too. Raises InputError."""
    expected = {**document.value, "versions": {**(document.get("versions") or {}), **states}}
    changed = text
    for version, state in sorted(states.items(), key=lambda it: precedence(it[0]), reverse=True):
        changed = _with_state(changed, parse(changed, path=document.path), version, state)
    if parse(changed, path=document.path).value != expected:
        lines = ", ".join(f'"{version}": {state}' for version, state in states.items())
        raise InputError(
            f"{document.where('versions')}: versions cannot be edited as it is written",
            hint=f"add to versions by hand: {lines}",
        )
    return changed


def _with_state(text: str, document: Document, version: str, state: VersionState) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    entry = f'"{version}": {state}'
    before = document.get("versions", version)
    if before is not None:
        start = _offset(text, document, "versions", version)
        return text[:start] + text[start:].replace(before, state, 1)
    if not document.has("versions"):
        end = "" if text.endswith("\n") else newline
        return f"{text}{end}versions:{newline}  {entry}{newline}"
    start = _offset(text, document, "versions")
    if text[start : start + 1] == "{":
        comma = ", " if document.get("versions") else ""
        return f"{text[: start + 1]}{entry}{comma}{text[start + 1 :]}"
    column = document.where("versions").column - 1
    return f"{text[:start]}{entry}{newline}{' ' * column}{text[start:]}"


def _offset(text: str, document: Document, *keys: str) -> int:
    where = document.where(*keys)
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: where.line - 1]) + where.column - 1


def undone_by_sync(families: Iterable[Family], targets: Sequence[Published]) -> list[str]:
    """What of the files would become the version to launch with the next sync, in words."""
    return [
        f"the files have {it.name} {it.version}, which is not published: the next sync publishes it where "
        "the content is new, and it becomes the version to launch"
        for it in families
        if all(it.version not in {one.version for one in some} for at in targets for some in at.values())
    ]
