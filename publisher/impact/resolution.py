"""A template with its expressions evaluated as far as is known, for every launch or for one.

Expressions that mean the same become equal: `!Join ["", [a-, !Ref B]]` is `!Sub a-${B}`. Parameters of
one launch are replaced by their values, what its conditions leave out is gone. Numbers become texts, as
CloudFormation takes one for the other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import Any

from publisher.documents import canonical_json
from publisher.errors import InputError
from publisher.impact.resource_types import resource_type
from publisher.templates.comparison import HIDDEN
from publisher.templates.expression_parts import (
    VARIABLE,
    all_hold,
    conditions_in,
    is_known,
    is_secret,
    may_be_list,
    parts_of,
    section,
)
from publisher.templates.loops import written_out

# What makes loops, and functions in more places.
_EXTENSIONS = "AWS::LanguageExtensions"
NOTHING = {"Ref": "AWS::NoValue"}
_LISTS = ("CommaDelimitedList", "List<")
_INDEX = re.compile("[0-9]{1,6}")
_DEEPEST = 60
# Steps and characters of all expressions; what needs more was written to need more.
_MOST = 5_000_000
# Of two expressions that are compared in all cases.
_MOST_CONDITIONS = 6


def resolved(
    template: Mapping[str, Any],
    values: Mapping[str, str] | None = None,
    *,
    changed: Collection[str] = (),
) -> dict[str, Any]:
    """The template with its expressions evaluated; for one launch with its parameters' values.

    The value of a NoEcho parameter is never shown: its reference stays, marked if it is in `changed`.
    """
    if _EXTENSIONS in canonical_json(template.get("Transform")):
        with suppress(InputError):
            template = written_out(template, unknown=lambda name: f"{{{name}}}")
    return _Resolution(template, values, changed).template()


def named(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template whose SSM parameters are named by a resource's name, not by a part of its reference."""
    resources = section(template, "Resources")

    def readable(value: Any) -> Any:
        match value:
            case {"Fn::Select": [index, {"Fn::Split": [separator, {"Ref": str(name)}]}]}:
                return _part(resources.get(name, {}), separator, str(index)) or value
            case Mapping():
                return {key: readable(it) for key, it in value.items()}
            case list():
                return [readable(it) for it in value]
            case _:
                return value

    shown = {}
    for name, it in resources.items():
        properties = it.get("Properties")
        if (
            it.get("Type") == "AWS::SSM::Parameter"
            and isinstance(properties, Mapping)
            and "Name" in properties
        ):
            shown[name] = {**it, "Properties": {**properties, "Name": readable(properties["Name"])}}
    return {**template, "Resources": {**template["Resources"], **shown}} if shown else dict(template)


def _part(resource: Mapping[str, Any], separator: object, index: object) -> Any:
    """The property that is a part of the split reference of a resource; None where that is not known."""
    properties = resource.get("Properties")
    part = resource_type(str(resource.get("Type", ""))).part_of_reference(separator, index)
    return properties.get(part) if part and isinstance(properties, Mapping) else None


def refused_rules(template: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, bool | None]:
    """Whether each rule of a template refuses a launch's values; None where that is not known."""
    resolution = _Resolution(template, values, ())
    return {name: resolution.refuses(rule) for name, rule in section(template, "Rules").items()}


def same_in_every_case(one: Any, other: Any) -> bool:
    """Whether two evaluated expressions are equal whichever of their conditions hold."""
    names = sorted({*conditions_in(one), *conditions_in(other)})
    if not 0 < len(names) <= _MOST_CONDITIONS:
        return False
    for held in product((True, False), repeat=len(names)):
        resolution = _Resolution({}, None, (), known=dict(zip(names, held, strict=True)))
        if resolution.value(one) != resolution.value(other):
            return False
    return True


def new_secrets(
    template: Mapping[str, Any], values: tuple[Mapping[str, str], Mapping[str, str]] | None
) -> frozenset[str]:
    """The NoEcho parameters whose values a launch changes."""
    old, new = values or ({}, {})
    return frozenset(
        name
        for name, it in section(template, "Parameters").items()
        if is_secret(it) and name in new and new[name] != old.get(name)
    )


class _Resolution:
    def __init__(
        self,
        template: Mapping[str, Any],
        values: Mapping[str, str] | None,
        changed: Collection[str],
        known: Mapping[str, bool | None] = {},
    ) -> None:
        self._template, self._changed = template, changed
        self._parameters = section(template, "Parameters")
        self._mappings = section(template, "Mappings")
        self._conditions = section(template, "Conditions")
        self._resources = section(template, "Resources")
        self._values = values
        self._depth = self._work = self._deciding = 0
        self._known = dict(known)

    def template(self) -> dict[str, Any]:
        found = dict(self._template)
        for name in ("Resources", "Outputs"):
            entries = self._template.get(name)
            if isinstance(entries, Mapping):
                found[name] = dict(self._entries(entries))
        return found

    def _entries(self, entries: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, entry in entries.items():
            if not isinstance(entry, Mapping):
                yield name, entry
                continue
            holds = self._condition(str(entry["Condition"])) if "Condition" in entry else True
            if holds is False:
                continue
            kept = {key: it for key, it in entry.items() if key != "Condition" or holds is None}
            yield (
                name,
                {
                    key: it if key in ("Condition", "DependsOn", "Type") else self.value(it)
                    for key, it in kept.items()
                },
            )

    def value(self, value: Any, local: Mapping[str, Any] | None = None) -> Any:
        """An expression, evaluated; `local` are the variables of an Fn::Sub around it."""
        if self._depth > _DEEPEST:
            return value
        self._depth += 1
        try:
            found = self._evaluated(value, local or {})
        finally:
            self._depth -= 1
        self._spend(1 + (len(found) if isinstance(found, str | list) else 0))
        return found

    def _evaluated(self, value: Any, local: Mapping[str, Any]) -> Any:
        match value:
            case bool():
                return "true" if value else "false"
            case int() | float():
                return str(value)
            case list() | tuple():
                found = [self.value(it, local) for it in value]
                return [it for it in found if it != NOTHING]
            case Mapping() if len(value) == 1 and str(next(iter(value))).startswith(("Ref", "Fn::")):
                ((name, argument),) = value.items()
                return self._called(str(name), argument, local)
            case Mapping():
                inner = {key: self.value(it, local) for key, it in value.items()}
                return {key: it for key, it in inner.items() if it != NOTHING}
            case _:
                return value

    def _called(self, name: str, argument: Any, local: Mapping[str, Any]) -> Any:
        match name, argument:
            case "Ref", str(referred):
                return self._reference(referred, local)
            case "Fn::If", [condition, yes, no]:
                return self._chosen(condition, self.value(yes, local), self.value(no, local))
            case "Fn::Sub", source:
                return self._substituted(source, local)
            case "Fn::Join", [separator, parts]:
                return self._joined(self.value(separator), self.value(parts, local))
            case "Fn::Split", [separator, source]:
                between, text = self.value(separator), self.value(source, local)
                known = isinstance(between, str) and between and isinstance(text, str)
                return text.split(between) if known else {name: [between, text]}
            case "Fn::Select", [index, source]:
                return self._selected(self.value(index, local), self.value(source, local))
            case "Fn::FindInMap", [*keys]:
                return self._mapped([self.value(it, local) for it in keys])
            case "Fn::GetAtt", _:
                return {name: argument}
            case _:
                return {name: self.value(argument, local)}

    def _reference(self, name: str, local: Mapping[str, Any]) -> Any:
        if name in local:
            return local[name]
        declared = self._parameters.get(name)
        if self._values is None:
            return {"Ref": name}
        if declared is None:
            return self._values[name] if name.startswith("AWS::") and name in self._values else {"Ref": name}
        value = self._values.get(name, declared.get("Default"))
        kind = str(declared.get("Type", "String"))
        if value is None:
            return {"Ref": name}
        if is_secret(declared):
            if self._deciding and value != HIDDEN:
                return value
            return {"Ref": f"{name} (new value)" if name in self._changed else name}
        if kind.startswith("AWS::SSM::"):
            return f"{{{{resolve:ssm:{value}}}}}"
        if kind.startswith(_LISTS):
            return [it.strip() for it in str(value).split(",")]
        return self.value(value)

    def _chosen(self, condition: Any, yes: Any, no: Any) -> Any:
        holds = self._condition(str(condition))
        if holds is None:
            return yes if yes == no else {"Fn::If": [condition, yes, no]}
        return yes if holds else no

    def _substituted(self, source: Any, local: Mapping[str, Any]) -> Any:
        match source:
            case [str(text), Mapping() as variables]:
                local = {**local, **{str(key): self.value(it, local) for key, it in variables.items()}}
            case str(text) | [str(text)]:
                pass
            case _:
                return {"Fn::Sub": source}
        parts: list[Any] = []
        end = 0
        for match in VARIABLE.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            literal, name = match.group(1), match.group(2).strip()
            if literal:
                parts.append(f"${{{name}}}")
            elif "." in name and name not in local:
                parts.append({"Fn::GetAtt": name.split(".", 1)})
            else:
                parts.append(self._reference(name, local))
        return self._text([*parts, text[end:]])

    def _text(self, parts: list[Any]) -> Any:
        """Parts put together: a text, the only part, or an Fn::Sub, of references where possible."""
        flat: list[Any] = []
        for part in (it for whole in parts for it in parts_of(whole)):
            if isinstance(part, str) and flat and isinstance(flat[-1], str):
                flat[-1] += part
            elif part != "":
                flat.append(part)
        self._spend(sum(len(it) if isinstance(it, str) else 1 for it in flat))
        if all(isinstance(it, str) for it in flat):
            return "".join(flat)
        if len(flat) == 1:
            return flat[0]
        text = ""
        variables: dict[str, Any] = {}
        for part in flat:
            match part:
                case str():
                    text += re.sub(r"\$\{", "${!", part)
                case {"Ref": str(name)}:
                    text += f"${{{name}}}"
                case {"Fn::GetAtt": [str(resource), str(attribute)]}:
                    text += f"${{{resource}.{attribute}}}"
                case _:
                    name = f"#{len(variables)}"
                    variables[name] = part
                    text += f"${{{name}}}"
        return {"Fn::Sub": [text, variables] if variables else text}

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work > _MOST:
            raise InputError("the expressions of a template become too large", hint="write them shorter")

    def _joined(self, separator: Any, parts: Any) -> Any:
        if not isinstance(separator, str) or not isinstance(parts, list) or any(map(may_be_list, parts)):
            return {"Fn::Join": [separator, parts]}
        return self._text(
            [it for n, part in enumerate(parts) for it in ((separator, part) if n else (part,))]
        )

    def _selected(self, index: Any, source: Any) -> Any:
        match index, source:
            case str(), [*parts] if _INDEX.fullmatch(index) and int(index) < len(parts):
                return parts[int(index)]
            case _, {"Fn::Split": [separator, {"Ref": str(name)}]}:
                if (part := _part(self._resources.get(name, {}), separator, index)) is not None:
                    return self.value(part)
        return {"Fn::Select": [index, source]}

    def _mapped(self, keys: list[Any]) -> Any:
        found: Any = self._mappings
        for key in keys[:3]:
            known = isinstance(key, str) and isinstance(found, Mapping) and key in found
            if not known:
                return {"Fn::FindInMap": keys}
            found = found[key]
        return self.value(found)

    def refuses(self, rule: Mapping[str, Any]) -> bool | None:
        """Whether a rule of the template refuses the values."""
        applies = self._holds(rule["RuleCondition"]) if "RuleCondition" in rule else True
        if applies is False:
            return False
        asserted = rule.get("Assertions")
        found = [it.get("Assert") for it in asserted or () if isinstance(it, Mapping)]
        met = all_hold(self._holds(it) for it in found) if isinstance(asserted, list) else None
        return False if met else None if applies is None or met is None else True

    def _condition(self, name: str) -> bool | None:
        if name not in self._known:
            self._known[name] = None  # of what refers to itself
            self._known[name] = self._holds(self._conditions.get(name))
        return self._known[name]

    def _holds(self, rule: Any) -> bool | None:
        """Whether a condition holds; None where it depends on what is not known."""
        if self._depth > _DEEPEST:
            return None
        self._depth += 1
        try:
            match rule:
                case {"Condition": str(name)}:
                    return self._condition(name)
                case {"Fn::Equals": [first, second]}:
                    one, other = self._decided(first), self._decided(second)
                    return one == other if is_known(one) and is_known(other) else None
                case {"Fn::Contains": [several, value]} | {"Fn::EachMemberIn": [value, several]}:
                    return self._among(value, several)
                case {"Fn::EachMemberEquals": [value, single]}:
                    return self._among(value, [single])
                case {"Fn::Not": [inner]}:
                    held = self._holds(inner)
                    return None if held is None else not held
                case {"Fn::And": [*inner]}:
                    return all_hold(self._holds(it) for it in inner)
                case {"Fn::Or": [*inner]}:
                    negated = all_hold(None if (it := self._holds(one)) is None else not it for one in inner)
                    return None if negated is None else not negated
                case _:
                    return None
        finally:
            self._depth -= 1

    def _decided(self, value: Any) -> Any:
        """A value that is compared, and never shown."""
        self._deciding += 1
        try:
            return self.value(value)
        finally:
            self._deciding -= 1

    def _among(self, value: Any, several: Any) -> bool | None:
        """Whether a text, or each one of a list, is one of several; None if they are not known."""
        one, all_ = self._decided(value), self._decided(several)
        if not is_known(one) or not is_known(all_) or not isinstance(all_, list):
            return None
        return all(it in all_ for it in (one if isinstance(one, list) else [one]))
