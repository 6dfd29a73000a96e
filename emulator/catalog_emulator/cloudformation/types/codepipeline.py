"""Pipelines. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-pipeline.html"""

from typing import Any

from moto.codepipeline.models import codepipeline_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.service_type import ServiceType, listed
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags, own_tags

# https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-types.html
DEFAULTS = {"PipelineType": "V1", "ExecutionMode": "SUPERSEDED"}
_SHOWN = (
    *("ArtifactStore", "ArtifactStores", "ExecutionMode", "PipelineType"),
    *("RoleArn", "Stages", "Triggers", "Variables"),
)


class Pipeline(ServiceType):
    """AWS::CodePipeline::Pipeline: Ref is the name, GetAtt Version its number."""

    service = "codepipeline"
    gone = ("PipelineNotFoundException",)
    deletion = ("delete_pipeline", "Name")
    tagging = Tagging(service="codepipeline", target="resourceArn")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or context.name()
        tags = desired_tags(context, properties)
        pipeline = {**DEFAULTS, **_structure(properties), "Name": name}
        self.call(context, "create_pipeline", Pipeline=pipeline, Tags=own_tags(context, properties))
        # The API refuses `aws:` tags.
        held = codepipeline_backends[context.account_id][context.region].pipelines[name]
        held.tags.update(tags)
        with self.undo_on_failure(context, name, properties):
            self._transitions(context, name, {}, properties)
        return self.made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        pipeline = {**DEFAULTS, **_structure(after), "Name": physical_id}
        self.call(context, "update_pipeline", Pipeline=pipeline)
        self._transitions(context, physical_id, before, after)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        pipeline: dict[str, Any] = self.fetch(context, "get_pipeline", {"Name": physical_id}, "pipeline")
        return {"Name": physical_id, **{name: pipeline.get(name) for name in _SHOWN}}

    @override
    def retag(self, context: Context, physical_id: str, properties: Properties) -> None:
        assert self.tagging is not None
        target = self.tag_target(context, physical_id, properties)
        self.tagging.write(context, target, own_tags(context, properties))

    @override
    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        return self.arn(context, physical_id)

    def _transitions(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        old, new = (listed(side.get("DisableInboundStageTransitions")) for side in (before, after))
        for item in [*(item for item in old if item not in new), *new]:
            request = {"PipelineName": name, "TransitionType": "Inbound", **item}
            verb = "disable" if item in new else "enable"
            self.call(context, f"{verb}_stage_transition", request)

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        version = self.call(context, "get_pipeline", {"Name": physical_id})["pipeline"]["version"]
        attributes = {"Version": shapes.text(version), "Arn": self.arn(context, physical_id)}
        return Made(physical_id=physical_id, attributes=attributes)


def _structure(properties: Properties) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in ("Version", "Tags")}
