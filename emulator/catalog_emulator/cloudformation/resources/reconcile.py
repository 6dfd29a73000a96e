"""What moto's models made, kept up through its service: changed, tagged, and compared with the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from catalog_emulator.cloudformation.resources.apis import api_of
from catalog_emulator.cloudformation.resources.apis.api import Api, plain
from catalog_emulator.cloudformation.resources.differences import changed_names
from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.settings import settings

DriftBaseline = MutableMapping[tuple[str, str], dict[str, Any]]
_UNTOLD = object()


@dataclass(frozen=True)
class Reconciler:
    """One type's. Excuses hold what resources told from the start otherwise than their template.

    moto's models pass over what they do not know, and services write some values in another way: neither is
    drift until the value changes.
    """

    type_name: str
    schema: Schema | None
    drift_baseline: DriftBaseline

    @property
    def api(self) -> Api | None:
        """The type's calls, where they are known. moto's users have what moto's models do, and no more."""
        return api_of(self.type_name) if settings.strict else None

    @property
    def tags(self) -> str:
        """The property that holds the tags."""
        return (self.schema.tag_property if self.schema else None) or "Tags"

    def made(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Adds to a new resource what moto's model overlooked."""
        if self.api is None:
            return
        self.api.applies(context, physical_id, {}, properties, late=True)
        self.api.tag(context, physical_id, properties, self.tags)
        self._excuse(context, physical_id, properties, properties)

    def own(self, context: Context, before: Properties, after: Properties) -> bool:
        """Whether the service's calls can make all of the change."""
        names = changed_names(before, after)
        known = self.api.knows(context, names) if self.api is not None else frozenset()
        tagged = self.api is not None and self.api.tagging is not None
        return set(names) <= known | ({self.tags} if tagged else set())

    def change(
        self,
        context: Context,
        physical_id: str,
        before: Properties,
        after: Properties,
        model: Callable[[], bool],
    ) -> tuple[str, ...]:
        """Makes the change, by `model` where the service's calls do not do; the names of what nothing did."""
        names = changed_names(before, after)
        first = self.live(context, physical_id, {**before, **after}) or {}
        done: frozenset[str] = frozenset()
        if names and not self.own(context, before, after) and model():
            done = frozenset(names)
        if self.api is not None:
            done |= self.api.applies(context, physical_id, before, after)
            if self.api.tag(context, physical_id, after, self.tags):
                done |= {self.tags}
        then = self.live(context, physical_id, {**before, **after}) or {}
        left = tuple(name for name in names if not _took(name, done, first, then, after))
        kept = {name: value for name, value in after.items() if name not in left}
        self._excuse(context, physical_id, after, kept)
        return left

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What the service tells of the properties; None when the resource is gone."""
        if self.api is None:
            return {}
        told = self.api.live(context, physical_id, properties, self.tags)
        return None if told is None else {name: plain(value) for name, value in told.items()}

    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The same, with what is excused as the template has it."""
        live = self.live(context, physical_id, properties)
        if live is None:
            return None
        drift_baseline = self.drift_baseline.get((self.type_name, physical_id), {})
        return {
            name: properties[name] if drift_baseline.get(name, _UNTOLD) == value else value
            for name, value in live.items()
        }

    def tells(self, physical_id: str) -> bool:
        """Whether the service told of the resource when it was made or changed last."""
        return (self.type_name, physical_id) in self.drift_baseline

    def forget(self, physical_id: str) -> None:
        """Drops what is known of a resource that is gone."""
        self.drift_baseline.pop((self.type_name, physical_id), None)

    def _excuse(
        self, context: Context, physical_id: str, properties: Properties, excused: Mapping[str, Any]
    ) -> None:
        live = self.live(context, physical_id, properties)
        if self.api is None or live is None:
            self.forget(physical_id)
            return
        self.drift_baseline[(self.type_name, physical_id)] = {
            name: live[name] for name in excused if name in live and live[name] != properties[name]
        }


def _took(
    name: str, done: frozenset[str], first: Mapping[str, Any], then: Mapping[str, Any], after: Properties
) -> bool:
    """Whether a property is now what it should be, or at least not what it was."""
    if name not in then:
        return name in done
    if then[name] == after.get(name, _UNTOLD):
        return True
    return bool(first.get(name, _UNTOLD) != then[name])
