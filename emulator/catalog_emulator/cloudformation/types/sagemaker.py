"""Model registry and endpoints. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html"""

from typing import Any, ClassVar

from botocore.exceptions import ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, code, exists_already
from catalog_emulator.cloudformation.types.shapes import Exact
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags


class SageMaker(ServiceType):
    """A named SageMaker resource whose Ref is its ARN: `kind` names the calls and the properties."""

    service = "sagemaker"
    tagging: ClassVar[Tagging | None] = Tagging(
        service="sagemaker", target="ResourceArn", show="list_tags", put="add_tags", drop="delete_tags"
    )
    kind: str
    word: str

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get(f"{self.word}Name") or context.name(63)
        if self._described(context, name) is not None:
            raise exists_already(name)
        request = {**properties, f"{self.word}Name": name}
        self.call(context, f"create_{self.kind}", request, Tags=desired_tags(context, properties))
        return self.made(context, name)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        # SageMaker has no error code for what is not there.
        if self._described(context, name_of(physical_id)) is not None:
            self.call(context, f"delete_{self.kind}", {f"{self.word}Name": name_of(physical_id)})

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        described = self._described(context, name_of(physical_id))
        if described is None:
            return None
        return {name: described.get(name) for name in properties if name != "Tags"}

    def _described(self, context: Context, name: str) -> dict[str, Any] | None:
        try:
            answer = self.call(context, f"describe_{self.kind}", {f"{self.word}Name": name})
        except ClientError as error:
            if code(error) not in ("ValidationException", "ValidationError", "ResourceNotFound"):
                raise
            return None
        return answer

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        name = name_of(physical_id)
        described = self._described(context, name) or {}
        arn = described[f"{self.word}Arn"]
        return Made(physical_id=arn, attributes={f"{self.word}Arn": arn, f"{self.word}Name": name})


class ModelPackageGroup(SageMaker):
    """AWS::SageMaker::ModelPackageGroup."""

    kind, word = "model_package_group", "ModelPackageGroup"

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        made = super().create(context, properties)
        with self.undo_on_failure(context, made.physical_id, properties):
            self._policy(context, made.physical_id, {}, properties)
        return made

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self._policy(context, physical_id, before, after)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        live = super().live(context, physical_id, properties)
        if live is not None and "ModelPackageGroupPolicy" in properties:
            live["ModelPackageGroupPolicy"] = self._live_policy(context, name_of(physical_id))
        return live

    def _policy(self, context: Context, physical_id: str, before: Properties, after: Properties) -> None:
        old, new = (side.get("ModelPackageGroupPolicy") for side in (before, after))
        group = {"ModelPackageGroupName": name_of(physical_id)}
        if new and new != old:
            self.call(context, "put_model_package_group_policy", group, ResourcePolicy=new)
        elif old and not new:
            self.call(context, "delete_model_package_group_policy", group)

    def _live_policy(self, context: Context, name: str) -> Exact | None:
        try:
            answer = self.call(context, "get_model_package_group_policy", {"ModelPackageGroupName": name})
        except ClientError:
            return None
        return Exact(answer["ResourcePolicy"])

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        group = self._described(context, name_of(physical_id)) or {}
        arn = group["ModelPackageGroupArn"]
        created = group["CreationTime"].isoformat()
        status = group["ModelPackageGroupStatus"]
        attributes = {"ModelPackageGroupArn": arn, "CreationTime": created, "ModelPackageGroupStatus": status}
        return Made(physical_id=arn, attributes=attributes)


class Model(SageMaker):
    """AWS::SageMaker::Model."""

    kind, word = "model", "Model"


class EndpointConfig(SageMaker):
    """AWS::SageMaker::EndpointConfig."""

    kind, word = "endpoint_config", "EndpointConfig"


class Endpoint(SageMaker):
    """AWS::SageMaker::Endpoint."""

    kind, word = "endpoint", "Endpoint"

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if before.get("EndpointConfigName") != after.get("EndpointConfigName"):
            self.call(context, "update_endpoint", after, EndpointName=name_of(physical_id))
        return super().update(context, physical_id, before, after)


def name_of(physical_id: str) -> str:
    """The name at the end of an ARN."""
    return physical_id.rsplit("/", 1)[-1]
