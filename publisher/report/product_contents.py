"""What a product asks, makes and gives, as its page lists it: parameters, rules, resources, outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from publisher.declarations.studio_products import FILLED_IN
from publisher.launch.deployed import Retention, deletion_note, retention_of
from publisher.model import AnyConstraint, TemplateConstraint
from publisher.report.conditions import in_words
from publisher.templates.expression_parts import section
from publisher.templates.interface import Interface, Parameter

# What the console lets people choose from.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_CHOSEN = {
    "AWS::EC2::AvailabilityZone::Name": "Availability Zone",
    "AWS::EC2::Image::Id": "machine image",
    "AWS::EC2::Instance::Id": "instance",
    "AWS::EC2::KeyPair::KeyName": "key pair",
    "AWS::EC2::SecurityGroup::GroupName": "security group (by name)",
    "AWS::EC2::SecurityGroup::Id": "security group",
    "AWS::EC2::Subnet::Id": "subnet",
    "AWS::EC2::VPC::Id": "VPC",
    "AWS::EC2::Volume::Id": "volume",
    "AWS::Route53::HostedZone::Id": "hosted zone",
}
_AT_END = {"Retain": "stay", "Snapshot": "are deleted, with a snapshot of each left"}
_SSM_VALUE = "AWS::SSM::Parameter::Value<"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A parameter as the console asks it: how it is entered, which lengths or numbers are accepted.

    `default` is None where a value is required, and never that of a NoEcho parameter.
    """

    parameter: Parameter
    entered: str
    accepted: str
    default: str | None
    filled_in: str = ""


@dataclass(frozen=True, kw_only=True)
class ParameterGroup:
    """Parameters under one heading of the console; those of no group have an empty label."""

    label: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, kw_only=True)
class LaunchRule:
    """A rule over several parameters: of the template, or of a portfolio's TEMPLATE constraint."""

    name: str
    portfolio: str
    when: str
    demands: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProductContents:
    """What a template asks, makes and gives.

    `conditions` are those of resources and outputs in words, by name. `kept` are the resources that a
    termination does not delete, or not without a snapshot; `at_end` says what it does with some.
    """

    interface: Interface
    groups: tuple[ParameterGroup, ...]
    rules: tuple[LaunchRule, ...]
    conditions: Mapping[str, str]
    kept: Mapping[str, Retention]
    at_end: Mapping[str, Sequence[str]]


def contents(
    template: Mapping[str, Any],
    interface: Interface,
    constraints: Iterable[AnyConstraint] = (),
    *,
    for_studio: bool = False,
) -> ProductContents:
    """The contents of a template in the long form, with the rules of these constraints of its product."""
    conditions = template.get("Conditions")
    conditions = conditions if isinstance(conditions, Mapping) else {}
    resources = section(template, "Resources")
    kept: dict[str, Retention] = {}
    at_end: dict[str, list[str]] = {}
    for name in sorted(interface.resources, key=lambda it: (interface.resources[it], it)):
        resource = resources.get(name, {})
        if (retention := retention_of(resource)) != "Delete":
            kept[name] = retention
        if words := _AT_END.get(retention) or deletion_note(resource):
            at_end.setdefault(words, []).append(name)
    return ProductContents(
        interface=interface,
        groups=tuple(_groups(interface, for_studio=for_studio)),
        rules=tuple(_rules(template, conditions, constraints)),
        conditions={
            name: in_words({"Condition": condition}, conditions)
            for name, condition in interface.conditions.items()
        },
        kept=kept,
        at_end=at_end,
    )


def _groups(interface: Interface, *, for_studio: bool) -> Iterator[ParameterGroup]:
    for label, some in groupby(interface.parameters.values(), key=lambda it: it.group):
        yield ParameterGroup(
            label=label, questions=tuple(_question(it, for_studio=for_studio) for it in some)
        )


def _question(parameter: Parameter, *, for_studio: bool) -> Question:
    default = parameter.default
    if parameter.no_echo and default:
        default = "hidden"
    filled_in = "SageMaker" if for_studio and parameter.name in FILLED_IN else ""
    return Question(
        parameter=parameter,
        entered=_entered(parameter),
        accepted=", ".join(_accepted(parameter)),
        default=default,
        filled_in=filled_in,
    )


def _entered(parameter: Parameter) -> str:
    kind = parameter.type
    if parameter.no_echo:
        return "text, hidden while it is typed"
    if kind.startswith(_SSM_VALUE):
        return "name of an SSM parameter, whose value is used"
    many = kind.startswith("List<") and kind.removeprefix("List<").removesuffix(">")
    if chosen := _CHOSEN.get(many or kind):
        article = "an" if chosen[0] in "AEIOaeio" else "a"
        return f"choose {chosen}s of the account" if many else f"choose {article} {chosen} of the account"
    if kind == "Number":
        return "number"
    if kind == "CommaDelimitedList" or many:
        return "numbers, separated by commas" if many == "Number" else "texts, separated by commas"
    return "text"


def _accepted(parameter: Parameter) -> Iterator[str]:
    """What CloudFormation accepts, beside the values that are listed and the pattern."""
    if parameter.min_length is not None or parameter.max_length is not None:
        yield _range(parameter.min_length, parameter.max_length, " characters")
    if parameter.min_value is not None or parameter.max_value is not None:
        yield _range(parameter.min_value, parameter.max_value, "")


def _range(least: float | None, most: float | None, of: str) -> str:
    if least is None or most is None:
        return f"at most {most}{of}" if least is None else f"at least {least}{of}"
    return f"{least}{of}" if least == most else f"{least} to {most}{of}"


def rules_of(constraint: TemplateConstraint) -> Iterator[LaunchRule]:
    """The rules of a portfolio for a product."""
    for name, rule in sorted(section({"Rules": json.loads(constraint.rules)}, "Rules").items()):
        yield _rule(name, constraint.portfolio, rule, {})


def _rules(
    template: Mapping[str, Any], conditions: Mapping[str, Any], constraints: Iterable[AnyConstraint]
) -> Iterator[LaunchRule]:
    for name, rule in sorted(section(template, "Rules").items()):
        yield _rule(name, "", rule, conditions)
    for it in constraints:
        yield from rules_of(it) if isinstance(it, TemplateConstraint) else ()


def _rule(name: str, portfolio: str, rule: Mapping[str, Any], conditions: Mapping[str, Any]) -> LaunchRule:
    when = in_words(rule["RuleCondition"], conditions) if rule.get("RuleCondition") else ""
    listed = rule.get("Assertions")
    demands = [
        str(it.get("AssertDescription") or in_words(it.get("Assert"), conditions))
        for it in (listed if isinstance(listed, list) else ())
        if isinstance(it, Mapping)
    ]
    return LaunchRule(name=name, portfolio=portfolio, when=when, demands=tuple(demands))
