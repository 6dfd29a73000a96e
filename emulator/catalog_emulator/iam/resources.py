"""The ARNs that a request's action is checked on, as far as its parameters contain them. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from botocore.model import OperationModel
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

from catalog_emulator.iam.access import Place
from catalog_emulator.iam.patterns import as_list, wildcards
from catalog_emulator.iam.reference import action

Parameters = Mapping[str, Any]

# Members that hold the value of a template's variable, if not named like it.
_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "keyid": ("targetkeyid",),
    "groupfriendlyname": ("autoscalinggroupname",),
    "objectname": ("key",),
    "queuename": ("queueurl",),
    "repositoryname": ("oldname",),
    "rulename": ("rule",),
    "taskdefinitionfamilyname": ("family",),
}
_EC2_ID = re.compile(r"([a-z]+)-[0-9a-f]{8,}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_STREAMS: Final = ":log-stream:"
_FORMS: Final = re.compile(r"(withpath|withoutleadingslash)$")
_MADE: Final = re.compile(r"(?:Create|Register|Run)([A-Z]\w*)")
_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


def resources(
    name: str, operation: OperationModel, parameters: Parameters, place: Place
) -> tuple[str | None, ...]:
    """ARNs; "*" for an action without resources; None alone if the parameters do not contain them."""
    known = action(name)
    if known is None:
        return (None,)
    service, _, short = name.partition(":")
    if name == "iam:SimulatePrincipalPolicy":
        # The resources of what is simulated are none of the call's.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
        parameters = {"PolicySourceArn": parameters.get("PolicySourceArn")}
    if short in _METHODS:
        return (f"arn:{place.partition}:apigateway:{place.region}::{_path(operation, parameters)}",)
    if not known.forms:
        return ("*",)
    members = members_of(parameters)
    kinds = _kinds(known.forms, members)
    made = [kind for kind in kinds if _is_made(kind, operation.name)]
    found: list[str] = []
    if len(made) > 1:
        # Which of them it is, is in no member.
        kinds = [kind for kind in kinds if kind not in made]
    if len(made) == 1:
        # A name of what is made is no name of another kind with the same variables: a web-function.
        own = _variables(known.forms[made[0]])
        kinds = [kind for kind in kinds if kind in made or _variables(known.forms[kind]) != own]
    for kind in sorted(kinds, key=lambda kind: kind not in made):
        forms = [_placed(form, place) for form in known.forms[kind]]
        named = list(_named(service, kind, forms, members, operation.name, _flat(parameters)))
        # The id of a new resource is not known yet.
        found += named or ([_new(forms[0], members, operation.name)] if made == [kind] else [])
    if service == "ssm":
        found = [_parameter(arn) for arn in found]
    if name == "logs:TagResource":
        found = [arn.removesuffix(_STREAMS) for arn in found]
    return tuple(dict.fromkeys(found)) or (None,)


def _parameter(arn: str) -> str:
    """A parameter without its version or label, and without an account if it is AWS's.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
    """
    start, is_one, name = arn.partition(":parameter/")
    if name.startswith("aws/service/"):
        start = start.rpartition(":")[0] + ":"
    return f"{start}{is_one}{name.partition(':')[0]}"


def members_of(parameters: Parameters) -> dict[str, Any]:
    """Top-level members, and those of the one structure that wraps some requests; names in lowercase."""
    return {name.lower(): value for name, value in _members(parameters)}


def _named(
    service: str, kind: str, forms: list[str], members: Parameters, operation: str, texts: Iterable[str]
) -> Iterator[str]:
    if service == "ec2":
        ids = [text for text in texts if _is_ec2_id(text, kind)]
        if ids:
            yield from (_VARIABLE.sub(each, forms[0]) for each in ids)
            return
    if service == "events" and not _meant(kind, members, operation):
        return
    everything = [wildcards(_VARIABLE.sub("*", form)) for form in forms]
    arns = [text for text in texts if text.startswith("arn:") and any(one.match(text) for one in everything)]
    if arns:
        # A subscription is checked on its topic, whose ARN is six parts long.
        yield from (":".join(arn.split(":")[:6]) if service == "sns" else arn for arn in arns)
        return
    for form in forms:
        variables = _VARIABLE.findall(form)
        alone = len(variables) == 1
        values = [_values(variable, kind, members, operation, alone=alone) for variable in variables]
        if not variables or not all(values):
            continue
        # Only the last variable can have several values.
        for variable, found in zip(variables[:-1], values[:-1], strict=True):
            form = form.replace(f"${{{variable}}}", found[0])
        yield from (_joined(form, value) for value in values[-1])
        return


def _values(
    variable: str, kind: str, members: Parameters, operation: str, *, alone: bool = True
) -> list[str]:
    """The values of a variable: of members named like it or the kind, or `name` if the call is about it.

    A variable that is not `alone` in its template is either a name or an id.
    """
    plain, whole = kind.replace("-", ""), _FORMS.sub("", variable.lower())
    stem = re.sub("(name|id|arn)$", "", whole)
    names = [whole, f"{whole}s", stem, *_MEMBERS.get(whole, ())]
    if alone or not whole.endswith("id"):
        names += [f"{stem}name", f"{plain}name", f"{plain}names"]
        names += ["name", "names"] if stem and stem in operation.lower() else []
    if stem and stem in operation.lower() and (alone or whole.endswith("id")):
        names += ["id", "ids", "identifier"]
    if str(members.get("resourcetype", "")).lower() == plain:
        names.append("resourceid")
    found = (
        [text for text in as_list(members.get(name)) if isinstance(text, str) and text] for name in names
    )
    texts = next(filter(None, found), [])
    if whole == variable.lower():
        return texts
    path = str(members.get("path") or "") if variable.endswith("WithPath") else ""
    return [f"{path}{text}".lstrip("/") for text in texts]


def _joined(form: str, value: str) -> str:
    """A template with its last variable; an alias and a queue's URL contain more than the name."""
    if value.startswith("arn:"):
        return value
    if "://" in value:
        value = value.rpartition("/")[2]
    start = form[: form.index("${")]
    if start.endswith(":log-group:"):
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
        return f"{start}{value}{_STREAMS}"
    if start.endswith(":alias/"):
        value = value.removeprefix("alias/")
    return _VARIABLE.sub(lambda _: value, form)


def _new(form: str, members: Parameters, operation: str) -> str:
    """A template as far as its variables are known."""
    variables = _VARIABLE.findall(form)
    for variable in variables:
        values = _values(variable, "", members, operation, alone=len(variables) == 1)
        form = form.replace(f"${{{variable}}}", values[0] if values else "*")
    return form


def _kinds(forms: Mapping[str, Any], members: Parameters) -> list[str]:
    """The kinds that the request can mean; calls that tag say which."""
    said = str(members.get("resourcetype", "")).lower() if "resourceid" in members else ""
    return [kind for kind in forms if kind.replace("-", "") == said] or list(forms)


def _meant(kind: str, members: Parameters, operation: str) -> bool:
    """Whether a call of EventBridge is about this kind: rules are of one bus, and no bus themselves."""
    default = str(members.get("eventbusname") or "default").rpartition("/")[2] == "default"
    if kind.startswith("rule-on-"):
        return default == (kind == "rule-on-default-event-bus")
    return not kind.startswith("event-bus") or not re.search("Rule|Targets", operation)


def _variables(forms: Iterable[str]) -> set[str]:
    return {name for form in forms for name in _VARIABLE.findall(form)} - {"Partition", "Region", "Account"}


@cache
def _placed(form: str, place: Place) -> str:
    return (
        form.replace("${Partition}", place.partition)
        .replace("${Region}", place.region)
        .replace("${Account}", place.account_id)
    )


def _path(operation: OperationModel, parameters: Parameters) -> str:
    """The path of a request to API Gateway, which is its resource.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-create-and-manage-api.html
    """
    shape = operation.input_shape
    places = {it.serialization.get("name", name): name for name, it in shape.members.items()} if shape else {}
    path = operation.http["requestUri"].partition("?")[0].removeprefix("/v2")
    return re.sub(r"\{(\w+)\+?\}", lambda found: str(parameters.get(places.get(found[1], ""), "*")), path)


@cache
def _is_made(kind: str, operation: str) -> bool:
    """Whether an operation creates this kind: `CreateVpcEndpoint` a vpc-endpoint."""
    found = _MADE.fullmatch(operation)
    noun, plain = found[1].lower() if found else "", kind.partition("/")[0].replace("-", "")
    return bool(noun) and plain in (noun, noun.removesuffix("s"), f"vpc{noun.removesuffix('s')}")


def _is_ec2_id(text: str, kind: str) -> bool:
    """Whether it is the id of a resource of this kind, whose prefix moto has: `nat-1…` of a natgateway."""
    found = _EC2_ID.fullmatch(text)
    named = EC2_PREFIX_TO_RESOURCE.get(found[1], "") if found else ""
    return bool(named) and _plain(named).removesuffix("s") == _plain(kind)


def _plain(kind: str) -> str:
    return kind.removeprefix("vpc-").replace("-", "")


def _members(parameters: Parameters) -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        if isinstance(value, Mapping) and len(parameters) <= 2:
            yield from value.items()
        yield name, value


def _flat(parameters: Parameters) -> tuple[str, ...]:
    """Top-level texts, also in lists."""
    return tuple(
        text for value in parameters.values() for text in as_list(value) if isinstance(text, str) and text
    )
