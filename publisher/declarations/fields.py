"""What the models of declarations are made of: strict values, constraints on text, lists and numbers.

Knows nothing of portfolios, products or configs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    ValidationError,
)
from pydantic_core import CoreSchema, PydanticCustomError, SchemaError, SchemaValidator, core_schema
from typing_extensions import override

from publisher.documents import Document
from publisher.errors import counted, quoted

Steps = tuple[str | int, ...]

_FORMAT, _LENGTH = "P105", "P106"


class Declared(BaseModel):
    """What people write: no unknown keys, no conversions, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Declaration(Declared):
    """A whole file."""

    _document: Document = PrivateAttr()

    @property
    def document(self) -> Document:
        """The file, with its places."""
        return self._document

    @property
    def path(self) -> str:
        """The file, relative to the project."""
        return self._document.path


class Constrained:
    """A constraint in an `Annotated` type: a check of the value, and its part of the JSON Schema."""

    def check(self, value: Any) -> Any:
        """The value itself. Raises pydantic's error, made by `wrong`, when it breaks the constraint."""
        raise NotImplementedError

    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What the constraint adds to the JSON Schema of the value."""
        return {}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        document = handler(schema)
        return {**document, **self.json_schema(document)}


def wrong(rule: str, message: str, hint: str) -> PydanticCustomError:
    """The error of a value; `message` follows the name of its key."""
    return PydanticCustomError("publisher", "{message}", {"rule": rule, "message": message, "hint": hint})


@dataclass(frozen=True, kw_only=True)
class StringConstraint(Constrained):
    """A pattern over all of a text, the same in words for people, and the text's length."""

    pattern: str = r"[\s\S]*"
    words: str = ""
    longest: int
    shortest: int = 1

    @override
    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = {"maxLength": self.longest}
        if self.shortest:
            document["minLength"] = self.shortest
        if self.words:
            document["pattern"] = f"^(?:{self.pattern})$"
        return document

    @override
    def check(self, value: str) -> str:
        length = len(value)
        if length > self.longest:
            message = f"must be at most {self.longest} characters long, not {length}: {quoted(value)}"
            raise wrong(_LENGTH, message, f"shorten it by {counted(length - self.longest, 'character')}")
        hint = f"write {self.words}" if self.words else "set a value"
        if length < self.shortest:
            message = f"must be at least {self.shortest} characters long, not {length}: {quoted(value)}"
            raise wrong(_LENGTH, message if value else "must not be empty", hint)
        if not self.matches(value):
            raise wrong(_FORMAT, f"is invalid: {quoted(value)}", hint)
        return value

    def matches(self, value: str) -> bool:
        """Whether the pattern matches all of the text."""
        return re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True, kw_only=True)
class LinearPattern(StringConstraint):
    """The same with patterns from files: matched in linear time, without look-around."""

    excluded: str = ""

    @override
    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        document = super().json_schema(schema)
        if self.words:
            document["patternErrorMessage"] = f"write {self.words}"
        if self.excluded:
            document["not"] = {"pattern": self.excluded}
        return document

    @override
    def matches(self, value: str) -> bool:
        excluded = bool(self.excluded) and matches_linearly(self.excluded, value, whole=False)
        return matches_linearly(self.pattern, value) and not excluded


def matches_linearly(pattern: str, text: str, *, whole: bool = True) -> bool:
    """Whether the pattern matches, in linear time. Raises ValueError for what is not such a pattern.

    That is the syntax of Rust's regular expressions: no look-around, no references.
    """
    try:
        _validator(f"^(?:{pattern})$" if whole else pattern).validate_python(text)
    except SchemaError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ValueError(re.sub(r"^.*?[Ee]rror: ", "", reason)) from None
    except ValidationError:
        return False
    return True


# One takes up to 7 MB.
@lru_cache(32)
def _validator(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


@dataclass(frozen=True, kw_only=True)
class ListConstraint(Constrained):
    """How many entries a list or mapping has, and whether they must differ."""

    most: int
    least: int = 0
    unique: bool = False

    @override
    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        word = "Items" if schema["type"] == "array" else "Properties"
        document: dict[str, Any] = {f"max{word}": self.most}
        if self.least:
            document[f"min{word}"] = self.least
        if self.unique:
            document["uniqueItems"] = True
        return document

    @override
    def check(self, value: Any) -> Any:
        count = len(value)
        if count > self.most:
            message = f"must have at most {self.most} entries, not {count}"
            raise wrong(_LENGTH, message, f"remove {count - self.most} of them")
        if count < self.least:
            raise wrong(_LENGTH, f"must have {self.least} or more entries, not {count}", "add an entry")
        twice = (entry for n, entry in enumerate(value) if entry in value[:n]) if self.unique else ()
        for entry in twice:
            raise wrong(_FORMAT, f"lists {quoted(entry)} twice", "remove one of them")
        return value


@dataclass(frozen=True)
class AtLeast(Constrained):
    """The smallest number allowed, and the largest."""

    least: int | None
    most: int | None = None

    @override
    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        limits = {"minimum": self.least, "maximum": self.most}
        return {name: limit for name, limit in limits.items() if limit is not None}

    @override
    def check(self, value: int | None) -> int | None:
        if value is not None and self.least is not None and value < self.least:
            raise wrong(_LENGTH, f"must be at least {self.least}, not {value}", f"write {self.least} or more")
        if value is not None and self.most is not None and value > self.most:
            raise wrong(_LENGTH, f"must be at most {self.most}, not {value}", f"write {self.most} or less")
        return value


class NoBoolean(Constrained):
    """Refuses true and false where a number is one of several: for Python `true` is the number 1."""

    @override
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    @override
    def check(self, value: Any) -> Any:
        if isinstance(value, bool):
            message = f"must be a number, not {str(value).lower()}"
            raise wrong("P103", message, "write a number, without quotes")
        return value
