"""What models of declarations are made of: strict values, forms of texts, sizes of lists.

Knows nothing of portfolios, products or configs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from publisher.documents import Document
from publisher.errors import counted, quoted

Steps = tuple[str | int, ...]

_FORM, _LENGTH = "P105", "P106"
_FEW = 14


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


@dataclass(frozen=True, kw_only=True)
class StringConstraint:
    """The form of a text: a pattern over all of it, the same in words for people, and its length."""

    pattern: str = r"[\s\S]*"
    words: str = ""
    longest: int
    shortest: int = 1

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        document = handler(schema)
        document["maxLength"] = self.longest
        if self.shortest:
            document["minLength"] = self.shortest
        if self.words:
            document["pattern"] = f"^(?:{self.pattern})$"
        return document

    def check(self, text: str) -> str:
        """The text itself; raises pydantic's error when it has another form."""
        if len(text) > self.longest:
            excess = len(text) - self.longest
            _complain(
                _LENGTH,
                f"is {len(text)} characters long, {self.longest} are the most: {quoted(text)}",
                f"shorten it by {counted(excess, 'character')}",
            )
        if len(text) < self.shortest:
            complaint = f"is {counted(len(text), 'character')} long, {self.shortest} at least: {quoted(text)}"
            hint = f"write {self.words}" if self.words else "give it a text"
            _complain(_LENGTH, complaint if text else "is empty", hint)
        if not re.fullmatch(self.pattern, text):
            _complain(_FORM, f"cannot be {quoted(text)}", f"write {self.words}")
        return text


@dataclass(frozen=True, kw_only=True)
class ListConstraint:
    """How many entries a list or mapping may have, and whether one may stand in it twice."""

    most: int
    least: int = 0
    unique: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        document = handler(schema)
        word = "Items" if document["type"] == "array" else "Properties"
        document[f"max{word}"] = self.most
        if self.least:
            document[f"min{word}"] = self.least
        if self.unique:
            document["uniqueItems"] = True
        return document

    def check(self, entries: Any) -> Any:
        """The entries themselves; raises pydantic's error when there are too many or too few."""
        if len(entries) > self.most:
            excess = len(entries) - self.most
            _complain(_LENGTH, f"has {len(entries)} entries, {self.most} are the most", f"take out {excess}")
        if len(entries) < self.least:
            _complain(_LENGTH, f"has {len(entries)} entries, {self.least} at least", "add what is missing")
        if self.unique:
            twice = next((entry for n, entry in enumerate(entries) if entry in entries[:n]), None)
            if twice is not None:
                _complain(_FORM, f"holds {quoted(twice)} twice", "keep one of the two")
        return entries


@dataclass(frozen=True)
class AtLeast:
    """The smallest number that may stand there."""

    least: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "minimum": self.least}

    def check(self, number: int | None) -> int | None:
        """The number itself; raises pydantic's error when it is too small."""
        if number is not None and number < self.least:
            _complain(
                _LENGTH, f"cannot be {number}, {self.least} is the least", f"write {self.least} or more"
            )
        return number


@dataclass(frozen=True)
class NoBoolean:
    """A number that is one of several: for Python `true` is the number 1."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def check(self, value: Any) -> Any:
        """The value itself; raises pydantic's error for true and false."""
        if isinstance(value, bool):
            _complain("P103", f"must be a number, not {str(value).lower()}", "write a number, without quotes")
        return value


def _complain(rule: str, complaint: str, hint: str) -> None:
    raise PydanticCustomError(
        "publisher", "{complaint}", {"rule": rule, "complaint": complaint, "hint": hint}
    )
