"""What the changes of a template's parameters and rules ask of launches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from publisher.declarations.rule_values import unfit_value
from publisher.errors import excerpts, printable
from publisher.impact.change import Change, Effect, Level, change_of
from publisher.impact.resolution import refused_rules
from publisher.impact.resource_types import GUIDE
from publisher.templates.comparison import HIDDEN, Difference
from publisher.templates.expression_parts import is_secret, section

Values = tuple[Mapping[str, str], Mapping[str, str]]
Templates = tuple[Mapping[str, Any], Mapping[str, Any]]
_PARAMETERS = f"{GUIDE}/UserGuide/parameters-section-structure.html"
_RULES = f"{GUIDE}/UserGuide/rules-section-structure.html"
_UPDATES = f"{GUIDE}/UserGuide/using-cfn-updating-stacks-direct.html"
# Of a limit: whether a larger number allows more.
_LIMITS = {"MaxLength": True, "MaxValue": True, "MinLength": False, "MinValue": False}
_LONGEST = 300
_REFUSED = "values that were possible are refused"


def for_every_launch(differences: Sequence[Difference]) -> Iterator[Change]:
    """The changes of parameters and rules."""
    for difference in differences:
        effect, reason = _rule(difference) if difference.subject == "rule" else _parameter(difference)
        level: Level = "safe" if effect in ("added", "none") else "high"
        source = _RULES if difference.subject == "rule" else _PARAMETERS
        yield change_of(difference, effect=effect, reason=reason, source=source, level=level)


def for_one_launch(
    differences: Sequence[Difference], templates: Templates, values: Values
) -> Iterator[Change]:
    """What the launch with these values meets."""
    declared = tuple(section(it, "Parameters") for it in templates)
    for difference in (it for it in differences if it.subject == "parameter"):
        effect: Effect = "none"
        level: Level = "safe"
        reason = ""
        match list(difference.path)[1:], difference.action:
            case [str(name)], "add":
                effect = "added"
                if name not in values[1] and "Default" not in declared[1].get(name, {}):
                    effect, reason, level = "required input", "it has no default", "high"
            case [_], "remove":
                effect, reason, level = "input removed", "the launch can give it no longer", "high"
            case _:
                pass
        yield change_of(difference, effect=effect, reason=reason, source=_PARAMETERS, level=level)
    for name in sorted(declared[0].keys() & declared[1].keys()):
        yield from _value(name, declared[0][name], declared[1][name], values)
    yield from _rules(differences, templates, values)


def _rules(differences: Sequence[Difference], templates: Templates, values: Values) -> Iterator[Change]:
    """The rules that refuse the values, or may; others are of no account to the launch."""
    changed = {str(it.path[1]) for it in differences if it.subject == "rule" and len(it.path) > 1}
    for name, refused in sorted(refused_rules(templates[1], values[1]).items()):
        unsure = refused is None and name in changed
        if unsure or (refused and (name in changed or values[0] != values[1])):
            yield Change(
                subject="rule",
                path=name,
                effect="input narrowed",
                reason="its values are refused" if refused else "its values may be refused",
                source=_RULES,
                level="high",
                bump="major",
            )


def _value(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], values: Values
) -> Iterator[Change]:
    """What a launch's value of a parameter meets: it is another, or is allowed no longer."""
    old = values[0].get(name, before.get("Default"))
    new = values[1].get(name, after.get("Default"))
    if new is None or (old == new and before == after):
        return
    hidden = is_secret(before) or is_secret(after)
    shown = excerpts("" if old is None else printable(str(old)), printable(str(new)), _LONGEST)
    before_text, after_text = (HIDDEN, HIDDEN) if hidden else shown
    unfit = None if new == HIDDEN else unfit_value(str(new), after)
    if unfit is not None:
        yield Change(
            action="change",
            subject="parameter",
            path=name,
            effect="input narrowed",
            before=before_text,
            after=after_text,
            reason=f"its value is refused: {unfit[0]}",
            source=_PARAMETERS,
            level="high",
            bump="major",
        )
    elif old is not None and str(old) != str(new):
        yield Change(
            action="change",
            subject="parameter",
            path=name,
            effect="none",
            before=before_text,
            after=after_text,
            reason="another value",
            source=_UPDATES,
            bump="",
        )


def _rule(difference: Difference) -> tuple[Effect, str]:
    if difference.action == "remove" and len(difference.path) == 2:
        return "none", ""
    return "input narrowed", "values that were possible may be refused"


def _parameter(difference: Difference) -> tuple[Effect, str]:
    steps = list(difference.path)[2:]
    match steps, difference.action:
        case [], "add":
            if isinstance(difference.after, Mapping) and "Default" in difference.after:
                return "added", ""
            return "required input", "it has no default"
        case [], "remove":
            return "input removed", "updates that give it are refused"
        case ["Default"], "remove":
            return "required input", "it has a default no longer"
        case ["Default"], "change":
            return "none", "a launch keeps its value"
        case ["Default"], "add":
            return "added", "it need not be given"
        case ["Type", *_], _:
            return "input narrowed", "values may not be of the new type"
        case ["AllowedValues", _], "add":
            return "added", ""
        case [str(limit), *_], _ if limit in _LIMITS or limit in ("AllowedPattern", "AllowedValues"):
            return _limit(limit, difference)
        case _:
            return "none", ""


def _limit(name: str, difference: Difference) -> tuple[Effect, str]:
    """A limit that goes or grows allows more."""
    if difference.action == "reorder":
        return "none", ""
    if difference.action == "remove" and len(difference.path) == 3:
        return "added", "every value is possible"
    old, new = _number(difference.before), _number(difference.after)
    if name in _LIMITS and old is not None and new is not None and (new > old) == _LIMITS[name]:
        return "added", "more values are possible"
    return "input narrowed", _REFUSED if name != "AllowedPattern" else f"{_REFUSED} unless they match"


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
