"""Parameters. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags


class Parameter(ServiceType):
    """AWS::SSM::Parameter: Ref is the name; CloudFormation does not make SecureStrings."""

    service = "ssm"
    gone = ("ParameterNotFound",)
    deletion = ("delete_parameter", "Name")
    tagging = Tagging(
        service="ssm",
        target="ResourceId",
        put="add_tags_to_resource",
        drop="remove_tags_from_resource",
        extra={"ResourceType": "Parameter"},
    )

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or f"CFN-{context.name()}"
        tags = desired_tags(context, properties) or None
        self.call(context, "put_parameter", properties, Name=name, Tags=tags)
        return self.made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self.call(context, "put_parameter", after, Name=physical_id, Overwrite=True, Tags=None)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        value = self.call(context, "get_parameter", {"Name": physical_id})["Parameter"]
        filters = [{"Key": "Name", "Option": "Equals", "Values": [physical_id]}]
        described = self.call(context, "describe_parameters", {"ParameterFilters": filters})["Parameters"][0]
        return {
            "Name": value["Name"],
            "Type": value["Type"],
            "Value": value["Value"],
            "DataType": value.get("DataType", "text"),
            **{name: described.get(name) for name in ("Description", "AllowedPattern")},
            "Tier": described.get("Tier", "Standard"),
        }

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        value = self.call(context, "get_parameter", {"Name": physical_id})["Parameter"]
        attributes = {key: value[key] for key in ("Type", "Value")}
        return Made(physical_id=physical_id, attributes={**attributes, "Arn": value["ARN"]})
