"""Log groups. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"""

from __future__ import annotations

from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.managed import Managed
from catalog_emulator.cloudformation.types.tags import Tagging, wanted


class LogGroup(Managed):
    """AWS::Logs::LogGroup: Ref is the name; GetAtt Arn ends in `:*`."""

    type_name = "AWS::Logs::LogGroup"
    service = "logs"
    gone = ("ResourceNotFoundException",)
    tagging = Tagging(service="logs", target="resourceArn")

    def create(self, context: Context, properties: Properties) -> Made:
        """The group, then retention and its own resource policy."""
        name = properties.get("LogGroupName") or context.name(512)
        tags = wanted(context, properties) or None
        self.call(context, "create_log_group", properties, LogGroupName=name, Tags=tags)
        with self.undone(context, name, properties):
            self._resolve_version(context, name, {}, properties)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Retention, key, policy and tags."""
        if before.get("KmsKeyId") != after.get("KmsKeyId"):
            operation = "associate_kms_key" if after.get("KmsKeyId") else "disassociate_kms_key"
            self.call(context, operation, after, LogGroupName=physical_id)
        self._resolve_version(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The group with its streams."""
        self.call(context, "delete_log_group", {"LogGroupName": physical_id})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What DescribeLogGroups shows, and the policy."""
        answer = self.call(context, "describe_log_groups", {"LogGroupNamePrefix": physical_id})
        found = [group for group in answer["logGroups"] if group["logGroupName"] == physical_id]
        if not found:
            return None
        return {
            "LogGroupName": physical_id,
            "RetentionInDays": found[0].get("retentionInDays"),
            "KmsKeyId": found[0].get("kmsKeyId"),
            "ResourcePolicyDocument": self._policy(context, physical_id),
        }

    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        """The group's ARN, here without the `:*`."""
        return self.arn(context, f"log-group:{physical_id}")

    def _resolve_version(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        if after.get("RetentionInDays"):
            self.call(context, "put_retention_policy", after, LogGroupName=name)
        elif before.get("RetentionInDays"):
            self.call(context, "delete_retention_policy", {"LogGroupName": name})
        arn = self.tag_target(context, name, after)
        document = after.get("ResourcePolicyDocument")
        if document:
            self.call(context, "put_resource_policy", ResourceArn=arn, PolicyDocument=document)
        elif before.get("ResourcePolicyDocument"):
            self.call(context, "delete_resource_policy", ResourceArn=arn)

    def _policy(self, context: Context, name: str) -> str | None:
        request = {"PolicyScope": "RESOURCE", "ResourceArn": self.arn(context, f"log-group:{name}")}
        policies = self.call(context, "describe_resource_policies", request)["resourcePolicies"]
        return policies[0]["policyDocument"] if policies else None

    def _made(self, context: Context, name: str) -> Made:
        return Made(physical_id=name, attributes={"Arn": self.arn(context, f"log-group:{name}:*")})
