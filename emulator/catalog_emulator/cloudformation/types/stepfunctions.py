"""State machines.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

import re
from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType
from catalog_emulator.cloudformation.types.shapes import text
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags

DEFINITIONS = ("Definition", "DefinitionString", "DefinitionS3Location", "DefinitionSubstitutions")


class StateMachine(ServiceType):
    """AWS::StepFunctions::StateMachine: Ref is the ARN."""

    service = "stepfunctions"
    gone = ("StateMachineDoesNotExist",)
    deletion = ("delete_state_machine", "stateMachineArn")
    tagging = Tagging(service="stepfunctions", target="resourceArn")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        request = {
            **properties,
            "name": properties.get("StateMachineName") or context.name(),
            "definition": self._definition(context, properties),
            "type": properties.get("StateMachineType"),
            "tags": desired_tags(context, properties),
        }
        request.pop("Definition", None)
        made = self.call(context, "create_state_machine", request)
        return self.made(context, made["stateMachineArn"])

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        request = {**after, "stateMachineArn": physical_id, "definition": self._definition(context, after)}
        request.pop("Definition", None)
        self.call(context, "update_state_machine", request)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        held = self.fetch(context, "describe_state_machine", {"stateMachineArn": physical_id})
        held = {**held, "StateMachineName": held["Name"], "StateMachineType": held["Type"]}
        definition = held["Definition"]
        if definition == self._definition(context, properties):
            held |= {name: properties.get(name) for name in DEFINITIONS}
        else:
            held |= dict.fromkeys(DEFINITIONS, definition)
        return {name: held.get(name) for name in properties if name != "Tags"}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        held = self.call(context, "describe_state_machine", {"stateMachineArn": physical_id})
        attributes = {
            "Arn": physical_id,
            "Name": held["name"],
            "StateMachineRevisionId": held.get("revisionId", "INITIAL"),
        }
        return Made(physical_id=physical_id, attributes=attributes)

    def _definition(self, context: Context, properties: Properties) -> str:
        place = properties.get("DefinitionS3Location")
        if place:
            request = {"VersionId": place.get("Version"), **place}
            known = {name: request[name] for name in ("Bucket", "Key", "VersionId") if request[name]}
            definition = context.client("s3").get_object(**known)["Body"].read().decode()
        else:
            definition = text(properties.get("Definition") or properties.get("DefinitionString", ""))
        values = properties.get("DefinitionSubstitutions", {})
        return re.sub(r"\$\{([^}]+)\}", lambda found: text(values.get(found[1], found[0])), definition)
