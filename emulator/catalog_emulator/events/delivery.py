"""What rules do with an event, in place of moto's: matching in full, and targets with their roles.

EventBridge delivers later: no failure reaches whoever sent the event, and what fails is counted in
CloudWatch's metric FailedInvocations of the rule. moto raises for targets that it cannot deliver to.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from moto.backends import get_backend
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.utils import iso_8601_datetime_without_milliseconds, utcfromtimestamp
from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern, EventPatternParser, Rule
from moto.events.responses import EventsHandler
from moto.utilities.arns import parse_arn

from catalog_emulator.events import patterns
from catalog_emulator.iam import DeniedError, access_of
from catalog_emulator.iam.principals import trusts

_SERVICE: Final = "events.amazonaws.com"
_FAILURES: Final = (
    *(DeniedError, JsonRESTError, LookupError, NotImplementedError, ServiceException),
    # moto's, for what is no ARN.
    ValueError,
)
_forwarded: ContextVar[bool] = ContextVar("forwarded", default=False)
_send, _put_events = Rule.send_to_targets, EventsHandler.put_events


def parse(self: EventPatternParser) -> patterns.Pattern:
    """The pattern, checked as EventBridge does; of a rule without one, empty."""
    try:
        return patterns.read(self.pattern) if self.pattern else {}
    except patterns.InvalidPatternError as error:
        raise InvalidEventPatternException(reason=str(error)) from None


def matches_event(self: EventPattern, event: Any) -> bool:
    """A rule without a pattern has a schedule, and no event matches it."""
    return bool(self._pattern) and patterns.matches(self._pattern, _dated(copy.deepcopy(event)))


def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
    """moto's delivery, one target at a time so that none sees what another did to the event."""
    if self.state == "DISABLED" or not self.event_pattern.matches_event(original_event):
        return
    for target in self.targets:
        event = copy.deepcopy(original_event)
        try:
            deliver = DELIVERIES.get(parse_arn(target["Arn"]).service)
            if deliver is not None:
                deliver(self, target, _dated(event))
            else:
                single, transformed = copy.copy(self), bool(target.get("InputTransformer"))
                single.targets = [target]
                if not transformed:
                    # moto's transformer would leave the account out of an event that is not transformed.
                    event.pop("ingestion-time", None)
                with _forwarding(target["Arn"]):
                    _send(single, event, transform_input and transformed)
            _count(self, "Invocations")
        except _FAILURES:
            _count(self, "FailedInvocations")


@contextmanager
def _forwarding(arn: str) -> Iterator[None]:
    """An event that one bus got of another is not sent on to a third, nor back.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
    """
    if ":event-bus/" not in arn:
        yield
        return
    if _forwarded.get():
        raise LookupError(arn)
    token = _forwarded.set(True)
    try:
        yield
    finally:
        _forwarded.reset(token)


def put_events(self: EventsHandler) -> Any:
    """moto's; what is nested too deeply for it is refused. What EventBridge takes is not documented."""
    try:
        return _put_events(self)
    except RecursionError:
        raise JsonRESTError("ValidationException", "Detail is nested too deeply.") from None


def test_event_pattern(self: EventsHandler) -> str:
    """Whether an event in JSON matches; it needs the members that every event has."""
    pattern = EventPatternParser(self._get_param("EventPattern")).parse()
    try:
        event = json.loads(self._get_param("Event"))
    except (RecursionError, ValueError):
        event = None
    if not isinstance(event, dict) or _EVERY - event.keys():
        raise JsonRESTError("ValidationException", "Parameter Event is not valid.")
    return json.dumps({"Result": patterns.matches(pattern, event)})


def update_event_bus(self: EventsHandler) -> tuple[str, dict[str, Any]]:
    """Description, key and dead-letter queue."""
    bus = self.events_backend.describe_event_bus(self._get_param("Name"))
    bus.description = self._get_param("Description")
    bus.kms_key_identifier = self._get_param("KmsKeyIdentifier")
    bus.dead_letter_config = self._get_param("DeadLetterConfig")
    shown = {"Arn": bus.arn, "Name": bus.name, "Description": bus.description}
    return json.dumps(shown), self.response_headers


def _publish(rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
    arn = parse_arn(target["Arn"])
    backend = get_backend("sns")[arn.account][arn.region]
    if target["Arn"] not in backend.topics:
        raise LookupError(target["Arn"])
    backend.publish(_text(target, event), arn=target["Arn"])


def _start(rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
    """As the role of the target, which EventBridge must be able to assume for this rule.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
    """
    arn, role = parse_arn(target["Arn"]), target.get("RoleArn", "")
    source = {"aws:sourcearn": (rule.arn,), "aws:sourceaccount": (rule.account_id,)}
    access = access_of(role, region=rule.region_name) if trusts(role, _SERVICE, source) else None
    if access is None:
        raise DeniedError(f"{_SERVICE} is unable to assume role {role}")
    access.check("codepipeline:StartPipelineExecution", target["Arn"])
    pipelines: Any = get_backend("codepipeline")[arn.account][arn.region]
    pipelines.start_pipeline_execution(arn.resource_id, None, ("CloudWatchEvent", rule.arn))


DELIVERIES: dict[str, Callable[[Rule, dict[str, Any], dict[str, Any]], None]] = {
    "sns": _publish,
    "codepipeline": _start,
}
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
_EVERY: Final = {"id", "account", "source", "time", "region", "resources", "detail-type"}


def _count(rule: Rule, name: str) -> None:
    dimensions = [{"Name": "RuleName", "Value": rule.name}]
    datum = {"MetricName": name, "Value": 1, "Unit": "Count", "Dimensions": dimensions}
    get_backend("cloudwatch")[rule.account_id][rule.region_name].put_metric_data("AWS/Events", [datum])


def _text(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What the target gets: constant input, the transformed event, or the event.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    text = str(transformer["InputTemplate"])
    for name, path in transformer.get("InputPathsMap", {}).items():
        value = _at(path, event)
        text = text.replace(f"<{name}>", value if isinstance(value, str) else json.dumps(value))
    return "\n".join(_unquoted(line) for line in text.splitlines())


def _at(path: str, event: Any) -> Any:
    for step in path.removeprefix("$").strip(".").split("."):
        event = event.get(step, "") if isinstance(event, dict) else ""
    return event


def _unquoted(line: str) -> str:
    line = line.strip()
    return line[1:-1].replace('\\"', '"') if len(line) > 1 and line[0] == line[-1] == '"' else line


def _dated(event: dict[str, Any]) -> dict[str, Any]:
    if isinstance(event.get("time"), int | float):
        event["time"] = iso_8601_datetime_without_milliseconds(utcfromtimestamp(event["time"]))
    event.pop("ingestion-time", None)
    return event


ADDITIONS: Final[Mapping[type, tuple[Callable[..., Any], ...]]] = {
    EventPattern: (matches_event,),
    EventPatternParser: (parse,),
    Rule: (send_to_targets,),
    EventsHandler: (put_events, test_event_pattern, update_event_bus),
}
