"""What a file of Service Catalog Factory holds, read with places: a value of the wrong type is a problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.documents import Document, read
from publisher.errors import InputError, Problem, quoted

Steps = tuple[str | int, ...]
_HINTS = {
    "text": "write text, in quotes if in doubt",
    "a list": "write each entry on a line that starts with '-', or [a, b]",
    "a mapping": "write 'key: value' lines below it",
}


@dataclass(kw_only=True)
class Findings:
    """What was found on the way: wrong types, and what is not converted."""

    problems: list[Problem] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raises InputError with every problem."""
        if self.problems:
            raise InputError.of(dict.fromkeys(self.problems))


@dataclass(frozen=True, kw_only=True)
class Fields:
    """A mapping in a file. `named` is the name of its folder, `also` has what other files add to it."""

    document: Document
    findings: Findings
    steps: Steps = ()
    named: str = ""
    also: dict[str, list[Fields]] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, root: Path, findings: Findings, named: str = "") -> Fields:
        """The mapping that a file is. Raises InputError for what is no YAML."""
        found = cls(document=read(path, root=root), findings=findings, named=named)
        found._expect(isinstance(found._value(), dict), "a mapping")
        return found

    def __iter__(self) -> Iterator[str]:
        value = self._value()
        return iter(value if isinstance(value, dict) else ())

    def has(self, key: str) -> bool:
        """Whether it has a value for the key."""
        return self._value(key) is not None or (key == "Name" and bool(self.named))

    def text(self, key: str, default: str = "") -> str:
        """A text; numbers are theirs."""
        if key == "Name" and self.named:
            return self.named
        value = self._value(key)
        if value is None or isinstance(value, dict | list | bool):
            self._expect(value is None, "text", key)
            return default
        return str(value)

    def word(self, key: str) -> str:
        """A text, number or flag in small letters; empty without one."""
        value = self._value(key)
        self._expect(not isinstance(value, dict | list), "text", key)
        return "" if value is None else str(value).lower()

    def mapping(self, key: str) -> Fields:
        """The mapping under the key; empty without one."""
        value = self._value(key)
        self._expect(value is None or isinstance(value, dict), "a mapping", key)
        return Fields(document=self.document, findings=self.findings, steps=(*self.steps, key))

    def entries(self, key: str, *named: str) -> list[Fields]:
        """The mappings in the list under the key that have one of these; others are omitted."""
        found = [it for it in self.items(key, texts=False) if isinstance(it, Fields)]
        for it in found:
            if not any(it.has(name) for name in named):
                self.findings.omitted.append(
                    f"an entry without {' or '.join(named)} in {key} of {self.place}"
                )
        return [*(it for it in found if any(it.has(name) for name in named)), *self.also.get(key, ())]

    def items(self, key: str, *, texts: bool = True) -> list[Fields | str]:
        """The mappings, and the texts where these may be, in the list under the key, or alone there."""
        value = self._value(key)
        alone = isinstance(value, dict) or (texts and isinstance(value, str))
        if value is None or not (alone or isinstance(value, list)):
            self._expect(value is None, "a list", key)
            return []
        found: list[Fields | str] = []
        for place in [(key,)] if alone else [(key, n) for n in range(len(value))]:
            it = self._value(*place)
            if isinstance(it, dict):
                found.append(
                    Fields(document=self.document, findings=self.findings, steps=(*self.steps, *place))
                )
            elif texts and isinstance(it, str):
                found.append(it)
            else:
                self._expect(False, "a mapping", *place)
        return found

    def leaves(self, *keys: str) -> Iterator[tuple[str, str]]:
        """The texts below the keys, each with its path."""
        value = self._value(*keys)
        if isinstance(value, dict):
            for key in value:
                yield from self.leaves(*keys, key)
        elif value is not None:
            yield ".".join(keys), str(value)

    @property
    def place(self) -> str:
        """How messages name it."""
        return self.named or next(
            (self.text(it) for it in ("DisplayName", "PortfolioName", "Name") if self.has(it)), "the file"
        )

    def _value(self, *keys: str | int) -> Any:
        return self.document.get(*self.steps, *keys)

    def _expect(self, fits: bool, kind: str, *keys: str | int) -> None:
        if fits:
            return
        steps, value = (*self.steps, *keys), self._value(*keys)
        name = next((quoted(it) for it in reversed(steps) if isinstance(it, str)), "the file")
        what = f"an entry of {name}" if steps and isinstance(steps[-1], int) else name
        shown = (
            "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else quoted(value)
        )
        self.findings.problems.append(
            Problem(
                rule="P103",
                where=self.document.where(*steps),
                message=f"{what} must be {kind}, not {shown}",
                hint=_HINTS[kind],
            )
        )
