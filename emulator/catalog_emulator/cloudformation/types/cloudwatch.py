"""Dashboards and alarms. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudWatch.html"""

from __future__ import annotations

from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.managed import Managed, exists_already
from catalog_emulator.cloudformation.types.shapes import Exact
from catalog_emulator.cloudformation.types.tags import Tagging, wanted


class Dashboard(Managed):
    """AWS::CloudWatch::Dashboard: Ref is the name."""

    type_name = "AWS::CloudWatch::Dashboard"
    service = "cloudwatch"
    gone = ("ResourceNotFound", "DashboardNotFoundError")

    def create(self, context: Context, properties: Properties) -> Made:
        """The dashboard."""
        name = properties.get("DashboardName") or context.name(255)
        if self._body(context, name) is not None:
            raise exists_already(name)
        return self.update(context, name, {}, properties)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Puts the body."""
        self.call(context, "put_dashboard", after, DashboardName=physical_id)
        return Made(physical_id=physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The dashboard."""
        self.call(context, "delete_dashboards", {"DashboardNames": [physical_id]})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """Its body."""
        body = self._body(context, physical_id)
        return None if body is None else {"DashboardName": physical_id, "DashboardBody": Exact(body)}

    def _body(self, context: Context, name: str) -> str | None:
        dashboards = self.call(context, "list_dashboards", {"DashboardNamePrefix": name})["DashboardEntries"]
        if not any(entry["DashboardName"] == name for entry in dashboards):
            return None
        return str(self.call(context, "get_dashboard", {"DashboardName": name})["DashboardBody"])


class Alarm(Managed):
    """AWS::CloudWatch::Alarm: Ref is the name."""

    type_name = "AWS::CloudWatch::Alarm"
    service = "cloudwatch"
    tagging = Tagging(service="cloudwatch", target="ResourceARN")

    def create(self, context: Context, properties: Properties) -> Made:
        """The alarm."""
        name = properties.get("AlarmName") or context.name(255)
        if self._alarm(context, name) is not None:
            raise exists_already(name)
        tags = wanted(context, properties)
        self.call(context, "put_metric_alarm", properties, AlarmName=name, Tags=tags)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Put again."""
        self.call(context, "put_metric_alarm", after, AlarmName=physical_id, Tags=None)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The alarm."""
        self.call(context, "delete_alarms", {"AlarmNames": [physical_id]})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What DescribeAlarms shows."""
        alarm = self._alarm(context, physical_id)
        if alarm is None:
            return None
        return {name: alarm.get(name) for name in properties if name != "Tags"}

    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        """The ARN."""
        return self.arn(context, f"alarm:{physical_id}")

    def _alarm(self, context: Context, name: str) -> dict[str, Any] | None:
        alarms = self.call(context, "describe_alarms", {"AlarmNames": [name]})["MetricAlarms"]
        return dict(alarms[0]) if alarms else None

    def _made(self, context: Context, name: str) -> Made:
        return Made(physical_id=name, attributes={"Arn": self.arn(context, f"alarm:{name}")})
