"""What the differences of two templates do to launches: to all there may be, or to one with its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from publisher.errors import InputError
from publisher.impact.change import SAME_MEANING, Change, Effect, Level, change_of, shown_as
from publisher.impact.following import Causes, Following
from publisher.impact.inputs import Values, for_every_launch, for_one_launch
from publisher.impact.resolution import new_secrets, resolved, same_in_every_case
from publisher.impact.resource_types import GUIDE
from publisher.impact.resources import Resources
from publisher.impact.uses import Kind
from publisher.templates.comparison import Difference, Subject, compare

Template = Mapping[str, Any]

_OUTPUTS = f"{GUIDE}/UserGuide/outputs-section-structure.html"
_MACROS = f"{GUIDE}/UserGuide/template-macros.html"
_ANATOMY = f"{GUIDE}/UserGuide/template-anatomy.html"
_HARMLESS_TRANSFORMS = frozenset({"AWS::LanguageExtensions"})
_EVALUATED = frozenset({"Resources", "Outputs"})
_INPUTS: frozenset[Subject] = frozenset({"parameter", "rule"})
_CAUSES: Mapping[str, Kind] = {"Conditions": "condition", "Mappings": "mapping", "Parameters": "name"}


def judge(before: Template, after: Template, *, values: Values | None = None) -> tuple[Change, ...]:
    """What changes for every launch, or for the one with these values, and what follows from that.

    The templates are in the long form. `values` are the parameters before and after, and the pseudo
    parameters that are known: conditions are evaluated, and a changed value is a change. The order is that
    of `compare`; what follows comes last. Raises InputError for templates that are too deep or too large.
    """
    try:
        return _judged(before, after, values)
    except RecursionError:
        raise InputError("the templates are nested too deeply") from None


def _judged(before: Template, after: Template, values: Values | None) -> tuple[Change, ...]:
    old, new = values or (None, None)
    evaluated = resolved(before, old), resolved(after, new, changed=new_secrets(after, values))
    resources = Resources(*evaluated)
    written = compare(before, after)
    others = [it for it in written if it.path[0] not in _EVALUATED]
    found = [*_declared(others, (before, after), values)]
    # What one launch meets is shown with its values, else as it is written.
    as_written = {(it.path, it.action): it for it in written} if values is None else {}
    rewritten = {tuple(list(it.path)[:2]) for it in written}
    for difference in compare(*evaluated):
        if same_in_every_case(difference.before, difference.after):
            continue
        change = None
        if difference.path[0] == "Resources":
            change = resources.judged(difference)
        elif difference.path[0] == "Outputs":
            by_value = values is not None and tuple(list(difference.path)[:2]) not in rewritten
            change = _output(difference, by_value=by_value)
        if change is not None:
            at = difference.path, difference.action
            found.append(shown_as(change, as_written.get(at, difference)))
    if values is None:
        found += _meaning_the_same(written, found)
    following = Following(evaluated[1], resources)
    found += following.of_causes(_causes(others, only_known=values is not None), found)
    return (*found, *following.of_replacements(found))


def _declared(
    differences: Sequence[Difference], templates: tuple[Template, Template], values: Values | None
) -> Iterator[Change]:
    """The changes outside of resources and outputs. One launch meets no others of conditions and mappings."""
    inputs = [it for it in differences if it.subject in _INPUTS]
    for difference in (it for it in differences if it.subject not in _INPUTS):
        match difference.subject:
            case "template" if difference.path[0] == "Fn::Transform":
                yield _transform(difference)
            case "transform":
                yield _transform(difference)
            case "condition" | "mapping":
                if values is None:
                    added = difference.action == "add"
                    yield change_of(difference, effect="added" if added else "none", source=_ANATOMY)
            case _:
                yield change_of(difference, effect="none", source=_ANATOMY)
    if values is None:
        yield from for_every_launch(inputs)
    else:
        yield from for_one_launch(inputs, templates, values)


def _transform(difference: Difference) -> Change:
    names = {
        str(it)
        for value in (difference.before, difference.after)
        for it in (value if isinstance(value, list) else [value])
        if it is not None
    }
    if names <= _HARMLESS_TRANSFORMS:
        return change_of(difference, effect="none", source=_MACROS)
    reason = "a macro can change every resource"
    return change_of(difference, effect="possible replacement", level="high", reason=reason, source=_MACROS)


def _output(difference: Difference, *, by_value: bool) -> Change:
    """What becomes of an output; `by_value`: only because the launch's own parameters change."""
    effect: Effect = "none"
    level: Level = "safe"
    reason = ""
    match list(difference.path)[2:], difference.action:
        case [] | ["Export", *_], "add":
            effect = "added"
        case [] | ["Condition"], "remove":
            gone = not list(difference.path)[2:]
            effect, level = ("output lost", "high") if gone else ("added", "safe")
            reason = "whoever reads it finds none" if gone else "every launch has it"
        case ["Export", *_], _:
            effect, level, reason = "output lost", "high", "no stack can import it under that name"
        case ["Condition"], _:
            effect, level, reason = (
                "output lost",
                "high",
                "only launches that meet it have it",
            )
        case [] | ["Value", *_], _ if by_value:
            effect, reason = "output changed", "a new value of the launch changes it"
        case [] | ["Value", *_], _:
            effect, level, reason = "output changed", "high", "whoever reads it finds another value"
        case _:
            pass
    return change_of(difference, effect=effect, level=level, reason=reason, source=_OUTPUTS)


def _meaning_the_same(written: Sequence[Difference], found: Sequence[Change]) -> list[Change]:
    """Differences in writing that are none in meaning."""
    paths = {it.difference.path for it in found if it.difference is not None}
    beginnings = {path[:n] for path in paths for n in range(2, len(path) + 1)}
    return [
        change_of(difference, effect="none", reason=SAME_MEANING)
        for difference in written
        if difference.path[0] in _EVALUATED
        and difference.path not in beginnings
        and not any(difference.path[:n] in paths for n in range(2, len(difference.path)))
    ]


def _causes(differences: Sequence[Difference], *, only_known: bool) -> Causes:
    """What is declared otherwise and used elsewhere; of one launch's parameters the values are known."""
    found: dict[tuple[Kind, str], str] = {}
    for difference in differences:
        match difference.path:
            case ("Conditions" | "Mappings" as part, str(name), *_) if difference.action != "add":
                found[_CAUSES[part], name] = f"{difference.subject} {name} is another"
            case ("Parameters", str(name), "Type") if not only_known and _is_read(difference):
                found["name", name] = f"its value is read otherwise: {name} is of another type"
            case ("Parameters", str(name), "Default") if not only_known and difference.action == "change":
                found["name", name] = f"a launch that gives no {name} has another default"
            case ("Mappings", str(name), _, *_):
                found["mapping", name] = f"mapping {name} is another"
            case _:
                pass
    return found


def _is_read(difference: Difference) -> bool:
    """Whether a parameter becomes the name of an SSM parameter, or is one no longer."""
    old, new = (str(it).startswith("AWS::SSM::") for it in (difference.before, difference.after))
    return old != new
