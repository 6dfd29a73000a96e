"""The fields of a launch form: a part of JSON Schema as data, and the model of configs that they make.

https://json-schema.org/draft/2020-12/json-schema-validation; other keywords are refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic.alias_generators import to_camel
from typing_extensions import override

from publisher.declarations.fields import (
    AtLeast,
    Constrained,
    Declaration,
    Declared,
    LinearPattern,
    ListConstraint,
    NoBoolean,
    Steps,
    StringConstraint,
    matches_linearly,
    wrong,
)
from publisher.declarations.strings import (
    UNDERSCORES,
    AccountId,
    DisplayName,
    Email,
    Label,
    LaunchTags,
    Name,
    Region,
)
from publisher.documents import Document
from publisher.errors import Problem, did_you_mean, quoted

_FORMATS: Mapping[str, Any] = {
    "account-id": AccountId, "email": Email, "line": DisplayName, "product": Name, "region": Region,
}  # fmt: skip
_OF_ALL = {"type", "title", "description"}
_OF_TYPE = {
    "string": {"default", "enum", "pattern", "not", "words", "format", "minLength", "maxLength"},
    "integer": {"default", "enum", "minimum", "maximum"},
    "boolean": {"default"},
    "array": {"default", "items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required"},
}
_METHODS = dir(dict)
_KINDS: Mapping[str, type] = {"string": str, "integer": int}
_MOST_FIELDS = 100
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LONGEST_VALUE = 4096

FieldName = Annotated[str, StringConstraint(pattern=r"[a-z][a-z0-9_]*", words=UNDERSCORES, longest=64)]
ParameterName = Annotated[
    str, StringConstraint(pattern=r"[A-Za-z0-9]+", words="letters and digits", longest=255)
]
_Pattern = Annotated[str, StringConstraint(longest=1000)]
_Size = Annotated[int, AtLeast(0)]


class _EnumValue(Constrained):
    """A text or number."""

    @override
    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {"type": ["string", "integer"]}

    @override
    def check(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int) or "'" in str(value):
            raise wrong("P103", "must be text without ' or a number", "write text in quotes, or a number")
        return value


class _ParameterValue(Constrained):
    """What becomes the text of a CloudFormation parameter."""

    @override
    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        one = {"type": ["string", "integer", "boolean"], "maxLength": LONGEST_VALUE}
        return {"anyOf": [one, {"type": "array", "items": one}]}

    @override
    def check(self, value: Any) -> Any:
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, str | int) for part in parts):
            raise wrong("P103", "must be text, a number, true, false or a list of them", "write one of these")
        if isinstance(value, list) and any("," in part for part in parts if isinstance(part, str)):
            raise wrong("P105", "has a comma in an entry", "make it two entries: CloudFormation splits at it")
        if len(text := parameter_text(value)) > LONGEST_VALUE:
            message = f"must be at most {LONGEST_VALUE} characters long, not {len(text)}"
            raise wrong("P106", message, "shorten it")
        return value


Parameters = Annotated[
    dict[ParameterName, Annotated[Any, _ParameterValue()]],
    ListConstraint(most=200),
    Field(description="Parameters of the product's template that no other field sets."),
]


def parameter_text(value: Any) -> str:
    """A value as CloudFormation takes it: true and false in small letters, lists with commas."""
    if isinstance(value, list):
        return ",".join(parameter_text(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class Excluded(Declared):
    """What text must not match."""

    pattern: Annotated[_Pattern, Field(description="A regular expression that matches invalid text.")]


class FieldSchema(Declared):
    """A field of a config."""

    model_config = ConfigDict(alias_generator=to_camel)

    type: Annotated[
        Literal["string", "integer", "boolean", "array", "object"], Field(description="The value's type.")
    ]
    title: Annotated[Label | None, Field(description="The field's title in editors.")] = None
    description: Annotated[
        Label | None, Field(description="What the field is for; a hint says it if the field is missing.")
    ] = None
    default: Annotated[Any, Field(description="The value if the field is omitted.")] = None
    enum: Annotated[
        Annotated[list[Annotated[Any, _EnumValue()]], ListConstraint(least=1, most=200)] | None,
        Field(description="string, integer: the valid values."),
    ] = None
    pattern: Annotated[
        _Pattern | None,
        Field(description="string: a regular expression for all of the text, without look-around."),
    ] = None
    excluded: Annotated[
        Excluded | None, Field(alias="not", description="string: what is invalid all the same.")
    ] = None
    words: Annotated[
        Label | None, Field(description="string: the pattern in words; a hint says 'write <words>'.")
    ] = None
    format: Annotated[
        Literal["account-id", "email", "line", "product", "region"] | None,
        Field(description="string: one of these, instead of a pattern."),
    ] = None
    min_length: Annotated[_Size | None, Field(description="string: the least number of characters; 1.")] = (
        None
    )
    max_length: Annotated[_Size | None, Field(description="string: the largest number of characters.")] = None
    minimum: Annotated[int | None, Field(description="integer: the smallest value.")] = None
    maximum: Annotated[int | None, Field(description="integer: the largest value.")] = None
    items: Annotated[FieldSchema | None, Field(description="array: the entries.")] = None
    min_items: Annotated[_Size | None, Field(description="array: the least number of entries.")] = None
    max_items: Annotated[_Size | None, Field(description="array: the largest number of entries.")] = None
    unique_items: Annotated[bool, Field(description="array: whether the entries must differ.")] = False
    properties: Annotated[
        dict[FieldName, FieldSchema], ListConstraint(most=100), Field(description="object: its fields.")
    ] = Field(default_factory=dict)
    required: Annotated[
        list[FieldName],
        ListConstraint(most=100, unique=True),
        Field(description="object: the fields that must be set."),
    ] = Field(default_factory=list)

    def at(self, path: str) -> FieldSchema | None:
        """The field at a path such as `client.account_id`."""
        found: FieldSchema | None = self
        for name in path.split("."):
            found = found.properties.get(name) if found else None
        return found

    def requires(self, path: str) -> bool:
        """Whether every value has the field at this path."""
        name, _, rest = path.partition(".")
        return name in self.required and (not rest or self.properties[name].requires(rest))

    def filled(self, value: Any) -> Any:
        """The value with what it omits: defaults, empty lists and None."""
        if self.type == "object":
            held = value or {}
            return {name: inner.filled(held.get(name)) for name, inner in self.properties.items()}
        value = self.default if value is None else value
        return [] if value is None and self.type == "array" else value

    def inner(self, steps: Steps = ()) -> Iterator[tuple[FieldSchema, Steps]]:
        """This schema and those in it, with their places in the form."""
        yield self, steps
        for name, field in self.properties.items():
            yield from field.inner((*steps, "properties", name))
        if self.items is not None:
            yield from self.items.inner((*steps, "items"))

    def paths(self, before: str = "") -> Iterator[tuple[str, FieldSchema]]:
        """The fields below by their paths."""
        for name, field in self.properties.items():
            yield f"{before}{name}", field
            yield from field.paths(f"{before}{name}.")


def check_schema(document: Document, schema: FieldSchema, steps: Steps) -> Iterator[Problem]:
    """What makes no sense in a schema."""
    every = list(schema.inner(steps))
    if len(every) > _MOST_FIELDS:
        message = f"the schema has more than {_MOST_FIELDS} fields"
        yield Problem(rule="P170", where=document.where(*steps), message=message, hint="remove some")
        return
    for field, at in every:
        for place, message, hint in _flaws(field, document.get(*at)):
            where = document.where(*at, *place, key=True)
            yield Problem(rule="P170", where=where, message=message, hint=hint)


def _flaws(field: FieldSchema, written: Mapping[str, Any]) -> Iterator[tuple[Steps, str, str]]:
    """The first flaw of a field itself: its place in it, a message and a hint."""
    for key in sorted(written.keys() - _OF_TYPE[field.type] - _OF_ALL):
        yield (key,), f"{quoted(key)} is not used by type {quoted(field.type)}", "remove it"
        return
    if field.type == "array" and field.items is None:
        yield (), "an array requires 'items'", "add the schema of its entries"
        return
    for name in field.properties:
        if name in _METHODS:
            message = f"{quoted(name)} cannot be the name of a field: expressions read it as a method"
            yield ("properties", name), message, "rename the field"
            return
    for n, name in enumerate(field.required):
        if name not in field.properties:
            hint = did_you_mean(name, list(field.properties), what="its fields are")
            yield ("required", n), f"'required' names the unknown field {quoted(name)}", hint
            return
    excluded = field.excluded and field.excluded.pattern
    for keys, pattern in (("pattern",), field.pattern), (("not", "pattern"), excluded):
        try:
            matches_linearly(pattern or "", "", whole=len(keys) == 1)
        except ValueError as error:
            yield keys, f"'pattern' is not a regular expression: {error}", "correct it"
            return
    kind = _KINDS.get(field.type)
    if others := [value for value in field.enum or () if type(value) is not kind]:
        message = f"'enum' has {quoted(others[0])}, which is not of type {quoted(field.type)}"
        yield ("enum",), message, "correct the value, or the type"
    elif "default" in written:
        try:
            TypeAdapter(_type(field)).validate_python(field.default, strict=True)
        except ValidationError:
            yield ("default",), f"'default' is invalid: {quoted(field.default)}", "set a valid value"


def config_model(schema: FieldSchema, name: str) -> type[Declaration]:
    """The model, with a name, of the configs that have these fields."""
    return create_model(
        name,
        __base__=Declaration,
        __doc__=schema.description,
        **_members(schema),
        parameters=(Parameters, Field(default_factory=dict)),
        tags=(LaunchTags, Field(default_factory=dict)),
    )


def _members(schema: FieldSchema) -> dict[str, Any]:
    """The fields of a model, under names that none of its methods has."""
    members: dict[str, Any] = {}
    for n, (name, field) in enumerate(schema.properties.items()):
        kind, rest = _type(field, name), {}
        if name not in schema.required:
            kind = kind if field.default is not None else kind | None
            rest = {"default": field.default}
        words = field.description or field.title or name
        about = Field(alias=name, title=field.title or name, description=words, **rest)
        members[f"field_{n}"] = (kind, about)
    return members


def _type(field: FieldSchema, name: str = "entry") -> Any:
    """The Python type of a field's values, with its constraints."""
    literal: Any = Literal[tuple(field.enum)] if field.enum else None
    match field.type:
        case "string":
            return literal or _FORMATS.get(field.format or "") or Annotated[str, _text(field)]
        case "integer":
            return Annotated[literal or int, NoBoolean(), AtLeast(field.minimum, field.maximum)]
        case "boolean":
            return bool
        case "array":
            assert field.items is not None
            most = LONGEST_VALUE if field.max_items is None else field.max_items
            limits = ListConstraint(least=field.min_items or 0, most=most, unique=field.unique_items)
            return Annotated[GenericAlias(list, (_type(field.items),)), limits]
        case "object":
            return create_model(
                title_of(name), __base__=Declared, __doc__=field.description, **_members(field)
            )


def title_of(name: str) -> str:
    """`SomeWords` for `some_words`."""
    return "".join(word.title() for word in name.replace("-", "_").split("_"))


def _text(field: FieldSchema) -> StringConstraint:
    return LinearPattern(
        pattern=r"[\s\S]*" if field.pattern is None else field.pattern,
        words=field.words or ("" if field.pattern is None else f"text that matches {field.pattern}"),
        shortest=1 if field.min_length is None else field.min_length,
        longest=LONGEST_VALUE if field.max_length is None else field.max_length,
        excluded=field.excluded.pattern if field.excluded else "",
    )
