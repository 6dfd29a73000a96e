"""Topics and pipelines as targets of rules, and UpdateEventBus.

moto raises for a target that it cannot deliver to, and the caller of PutEvents gets a 500; EventBridge
delivers later, and no failure of that reaches the caller.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.codepipeline.models import codepipeline_backends
from moto.core.utils import iso_8601_datetime_without_milliseconds, utcfromtimestamp
from moto.events.models import Rule
from moto.events.responses import EventsHandler
from moto.sns.models import sns_backends
from moto.utilities.arns import parse_arn

_send = Rule.send_to_targets


def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
    """moto's delivery, one target at a time so that none sees what another did to the event."""
    if self.state == "DISABLED" or not self.event_pattern.matches_event(original_event):
        return
    for target in self.targets:
        event = copy.deepcopy(original_event)
        deliver = DELIVERIES.get(parse_arn(target["Arn"]).service)
        if deliver is not None:
            deliver(target, _dated(event))
            continue
        single = copy.copy(self)
        single.targets = [target]
        try:
            _send(single, event, transform_input)
        except NotImplementedError:
            continue


def update_event_bus(self: EventsHandler) -> tuple[str, dict[str, Any]]:
    """Description, key and dead-letter queue."""
    bus = self.events_backend.describe_event_bus(self._get_param("Name"))
    bus.description = self._get_param("Description")
    bus.kms_key_identifier = self._get_param("KmsKeyIdentifier")
    bus.dead_letter_config = self._get_param("DeadLetterConfig")
    shown = {"Arn": bus.arn, "Name": bus.name, "Description": bus.description}
    return json.dumps(shown), self.response_headers


def _publish(target: dict[str, Any], event: dict[str, Any]) -> None:
    arn = parse_arn(target["Arn"])
    backend = sns_backends[arn.account][arn.region]
    if target["Arn"] in backend.topics:
        backend.publish(_text(target, event), arn=target["Arn"])


def _start(target: dict[str, Any], event: dict[str, Any]) -> None:
    arn = parse_arn(target["Arn"])
    backend = codepipeline_backends[arn.account][arn.region]
    if arn.resource_id in backend.pipelines:
        backend.start_pipeline_execution(arn.resource_id, None)


DELIVERIES: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "sns": _publish,
    "codepipeline": _start,
}


def _text(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What the target gets: constant input, the transformed event, or the event.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    if "Input" in target:
        return str(target["Input"])
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
    Rule: (send_to_targets,),
    EventsHandler: (update_event_bus,),
}
