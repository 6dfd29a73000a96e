"""A resource type that its service makes from calls whose members are named like the properties.

What the service does not take, or does not show as the template says, is named in the resource's event.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.differences import changed_names
from catalog_emulator.cloudformation.resources.generated_values import generated_value, lower_only
from catalog_emulator.cloudformation.resources.generic import GenericType
from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.adapted import Calls
from catalog_emulator.cloudformation.types.adapted_messages import TAGS, Messages
from catalog_emulator.cloudformation.types.member_names import folded
from catalog_emulator.cloudformation.types.service_type import ServiceType, code
from catalog_emulator.cloudformation.types.tags import (
    Tagging,
    desired_tags,
    pairs,
    tagging_of,
    tags_of,
    without_stack_tags,
)
from catalog_emulator.iam import Place, needs
from catalog_emulator.regular_expressions import matches

# What a request raises that cannot be told in one call, and what moto raises for what it does not know.
CANNOT: Final = (BotoCoreError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
_GONE: Final = re.compile(r"NotFound|NoSuch|Non[Ee]xist|DoesNotExist|NotInUse|ClientException|\.Unknown")
_GONE_MESSAGE: Final = re.compile(
    r"not (be )?(found|find)|NotFound|n.t exist|not exist|not (owned|subscribed)|No .* found", re.IGNORECASE
)
_NAMES: Final = re.compile("(Name|Identifier|Family)$")
# What botocore says of members that do not fit, not of their values.
_MISFIT: Final = re.compile("Missing required|Unknown parameter|Invalid type|members of a tagged union")
_REMARK: Final = 500
_NONE: Final[Properties] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the service shows of a resource: by property, and all that the answer has beside it."""

    properties: Mapping[str, Any]
    row: Mapping[str, Any]


class AdaptedType(ServiceType):
    """What cannot be made is a record of the fallback, whose event says why."""

    def __init__(self, known: Schema, calls: Calls, fallback: GenericType) -> None:
        self._schema = known
        self._fallback = fallback
        self._calls = calls
        self.service = calls.service

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        known = {**_archived(properties), **self._generated(context, properties)}
        self._check_unknown(context, known)
        try:
            answer = self._send_tagged(context, known)
        except CANNOT as error:
            if _refused_value(error):
                raise
            return self._record(context, properties, error)
        except ClientError as error:
            if not self._refers_to_record(known):
                raise
            return self._record(context, properties, error)
        refused = answer.get("Unsuccessful")
        if refused:
            # EC2 reports some refusals in a successful answer.
            raise ResourceFailed(refused[0]["Error"]["Message"])
        messages = self._messages(context)
        rows = messages.rows(self._calls.create, answer) or [answer]
        known |= messages.identifiers(rows[0])
        identity = self._identity(context, known)
        with self.undo_on_failure(context, identity, known):
            taken = self._calls.create
            left = {key: value for key, value in properties.items() if not messages.takes(taken, key, value)}
            self._change(context, left, known)
            # moto drops the tags of some creations: the template's own are looked for.
            tagged = messages.tags(taken) and self._schema.tag_property not in properties
            return self._made(context, identity, properties, known, tagged=tagged)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if self._recorded(physical_id):
            return self._fallback.update(context, physical_id, before, after)
        changed = {name: after.get(name) for name in changed_names(before, after)}
        known = self._known(context, physical_id, _archived(after))
        self._change(context, changed, known, before)
        made = self._made(context, physical_id, after, known)
        gone = {name: value for name, value in before.items() if name not in after}
        read = self.read(replace(context, attributes=made.attributes), physical_id, gone) if gone else None
        kept = {name for name, value in (read or {}).items() if value == gone[name]}
        return replace(made, untaken=tuple(sorted({*made.untaken, *kept})))

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        if self._recorded(physical_id):
            return self._fallback.delete(context, physical_id, properties)
        known = self._known(context, physical_id, properties)
        live = self._shown(context, known)
        for operation in self._calls.delete if live is not None else ():
            try:
                self._send(context, operation, known, live.row if live else {})
            except ClientError as error:
                # What a call before the last takes away may be gone while the resource is there.
                if not self.is_gone(error):
                    raise

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        if self._recorded(physical_id):
            return self._fallback.read(context, physical_id, properties)
        known = self._known(context, physical_id, properties)
        live = self._detailed(context, known)
        return None if live is None else self._with_tags(context, live, properties, known)

    @override
    def is_gone(self, error: ClientError) -> bool:
        message = error.response["Error"].get("Message", "")
        return bool(_GONE.search(code(error)) or _GONE_MESSAGE.search(message))

    def _check_unknown(self, context: Context, known: Properties) -> None:
        """CloudFormation does not take over what it did not make; the role needs no permission for this."""
        if set(self._schema.primary_identifier) & self._schema.read_only:
            return
        unchecked = replace(context, clients=clients(context.account_id, context.region))
        there = None
        with suppress(ClientError, *CANNOT):
            there = self._shown(unchecked, known)
        if there is not None:
            raise self._fallback.exists("|".join(str(known[name]) for name in self._schema.identifying))

    def _change(
        self, context: Context, changed: Properties, known: Properties, before: Properties = _NONE
    ) -> None:
        """Make the calls that take changed properties (None: gone); a read shows what they did not take."""
        messages, tags = self._messages(context), str(self._schema.tag_property)
        gone = {folded(name) for name, value in changed.items() if value is None}
        if tagging_of(self.service, context, self._schema.kind) is not None:
            # Parameter Store takes no tags with Overwrite.
            known = {**known, "Overwrite": True, tags: None}
        for change in self._calls.changes:
            values = [
                value
                for name, value in changed.items()
                if messages.takes(change, name, before.get(name) if value is None else value)
            ]
            off = all(value is None or shapes.text(value) == "false" for value in values)
            operation = self._calls.undoing.get(change, change) if off else change
            if values:
                live = self._shown(context, known)
                row = {
                    name: value
                    for name, value in (live.row if live else {}).items()
                    if folded(name) not in gone
                }
                with suppress(*CANNOT):
                    self._send(context, operation, known, row)

    def _made(
        self,
        context: Context,
        physical_id: str,
        properties: Properties,
        known: Properties,
        *,
        tagged: bool = False,
    ) -> Made:
        """What the service has now, and which properties it does not have; tagged: it has all tags."""
        known = {**self._named(physical_id), **known}
        live = self._detailed(context, known)
        if live is not None and not tagged and self._retagged(context, live, known):
            live = self._detailed(context, known)
        if live is None:
            raise ResourceFailed(f"{self.service} does not show {physical_id}")
        if live.row.get("FailureReason"):
            raise ResourceFailed(str(live.row["FailureReason"]))
        # Names that were generated, too: later calls need them.
        kept = {*self._schema.primary_identifier, *self._schema.read_only, *known} - {*properties}
        attributes = {
            **self._messages(context).attributes(live.row, live.properties),
            **{name: known[name] for name in kept if isinstance(known.get(name), str | int)},
            **self._named(physical_id),
        }
        shown = self._with_tags(context, live, properties, {**attributes, **known})
        untaken = [
            name
            for name, value in properties.items()
            if (
                shapes.aligned(value, shown[name]) != value
                if name in shown
                else not self._taken(context, name, value)
            )
        ]
        return Made(physical_id=physical_id, attributes=attributes, untaken=tuple(sorted(untaken)))

    def _taken(self, context: Context, name: str, value: Any) -> bool:
        """Whether a call takes a property that no call shows."""
        messages = self._messages(context)
        calls = (self._calls.create, *self._calls.changes, *self._calls.delete)
        # A service that shows no tags may have dropped them.
        return name != self._schema.tag_property and any(messages.takes(call, name, value) for call in calls)

    def _detailed(self, context: Context, known: Properties) -> Live | None:
        """What the service shows in all its calls."""
        live, messages = self._shown(context, known), self._messages(context)
        for operation in self._calls.details if live is not None else ():
            found = self._rows(context, operation, known, live.row if live else {})
            row = found[0] if found else {}
            properties = messages.properties(operation, row)
            live = live and Live(properties={**properties, **live.properties}, row={**row, **live.row})
        return live

    def _shown(self, context: Context, known: Properties) -> Live | None:
        """What the service shows; None if it has no such resource, or is deleting it."""
        messages, operation = self._messages(context), self._calls.read
        row = messages.chosen(self._rows(context, operation, known), known)
        return None if row is None else Live(properties=messages.properties(operation, row), row=row)

    def _rows(self, context: Context, operation: str, *layers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        client, request = context.client(self.service), self._request(context, operation, *layers)
        try:
            if client.can_paginate(operation):
                answers = [*client.get_paginator(operation).paginate(**request)]
            else:
                answers = [getattr(client, operation)(**request)]
        except KeyError as error:
            # Some of moto's services have no error for what is not there.
            if error.args[0] not in layers[0].values():
                raise
            return []
        except ClientError as error:
            if not self.is_gone(error):
                raise
            return []
        return self._messages(context).rows(operation, *answers)

    def _send(self, context: Context, operation: str, *layers: Mapping[str, Any]) -> Any:
        request = self._request(context, operation, *layers)
        return getattr(context.client(self.service), operation)(**request)

    def _request(self, context: Context, operation: str, *layers: Mapping[str, Any]) -> dict[str, Any]:
        token = context.suffix(operation)
        constants = {
            **dict.fromkeys(("AccountId", "CatalogId"), context.account_id),
            **dict.fromkeys(("CallerReference", "CreatorRequestId", "UniqueId"), token),
            **dict.fromkeys(("MinCount", "MaxCount"), 1),
        }
        return self._messages(context).request(operation, constants, *layers)

    def _messages(self, context: Context) -> Messages:
        return Messages(self._schema, self._calls, context.client(self.service))

    def _identity(self, context: Context, known: Properties) -> str:
        missing = [name for name in self._schema.identifying if known.get(name) is None]
        if missing:
            live = self._shown(context, known)
            other = {name: known.get(str(self._calls.members.get(name))[1:]) for name in missing}
            known = {**other, **(live.properties if live else {}), **known}
        if any(known.get(name) is None for name in missing):
            raise ResourceFailed(f"{self.service} does not say the {', '.join(missing)} of what it made")
        return "|".join(str(known[name]) for name in self._schema.identifying)

    def _known(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {**context.attributes, **self._named(physical_id), **properties}

    def _named(self, physical_id: str) -> dict[str, Any]:
        names = self._schema.identifying
        parts = physical_id.split("|", len(names) - 1) if len(names) > 1 else [physical_id]
        return dict(zip(names, parts, strict=False))

    def _generated(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Names that the template leaves to CloudFormation: the identifier's, and those that a call needs."""
        schema, messages = self._schema, self._messages(context)
        needed = messages.required(self._calls.create)
        fixed = {path[0] for path in schema.create_only if len(path) == 1}

        def is_generated(name: str) -> bool:
            if name in schema.primary_identifier and name not in schema.read_only:
                return True
            text = (name in fixed or _NAMES.search(name)) and (schema.at(name) or {}).get("type") == "string"
            return bool(text and needed & {folded(name), messages.short(name)})

        names = [name for name in schema.properties if name not in properties and is_generated(name)]
        return {name: self._name(context, name, properties) for name in names}

    def _name(self, context: Context, name: str, properties: Properties) -> Any:
        node = self._schema.at(name) or {}
        made = context.name(int(node.get("maxLength", 128)), lower=lower_only(node))
        fits = name.endswith("Name") and matches(node.get("pattern", ""), made, whole=False)
        return made if fits else generated_value(context, self._schema, name, properties)

    def _record(self, context: Context, properties: Properties, error: Exception) -> Made:
        told = isinstance(error, BotoCoreError | ClientError)
        reason = " ".join(str(error).split()) if told else repr(error)
        made = self._fallback.create(context, properties)
        remark = f"{made.remark}: {self._calls.create} of {self.service}: {reason}"
        return replace(made, remark=remark[:_REMARK])

    def _refers_to_record(self, properties: Properties) -> bool:
        """Whether the service refuses what is a record only, which it cannot know."""
        values = {part for text in _texts(properties) for part in (text, *re.split("[/:]", text))}
        return any(physical_id in values for _, physical_id in self._fallback.store)

    def _recorded(self, physical_id: str) -> bool:
        return (self._schema.type_name, physical_id) in self._fallback.store

    def _send_tagged(self, context: Context, properties: Properties) -> Any:
        """Create it with the stack's tags, too; some of moto's services refuse those of AWS's own."""
        if not self._calls.members.get("ownTags"):
            try:
                return self._send(context, self._calls.create, self._tagged(context, properties))
            except ClientError as error:
                if "aws:" not in str(error):
                    raise
        return self._send(context, self._calls.create, self._tagged(_untagged(context), properties))

    def _tagged(self, context: Context, properties: Properties) -> dict[str, Any]:
        name = self._schema.tag_property
        if name is None:
            return dict(properties)
        declared, tags = properties.get(name), desired_tags(context, {"Tags": properties.get(name)})
        if isinstance(declared, list) and _has_more(declared):
            keys = {tag["Key"] for tag in declared}
            others = {key: value for key, value in tags.items() if key not in keys}
            return {**properties, "Tags": None, name: [*declared, *pairs(others)]}
        kinds = self._messages(context).tagged_kinds(self._calls.create)
        specifications = [{"ResourceType": kind, "Tags": pairs(tags)} for kind in kinds if tags]
        return {
            **properties,
            name: tags or None,
            "Tags": tags or None,
            "TagSpecifications": specifications or None,
        }

    def _with_tags(
        self, context: Context, live: Live, properties: Properties, known: Properties
    ) -> dict[str, Any]:
        """The live properties, with the tags in the template's form."""
        name = str(self._schema.tag_property)
        shown = {key: value for key, value in live.properties.items() if key != name}
        tags, _ = self._live_tags(context, live, known) if name in properties else (None, "")
        if tags is None:
            return shown
        own = without_stack_tags(context, {"Tags": properties[name]}, tags)
        raw = live.row.get(name)
        if _has_more(properties[name]) and isinstance(raw, list):
            return {**shown, name: [tag for tag in raw if tag["Key"] in own]}
        return {**shown, name: shapes.Exact(own) if isinstance(properties[name], Mapping) else pairs(own)}

    def _live_tags(
        self, context: Context, live: Live, known: Properties
    ) -> tuple[dict[str, str] | None, str]:
        """All tags, None where no call shows them; and the resource as the calls for tags name it."""
        tags = None
        for member, value in live.row.items():
            named = folded(member) in (*TAGS, folded(str(self._schema.tag_property)))
            if named and isinstance(value, list | Mapping):
                tags = tags_of(value)
        tagging = tagging_of(self.service, context, self._schema.kind)
        if tagging is not None:
            for target in self._targets(context, tagging, live, known):
                with suppress(ClientError, *CANNOT):
                    shown = tagging.live(context, target)
                    return (shown if tags is None else tags), target
        return tags, ""

    def _retagged(self, context: Context, live: Live, known: Properties) -> bool:
        """Whether the tags had to be changed, and could be."""
        tagging, name = tagging_of(self.service, context, self._schema.kind), self._schema.tag_property
        shown, target = self._live_tags(context, live, known) if name is not None else (None, "")
        for place in (context, _untagged(context)):
            desired = desired_tags(place, {"Tags": known.get(str(name))})
            if tagging is None or shown == desired or not target:
                return False
            with suppress(ClientError, *CANNOT):
                tagging.write(context, target, desired)
                return True
        return False

    def _targets(self, context: Context, tagging: Tagging, live: Live, known: Properties) -> Iterator[str]:
        """The names of the resource that calls for tags may take: its id, its ARN."""
        own, arn = ("arn", f"{folded(self._schema.kind)}arn"), folded(tagging.target).endswith("arn")
        if not arn:
            yield from (str(known[name]) for name in self._schema.identifying[:1])
        named = {**live.row, **known}
        # A log group's ARN is of its streams.
        yield from (str(named[name]).removesuffix(":*") for name in named if folded(name) in own)
        yield from (str(known[name]) for name in self._schema.identifying if str(known[name])[:4] == "arn:")
        client, operation = context.client(self.service), self._calls.delete[-1]
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        request = self._request(context, operation, known, live.row)
        place = Place(partition=context.partition, region=context.region, account_id=context.account_id)
        yield from (str(need.resource) for need in needs(model, request, place) if need.resource)


def _has_more(tags: Any) -> bool:
    """Whether tags have further members, as those of an AutoScalingGroup."""
    return isinstance(tags, list) and any({*tag} - {"Key", "Value"} for tag in tags)


def _untagged(context: Context) -> Context:
    """Without the tags of CloudFormation itself."""
    return replace(context, tags={key: tag for key, tag in context.tags.items() if key[:4] != "aws:"})


def _archived(properties: Properties) -> Properties:
    """The text of a function is a file in an archive.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """
    text = properties["Code"].get("ZipFile") if isinstance(properties.get("Code"), Mapping) else None
    if not isinstance(text, str):
        return properties
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        ending = "js" if str(properties.get("Runtime")).startswith("nodejs") else "py"
        file.writestr(zipfile.ZipInfo(f"index.{ending}"), text)
    return {**properties, "Code": {**properties["Code"], "ZipFile": archive.getvalue()}}


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            yield from (text for item in value.values() for text in _texts(item))
        case list():
            yield from (text for item in value for text in _texts(item))


def _refused_value(error: Exception) -> bool:
    """Whether the service's model has the member, but refuses its value: so would AWS."""
    return isinstance(error, ParamValidationError) and not _MISFIT.search(str(error))
