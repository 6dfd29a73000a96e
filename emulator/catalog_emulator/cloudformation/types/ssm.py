"""Parameters. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html"""

from __future__ import annotations

from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.managed import Managed
from catalog_emulator.cloudformation.types.tags import Tagging, wanted


class Parameter(Managed):
    """AWS::SSM::Parameter: Ref is the name; CloudFormation does not make SecureStrings."""

    type_name = "AWS::SSM::Parameter"
    service = "ssm"
    gone = ("ParameterNotFound",)
    tagging = Tagging(
        service="ssm",
        target="ResourceId",
        put="add_tags_to_resource",
        drop="remove_tags_from_resource",
        extra={"ResourceType": "Parameter"},
    )

    def create(self, context: Context, properties: Properties) -> Made:
        """The parameter; one of that name that is there already is refused."""
        name = properties.get("Name") or f"CFN-{context.name()}"
        tags = wanted(context, properties) or None
        self.call(context, "put_parameter", properties, Name=name, Tags=tags)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """A new version of the value."""
        self.call(context, "put_parameter", after, Name=physical_id, Overwrite=True, Tags=None)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The parameter with all its versions."""
        self.call(context, "delete_parameter", {"Name": physical_id})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """Value and description."""
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

    def _made(self, context: Context, name: str) -> Made:
        value = self.call(context, "get_parameter", {"Name": name})["Parameter"]
        attributes = {key: value[key] for key in ("Type", "Value")}
        return Made(physical_id=name, attributes={**attributes, "Arn": value["ARN"]})
