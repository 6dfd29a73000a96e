"""Rules over the templates of account blueprints, of which account vending makes stacks in new accounts.

Nothing is there before, and there may be one in every Region of the landing zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.templates.checks import IAM_NAMES, Check, Found, entries, inner, texts
from publisher.templates.expression_parts import parts_of
from publisher.templates.expression_text import readable
from publisher.templates.render import Rendered

_CUSTOMIZATION = "controltower/latest/userguide/af-customization-page.html"
_CREATING = "controltower/latest/userguide/create-afc-customized-account.html"
_NAMES = {**IAM_NAMES, "AWS::S3::Bucket": "BucketName"}
_PLACES = frozenset({"AWS::AccountId", "AWS::Region", "AWS::StackId", "AWS::StackName"})
# A stack's name and id are of one account and Region.
_STACK = re.compile(r"\{stack_(?:id|name)\b")

_BUCKET = re.compile(r"(?:S3)?Bucket(?:Name)?")
_KEY = re.compile(r"(?:S3)?(?:Object)?Key")
_URL = re.compile(r"s3://[^/\s]*|https?://[^/\s]*\bs3[.-][^/\s]*")
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
_CDK_ASSETS = re.compile(r"cdk-[a-z0-9]+-(?:container-)?assets-")
_OWN = re.compile(r"\$\{(?!AWS::)")
_SSM_TYPE = "AWS::SSM::Parameter::Value<"
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
_PUBLIC = "/aws/service/"
_DYNAMIC = re.compile(r"\{\{resolve:(?:ssm|ssm-secure|secretsmanager):([^:}]*)")
_REASON = re.compile(r"(?:^|[.!?:;]\s+)Required\b")


@Check.of(
    "T120",
    _CUSTOMIZATION,
    hint="write it into the template (ZipFile), or take a parameter: a vended account cannot read it",
)
def _unreadable_assets(rendered: Rendered) -> Iterator[Found]:
    """Blueprints refer to no asset of another account."""
    for path, text in texts(rendered.template, ()):
        for content in rendered.content:
            if content.key in text:
                yield path, f"starting content '{content.name}' is in the template bucket"
        for found in (*_URL.findall(text), *_CDK_ASSETS.findall(text)):
            if not _OWN.search(text):
                yield path, f"'{found}' is in another account"
    for name, entry in entries(rendered, "Resources"):
        yield from _foreign_objects(entry.get("Properties"), ("Resources", name, "Properties"))


def _foreign_objects(value: Any, path: tuple[str | int, ...]) -> Iterator[Found]:
    match value:
        case Mapping():
            keys = [str(key) for key in value]
            bucket = next((key for key in keys if _BUCKET.fullmatch(key)), None)
            name = readable(value[bucket]) if bucket and any(map(_KEY.fullmatch, keys)) else ""
            if bucket and name and not (_is_own(value[bucket]) or _CDK_ASSETS.search(name)):
                yield (*path, bucket), f"bucket '{name}' is in another account"
            for key, part in value.items():
                yield from _foreign_objects(part, (*path, str(key)))
        case list():
            for number, part in enumerate(value):
                yield from _foreign_objects(part, (*path, number))


def _is_own(value: Any) -> bool:
    """Whether it refers to a resource, or to a parameter: whoever launches says what."""
    match value:
        case {"Ref": str(name)}:
            return not name.startswith("AWS::")
        case Mapping():
            return "Fn::GetAtt" in value or any(_is_own(part) for part in value.values())
        case list():
            return any(_is_own(part) for part in value)
        case _:
            return isinstance(value, str) and bool(_OWN.search(value))


@Check.of(
    "T121", _CUSTOMIZATION, hint="make it in the template, or leave it out: a new account does not have it"
)
def _missing_prerequisites(rendered: Rendered) -> Iterator[Found]:
    """Blueprints need nothing that is not in a new account, such as a bootstrap."""
    missing = set()
    for name, parameter in entries(rendered, "Parameters"):
        default = str(parameter.get("Default", ""))
        if str(parameter.get("Type")).startswith(_SSM_TYPE) and not default.startswith(_PUBLIC):
            missing.add(name)
            what = f"'{default}'" if default else "an SSM parameter"
            yield ("Parameters", name), f"parameter '{name}' reads {what}"
    for name, rule in entries(rendered, "Rules"):
        for read in sorted(missing & {text for path, text in texts(rule, ()) if path[-1:] == ("Ref",)}):
            yield ("Rules", name), f"rule '{name}' reads parameter '{read}'"
    for path, text in texts(rendered.template, ()):
        if path[-1:] == ("Fn::ImportValue",) and text != "Fn::ImportValue":
            yield path, f"the template imports '{text}'"
        for found in _DYNAMIC.findall(text):
            if not found.startswith((_PUBLIC, "${")):
                yield path, f"the template reads '{found}'"


@Check.of(
    "T122",
    "AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html",
    hint="leave the name out, or end it in ${AWS::AccountId}-${AWS::Region}",
)
def _named_alike(rendered: Rendered) -> Iterator[Found]:
    """Names of IAM and S3 resources of blueprints end in the Region or the account."""
    for path, key, value in _names(rendered):
        if not _ends(value) <= _PLACES:
            yield path, f"{key} '{readable(value)}' ends in neither Region nor account"


@Check.of(
    "T123",
    _CREATING,
    hint="add ${AWS::Region}, and ${AWS::AccountId} to buckets, or deploy it to the home Region only",
    severity="warning",
)
def _of_one_region(rendered: Rendered) -> Iterator[Found]:
    """Names of IAM and S3 resources of blueprints differ in all Regions."""
    for path, key, value in _names(rendered):
        name, ends = readable(value), _ends(value)
        needed = ("{region}", "{account_id}") if key == "BucketName" else ("{region}",)
        whole = _STACK.search(name) or all(it in name for it in needed)
        if ends and ends <= _PLACES and not whole:
            where = "other accounts or Regions" if len(needed) > 1 else "other Regions"
            yield path, f"{key} '{name}' is the same in {where}"


def _names(rendered: Rendered) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    for name, entry in entries(rendered, "Resources"):
        key = _NAMES.get(str(entry.get("Type")), "")
        value = inner(entry, "Properties", key)
        if value is not None:
            yield ("Resources", name, "Properties", key), key, value


def _ends(value: Any) -> set[str]:
    """What a name ends in: a reference by its name, "" for anything else; nothing where there is no name."""
    match value:
        case {"Fn::If": [_, *sides]}:
            return set().union(*map(_ends, sides))
        case {"Fn::Join": [_, [*_, last]]} | {"Fn::Select": [_, {"Fn::Split": [_, last]}]}:
            return _ends(last)
        case {"Fn::Sub": _}:
            *_, last = ("", *(part for part in parts_of(value) if part != ""))
            return {""} if last is value else _ends(last)
        case {"Ref": "AWS::NoValue"}:
            return set()
        case {"Ref": str(name)}:
            return {name}
        case _:
            return {""}


@Check.of(
    "T124",
    _CREATING,
    hint="add a Default, or a sentence to its Description that begins with 'Required' and says why",
)
def _without_default(rendered: Rendered) -> Iterator[Found]:
    """Parameters of blueprints have a default, or say why not."""
    for name, parameter in entries(rendered, "Parameters"):
        if "Default" not in parameter and not _REASON.search(str(parameter.get("Description", ""))):
            yield ("Parameters", name), f"parameter '{name}' has no default, and does not say why"


@Check.of(
    "T125",
    "AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
    hint="write the value to an SSM parameter: an export that is imported cannot be changed or deleted",
)
def _exports(rendered: Rendered) -> Iterator[Found]:
    """Blueprints have no exports."""
    for name, output in entries(rendered, "Outputs"):
        if "Export" in output:
            exported = readable(inner(output, "Export", "Name") or "")
            yield ("Outputs", name, "Export"), f"output '{name}' is exported as '{exported}'"


# T101 has the limit of StackSets, T103 and T104 literal accounts and Availability Zones, T109 transforms.
BLUEPRINT_CHECKS = (
    _unreadable_assets, _missing_prerequisites, _named_alike, _of_one_region, _without_default, _exports,
)  # fmt: skip
