"""Our own rules over a rendered template: what CloudFormation takes and we do not. One small check each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path as FilePath
from typing import Any

import yaml

from publisher.declarations.product import JINJA
from publisher.errors import InputError, Problem, Severity, page_of, title_of
from publisher.templates.cloudformation import Parsed, Path, parse, plain_text
from publisher.templates.content import unfit_for_first_commit
from publisher.templates.expression_parts import section
from publisher.templates.expression_text import readable
from publisher.templates.interface import Interface
from publisher.templates.render import Rendered

_LIMITS = "AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_PARAMETERS = "AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
_PSEUDO = "AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"
BODY_LIMIT = 1_048_576
_QUOTAS = {"Parameters": 200, "Mappings": 200, "Resources": 500, "Outputs": 200}

_REGION = r"(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-iso|us-isob)-[a-z]+(?:-[a-z]+)?-[1-9]"
_ACCOUNT = re.compile(r"(?<![\w.-])[0-9]{12}(?![\w.-])")
_PLACE = re.compile(rf"(?<![\w-])(?:{_REGION}[a-f]?|[a-z]{{3,4}}[1-9]-az[1-9])(?![\w-])")
_ZONES = ("AvailabilityZone", "AvailabilityZones")
_PARTITION = re.compile(r"arn:aws[a-z-]*:")
# Words for people, where an example may well name a Region.
_WORDS = frozenset(
    {"AllowedPattern", "AssertDescription", "ConstraintDescription", "Description", "Metadata"}
)
_NESTED = frozenset({"AWS::CloudFormation::Macro", "AWS::CloudFormation::Stack"})
_MODULE = "::MODULE"
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_GetProvisionedProductOutputs.html
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningParameters.html
_OUTPUTS_SHOWN = 60
_AWS_POLICY = re.compile(r":iam::aws:policy/(?:[\w+=,.@-]+/)*([\w+=,.@-]+)$")
# The names of IAM, which are those of all Regions of an account.
IAM_NAMES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
# Types whose values the console offers, or CloudFormation checks.
_CHECKED_TYPE = re.compile(r"AWS::EC2::|AWS::Route53::|List<AWS::")
_CONSTRAINTS = frozenset({"AllowedPattern", "AllowedValues", "MinValue", "MaxValue"})

# What AWS itself refuses.
_REFUSED = frozenset({"T101", "T102", "T111"})

Found = tuple[Path, str]
Find = Callable[[Rendered], Iterator[Found]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule: what it demands, why, the remedy; `find` yields paths in the template, each with a message."""

    id: str
    title: str
    source_url: str
    hint: str
    find: Find
    severity: Severity = "error"

    @classmethod
    def of(cls, id_: str, source: str, *, hint: str, severity: Severity = "error") -> Callable[[Find], Check]:
        """Makes a rule of how it looks, whose docstring begins with the title; `source` as in `page_of`."""
        return lambda find: cls(
            id=id_, title=title_of(find), source_url=page_of(source), hint=hint, find=find, severity=severity
        )


def check(
    rendered: Rendered, rules: Iterable[Check] | None = None, *, strict: bool = False
) -> tuple[Problem, ...]:
    """What rules find in a template (CHECKS, if none are named), at its lines; `ignore_checks` are honoured.

    In a plain template, which somebody else wrote, only what AWS refuses is an error, unless it is `strict`.
    """
    template, parsed = rendered.template, cache(lambda: source(rendered))
    ours = strict or rendered.variant.template.endswith(JINJA)
    return tuple(
        _problem(
            rule if ours or rule.id in _REFUSED else replace(rule, severity="warning"),
            parsed(),
            path,
            message,
        )
        for rule in (CHECKS if rules is None else rules)
        for path, message in _found(rule, rendered)
        if rule.id not in ignored(template, path)
    )


def _found(rule: Check, rendered: Rendered) -> Iterator[Found]:
    """What a rule finds. Of malformed loops others tell: cfn-lint, and T030 where a role is derived."""
    with suppress(InputError):
        yield from rule.find(rendered)


def refused(rendered: Iterable[Rendered]) -> tuple[Problem, ...]:
    """What AWS would refuse, by quick checks only: sizes of templates and sections, unfit content."""
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


def ignored(template: Mapping[str, Any], path: Path) -> list[Any]:
    """The rules that the template, or the resource at this path, makes an exception of."""
    match path:
        case ("Resources", str(name), *_):
            return [*_exceptions(template), *_exceptions(inner(template, "Resources", name))]
        case _:
            return _exceptions(template)


def _exceptions(holder: Any) -> list[Any]:
    match holder:
        case {"Metadata": {"cfn-lint": {"config": {"ignore_checks": [*rules]}}}}:
            return rules
        case _:
            return []


def entries(rendered: Rendered, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries of a section that are mappings."""
    yield from sorted(section(rendered.template, name).items())


def texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text under a path that CloudFormation acts on, keys included."""
    match value:
        case Mapping():
            for key, part in sorted(value.items()):
                if key not in _WORDS:
                    yield (*path, key), key
                    yield from texts(part, (*path, key))
        case list():
            for index, part in enumerate(value):
                yield from texts(part, (*path, index))
        case _:
            yield path, str(value)


def _texts_with(pattern: str, rendered: Rendered) -> Iterator[tuple[Path, str]]:
    """Every text, if the body has somewhere what a rule looks for; the body breaks texts at blanks only."""
    return texts(rendered.template, ()) if re.search(pattern, rendered.body) else iter(())


@Check.of("T101", _LIMITS, hint="split the product")
def _too_large(rendered: Rendered) -> Iterator[Found]:
    """A template has at most 1 MB."""
    size = len(rendered.body.encode())
    if size > BODY_LIMIT:
        yield (), f"the template has {size:,} bytes, at most {BODY_LIMIT:,} are allowed"


@Check.of("T102", _LIMITS, hint="split the product")
def _too_many(rendered: Rendered) -> Iterator[Found]:
    """A template has at most 200 parameters, mappings and outputs, and 500 resources."""
    for part, quota in _QUOTAS.items():
        count = len(section(rendered.template, part))
        if count > quota:
            yield (part,), f"{count} {part.lower()}, at most {quota} are allowed"


@Check.of("T103", _PSEUDO, hint="use AWS::AccountId, or a parameter")
def _literal_account(rendered: Rendered) -> Iterator[Found]:
    """A template has no hard-coded account ID."""
    for path, text in _texts_with("[0-9]{12}", rendered):
        for found in _ACCOUNT.findall(text):
            yield path, f"hard-coded account ID '{found}'"


@Check.of("T104", _PSEUDO, hint="use AWS::Region, Fn::GetAZs, or a parameter")
def _literal_place(rendered: Rendered) -> Iterator[Found]:
    """A template has no hard-coded Region or Availability Zone."""
    for path, text in _texts_with(f"{_REGION}|-az[1-9]", rendered):
        for found in _PLACE.findall(text):
            kind = "Availability Zone" if found[-1].isalpha() or "-az" in found else "Region"
            yield path, f"hard-coded {kind} '{found}'"
    for name, entry in entries(rendered, "Resources"):
        for key in _ZONES:
            value = inner(entry, "Properties", key)
            for zone in map(readable, value if isinstance(value, list) else [value]):
                if zone.startswith("{region}") and zone != "{region}":
                    yield ("Resources", name, "Properties", key), f"hard-coded Availability Zone '{zone}'"


@Check.of("T105", _PSEUDO, hint="write arn:${AWS::Partition}: in an Fn::Sub")
def _literal_partition(rendered: Rendered) -> Iterator[Found]:
    """ARNs use AWS::Partition."""
    for path, text in _texts_with("arn:aws", rendered):
        for found in _PARTITION.findall(text):
            yield path, f"hard-coded partition '{found}'"


@Check.of("T106", _PARAMETERS, hint="add a Description", severity="warning")
def _undescribed(rendered: Rendered) -> Iterator[Found]:
    """Every parameter and output has a description."""
    for part in ("Parameters", "Outputs"):
        for name, entry in entries(rendered, part):
            if not entry.get("Description"):
                yield (part, name), f"{part[:-1].lower()} '{name}' has no description"


@Check.of(
    "T107",
    "AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-interface.html",
    hint="add it to ParameterGroups and ParameterLabels in AWS::CloudFormation::Interface",
    severity="warning",
)
def _ungrouped(rendered: Rendered) -> Iterator[Found]:
    """Every parameter has a group and a label in the console."""
    for name, parameter in sorted(Interface.of(rendered.template).parameters.items()):
        if not parameter.group:
            yield ("Parameters", name), f"parameter '{name}' is in no console group"
        if not parameter.label:
            yield ("Parameters", name), f"parameter '{name}' has no console label"


@Check.of(
    "T108",
    _PARAMETERS,
    hint="add AllowedValues, or AllowedPattern and ConstraintDescription",
    severity="warning",
)
def _unconstrained(rendered: Rendered) -> Iterator[Found]:
    """Every parameter restricts its values, and explains its pattern."""
    for name, entry in entries(rendered, "Parameters"):
        if not _CONSTRAINTS & entry.keys() and not _CHECKED_TYPE.match(str(entry.get("Type", ""))):
            yield ("Parameters", name), f"parameter '{name}' accepts any value"
        if "AllowedPattern" in entry and not entry.get("ConstraintDescription"):
            yield (
                ("Parameters", name, "AllowedPattern"),
                f"the AllowedPattern of parameter '{name}' has no ConstraintDescription",
            )


@Check.of(
    "T109",
    "AWSCloudFormation/latest/UserGuide/transform-reference.html",
    hint="generate the resources with Jinja2 instead: Service Catalog does not launch what needs "
    "CAPABILITY_AUTO_EXPAND (https://github.com/aws/aws-cdk/issues/1887)",
)
def _not_plain(rendered: Rendered) -> Iterator[Found]:
    """A template is plain: no transform, macro, module or nested stack."""
    if "Transform" in rendered.template:
        yield ("Transform",), "the template has a transform"
    for path, text in _texts_with("Fn::Transform", rendered):
        if path and path[-1] == text and text == "Fn::Transform":
            yield path, "the template has a transform"
    for name, entry in entries(rendered, "Resources"):
        type_name = str(entry.get("Type"))
        if type_name in _NESTED or type_name.endswith(_MODULE):
            yield ("Resources", name, "Type"), f"resource '{name}' has type {type_name}"


@Check.of(
    "T110",
    "https://github.com/aws-cloudformation/cfn-lint#metadata",
    hint="add `reason:` next to `config:` in the cfn-lint metadata",
    severity="warning",
)
def _unreasoned(rendered: Rendered) -> Iterator[Found]:
    """An exception from a rule has a reason."""
    holders: list[tuple[Path, Mapping[str, Any]]] = [((), rendered.template)]
    holders += [(("Resources", name), entry) for name, entry in entries(rendered, "Resources")]
    for path, holder in holders:
        rules = _exceptions(holder)
        if rules and not holder["Metadata"]["cfn-lint"].get("reason"):
            named = ", ".join(str(rule) for rule in rules)
            yield (*path, "Metadata", "cfn-lint", "config"), f"{named} is ignored without a reason"


@Check.of(
    "T111",
    "https://github.com/aws/aws-cdk/issues/19012",
    hint="write a comment into an empty file; keep out what no repository needs",
)
def _unfit_content(rendered: Rendered) -> Iterator[Found]:
    """Starting content of a CodeCommit repository is what its first commit takes."""
    for name, entry in entries(rendered, "Resources"):
        code = inner(entry, "Properties", "Code")
        if entry.get("Type") != "AWS::CodeCommit::Repository" or code is None:
            continue
        written = {text for _, text in texts(code, ())}
        for content in rendered.content:
            if any(content.key in text for text in written):
                for found in unfit_for_first_commit(content.body):
                    yield ("Resources", name, "Properties", "Code"), f"content '{content.name}' {found}"


@Check.of(
    "T112",
    "IAM/latest/UserGuide/access_policies_managed-deprecated.html",
    hint="attach its successor, or write a policy with what is needed",
)
def _retired_policies(rendered: Rendered) -> Iterator[Found]:
    """AWS managed policies are not retired."""
    for path, text in _texts_with("iam::aws:policy/", rendered):
        found = _AWS_POLICY.search(text)
        if found and found[1] in retired_policies():
            instead = retired_policies()[found[1]]
            successor = f"; its successor is '{instead}'" if instead else ""
            yield path, f"AWS managed policy '{found[1]}' is retired{successor}"


@Check.of(
    "T113",
    "servicecatalog/latest/dg/API_GetProvisionedProductOutputs.html",
    hint="write the others to SSM parameters",
    severity="warning",
)
def _many_outputs(rendered: Rendered) -> Iterator[Found]:
    """A template has at most 60 outputs, as many as Service Catalog returns."""
    count = sum(1 for _ in entries(rendered, "Outputs"))
    if _OUTPUTS_SHOWN < count <= _QUOTAS["Outputs"]:
        yield ("Outputs",), f"{count} outputs, Service Catalog returns at most {_OUTPUTS_SHOWN}"


@Check.of(
    "T114",
    "AWSCloudFormation/latest/UserGuide/using-iam-template.html",
    hint="leave the name out, or build it from a parameter; outside Service Catalog a named IAM resource "
    "needs CAPABILITY_NAMED_IAM",
    severity="warning",
)
def _fixed_iam_names(rendered: Rendered) -> Iterator[Found]:
    """Names of IAM resources differ from launch to launch."""
    for name, entry in entries(rendered, "Resources"):
        key = IAM_NAMES.get(str(entry.get("Type")), "")
        value = inner(entry, "Properties", key)
        if isinstance(value, str):
            path = ("Resources", name, "Properties", key)
            yield path, f"{key} '{value}' is the same in every launch"


def inner(value: Any, *keys: str) -> Any:
    """What stands at these keys; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


@cache
def retired_policies() -> Mapping[str, str]:
    """The AWS managed policies that nobody can attach any more, with what AWS names instead, or nothing."""
    content = yaml.safe_load(
        FilePath(__file__).with_name("retired_policies.yaml").read_text(encoding="utf-8")
    )
    return {str(name): str(entry.get("instead", "")) for name, entry in content.items()}


CHECKS = (
    _too_large, _too_many, _literal_account, _literal_place, _literal_partition, _undescribed, _ungrouped,
    _unconstrained, _not_plain, _unreasoned, _unfit_content, _retired_policies, _many_outputs,
    _fixed_iam_names,
)  # fmt: skip
