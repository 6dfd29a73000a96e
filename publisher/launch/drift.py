"""The drift of a launch, three ways: its template, what was deployed last, and what is there.

Only detects; launch/drift_revert.py undoes it. Service Catalog's AutoTags are no drift: AWS puts them on what
it launches. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from publisher.aws.calls import aws_errors, is_denied
from publisher.aws.clients import Aws
from publisher.aws.stack_events import stack_resources
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError, PublisherError, Refused
from publisher.launch.deployed import HIDDEN
from publisher.launch.drift_template import UNKNOWN, DriftTemplates, same, text_of
from publisher.launch.provisioned import ProvisionedProduct

Status = Literal["in sync", "modified", "deleted", "not checked"]
# Changed outside: only what is live differs. Template agrees: it has what is live. Both changed: all differ.
# To update: nobody touched it, but the template has another value than what is deployed.
State = Literal["changed outside", "template agrees", "both changed", "to update"]
DRIFTS: tuple[State, ...] = ("changed outside", "template agrees", "both changed")

_STATUSES: Mapping[str, Status] = {"IN_SYNC": "in sync", "MODIFIED": "modified", "DELETED": "deleted"}
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html
_OF_AWS = "aws:"
_NESTED = "AWS::CloudFormation::Stack"
# AWS says several minutes; a stack has at most 500 resources.
_SECONDS = 30 * 60
_PAUSE = 5.0


class NotCheckedError(AwsError):
    """The caller may not detect drift: nothing is known."""

    code = "not-checked"


@dataclass(frozen=True, kw_only=True)
class PropertyDrift:
    """A property, by its path, as texts: None if it is not set; `template` UNKNOWN if that was not read."""

    path: str
    template: str | None
    deployed: str | None
    live: str | None
    state: State

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class ResourceDrift:
    """A resource; `reason` is why it was not checked."""

    resource: str
    type: str
    id: str
    status: Status
    reason: str = ""
    properties: tuple[PropertyDrift, ...] = ()

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {**vars(self), "properties": [it.document() for it in self.properties]}


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What a detection found; `template`: where the template is from, `failure`: why AWS checked not all."""

    checked_as: str
    template: str
    resources: tuple[ResourceDrift, ...]
    failure: str = ""

    @property
    def drifted(self) -> tuple[ResourceDrift, ...]:
        """Those that were changed or deleted outside of the stack."""
        return tuple(it for it in self.resources if it.status in ("modified", "deleted"))

    @property
    def not_checked(self) -> tuple[ResourceDrift, ...]:
        """Those of which nothing is known."""
        return tuple(it for it in self.resources if it.status == "not checked")

    @property
    def status(self) -> str:
        """`in sync` says nothing of what was not checked."""
        if self.drifted:
            return "drifted"
        unknown = self.failure or len(self.not_checked) == len(self.resources)
        return "not checked" if unknown else "in sync"

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "drift": self.status,
            "checked_as": self.checked_as,
            "template": self.template,
            "resources": [it.document() for it in self.resources],
            "not_checked": [it.resource for it in self.not_checked],
            "failure": self.failure,
        }


def detect(aws: Aws, provisioned: ProvisionedProduct, templates: DriftTemplates, *, clock: Clock) -> Drift:
    """Detects the drift of all resources, as `aws`. Raises Refused, NotCheckedError, AwsError."""
    stack = provisioned.stack
    if ":stackset/" in stack:
        raise Refused(
            f"{provisioned.name}: launched as a stack set, whose stacks are in other accounts",
            hint="run aws cloudformation detect-stack-set-drift in the account that the stack set is in",
        )
    if not stack:
        raise Refused(
            f"{provisioned.name}: {provisioned.status}: no stack to check",
            hint="outputs shows why there is none",
        )
    try:
        with aws_errors(f"{provisioned.name}: cannot detect drift"):
            failure = _detection(aws, stack, clock)
            found = {it["LogicalResourceId"]: it for it in _pages(aws, stack)}
            listed = stack_resources(aws, stack)
    except AwsError as error:
        if not is_denied(error):
            raise
        raise NotCheckedError(
            f"{provisioned.name}: drift not checked: {error.message}",
            hint="name an operations_role for this account in configs/targets.yaml, or use a --profile that "
            "may detect drift",
            aws_code=error.aws_code,
        ) from error
    return Drift(
        checked_as=aws.identity[1],
        template=templates.source,
        resources=tuple(_resource(it, found.get(it["LogicalResourceId"]), templates) for it in listed),
        failure=failure,
    )


def _detection(aws: Aws, stack: str, clock: Clock) -> str:
    """Waits for a detection; why it failed, if it did: other resources have results all the same."""
    client = aws.client("cloudformation")
    started = client.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]

    def finished() -> Mapping[str, Any] | None:
        answer: Mapping[str, Any] = client.describe_stack_drift_detection_status(
            StackDriftDetectionId=started
        )
        return answer if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS" else None

    answer = poll(finished, clock=clock, seconds=_SECONDS, longest_pause=_PAUSE)
    if answer is None:
        raise PublisherError(f"{stack}: the drift detection has not finished", hint="run the command again")
    if answer["DetectionStatus"] != "DETECTION_FAILED":
        return ""
    return str(answer.get("DetectionStatusReason") or "CloudFormation gave no reason")


def _pages(aws: Aws, stack: str) -> Iterator[Mapping[str, Any]]:
    client = aws.client("cloudformation")
    more: dict[str, str] = {}
    while True:
        page = client.describe_stack_resource_drifts(StackName=stack, **more)
        yield from page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _resource(
    listed: Mapping[str, Any], found: Mapping[str, Any] | None, templates: DriftTemplates
) -> ResourceDrift:
    name, kind = listed["LogicalResourceId"], listed["ResourceType"]
    status = _STATUSES.get(found["StackResourceDriftStatus"]) if found else None
    reason = ""
    rows: tuple[PropertyDrift, ...] = ()
    if found is None or status is None:
        status = "not checked"
        reason = (found or {}).get("DriftStatusReason") or (
            "a stack of its own" if kind == _NESTED else "CloudFormation does not detect drift of this type"
        )
    else:
        rows = tuple(_rows(name, found, templates))
        if status == "modified" and not any(it.state in DRIFTS for it in rows):
            status = "in sync"
    return ResourceDrift(
        resource=name,
        type=kind,
        id=listed.get("PhysicalResourceId") or "",
        status=status,
        reason=reason,
        properties=rows,
    )


def _rows(name: str, found: Mapping[str, Any], templates: DriftTemplates) -> Iterator[PropertyDrift]:
    """What differs between any two of the three, by path; secret values are hidden."""
    expected, actual = (_parsed(found.get(it)) for it in ("ExpectedProperties", "ActualProperties"))
    seen = set()
    for path, deployed, live in differences_of(found.get("PropertyDifferences", ()), expected, actual):
        template = templates.value(name, path, deployed)
        seen.add(path.strip("/").split("/")[0])
        hide = templates.is_secret(name, path)
        yield PropertyDrift(
            path=path,
            template=_hidden(template, hide),
            deployed=_hidden(deployed, hide),
            live=_hidden(live, hide),
            state=_state(template, deployed, live),
        )
    for property_name, template in templates.changed(name):
        if property_name not in seen:
            deployed = (
                _text(expected.get(property_name)) if expected else templates.deployed(name, property_name)
            )
            hide = templates.is_secret(name, f"/{property_name}")
            yield PropertyDrift(
                path=f"/{property_name}",
                template=_hidden(template, hide),
                deployed=_hidden(deployed, hide),
                live=_hidden(deployed, hide),
                state="to update",
            )


def _state(template: str | None, deployed: str | None, live: str | None) -> State:
    if template in (deployed, UNKNOWN):
        return "changed outside"
    return "template agrees" if same(template, live) else "both changed"


def _hidden(text: str | None, hide: bool) -> str | None:
    return HIDDEN if hide and text is not None else text


def differences_of(
    rows: Iterable[Mapping[str, Any]], expected: Mapping[str, Any], actual: Mapping[str, Any]
) -> Iterator[tuple[str, str | None, str | None]]:
    """(path, deployed, live). Tags are compared by their keys, without those of AWS."""
    compared: set[str] = set()
    for row in rows:
        path = str(row["PropertyPath"])
        top = path.strip("/").split("/")[0]
        before, after = _tags(expected.get(top)), _tags(actual.get(top))
        if before is None or after is None or not (before or after) or "Tags" not in top:
            kind = row.get("DifferenceType")
            yield (
                path,
                None if kind == "ADD" else str(row.get("ExpectedValue", "")),
                None if kind == "REMOVE" else str(row.get("ActualValue", "")),
            )
        elif top not in compared:
            compared.add(top)
            for key in sorted(before.keys() | after.keys()):
                if before.get(key) != after.get(key) and not key.startswith(_OF_AWS):
                    yield f"/{top}/{key}", before.get(key), after.get(key)


def _tags(value: Any) -> Mapping[str, str] | None:
    """Tags by key, as types write them; None for what has no tags."""
    match value:
        case None:
            return {}
        case Mapping():
            return {str(key): _text(it) or "" for key, it in value.items()}
        case [*items] if all(isinstance(it, Mapping) for it in items):
            lower = [{str(key).lower().removeprefix("tag"): it for key, it in item.items()} for item in items]
            return {str(it["key"]): str(it.get("value", "")) for it in lower if "key" in it}
        case _:
            return None


def _parsed(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return None if value is None else text_of(value)
