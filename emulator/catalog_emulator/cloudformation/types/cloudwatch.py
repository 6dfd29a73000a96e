"""Dashboards. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, exists_already
from catalog_emulator.cloudformation.types.shapes import Exact


class Dashboard(ServiceType):
    """AWS::CloudWatch::Dashboard: Ref is the name."""

    service = "cloudwatch"
    gone = ("ResourceNotFound", "DashboardNotFoundError")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("DashboardName") or context.name(255)
        if self._body(context, name) is not None:
            raise exists_already(name)
        return self.update(context, name, {}, properties)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self.call(context, "put_dashboard", after, DashboardName=physical_id)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, "delete_dashboards", {"DashboardNames": [physical_id]})

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        body = self._body(context, physical_id)
        return None if body is None else {"DashboardName": physical_id, "DashboardBody": Exact(body)}

    def _body(self, context: Context, name: str) -> str | None:
        dashboards = self.call(context, "list_dashboards", {"DashboardNamePrefix": name})["DashboardEntries"]
        if not any(entry["DashboardName"] == name for entry in dashboards):
            return None
        return str(self.call(context, "get_dashboard", {"DashboardName": name})["DashboardBody"])
