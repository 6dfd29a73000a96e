"""Types that one adapter makes through their services' APIs: a row names the calls, names match the members.

`adapted.json` has a row for each type, in the order create, read, delete, changes. It is made of the schemas'
handlers, and tests/cloudformation/test_adapted.py proves each row.
What a service does not take, or does not show as the template says, is named in the resource's event.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import starmap
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.differences import changed_names
from catalog_emulator.cloudformation.resources.generated_values import generated_value, lower_only
from catalog_emulator.cloudformation.resources.generic import GenericType
from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.member_names import (
    Place,
    Values,
    filled,
    folded,
    place_of,
    rows,
    short,
)
from catalog_emulator.cloudformation.types.service_type import ServiceType, code
from catalog_emulator.cloudformation.types.tags import (
    Tagging,
    desired_tags,
    pairs,
    tags_of,
    without_stack_tags,
)
from catalog_emulator.regular_expressions import matches

_GONE: Final = re.compile(r"NotFound|NoSuch|Non[Ee]xist|DoesNotExist|NotInUse|ClientException|\.Unknown")
_GONE_MESSAGE: Final = re.compile(
    r"not (be )?found|NotFound|n.t exist|not exist|not (owned|subscribed)|No .* found", re.IGNORECASE
)
# What a request raises that cannot be told in one call, and what moto raises for what it does not know.
CANNOT: Final = (BotoCoreError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
# An access key is Inactive, and there.
_DELETED: Final = re.compile("(?i:delet(ed|ing)|terminated|PendingDeletion|cancell?ed)|INACTIVE")
_STATES: Final = ("state", "status")
_PAIR: Final = ("Key", "Value")
_NAMES: Final = re.compile("(Name|Identifier|Family)$")
_TEXT: Final = SimpleNamespace(type_name="string")
# The calls that tag, show tags and untag, by the services' names for them.
_TAG_CALLS: Final = (
    ("TagResource", "ListTagsForResource", "UntagResource"),
    ("TagResource", "ListTagsOfResource", "UntagResource"),
    ("TagResource", "ListTags", "UntagResource"),
    ("TagQueue", "ListQueueTags", "UntagQueue"),
    ("TagResource", "GetTags", "UntagResource"),
    ("AddTags", "ListTags", "DeleteTags"),
    ("AddTags", "DescribeTags", "RemoveTags"),
    ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"),
    ("CreateTags", "DescribeTags", "DeleteTags"),
)


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The operations of a service that make a type's resources, by boto3's names."""

    service: str
    create: str
    read: str
    delete: tuple[str, ...]
    changes: tuple[str, ...]
    members: Mapping[str, Any]
    """Members that no property is named like: a constant, or `$` and the name of the property."""


@cache
def adapted() -> Mapping[str, Calls]:
    """The calls by type."""
    found = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return {name: _calls(row, found["members"].get(name, {})) for name, row in found["calls"].items()}


def _calls(row: str, members: Mapping[str, Any]) -> Calls:
    service, *operations = row.split()
    create, read, delete, *changes = operations
    return Calls(
        service=service,
        create=xform_name(create),
        read=xform_name(read),
        delete=tuple(map(xform_name, delete.split("+"))),
        changes=tuple(map(xform_name, changes)),
        members=members,
    )


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the service shows of a resource: by property, and all that the answer has beside it."""

    properties: dict[str, Any]
    row: Mapping[str, Any]


class AdaptedType(ServiceType):
    """A resource type that its service makes from calls whose members are named like the properties."""

    def __init__(self, known: Schema, calls: Calls, fallback: GenericType) -> None:
        self._schema = known
        self._fallback = fallback
        self._calls = calls
        self._kind = known.type_name.split("::")[2]
        self.service = calls.service

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        named = {**_packed(properties), **self._generated(context, properties)}
        # CloudFormation looks for no such resource: the role needs no permission for it.
        unchecked = replace(context, clients=clients(context.account_id, context.region))
        there = None
        with suppress(ClientError, *CANNOT):
            there = self._shown(unchecked, named) if self._names_are_chosen() else None
        if there is not None:
            identifier = "|".join(str(named[name]) for name in self._schema.identifying)
            raise self._fallback.exists(identifier)
        try:
            answer = self._send_tagged(context, self._calls.create, named)
        except CANNOT as error:
            return self._record(context, properties, error)
        except ClientError as error:
            if not self._refers_to_record(named):
                raise
            return self._record(context, properties, error)
        made = {**named, **self._found(context, self._calls.create, answer)}
        identity = self._identity(context, made)
        with self.undo_on_failure(context, identity, made):
            left = {
                name: value
                for name, value in properties.items()
                if not self._takes(context, self._calls.create, name, value)
            }
            self._change(context, left, made)
            self._retag(context, identity, made)
            return self._made(context, identity, properties, made)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if self._recorded(physical_id):
            return self._fallback.update(context, physical_id, before, after)
        changed = {name: after.get(name, before.get(name)) for name in changed_names(before, after)}
        known = {**context.attributes, **self._named(physical_id), **_packed(after)}
        self._change(context, changed, known)
        self._retag(context, physical_id, known)
        return self._made(context, physical_id, after, known)

    def _change(self, context: Context, changed: Properties, known: Properties) -> None:
        """Make the calls that take changed properties; what they did not take a read shows."""
        for operation in self._calls.changes:
            if any(self._takes(context, operation, *item) for item in changed.items()):
                live = self._shown(context, known)
                with suppress(*CANNOT):
                    self._send(context, operation, known, live.row if live else {})

    def _record(self, context: Context, properties: Properties, error: Exception) -> Made:
        """What moto cannot make, or what cannot be told in one call, is a record, which says why."""
        reason = (
            " ".join(str(error).split()) if isinstance(error, BotoCoreError | ClientError) else repr(error)
        )
        made = self._fallback.create(context, properties)
        return replace(made, remark=f"{made.remark}: {self._calls.create} of {self.service}: {reason}"[:500])

    def _refers_to_record(self, properties: Properties) -> bool:
        """Whether the service refuses what is a record only, which it cannot know."""
        values = {part for text in _texts(properties) for part in (text, *re.split("[/:]", text))}
        return any(physical_id in values for _, physical_id in self._fallback.store)

    def _recorded(self, physical_id: str) -> bool:
        return (self._schema.type_name, physical_id) in self._fallback.store

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        if self._recorded(physical_id):
            return self._fallback.delete(context, physical_id, properties)
        known = {**context.attributes, **self._named(physical_id), **properties}
        live = self._shown(context, known)
        if live is not None:
            for operation in self._calls.delete:
                self._send(context, operation, known, live.row)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        if self._recorded(physical_id):
            return self._fallback.read(context, physical_id, properties)
        known = {**context.attributes, **self._named(physical_id), **properties}
        live, name = self._shown(context, known), str(self._schema.tag_property)
        if live is None or name not in properties:
            return None if live is None else live.properties
        tags = self._live_tags(context, live, known)
        if tags is None:
            return live.properties
        own = without_stack_tags(context, {"Tags": properties[name]}, tags)
        shown = shapes.Exact(own) if isinstance(properties[name], Mapping) else pairs(own)
        return {**live.properties, name: shown}

    @override
    def is_gone(self, error: ClientError) -> bool:
        return bool(
            _GONE.search(code(error)) or _GONE_MESSAGE.search(error.response["Error"].get("Message", ""))
        )

    def _made(self, context: Context, physical_id: str, properties: Properties, known: Properties) -> Made:
        """What the service has now, with a remark on what it does not have."""
        live = self._shown(context, {**self._named(physical_id), **known})
        if live is None:
            raise ResourceFailed(f"{self.service} does not show {physical_id}")
        # Names that were generated, too: later calls need them.
        kept = {*self._schema.primary_identifier, *self._schema.read_only, *known} - {*properties}
        attributes = {
            **dict(self._attributes(live)),
            **{name: known[name] for name in kept if isinstance(known.get(name), str | int)},
            **self._named(physical_id),
        }
        read = self.read(replace(context, attributes=attributes), physical_id, properties) or {}
        missing = sorted(
            name
            for name, value in properties.items()
            if (read[name] != value if name in read else not self._taken(context, name, value))
        )
        return Made(
            physical_id=physical_id,
            attributes=attributes,
            untaken=tuple(missing),
        )

    def _taken(self, context: Context, name: str, value: Any) -> bool:
        """Whether a call takes a property that no call shows."""
        return name != self._schema.tag_property and any(
            self._takes(context, call, name, value) for call in (self._calls.create, *self._calls.changes)
        )

    def _shown(self, context: Context, known: Properties) -> Live | None:
        """What the service shows; None if it has no such resource, or is deleting it."""
        client, operation = context.client(self.service), self._calls.read
        place = self._place(client, operation)
        if place.shape is None:
            return None
        request = self._request(context, operation, known)
        try:
            pages = (
                client.get_paginator(operation).paginate(**request)
                if client.can_paginate(operation)
                else [getattr(client, operation)(**request)]
            )
            found = [row for page in pages for row in rows(page, place.steps)]
        except KeyError as error:
            # Some of moto's services have no error for what is not there.
            if error.args[0] not in known.values():
                raise
            return None
        except ClientError as error:
            if not self.is_gone(error):
                raise
            return None
        for row in reversed(found):
            if self._is(row, known, sure=len(found) == 1) and not any(starmap(_deleted, row.items())):
                return Live(properties=self._properties(place.shape, row), row=row)
        return None

    def _is(self, row: Mapping[str, Any], known: Properties, *, sure: bool) -> bool:
        """Whether a row of an answer is the resource."""
        named = {self._short(name): value for name, value in row.items()}
        names = [name for name in self._schema.primary_identifier if name in known]
        pairs = [(named.get(self._short(name)), known[name]) for name in names]
        compared = [(one, other) for one, other in pairs if isinstance(one, str | int)]
        if not compared:
            return sure and bool(row)
        return all(f"/{one}".lower().endswith(f"/{other}".lower()) for one, other in compared)

    def _properties(self, shape: Any, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row under the names of properties: None for one that is not set."""
        exact = {folded(name): name for name in shape.members}
        brief = {self._short(name): name for name in reversed(shape.members)}
        named = {str(value)[1:]: member for member, value in self._calls.members.items()}
        found = {}
        for name in self._schema.properties:
            member = exact.get(folded(named.get(name, name))) or brief.get(self._short(name))
            if member is not None:
                found[name] = shapes.received(shape.members[member], row.get(member))
                continue
            for outer, inner in shape.members.items():
                if inner.type_name == "structure":
                    names = {folded(one): one for one in inner.members}
                    if folded(name) in names:
                        one = names[folded(name)]
                        found[name] = shapes.received(inner.members[one], (row.get(outer) or {}).get(one))
                        break
        tags = self._schema.tag_property
        found.pop(str(tags), None)
        return found

    def _attributes(self, live: Live) -> Iterator[tuple[str, Any]]:
        for name, _ in self._schema.attributes():
            beside = (value for value in live.row.values() if isinstance(value, Mapping) and name in value)
            node: Any = live.properties if name in live.properties else next(beside, live.properties)
            for part in name.split("."):
                node = node.get(part) if isinstance(node, Mapping) else None
            if node is None:
                # An instance's PrivateIp is its PrivateIpAddress, a table's StreamArn its LatestStreamArn.
                own = folded(name)
                alike = [
                    value
                    for member, value in live.row.items()
                    if folded(member).startswith(own) or folded(member).endswith(own)
                ]
                node = alike[0] if len(alike) == 1 else None
            if isinstance(node, datetime):
                yield name, node.isoformat()
            elif node is not None:
                yield name, node

    def _request(self, context: Context, operation: str, *layers: Mapping[str, Any]) -> dict[str, Any]:
        known = layers[0]
        constants = {
            "AccountId": context.account_id,
            "CatalogId": context.account_id,
            "CallerReference": context.suffix(operation),
            "CreatorRequestId": context.suffix(operation),
            "UniqueId": context.suffix(operation),
            "MinCount": 1,
            "MaxCount": 1,
        }
        for member, value in self._calls.members.items():
            named = value[1:] if isinstance(value, str) and value[:1] == "$" else ""
            found = (layer[named] for layer in layers if layer.get(named) is not None)
            constants[member] = next(found, None) if named else value
        inner = [value for name, value in known.items() if _spread(operation, name, value)]
        identifiers = {name: known[name] for name in self._schema.primary_identifier if name in known}
        names = [identifiers[name] for name in self._schema.identifying if name in identifiers]
        own = str(names[0]) if len(names) == 1 and operation != self._calls.create else None
        every = Values(self._kind, *inner, *layers, constants, identity=own)
        shape = _input(context.client(self.service), operation)
        if operation not in (self._calls.read, *self._calls.delete) or not identifiers:
            return filled(shape, every)
        # Further properties would be filters, or name the resource twice.
        return filled(shape, Values(self._kind, identifiers, constants, identity=own), every)

    def _send(self, context: Context, operation: str, *layers: Mapping[str, Any]) -> Any:
        request = self._request(context, operation, *layers)
        return getattr(context.client(self.service), operation)(**request)

    def _send_tagged(self, context: Context, operation: str, properties: Properties) -> Any:
        """With the stack's tags; some of moto's services refuse those of AWS's own."""
        tagged = self._tagged(context, properties)
        if not self._calls.members.get("ownTags"):
            try:
                return self._send(context, operation, tagged)
            except ClientError as error:
                if "aws:" not in str(error):
                    raise
        own = {key: value for key, value in (tagged.get("Tags") or {}).items() if key[:4] != "aws:"} or None
        return self._send(context, operation, {**tagged, str(self._schema.tag_property): own, "Tags": own})

    def _takes(self, context: Context, operation: str, name: str, value: Any) -> bool:
        """Whether a call has a member for all of a property."""
        shape = _input(context.client(self.service), operation)
        if _spread(operation, name, value):
            return any(_takes(shape, Values(self._kind, {key: item}), item) for key, item in value.items())
        others = {member: value for member, other in self._calls.members.items() if other == f"${name}"}
        return _takes(shape, Values(self._kind, {name: value}, others), value)

    def _found(self, context: Context, operation: str, answer: Any) -> dict[str, Any]:
        """Identifiers in a call's answer, by property."""
        place = self._place(context.client(self.service), operation)
        row = next(rows(answer, place.steps), {})
        named = {self._short(name): value for name, value in row.items()}
        named |= {folded(name): value for name, value in row.items()}
        members = {str(value)[1:]: member for member, value in self._calls.members.items()}
        found = {}
        for name in (*self._schema.primary_identifier, *self._schema.read_only):
            value = named.get(folded(members.get(name, name)), named.get(self._short(name)))
            if isinstance(value, str | int):
                # Route 53 has a path before its ids.
                made_by_aws = isinstance(value, str) and value[:1] == "/" and name in self._schema.read_only
                found[name] = str(value).rpartition("/")[2] if made_by_aws else value
        return found

    def _identity(self, context: Context, made: Properties) -> str:
        missing = [name for name in self._schema.identifying if name not in made]
        if missing:
            live = self._shown(context, made)
            other = {name: made.get(str(self._calls.members.get(name))[1:]) for name in missing}
            made = {**other, **(live.properties if live else {}), **made}
        if any(made.get(name) is None for name in missing):
            raise ResourceFailed(f"{self.service} does not say the {', '.join(missing)} of what it made")
        return "|".join(str(made[name]) for name in self._schema.identifying)

    def _named(self, physical_id: str) -> dict[str, Any]:
        names = self._schema.identifying
        parts = physical_id.split("|", len(names) - 1) if len(names) > 1 else [physical_id]
        return dict(zip(names, parts, strict=False))

    def _names_are_chosen(self) -> bool:
        return not set(self._schema.primary_identifier) & self._schema.read_only

    def _generated(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Names that the template leaves to CloudFormation: the identifier's, and those that a call needs."""
        shape = _input(context.client(self.service), self._calls.create)
        needed = {find(name) for name in shape.required_members for find in (folded, self._short)}
        fixed = {path[0] for path in self._schema.create_only if len(path) == 1}
        return {
            name: self._name(context, name, properties)
            for name in self._schema.properties
            if name not in properties
            and (
                (name in self._schema.primary_identifier and name not in self._schema.read_only)
                or (
                    ((name in fixed or _NAMES.search(name)) and needed & {folded(name), self._short(name)})
                    and self._is_text(name)
                )
            )
        }

    def _name(self, context: Context, name: str, properties: Properties) -> Any:
        node = self._schema.at(name) or {}
        limit = min(int(node.get("maxLength", 128)), self._calls.members.get("maxLength", 128))
        made = context.name(limit, lower=self._calls.members.get("lower", lower_only(node)))
        fits = name.endswith("Name") and matches(node.get("pattern", ""), made, whole=False)
        return made if fits else generated_value(context, self._schema, name, properties)

    def _is_text(self, name: str) -> bool:
        return (self._schema.at(name) or {}).get("type") == "string"

    def _short(self, name: str) -> str:
        return short(name, self._kind)

    def _place(self, client: Any, operation: str) -> Place:
        name = client.meta.method_to_api_mapping[operation]
        names = frozenset(self._short(one) for one in self._schema.properties)
        return place_of(client.meta.service_model.operation_model(name).output_shape, self._kind, names)

    def _tagged(self, context: Context, properties: Properties) -> dict[str, Any]:
        """The properties with the stack's tags, too, under the template's name and the usual one."""
        name = self._schema.tag_property
        if name is None:
            return dict(properties)
        declared, tags = properties.get(name), desired_tags(context, {"Tags": properties.get(name)})
        if isinstance(declared, list) and any(len(tag) > len(_PAIR) for tag in declared):
            # An AutoScalingGroup's tags have further members.
            keys = {tag["Key"] for tag in declared}
            others = {key: value for key, value in tags.items() if key not in keys}
            return {**properties, "Tags": None, name: [*declared, *pairs(others)]}
        return {**properties, name: tags or None, "Tags": tags or None}

    def _live_tags(self, context: Context, live: Live, known: Properties) -> dict[str, str] | None:
        """All tags; None where no call shows them."""
        name = self._schema.tag_property
        shown = {folded(member): value for member, value in live.row.items()}
        for member in (folded(str(name)), "tags", "taglist", "tagset"):
            if isinstance(shown.get(member), list | Mapping):
                return tags_of(shown[member])
        tagging = self._tagging(context)
        try:
            return None if tagging is None else tagging.live(context, self._target(tagging, live, known))
        except (ClientError, *CANNOT):
            return None

    def _retag(self, context: Context, physical_id: str, known: Properties) -> None:
        if self._schema.tag_property is None:
            return
        live, tagging = self._shown(context, {**self._named(physical_id), **known}), self._tagging(context)
        if live is None or tagging is None:
            return
        desired = desired_tags(context, {"Tags": known.get(self._schema.tag_property)})
        shown = self._live_tags(context, live, known)
        if shown is not None and shown != desired:
            with suppress(ClientError, *CANNOT):
                tagging.write(context, self._target(tagging, live, known), desired)

    def _tagging(self, context: Context) -> Tagging | None:
        """The service's calls for tags, if they name a resource by one member."""
        client = context.client(self.service)
        known = client.meta.service_model.operation_names
        for put, show, drop in _TAG_CALLS:
            if {put, show, drop} <= {*known}:
                shape = client.meta.service_model.operation_model(put).input_shape
                targets = [name for name in shape.required_members if "tag" not in name.lower()]
                if len(targets) == 1:
                    return Tagging(
                        service=self.service,
                        target=targets[0],
                        show=xform_name(show),
                        put=xform_name(put),
                        drop=xform_name(drop),
                    )
        return None

    def _target(self, tagging: Tagging, live: Live, known: Properties) -> str:
        """The resource as the calls for tags name it."""
        name = "Arn" if folded(tagging.target).endswith("arn") else "Id"
        values = Values(self._kind, live.row, live.properties, known)
        ids = [known[one] for one in self._schema.identifying if one in known]
        return str(values.find(name, _TEXT) or ids[0])


def _packed(properties: Properties) -> Properties:
    """The text of a function is a file in an archive.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """
    code = properties.get("Code")
    if not isinstance(code, Mapping) or not isinstance(code.get("ZipFile"), str):
        return properties
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        ending = "js" if str(properties.get("Runtime")).startswith("nodejs") else "py"
        file.writestr(zipfile.ZipInfo(f"index.{ending}"), code["ZipFile"])
    return {**properties, "Code": {**code, "ZipFile": archive.getvalue()}}


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            yield from (text for item in value.values() for text in _texts(item))
        case list():
            yield from (text for item in value for text in _texts(item))


def _spread(operation: str, name: str, value: Any) -> bool:
    """Whether a call is for one property: PutIntegration has the members of Integration."""
    return isinstance(value, Mapping) and folded(operation).endswith(folded(name))


def _input(client: Any, operation: str) -> Any:
    return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape


def _takes(shape: Any, alone: Values, value: Any) -> bool:
    for member, inner in (shape.members if shape is not None else {}).items():
        if alone.find(member, inner) is not None:
            return shapes.understood(inner, value)
        wrapped = inner.member if inner.type_name == "list" else inner
        if wrapped.type_name == "structure":
            needed = member in shape.required_members and _takes(wrapped, alone, value)
            if needed or any(name not in shape.members and alone.has(name) for name in wrapped.members):
                return True
    return False


def _deleted(name: str, value: Any) -> bool:
    lowered = folded(name)
    if lowered in ("deletiondate", "deleteddate"):
        return value is not None
    states = value.values() if isinstance(value, Mapping) else [value]
    return lowered.endswith(_STATES) and any(_DELETED.fullmatch(str(state)) for state in states)
