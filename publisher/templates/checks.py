"""Our own rules over a rendered template: what CloudFormation takes and we do not. One small check each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.declarations.product import JINJA
from publisher.errors import Problem, Severity
from publisher.templates.cloudformation import Parsed, Path, parse, plain_text
from publisher.templates.interface import Interface
from publisher.templates.render import Rendered

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
BODY_LIMIT = 1_048_576
_QUOTAS = {"Parameters": 200, "Mappings": 200, "Resources": 500, "Outputs": 200}

_REGION = r"(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-iso|us-isob)-[a-z]+(?:-[a-z]+)?-[1-9]"
_ACCOUNT = re.compile(r"(?<![\w.-])[0-9]{12}(?![\w.-])")
_PLACE = re.compile(rf"(?<![\w-]){_REGION}[a-f]?(?![\w-])")
_PARTITION = re.compile(r"arn:aws[a-z-]*:")
# Words for people, where an example may well name a Region.
_WORDS = frozenset(
    {"AllowedPattern", "AssertDescription", "ConstraintDescription", "Description", "Metadata"}
)
_NESTED = frozenset({"AWS::CloudFormation::Macro", "AWS::CloudFormation::Stack"})
# Types whose values the console offers, or CloudFormation checks.
_CHECKED_TYPE = re.compile(r"AWS::EC2::|AWS::Route53::|List<AWS::")
_CONSTRAINTS = frozenset({"AllowedPattern", "AllowedValues", "MinValue", "MaxValue"})

# What AWS itself refuses.
_REFUSED = frozenset({"T101", "T102"})

Found = tuple[Path, str]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule: what it demands, why, the remedy; `find` yields paths in the template, each with a message."""

    id: str
    title: str
    source_url: str
    hint: str
    find: Callable[[Rendered], Iterator[Found]]
    severity: Severity = "error"


def check(rendered: Rendered) -> tuple[Problem, ...]:
    """What our rules find in a template, at its lines; its `ignore_checks` are honoured.

    In a plain template, which somebody else wrote, only what AWS refuses is an error.
    """
    template, parsed = rendered.template, source(rendered)
    ours = rendered.variant.template.endswith(JINJA)
    return tuple(
        _problem(
            rule if ours or rule.id in _REFUSED else replace(rule, severity="warning"), parsed, path, message
        )
        for rule in CHECKS
        for path, message in rule.find(rendered)
        if rule.id not in _ignored(template, path)
    )


def refused(rendered: Iterable[Rendered]) -> tuple[Problem, ...]:
    """What AWS would refuse, by quick checks only: the size of templates and of their sections."""
    return tuple(
        replace(_problem(rule, source(each), path, message), products=(each.product,))
        for each in rendered
        for rule in CHECKS
        if rule.id in _REFUSED and each.archive is None
        for path, message in rule.find(each)
    )


def source(rendered: Rendered) -> Parsed:
    """What the lines of problems refer to: the file of a plain template, or else what is rendered."""
    variant = rendered.variant
    if variant.template.endswith(JINJA):
        return parse(rendered.body, rendered.path)
    text = plain_text(variant.family.folder / variant.template, variant.template_path)
    return parse(text, variant.template_path)


def _problem(rule: Check, parsed: Parsed, path: Path, message: str) -> Problem:
    where = parsed.where(*path, key=True)
    return Problem(rule=rule.id, where=where, message=message, hint=rule.hint, severity=rule.severity)


def _ignored(template: Mapping[str, Any], path: Path) -> list[Any]:
    """The rules that the template, or the resource at this path, makes an exception of."""
    match path:
        case ("Resources", str(name), *_):
            return [*_exceptions(template), *_exceptions(template["Resources"][name])]
        case _:
            return _exceptions(template)


def _exceptions(holder: Any) -> list[Any]:
    match holder:
        case {"Metadata": {"cfn-lint": {"config": {"ignore_checks": [*rules]}}}}:
            return rules
        case _:
            return []


def _section(rendered: Rendered, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries of a section that are mappings."""
    section = rendered.template.get(name)
    for key, value in sorted(section.items()) if isinstance(section, Mapping) else ():
        if isinstance(value, Mapping):
            yield key, value


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text under a path that CloudFormation acts on, keys included."""
    match value:
        case Mapping():
            for key, inner in sorted(value.items()):
                if key not in _WORDS:
                    yield (*path, key), key
                    yield from _texts(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _texts(inner, (*path, index))
        case _:
            yield path, str(value)


def _too_large(rendered: Rendered) -> Iterator[Found]:
    size = len(rendered.body.encode())
    if size > BODY_LIMIT:
        yield (), f"the template has {size:,} bytes, at most {BODY_LIMIT:,} are allowed"


def _too_many(rendered: Rendered) -> Iterator[Found]:
    for section, quota in _QUOTAS.items():
        count = sum(1 for _ in _section(rendered, section))
        if count > quota:
            yield (section,), f"{count} {section.lower()}, at most {quota} are allowed"


def _literal_account(rendered: Rendered) -> Iterator[Found]:
    for path, text in _texts(rendered.template, ()):
        for found in _ACCOUNT.findall(text):
            yield path, f"hard-coded account ID '{found}'"


def _literal_place(rendered: Rendered) -> Iterator[Found]:
    for path, text in _texts(rendered.template, ()):
        for found in _PLACE.findall(text):
            kind = "Availability Zone" if found[-1].isalpha() else "Region"
            yield path, f"hard-coded {kind} '{found}'"


def _literal_partition(rendered: Rendered) -> Iterator[Found]:
    for path, text in _texts(rendered.template, ()):
        for found in _PARTITION.findall(text):
            yield path, f"hard-coded partition '{found}'"


def _undescribed(rendered: Rendered) -> Iterator[Found]:
    for section in ("Parameters", "Outputs"):
        for name, entry in _section(rendered, section):
            if not entry.get("Description"):
                yield (section, name), f"{section[:-1].lower()} '{name}' has no description"


def _ungrouped(rendered: Rendered) -> Iterator[Found]:
    for name, parameter in sorted(Interface.of(rendered.template).parameters.items()):
        if not parameter.group:
            yield ("Parameters", name), f"parameter '{name}' is in no console group"
        if not parameter.label:
            yield ("Parameters", name), f"parameter '{name}' has no console label"


def _unconstrained(rendered: Rendered) -> Iterator[Found]:
    for name, entry in _section(rendered, "Parameters"):
        if not _CONSTRAINTS & entry.keys() and not _CHECKED_TYPE.match(str(entry.get("Type", ""))):
            yield ("Parameters", name), f"parameter '{name}' accepts any value"
        if "AllowedPattern" in entry and not entry.get("ConstraintDescription"):
            yield (
                ("Parameters", name, "AllowedPattern"),
                f"the AllowedPattern of parameter '{name}' has no ConstraintDescription",
            )


def _not_plain(rendered: Rendered) -> Iterator[Found]:
    if "Transform" in rendered.template:
        yield ("Transform",), "the template has a transform"
    for path, text in _texts(rendered.template, ()):
        if path and path[-1] == text and text == "Fn::Transform":
            yield path, "the template has a transform"
    for name, entry in _section(rendered, "Resources"):
        if entry.get("Type") in _NESTED:
            yield ("Resources", name, "Type"), f"resource '{name}' has type {entry['Type']}"


def _unreasoned(rendered: Rendered) -> Iterator[Found]:
    holders: list[tuple[Path, Mapping[str, Any]]] = [((), rendered.template)]
    holders += [(("Resources", name), entry) for name, entry in _section(rendered, "Resources")]
    for path, holder in holders:
        rules = _exceptions(holder)
        if rules and not holder["Metadata"]["cfn-lint"].get("reason"):
            named = ", ".join(str(rule) for rule in rules)
            yield (*path, "Metadata", "cfn-lint", "config"), f"{named} is ignored without a reason"


_LIMITS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_PARAMETERS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
)
_PSEUDO = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"
_CONSOLE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-interface.html"

CHECKS = (
    Check(
        id="T101",
        title="A template has at most 1 MB",
        source_url=_LIMITS,
        hint="split the product",
        find=_too_large,
    ),
    Check(
        id="T102",
        title="A template has at most 200 parameters, mappings and outputs, and 500 resources",
        source_url=_LIMITS,
        hint="split the product",
        find=_too_many,
    ),
    Check(
        id="T103",
        title="A template has no hard-coded account ID",
        source_url=_PSEUDO,
        hint="use AWS::AccountId, or a parameter",
        find=_literal_account,
    ),
    Check(
        id="T104",
        title="A template has no hard-coded Region or Availability Zone",
        source_url=_PSEUDO,
        hint="use AWS::Region, Fn::GetAZs, or a parameter",
        find=_literal_place,
    ),
    Check(
        id="T105",
        title="ARNs use AWS::Partition",
        source_url=_PSEUDO,
        hint="write arn:${AWS::Partition}: in an Fn::Sub",
        find=_literal_partition,
    ),
    Check(
        id="T106",
        title="Every parameter and output has a description",
        source_url=_PARAMETERS,
        hint="add a Description",
        find=_undescribed,
        severity="warning",
    ),
    Check(
        id="T107",
        title="Every parameter has a group and a label in the console",
        source_url=_CONSOLE,
        hint="add it to ParameterGroups and ParameterLabels in AWS::CloudFormation::Interface",
        find=_ungrouped,
        severity="warning",
    ),
    Check(
        id="T108",
        title="Every parameter restricts its values, and explains its pattern",
        source_url=_PARAMETERS,
        hint="add AllowedValues, or AllowedPattern and ConstraintDescription",
        find=_unconstrained,
        severity="warning",
    ),
    Check(
        id="T109",
        title="A template is plain: no transform, macro or nested stack",
        source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-reference.html",
        hint="generate the resources with Jinja2 instead",
        find=_not_plain,
    ),
    Check(
        id="T110",
        title="An exception from a rule has a reason",
        source_url="https://github.com/aws-cloudformation/cfn-lint#metadata",
        hint="add `reason:` next to `config:` in the cfn-lint metadata",
        find=_unreasoned,
        severity="warning",
    ),
)
