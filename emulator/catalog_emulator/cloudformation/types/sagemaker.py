"""SageMaker: model registry, endpoints, pipelines, projects. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html"""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types.service_type import ServiceType, changed, code, exists_already
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags, own_tags

# Seconds between two looks at a project.
_PAUSE: Final = 0.05


class SageMaker(ServiceType):
    """A SageMaker resource: `kind` names its calls, `word` begins their members.

    Attributes of GetAtt are the members of its description.
    """

    service = "sagemaker"
    tagging: ClassVar[Tagging | None] = Tagging(
        service="sagemaker", target="ResourceArn", show="list_tags", put="add_tags", drop="delete_tags"
    )
    kind: str
    word: str

    def request(self, properties: Properties) -> dict[str, Any]:
        """The members of the calls that create and change it."""
        return dict(properties)

    def identity(self, physical_id: str) -> dict[str, str]:
        """The members by which the other calls name it."""
        return {f"{self.word}Name": name_of(physical_id)}

    def reference(self, members: Mapping[str, Any]) -> str:
        """Ref, from the members of the creating call and its answer, or from those of the description."""
        return str(members[f"{self.word}Arn"])

    def named(self, context: Context, properties: Properties) -> dict[str, Any]:
        """The member that gives a new one its name."""
        member = f"{self.word}Name"
        return {member: properties.get(member) or context.name(63)}

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        request = {**self.request(properties), **self.named(context, properties)}
        name = request.get(f"{self.word}Name", "")
        known = self.reference({f"{self.word}Arn": name, f"{self.word}Id": "", **request})
        if known and self._described(context, known) is not None:
            raise exists_already(name)
        answer = self.call(
            context, f"create_{self.kind}", request, Tags=self.tags(context, properties) or None
        )
        made = self.made(context, self.reference({**request, **answer}))
        return self._compared(context, made, properties)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        return self._compared(context, super().update(context, physical_id, before, after), after)

    def _compared(self, context: Context, made: Made, properties: Properties) -> Made:
        """With the names of the properties that moto has not taken."""
        live = self.read(context, made.physical_id, properties) or {}
        other = (name for name in live if live[name] != properties[name])
        return replace(made, untaken=tuple(sorted(other)))

    def tags(self, context: Context, properties: Properties) -> dict[str, str]:
        """The tags of a new one."""
        return desired_tags(context, properties)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        # SageMaker has no error code for what is not there.
        if self._described(context, physical_id) is not None:
            self.call(context, f"delete_{self.kind}", self.identity(physical_id))

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        described = self._described(context, physical_id)
        if described is None:
            return None
        client = context.client(self.service)
        operation = client.meta.method_to_api_mapping[f"describe_{self.kind}"]
        members = client.meta.service_model.operation_model(operation).output_shape.members
        return {name: described.get(name) for name in properties if name in members}

    @override
    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        return str((self._described(context, physical_id) or {}).get(f"{self.word}Arn", physical_id))

    def _described(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        try:
            answer = self.call(context, f"describe_{self.kind}", self.identity(physical_id))
        except ClientError as error:
            if code(error) not in ("ValidationException", "ValidationError", "ResourceNotFound"):
                raise
            return None
        return answer

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        described = self._described(context, physical_id) or {}
        attributes = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in described.items()
            if isinstance(value, str | datetime)
        }
        return Made(physical_id=self.reference(described), attributes=attributes)


class Changeable(SageMaker):
    """One with a call that changes it."""

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if changed(before, after, *({*before, *after} - {"Tags"})):
            request = {**self.request(after), **self.identity(physical_id)}
            self.call(context, f"update_{self.kind}", request)
        return super().update(context, physical_id, before, after)


class Pipeline(Changeable):
    """AWS::SageMaker::Pipeline: Ref is the name; the definition is text or an object in S3."""

    kind, word = "pipeline", "Pipeline"

    @override
    def request(self, properties: Properties) -> dict[str, Any]:
        given = properties["PipelineDefinition"]
        place = given.get("PipelineDefinitionS3Location")
        if place is not None:
            members = {"Bucket": "Bucket", "Key": "ObjectKey", "Version": "VersionId"}
            place = {member: place[name] for name, member in members.items() if name in place}
        return {
            **properties,
            "PipelineDefinition": given.get("PipelineDefinitionBody"),
            "PipelineDefinitionS3Location": place,
        }

    @override
    def reference(self, members: Mapping[str, Any]) -> str:
        return str(members["PipelineName"])

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        live = super().live(context, physical_id, properties)
        if live is not None:
            # Where a definition came from is not shown.
            definition = live.pop("PipelineDefinition")
            if "PipelineDefinitionBody" in properties["PipelineDefinition"]:
                live["PipelineDefinition"] = {"PipelineDefinitionBody": definition}
        return live


class ModelPackage(Changeable):
    """AWS::SageMaker::ModelPackage: in a group it has a version in place of a name."""

    kind, word = "model_package", "ModelPackage"

    @override
    def named(self, context: Context, properties: Properties) -> dict[str, Any]:
        return {} if "ModelPackageGroupName" in properties else super().named(context, properties)

    @override
    def identity(self, physical_id: str) -> dict[str, str]:
        return {"ModelPackageName": physical_id, "ModelPackageArn": physical_id}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        made = super().made(context, physical_id)
        created = {"LastModifiedTime": made.attributes["CreationTime"]}
        return replace(made, attributes={**created, **made.attributes})


class Project(SageMaker):
    """AWS::SageMaker::Project, which the stack waits for."""

    kind, word = "project", "Project"

    @override
    def request(self, properties: Properties) -> dict[str, Any]:
        details = properties.get("TemplateProviderDetails", ())
        providers = [{"CfnTemplateProvider": one["CfnTemplateProviderDetail"]} for one in details]
        return {**properties, "TemplateProviders": providers or None}

    @override
    def tags(self, context: Context, properties: Properties) -> dict[str, str]:
        # Service Catalog refuses those of AWS.
        return own_tags(context, properties)

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        made = super().create(context, properties)
        with self.undo_on_failure(context, made.physical_id, properties):
            self._finished(context, made.physical_id)
        return self.made(context, made.physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        super().remove(context, physical_id, properties)
        self._finished(context, physical_id)

    @override
    def _described(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        found = super()._described(context, physical_id)
        return None if found is None or found["ProjectStatus"] == "DeleteCompleted" else found

    def _finished(self, context: Context, physical_id: str) -> None:
        """Wait for its operation; ResourceFailed with the reason of one that failed."""
        while True:
            found = self._described(context, physical_id)
            status = "" if found is None else found["ProjectStatus"]
            if found is not None and status.endswith("Failed"):
                source = found.get("ServiceCatalogProvisionedProductDetails")
                detail = found.get("TemplateProviderDetails")
                raise ResourceFailed(f"{status}: {_message(source, detail)}")
            if not status.endswith("InProgress"):
                return
            time.sleep(_PAUSE)


def _message(product: Any, templates: Any) -> str:
    if product is not None:
        return str(product["ProvisionedProductStatusMessage"])
    return str(templates[0]["CfnTemplateProviderDetail"]["StackDetail"]["StatusMessage"])


def name_of(physical_id: str) -> str:
    """The name at the end of an ARN."""
    return physical_id.rsplit("/", 1)[-1]
