"""Flow logs. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-flowlog.html"""

from __future__ import annotations

from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types.ec2.tagged import Ec2


class FlowLog(Ec2):
    """AWS::EC2::FlowLog: Ref is the id."""

    type_name = "AWS::EC2::FlowLog"
    kind, describe, rows, id_name = "vpc-flow-log", "describe_flow_logs", "FlowLogs", "FlowLogId"

    def create(self, context: Context, properties: Properties) -> Made:
        """The flow log of one resource; EC2 reports what it refuses inside a good answer."""
        tags = self.specification(context, properties)
        resources = [properties["ResourceId"]]
        answer = self.call(
            context, "create_flow_logs", properties, ResourceIds=resources, TagSpecifications=tags
        )
        if answer.get("Unsuccessful"):
            raise ResourceFailed(answer["Unsuccessful"][0]["Error"]["Message"])
        return _made(answer["FlowLogIds"][0])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Tags."""
        self.retag(context, physical_id, after)
        return _made(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The flow log, not what it wrote."""
        self.call(context, "delete_flow_logs", {"FlowLogIds": [physical_id]})

    def row(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        """By filter: this call names its ids otherwise."""
        filters = [{"Name": "flow-log-id", "Values": [physical_id]}]
        rows = self.call(context, self.describe, {"Filters": filters, "Filter": filters})[self.rows]
        return next(iter(rows), None)


def _made(flow_log_id: str) -> Made:
    return Made(physical_id=flow_log_id, attributes={"Id": flow_log_id})
