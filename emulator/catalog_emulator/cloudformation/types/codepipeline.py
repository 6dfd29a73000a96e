"""Pipelines. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-pipeline.html"""

from __future__ import annotations

from typing import Any

from moto.codepipeline.models import codepipeline_backends

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.managed import Managed, listed
from catalog_emulator.cloudformation.types.tags import Tagging, wanted

# https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-types.html
DEFAULTS = {"PipelineType": "V1", "ExecutionMode": "SUPERSEDED"}


class Pipeline(Managed):
    """AWS::CodePipeline::Pipeline: Ref is the name, GetAtt Version its number."""

    type_name = "AWS::CodePipeline::Pipeline"
    service = "codepipeline"
    gone = ("PipelineNotFoundException",)
    tagging = Tagging(service="codepipeline", target="resourceArn")

    def create(self, context: Context, properties: Properties) -> Made:
        """The pipeline; tags of AWS's own go beside the API, which refuses them."""
        name = properties.get("Name") or context.name(100)
        tags = wanted(context, properties)
        own = {key: value for key, value in tags.items() if not key.startswith("aws:")}
        self.call(
            context, "create_pipeline", Pipeline={**DEFAULTS, **_spelled(properties), "Name": name}, Tags=own
        )
        held = codepipeline_backends[context.account_id][context.region].pipelines[name]
        held.tags.update(tags)
        with self.undone(context, name, properties):
            self._transitions(context, name, {}, properties)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """A new version of the whole."""
        pipeline = {**DEFAULTS, **_spelled(after), "Name": physical_id}
        self.call(context, "update_pipeline", Pipeline=pipeline)
        self._transitions(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The pipeline with its history."""
        self.call(context, "delete_pipeline", {"Name": physical_id})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """The structure that GetPipeline shows."""
        pipeline: dict[str, Any] = self.answer(context, "get_pipeline", {"Name": physical_id}, "pipeline")
        told = (
            "ArtifactStore",
            "ArtifactStores",
            "ExecutionMode",
            "PipelineType",
            "RoleArn",
            "Stages",
            "Triggers",
        )
        return {"Name": physical_id, **{name: pipeline.get(name) for name in (*told, "Variables")}}

    def retag(self, context: Context, physical_id: str, properties: Properties) -> None:
        """As everywhere, without AWS's own tags, which cannot be written through the API."""
        tags = {
            key: value for key, value in wanted(context, properties).items() if not key.startswith("aws:")
        }
        assert self.tagging is not None
        self.tagging.write(context, self.tag_target(context, physical_id, properties), tags)

    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        """The ARN."""
        return self.arn(context, physical_id)

    def _transitions(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        old, new = (listed(side.get("DisableInboundStageTransitions")) for side in (before, after))
        for item in [item for item in old if item not in new]:
            request = {"PipelineName": name, "TransitionType": "Inbound", **item}
            self.call(context, "enable_stage_transition", request)
        for item in new:
            request = {"PipelineName": name, "TransitionType": "Inbound", **item}
            self.call(context, "disable_stage_transition", request)

    def _made(self, context: Context, name: str) -> Made:
        version = self.call(context, "get_pipeline", {"Name": name})["pipeline"]["version"]
        return Made(
            physical_id=name, attributes={"Version": shapes.text(version), "Arn": self.arn(context, name)}
        )


def _spelled(properties: Properties) -> dict[str, Any]:
    """Configuration values are text for CodePipeline, whatever the template writes."""
    return {name: value for name, value in properties.items() if name not in ("Version", "Tags")}
