"""What the expressions of a template can become, as patterns of IAM: `*` stands for what is not known.

`${AWS::Partition}` and `${AWS::AccountId}` stay as they are. Refuses to know actions and policies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from publisher.permissions.scope import Scope
from publisher.templates.expression_parts import VARIABLE, all_hold, section

UNKNOWN = "*"
PARTITION, ACCOUNT = "${AWS::Partition}", "${AWS::AccountId}"
PLACE = re.compile(r"\$\{AWS::(?:Partition|AccountId)\}")
_MOST_VALUES = 8
_MOST_TEXTS = 16
_DEEPEST = 50
_DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:.*?\}\}")
_PLACEHOLDER = re.compile(r"\$\{AWS::\w+\}|\{\{resolve:.*?\}\}")
# (logical id, attribute or "" for Ref) → patterns
Attribute = Callable[[str, str], tuple[str, ...]]


class Values:
    """A template's expressions (long form), for every launch or for the one whose values the scope has."""

    def __init__(self, template: Mapping[str, Any], scope: Scope, attribute: Attribute) -> None:
        self.scope = scope
        self._parameters = section(template, "Parameters")
        self._resources = section(template, "Resources")
        self._mappings = section(template, "Mappings")
        self._conditions = section(template, "Conditions")
        self._attribute = attribute
        self._depth = 0

    def texts(self, expression: Any) -> tuple[str, ...]:
        """All that it can become, as patterns; of a list its elements; nothing for AWS::NoValue."""
        return covering(_DYNAMIC_REFERENCE.sub(UNKNOWN, text) for text in self._texts(expression, {}))

    def raw_texts(self, expression: Any) -> tuple[str, ...]:
        """The same, but dynamic references stay as they are written."""
        return self._texts(expression, {})

    def condition(self, name: str) -> bool | None:
        """Whether a condition of the template holds; None where it depends on the launch."""
        return self._holds(self._conditions.get(name))

    def choices(self, expression: Any) -> Iterator[Any]:
        """What an expression can be: the sides of Fn::If that can hold; None for AWS::NoValue."""
        match expression:
            case {"Fn::If": [condition, yes, no]}:
                for side in self._sides(condition, yes, no):
                    yield from self.choices(side)
            case {"Ref": "AWS::NoValue"}:
                yield None
            case _:
                yield expression

    def items(self, expression: Any) -> Iterator[Any]:
        """The elements of a list that may have conditions in it, or be none."""
        for choice in self.choices(expression):
            if isinstance(choice, (list, tuple)):
                for inner in choice:
                    yield from self.items(inner)
            elif choice is not None:
                yield choice

    def _sides(self, condition: Any, *sides: Any) -> Sequence[Any]:
        holds = self.condition(str(condition))
        return sides if holds is None else sides[:1] if holds else sides[1:]

    def _texts(self, expression: Any, local: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        if self._depth > _DEEPEST:
            return (UNKNOWN,)
        self._depth += 1
        try:
            return self._evaluated(expression, local)
        finally:
            self._depth -= 1

    def _evaluated(self, expression: Any, local: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        match expression:
            case None:
                return ()
            case bool():
                return ("true" if expression else "false",)
            case str():
                return (expression,)
            case int() | float():
                return (str(expression),)
            case list() | tuple():
                return _unique(text for part in expression for text in self._texts(part, local))
            case Mapping() if len(expression) == 1:
                ((name, argument),) = expression.items()
                return self._called(str(name), argument, local)
            case _:
                return (UNKNOWN,)

    def _called(self, name: str, argument: Any, local: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        match name, argument:
            case "Ref", str(referred):
                return self._reference(referred, local)
            case "Fn::GetAtt", str(path):
                return self._got(path)
            case "Fn::GetAtt", [str(logical_id), str(attribute)]:
                return self._got(f"{logical_id}.{attribute}")
            case "Fn::If", [condition, yes, no]:
                sides = self._sides(condition, yes, no)
                return _unique(text for side in sides for text in self._texts(side, local))
            case "Fn::Sub", source:
                return self._substituted(source, local)
            case "Fn::Join", [str(separator), parts]:
                return self._joined(separator, parts, local)
            case "Fn::Split", [str(separator), source]:
                texts = self._texts(source, local)
                return _unique(part for text in texts for part in split(text, separator))
            case "Fn::Select", [index, source]:
                return self._selected(index, source, local)
            case "Fn::FindInMap", [*keys]:
                return self._mapped(keys[:3], keys[3:], local)
            case _:
                return (UNKNOWN,)

    def _reference(self, name: str, local: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        if name in local:
            return local[name]
        if name in self._parameters:
            return self._parameter(name)
        if name in self._resources:
            return self._attribute(name, "")
        stack, place = self.scope.stack, f"arn:{PARTITION}:cloudformation:{self.scope.region}:{ACCOUNT}"
        pseudo = {
            "AWS::AccountId": (ACCOUNT,),
            "AWS::Partition": (PARTITION,),
            "AWS::Region": (self.scope.region,),
            "AWS::StackName": (stack,),
            "AWS::StackId": (f"{place}:stack/{stack}/*",),
            "AWS::NoValue": (),
        }
        return pseudo.get(name, (UNKNOWN,))

    def _parameter(self, name: str) -> tuple[str, ...]:
        """The value of the launch; else the parameter's AllowedValues if they are few; else anything."""
        declared = self._parameters[name]
        kind = str(declared.get("Type", "String"))
        known: Iterable[Any] = ()
        if kind.startswith("AWS::SSM::"):
            return (UNKNOWN,)
        if self.scope.parameters:
            value = self.scope.parameters.get(name, declared.get("Default"))
            known = () if value is None else (value,)
        else:
            allowed = declared.get("AllowedValues")
            if isinstance(allowed, (list, tuple)) and len(allowed) <= _MOST_VALUES:
                known = allowed
        texts = [text for value in known for text in self._texts(value, {})]
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            # Each value may be chosen any number of times.
            single = [part.strip() for text in texts for part in text.split(",")]
            return _unique(single) if single else (UNKNOWN,)
        return _unique(texts) or (UNKNOWN,)

    def _got(self, path: str) -> tuple[str, ...]:
        logical_id, _, attribute = path.partition(".")
        return self._attribute(logical_id, attribute) if logical_id in self._resources else (UNKNOWN,)

    def _substituted(self, source: Any, local: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        match source:
            case [str(text), Mapping() as variables]:
                inner = {**local, **{str(key): self._texts(part, local) for key, part in variables.items()}}
            case str(text) | [str(text)]:
                inner = dict(local)
            case _:
                return (UNKNOWN,)
        parts: list[tuple[str, ...]] = []
        end = 0
        for match in VARIABLE.finditer(text):
            parts.append((text[end : match.start()],))
            end = match.end()
            literal, name = match.group(1), match.group(2).strip()
            if literal:
                parts.append((f"${{{name}}}",))
            elif "." in name and name not in inner:
                parts.append(self._got(name))
            else:
                parts.append(self._reference(name, inner))
        parts.append((text[end:],))
        return _concatenated(parts)

    def _joined(self, separator: str, parts: Any, local: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        if not isinstance(parts, (list, tuple)):
            texts = self._texts(parts, local)
            # A list's length is not known: one element is exactly it only when it is all there can be.
            return texts if len(texts) == 1 and UNKNOWN not in texts[0] else (UNKNOWN,)
        found: tuple[str | None, ...] = (None,)
        for part in parts:
            ways: list[str | None] = [*self._texts(part, local)]
            if not ways or None in self.choices(part):
                ways.append(None)
            pairs = product(found, ways)
            found = tuple(dict.fromkeys(_joined(first, separator, second) for first, second in pairs))
            if len(found) > _MOST_TEXTS:
                return (UNKNOWN,)
        return tuple(text or "" for text in found)

    def _selected(self, index: Any, source: Any, local: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        number = next(iter(self._texts(index, local)), "")
        if not re.fullmatch("[0-9]{1,4}", number):
            return (UNKNOWN,)
        match source:
            case {"Fn::Split": [str(separator), text]}:
                lists = [split(one, separator) for one in self._texts(text, local)]
                chosen = [parts[int(number)] if int(number) < len(parts) else UNKNOWN for parts in lists]
                return _unique(chosen)
            case [*parts] if int(number) < len(parts):
                return self._texts(parts[int(number)], local)
            case _:
                return self._texts(source, local) if isinstance(source, Mapping) else (UNKNOWN,)

    def _mapped(
        self, keys: Sequence[Any], rest: Sequence[Any], local: Mapping[str, tuple[str, ...]]
    ) -> tuple[str, ...]:
        found: list[Any] = [self._mappings]
        for key in keys:
            patterns = self._texts(key, local)
            found = [
                inner
                for level in found
                if isinstance(level, Mapping)
                for name, inner in level.items()
                if any(fnmatchcase(str(name), pattern) for pattern in patterns)
            ]
        defaults = [part.get("DefaultValue") for part in rest if isinstance(part, Mapping)]
        texts = _unique(text for leaf in (*found, *defaults) for text in self._texts(leaf, local))
        return texts or (UNKNOWN,)

    def _holds(self, rule: Any) -> bool | None:
        if self._depth > _DEEPEST:
            return None
        self._depth += 1
        try:
            match rule:
                case {"Fn::Equals": [first, second]}:
                    one, other = self._texts(first, {}), self._texts(second, {})
                    return _equal(one, other)
                case {"Fn::Not": [inner]}:
                    held = self._holds(inner)
                    return None if held is None else not held
                case {"Fn::And": [*inner]}:
                    return all_hold(self._holds(one) for one in inner)
                case {"Fn::Or": [*inner]}:
                    found = all_hold(None if (it := self._holds(one)) is None else not it for one in inner)
                    return None if found is None else not found
                case {"Condition": str(name)}:
                    return self.condition(name)
                case _:
                    return None
        finally:
            self._depth -= 1


def _equal(one: Sequence[str], other: Sequence[str]) -> bool | None:
    """Whether two texts are equal, so far as is known."""
    certain = [len(texts) == 1 and "*" not in texts[0] and "${" not in texts[0] for texts in (one, other)]
    return one[0] == other[0] if all(certain) else None


def _joined(first: str | None, separator: str, second: str | None) -> str | None:
    if first is None or second is None:
        return second if first is None else first
    return f"{first}{separator}{second}"


def split(text: str, separator: str) -> list[str]:
    """The parts of a pattern. A `*` may hold the separator: from there on no part is known."""
    if not separator:
        return [UNKNOWN]
    protected = [match.group() for match in _PLACEHOLDER.finditer(text)]
    parts = _PLACEHOLDER.sub("\0", text).split(separator)
    replacements = iter(protected)
    whole = [re.sub("\0", lambda _: next(replacements), part) for part in parts]
    first = next((number for number, part in enumerate(whole) if UNKNOWN in part), None)
    return whole if first is None else [*whole[:first], *[UNKNOWN] * (len(whole) - first)]


def is_named(arn: str) -> bool:
    """Whether the name in an ARN pattern begins with fixed text, unlike `*` or `arn:…:function:*`."""
    *_, name = PLACE.sub("0", arn).split(":", 5)
    return bool(re.split(r"[*?$]", re.split("[:/]", name, maxsplit=1)[-1])[0].strip("/"))


def _concatenated(parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Each way to put one of each part's texts together; where they are too many, parts become `*`."""
    few = list(parts)
    for number, one in enumerate(parts):
        if len(one) > 1 and prod(len(one) for one in few) > _MOST_TEXTS:
            few[number] = (UNKNOWN,)
    return _unique("".join(chosen) for chosen in product(*few))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def merged(text: str) -> str:
    """A pattern without runs of `*`."""
    return re.sub(r"\*{2,}", "*", text) if "**" in text else text


def covering(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns, sorted, without those that another one matches whole, and without runs of `*`."""
    found = {merged(pattern) for pattern in patterns}
    return tuple(found) if len(found) < 2 else _needed(tuple(sorted(found)))


@lru_cache(maxsize=4096)
def _needed(found: tuple[str, ...]) -> tuple[str, ...]:
    filled = {one: _filled(one) for one in found}
    wide = [(one, filled[one]) for one in found if UNKNOWN in one or "?" in one]
    return tuple(
        one
        for one in found
        if not any(other != one and _matches(pattern, filled[one]) for other, pattern in wide)
    )


@lru_cache(maxsize=1 << 16)
def covers(pattern: str, other: str) -> bool:
    """Whether a pattern matches all that another one does; IAM's `*` matches `/` and `:` too."""
    if UNKNOWN not in pattern and "?" not in pattern:
        return pattern == other
    return _matches(_filled(pattern), _filled(other))


def _filled(text: str) -> str:
    """Without the colons of pseudo parameters: `*::*` does not cover `*:${AWS::AccountId}:*`."""
    return text.replace("${AWS::", "${")


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern with `*` or `?` matches the whole text, which may be a pattern, too."""
    if "?" in pattern:
        return _expression(pattern).fullmatch(text) is not None
    # Most patterns are compared a few times only: less work than it is to compile an expression.
    beginning, *inner, end = pattern.split(UNKNOWN)
    at, stop = len(beginning), len(text) - len(end)
    if at > stop or not (text.startswith(beginning) and text.endswith(end)):
        return False
    for part in inner:
        if (found := text.find(part, at, stop)) < 0:
            return False
        at = found + len(part)
    return True


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    # A `?` of the other pattern is one character, its `*` is not.
    parts = {"*": "(?s:.*)", "?": "[^*]"}
    return re.compile("".join(parts.get(part, re.escape(part)) for part in pattern))
