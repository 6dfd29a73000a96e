"""Parameters and documents.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SSM.html
"""

from typing import Any

import yaml
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, changed
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags

UNREAD = ("Attachments", "Tags", "UpdateMethod")


def _tagging(kind: str) -> Tagging:
    return Tagging(
        service="ssm",
        target="ResourceId",
        put="add_tags_to_resource",
        drop="remove_tags_from_resource",
        extra={"ResourceType": kind},
    )


class Parameter(ServiceType):
    """AWS::SSM::Parameter: Ref is the name; CloudFormation does not make SecureStrings."""

    service = "ssm"
    gone = ("ParameterNotFound",)
    deletion = ("delete_parameter", "Name")
    tagging = _tagging("Parameter")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or context.name()
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
            **{name: value[name] for name in ("Name", "Type", "Value")},
            "DataType": value.get("DataType", "text"),
            **{name: described.get(name) for name in ("Description", "AllowedPattern")},
            "Tier": described.get("Tier", "Standard"),
        }

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        value = self.call(context, "get_parameter", {"Name": physical_id})["Parameter"]
        attributes = {key: value[key] for key in ("Type", "Value")}
        return Made(physical_id=physical_id, attributes={**attributes, "Arn": value["ARN"]})


class Document(ServiceType):
    """AWS::SSM::Document: Ref is the name. Its content is a document, or the text of one."""

    service = "ssm"
    gone = ("InvalidDocument",)
    deletion = ("delete_document", "Name")
    tagging = _tagging("Document")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or context.name()
        request = {"DocumentFormat": "JSON", "DocumentType": "Command", **properties}
        self.call(context, "create_document", request, Name=name, Tags=desired_tags(context, properties))
        return self.made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if changed(before, after, "Content", "DocumentFormat", "Requires", "TargetType", "VersionName"):
            if after.get("UpdateMethod", "Replace") == "Replace":
                self.remove(context, physical_id, before)
                return self.create(context, {**after, "Name": physical_id})
            request = {"DocumentFormat": "JSON", **after, "Name": physical_id, "DocumentVersion": "$LATEST"}
            made = self.call(context, "update_document", request)["DocumentDescription"]
            default = {"Name": physical_id, "DocumentVersion": made["DocumentVersion"]}
            self.call(context, "update_document_default_version", default)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        kind = properties.get("DocumentFormat", "JSON")
        held = self.call(context, "get_document", {"Name": physical_id, "DocumentFormat": kind})
        if isinstance(properties["Content"], str) and _parsed(properties["Content"]) == _parsed(
            held["Content"]
        ):
            # moto writes YAML anew.
            held["Content"] = properties["Content"]
        return {name: held.get(name) for name in properties if name not in UNREAD}


def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
