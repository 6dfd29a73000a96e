"""A rule: what alert rules wait for is recorded by a trail of CloudTrail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.errors import and_more
from publisher.launch.checks.rule import Arguments, Flaw, LaunchRule, Subject

_DETAIL_TYPE = "AWS API Call via CloudTrail"
_WRITES = frozenset({"All", "WriteOnly"})


@LaunchRule.of("L302", "eventbridge/latest/userguide/eb-service-event-cloudtrail.html", severity="warning")
def trail(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """A trail records the API calls that the launch's rules of EventBridge wait for."""
    waiting: dict[str, list[str]] = {}
    values = subject.names.values
    for name in subject.of_type("AWS::Events::Rule"):
        pattern = subject.names.properties(name).get("EventPattern")
        if isinstance(pattern, Mapping) and _DETAIL_TYPE in values.texts(pattern.get("detail-type")):
            detail = pattern.get("detail")
            sources = values.texts(detail.get("eventSource")) if isinstance(detail, Mapping) else ()
            for source in sources or ("",):
                waiting.setdefault(source, []).append(name)
    if not waiting:
        return
    excluded = list(_excluded(subject))
    unrecorded = {
        name: None
        for source, names in sorted(waiting.items())
        if all(source in one for one in excluded)
        for name in names
    }
    if unrecorded:
        has = "no trail that logs" if not excluded else "no trail that includes"
        yield Flaw(
            message=f"{subject.aws.region} has {has} the management events that {and_more(list(unrecorded))} "
            f"{'waits' if len(unrecorded) == 1 else 'wait'} for: these alerts are never sent",
            hint="ask for a CloudTrail trail that logs the write management events of the Region",
        )


def _excluded(subject: Subject) -> Iterator[frozenset[str]]:
    """Of each trail that logs writes in the Region, the event sources that it leaves out.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
    """
    client = subject.aws.client("cloudtrail")
    for trail in client.describe_trails()["trailList"]:
        if not (trail.get("IsMultiRegionTrail") or trail.get("HomeRegion") == subject.aws.region):
            continue
        arn = trail["TrailARN"]
        if not client.get_trail_status(Name=arn).get("IsLogging"):
            continue
        answer = client.get_event_selectors(TrailName=arn)
        for selector in answer.get("EventSelectors") or ():
            if (
                selector.get("IncludeManagementEvents", True)
                and selector.get("ReadWriteType", "All") in _WRITES
            ):
                yield frozenset(selector.get("ExcludeManagementEventSources", ()))
        for advanced in answer.get("AdvancedEventSelectors") or ():
            fields = {it["Field"]: it for it in advanced.get("FieldSelectors", ())}
            if _is_of_writes(fields):
                yield frozenset(fields.get("eventSource", {}).get("NotEquals", ()))


def _is_of_writes(fields: Mapping[str, Mapping[str, Any]]) -> bool:
    read_only = fields.get("readOnly", {}).get("Equals", ["false"])
    return "Management" in fields.get("eventCategory", {}).get("Equals", ()) and "false" in read_only
