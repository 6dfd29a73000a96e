"""A service's calls that show and change what one of moto's models made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.resource import Context, Properties, anything
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.tags import Tagging, wanted

# The physical id and the properties, to the members that tell a call which resource is meant.
Which = Callable[[str, Properties], Mapping[str, Any]]
# A live value and the template's, to the live one as the template would write it.
Turn = Callable[[Any, Any], Any]
# The physical id, the properties before and after, to a request; None when there is nothing to call.
Request = Callable[[str, Properties, Properties], Mapping[str, Any] | None]

# moto's services raise these where they lack something.
SHORTCOMINGS: Final = (AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
_OVER: Final = frozenset(
    ("deleted", "deleting", "inactive", "terminated", "terminating", "shutting-down", "shutting_down")
)


@dataclass(frozen=True, kw_only=True)
class Show:
    """A reading call: `path` leads to the resource in its answer, the first of every list on the way.

    With `key`, of the last list that whose member of this name is the physical id.
    Members called like properties are those; `names` has the dotted paths of others ("" for all of it), and
    `turns` what is written differently. With `only`, nothing but `names` is looked at.
    """

    operation: str
    by: str | Which
    path: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    turns: Mapping[str, Turn] = field(default_factory=dict)
    only: bool = False
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changing call: it gets the changed properties that it knows, by their names or by `names`.

    `of` are the properties, where that is not what the operation's members say; `always` go along; `request`
    makes the members itself. moto's models overlook the `late` ones when they make a resource.
    """

    operation: str
    by: str | Which = "Id"
    of: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    request: Request | None = None
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Api:
    """One type's calls. `tagged` makes of the physical id and the properties what tag calls take."""

    service: str
    shows: tuple[Show, ...]
    changes: tuple[Change, ...] = ()
    tagging: Tagging | None = None
    tagged: Callable[[Context, str, Properties], str] = lambda context, physical_id, properties: physical_id

    def live(
        self, context: Context, physical_id: str, properties: Properties, tags: str
    ) -> dict[str, Any] | None:
        """The properties that the service tells, as the template would write them; None when it is gone.

        None stands for one that is not set. What is looked up asks no role.
        """
        free = replace(context, clients=clients(context.account_id, context.region), require=anything)
        live: dict[str, Any] = {}
        for number, show in enumerate(self.shows):
            row = self._row(free, show, physical_id, properties)
            if row is None and number == 0:
                return None
            live |= _told(show, row or {}, properties)
        if tags in properties and self.tagging is not None:
            live[tags] = self._tags(free, physical_id, properties, tags)
        return live

    def applies(
        self, context: Context, physical_id: str, before: Properties, after: Properties, *, late: bool = False
    ) -> frozenset[str]:
        """Makes the calls for the properties that differ, or for those that come late; says which it made."""
        known: set[str] = set()
        client = context.client(self.service)
        for change in self.changes:
            if late and not change.late:
                continue
            names = self._of(client, change, {**before, **after})
            differing = {name for name in names if before.get(name) != after.get(name)}
            request = _request(client, change, physical_id, before, after, differing)
            if request is None:
                continue
            try:
                shapes.call(client, change.operation, request)
            except SHORTCOMINGS:
                continue
            known |= differing
        return frozenset(known)

    def knows(self, context: Context, properties: Iterable[str]) -> frozenset[str]:
        """Which of the properties have a call that changes them."""
        client = context.client(self.service)
        found = [self._of(client, change, dict.fromkeys(properties)) for change in self.changes]
        return frozenset().union(*found)

    def tag(self, context: Context, physical_id: str, properties: Properties, tags: str) -> bool:
        """Brings the tags to those of stack and template; False where that cannot be."""
        if self.tagging is None:
            return False
        own = {"Tags": properties.get(tags)}
        try:
            target = self.tagged(context, physical_id, properties)
            self.tagging.write(context, target, wanted(context, own))
        except SHORTCOMINGS:
            return False
        return True

    def _tags(self, context: Context, physical_id: str, properties: Properties, tags: str) -> Any:
        assert self.tagging is not None
        target = self.tagged(context, physical_id, properties)
        live = self.tagging.read(context, target, {"Tags": properties[tags]})
        return shapes.beside(properties[tags], live)

    def _row(self, context: Context, show: Show, physical_id: str, properties: Properties) -> Any:
        """What the call tells of the resource, or None when there is none (any more)."""
        client = context.client(self.service)
        request = _which(show.by, physical_id, properties)
        try:
            answer = shapes.call(client, show.operation, request)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500:
                return {}
            return None
        except SHORTCOMINGS:
            return {}
        row = shapes.answered(client, show.operation, answer)
        for step in show.path:
            row = _walk(row, step)
            if isinstance(row, list):
                found = [one for one in row if show.key is None or one.get(show.key) == physical_id]
                row = found[0] if found else None
        return None if isinstance(row, Mapping) and _over(row) else row

    def _of(self, client: Any, change: Change, properties: Properties) -> frozenset[str]:
        if change.of:
            return frozenset(change.of) & frozenset(properties)
        operation = client.meta.method_to_api_mapping[change.operation]
        shape = client.meta.service_model.operation_model(operation).input_shape
        members = {name.lower() for name in shape.members}
        own = change.by.lower() if isinstance(change.by, str) else ""
        spelled = {name: change.names.get(name, name).lower() for name in properties}
        return frozenset(name for name, member in spelled.items() if member in members - {own, "tags"})


def _request(
    client: Any, change: Change, physical_id: str, before: Properties, after: Properties, differing: set[str]
) -> Mapping[str, Any] | None:
    if not differing:
        return None
    which = _which(change.by, physical_id, after)
    if change.request is not None:
        made = change.request(physical_id, before, after)
        return None if made is None else {**which, **made}
    gone = {name: _unset(before[name]) for name in differing if name not in after}
    given = {name: after[name] for name in (*differing, *change.always) if name in after}
    sent = {change.names.get(name, name): value for name, value in {**gone, **given}.items()}
    return {**sent, **which}


def _unset(value: Any) -> Any:
    """What takes back a value of this kind, for the calls that keep what they are not told."""
    match value:
        case bool():
            return False
        case str():
            return ""
        case list():
            return []
        case dict():
            return {}
    return None


def _which(by: str | Which, physical_id: str, properties: Properties) -> Mapping[str, Any]:
    return {by: physical_id} if isinstance(by, str) else by(physical_id, properties)


def _told(show: Show, row: Any, properties: Properties) -> dict[str, Any]:
    told: dict[str, Any] = {}
    spelled = {name.lower(): name for name in row} if isinstance(row, Mapping) and not show.only else {}
    for name, declared in properties.items():
        if name in show.names:
            value = _walk(row, show.names[name])
        elif name.lower() in spelled:
            value = row[spelled[name.lower()]]
        else:
            continue
        if name in show.turns:
            value = show.turns[name](plain(value), declared)
        told[name] = None if value is None else shapes.beside(declared, value)
    return told


def _walk(value: Any, path: str) -> Any:
    """The value at a dotted path; where a list is on the way, that of each of its items."""
    if isinstance(value, shapes.Exact):
        value = value.value
    if not path or value is None:
        return value
    if isinstance(value, list):
        return [found for item in value if (found := _walk(item, path)) is not None]
    step, _, rest = path.partition(".")
    if not isinstance(value, Mapping):
        return None
    spelled = {name.lower(): name for name in value}
    return _walk(value.get(spelled.get(step.lower(), "")), rest)


def plain(value: Any) -> Any:
    """The value without the marks of what is compared whole."""
    match value:
        case shapes.Exact():
            return value.value
        case Mapping():
            return {name: plain(item) for name, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def _over(row: Mapping[str, Any]) -> bool:
    """Whether it is told only because it was there."""
    for name in ("State", "Status", "LifeCycleState"):
        state = row.get(name)
        if isinstance(state, Mapping):
            state = state.get("Name", state.get("Code", state.get("State")))
        if str(state).lower() in _OVER:
            return True
    return False


def ids(member: str) -> Which:
    """A list of the one."""
    return lambda physical_id, properties: {member: [physical_id]}


def declared_keys(key: str = "Key", value: str = "Value") -> Turn:
    """Of a list of keys and values those that the template has."""

    def turned(live: Any, declared: Any) -> Any:
        wanted_keys = {item[key] for item in declared}
        found = {str(item.get(key)): item.get(value) for item in live or []}
        return [{key: name, value: found[name]} for name in sorted(wanted_keys & set(found))]

    return turned
