"""The ARNs that a request's action is checked on, as far as its parameters contain them. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from catalog_emulator.iam.access import Place
from catalog_emulator.iam.patterns import as_list
from catalog_emulator.iam.reference import resource_forms

Parameters = Mapping[str, Any]

# Members with a resource's name, if not named like its kind (`logGroupName` of a log-group).
_MEMBERS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("codebuild", "project"): ("name",),
    ("codecommit", "repository"): ("oldname",),
    ("codepipeline", "pipeline"): ("name",),
    ("events", "event-bus"): ("name",),
    ("kms", "key"): ("keyid", "targetkeyid"),
    ("s3", "bucket"): ("bucket",),
    ("sns", "topic"): ("name",),
    ("ssm", "parameter"): ("name", "names", "resourceid"),
}
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
_EC2_IDS: Final[Mapping[str, str]] = {
    "fl": "vpc-flow-log",
    "igw": "internet-gateway",
    "rtb": "route-table",
    "sg": "security-group",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
_EC2_ID = re.compile(r"([a-z]+)-[0-9a-f]{8,}")
_STREAMS: Final = ":log-stream:"
_KINDS: Final[Mapping[str, str]] = {"flow-logs": "vpc-flow-log"}


def resources(action: str, operation: str, parameters: Parameters, place: Place) -> tuple[str | None, ...]:
    """ARNs; "*" for an action without resources; None alone if the parameters do not contain them."""
    service = action.partition(":")[0]
    forms = resource_forms(action)
    if forms is None:
        return (None,)
    if not forms:
        return ("*",)
    members = {name.lower(): value for name, value in _members(parameters)}
    found: list[str] = []
    made = _made(operation)
    for kind, beginnings in sorted(forms.items(), key=lambda form: form[0] != made):
        if kind.startswith("event-bus") and _about_rules(operation):
            continue
        starts = [_placed(beginning, place) for beginning in beginnings]
        named = list(_named(service, kind, starts, members, _flat(parameters)))
        # The id of a new resource is not known yet.
        found += named or ([f"{starts[0]}*"] if kind == made else [])
    if action == "logs:TagResource":
        found = [arn.removesuffix(_STREAMS) for arn in found]
    return tuple(dict.fromkeys(found)) or (None,)


def _named(
    service: str, kind: str, starts: list[str], members: Parameters, texts: Iterable[str]
) -> Iterator[str]:
    match service, kind:
        case "ec2", _:
            ids = (text for text in texts if _ec2_kind(text) == kind)
            yield from (f"{starts[0]}{each}" for each in ids)
            return
        case "s3", "object":
            if "bucket" in members and "key" in members:
                yield f"{starts[0]}{members['bucket']}/{members['key']}"
            return
        case "events", "rule-on-custom-event-bus" | "rule-on-default-event-bus":
            yield from _rules(starts[0], members)
            return
    arns = [text for text in texts if text.startswith("arn:") and text.startswith(tuple(starts))]
    if arns:
        # A subscription is checked on its topic, whose ARN is six parts long.
        yield from (":".join(arn.split(":")[:6]) if service == "sns" else arn for arn in arns)
        return
    if service == "iam" and kind == "role" and members.get("path"):
        starts = [f"{starts[0].removesuffix('/')}{members['path']}"]
    plain = kind.replace("-", "")
    for member in (f"{plain}name", f"{plain}names", *_MEMBERS.get((service, kind), ())):
        names = members.get(member)
        if names:
            yield from (_joined(starts[0], str(name)) for name in as_list(names))
            return


def _about_rules(operation: str) -> bool:
    return "Rule" in operation or "Targets" in operation


def _rules(start: str, members: Parameters) -> Iterator[str]:
    """Names of rules on custom buses start with the bus's name."""
    name = members.get("rule") or members.get("name")
    bus = str(members.get("eventbusname") or "default").rpartition("/")[2]
    if name:
        yield f"{start}{name}" if bus == "default" else f"{start}{bus}/{name}"


def _joined(start: str, name: str) -> str:
    """A name after the beginning of its ARN; aliases and parameters contain their own slash."""
    if name.startswith("arn:"):
        return name
    if start.endswith(":alias/"):
        return start + name.removeprefix("alias/")
    if start.endswith(":log-group:"):
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
        return f"{start}{name}{_STREAMS}"
    return start + name.lstrip("/")


def _placed(beginning: str, place: Place) -> str:
    return (
        beginning.replace("${Partition}", place.partition)
        .replace("${Region}", place.region)
        .replace("${Account}", place.account_id)
    )


def _made(operation: str) -> str:
    """The kind that an operation creates: `CreateVpcEndpoint` a vpc-endpoint."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", operation.removeprefix("Create")).lower()
    return _KINDS.get(kind, kind) if operation.startswith("Create") else ""


def _ec2_kind(text: str) -> str | None:
    found = _EC2_ID.fullmatch(text)
    return _EC2_IDS.get(found[1]) if found else None


def _members(parameters: Parameters) -> Iterator[tuple[str, Any]]:
    """Top-level members, and those of the one structure that wraps some requests."""
    for name, value in parameters.items():
        if isinstance(value, Mapping) and len(parameters) <= 2:
            yield from value.items()
        yield name, value


def _flat(parameters: Parameters) -> tuple[str, ...]:
    """Top-level texts, also in lists."""
    return tuple(
        text for value in parameters.values() for text in as_list(value) if isinstance(text, str) and text
    )
