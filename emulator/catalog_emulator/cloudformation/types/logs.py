"""Log groups. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags


class LogGroup(ServiceType):
    """AWS::Logs::LogGroup: Ref is the name; GetAtt Arn ends in `:*`."""

    service = "logs"
    gone = ("ResourceNotFoundException",)
    deletion = ("delete_log_group", "LogGroupName")
    tagging = Tagging(service="logs", target="resourceArn")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("LogGroupName") or context.name()
        tags = desired_tags(context, properties) or None
        self.call(context, "create_log_group", properties, LogGroupName=name, Tags=tags)
        with self.undo_on_failure(context, name, properties):
            self._configure(context, name, {}, properties)
        return self.made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if before.get("KmsKeyId") != after.get("KmsKeyId"):
            operation = "associate_kms_key" if after.get("KmsKeyId") else "disassociate_kms_key"
            self.call(context, operation, after, LogGroupName=physical_id)
        self._configure(context, physical_id, before, after)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
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

    @override
    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        return self.arn(context, f"log-group:{physical_id}")

    def _configure(self, context: Context, name: str, before: Properties, after: Properties) -> None:
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

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        arn = self.arn(context, f"log-group:{physical_id}:*")
        return Made(physical_id=physical_id, attributes={"Arn": arn})
