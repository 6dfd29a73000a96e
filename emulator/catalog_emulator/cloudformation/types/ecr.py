"""Image repositories. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html"""

from typing import Any

from botocore.exceptions import ClientError
from moto.ecr.models import ecr_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, code
from catalog_emulator.cloudformation.types.shapes import Exact, text, truth
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags

_FILTERS = "ImageTagMutabilityExclusionFilters"
# The API's names of a filter's members, and the template's.
_MEMBERS = {
    "FilterType": "ImageTagMutabilityExclusionFilterType",
    "Filter": "ImageTagMutabilityExclusionFilterValue",
}


class Repository(ServiceType):
    """AWS::ECR::Repository: Ref is the name."""

    service = "ecr"
    gone = ("RepositoryNotFoundException",)
    tagging = Tagging(service="ecr", target="resourceArn")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("RepositoryName") or context.name(256, lower=True)
        tags = desired_tags(context, properties)
        request = {**properties, **_mutability(context, properties)}
        self.call(context, "create_repository", request, RepositoryName=name, Tags=tags)
        with self.undo_on_failure(context, name, properties):
            self._policies(context, name, {}, properties)
        return self.made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        name = {"RepositoryName": physical_id}
        self.call(context, "put_image_tag_mutability", {**name, **_mutability(context, after)})
        scanning = after.get("ImageScanningConfiguration", {"ScanOnPush": False})
        self.call(context, "put_image_scanning_configuration", name, ImageScanningConfiguration=scanning)
        self._policies(context, physical_id, before, after)
        return super().update(context, physical_id, before, after)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        force = truth(properties.get("EmptyOnDelete", False))
        self.call(context, "delete_repository", {"RepositoryName": physical_id, "Force": force})

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        row = self.fetch(
            context, "describe_repositories", {"RepositoryNames": [physical_id]}, "repositories"
        )[0]
        live = {name: row.get(name) for name in properties if name not in ("Tags", "EmptyOnDelete")}
        if live.get(_FILTERS):
            live[_FILTERS] = [
                {_MEMBERS[name]: value for name, value in one.items()} for one in live[_FILTERS]
            ]
        if "RepositoryPolicyText" in properties:
            live["RepositoryPolicyText"] = self._text(
                context, physical_id, "get_repository_policy", "policyText"
            )
        if "LifecyclePolicy" in properties:
            held = self._text(context, physical_id, "get_lifecycle_policy", "lifecyclePolicyText")
            live["LifecyclePolicy"] = {"LifecyclePolicyText": held} if held else None
        return live

    @override
    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        return self.arn(context, f"repository/{physical_id}")

    def _policies(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        repository = {"RepositoryName": name}
        if after.get("RepositoryPolicyText"):
            policy = text(after["RepositoryPolicyText"])
            self.call(context, "set_repository_policy", repository, PolicyText=policy)
        elif before.get("RepositoryPolicyText"):
            self.call(context, "delete_repository_policy", repository)
        if after.get("LifecyclePolicy"):
            self.call(context, "put_lifecycle_policy", repository, **after["LifecyclePolicy"])
        elif before.get("LifecyclePolicy"):
            self.call(context, "delete_lifecycle_policy", repository)

    def _text(self, context: Context, name: str, operation: str, member: str) -> Exact | None:
        try:
            return Exact(self.call(context, operation, {"RepositoryName": name})[member])
        except ClientError as error:
            if "PolicyNotFound" not in code(error):
                raise
            return None

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        host = f"{context.account_id}.dkr.ecr.{context.region}.amazonaws.com"
        attributes = {
            "Arn": self.arn(context, f"repository/{physical_id}"),
            "RepositoryUri": f"{host}/{physical_id}",
        }
        return Made(physical_id=physical_id, attributes=attributes)


def _mutability(context: Context, properties: Properties) -> dict[str, Any]:
    """The two members of the API, which moto does not check against each other."""
    mutability, filters = properties.get("ImageTagMutability", "MUTABLE"), properties.get(_FILTERS)
    backend = ecr_backends[context.account_id][context.region]
    backend.validate_image_tag_mutability_params_compatibility(mutability, filters)
    if filters is None:
        return {"ImageTagMutability": mutability}
    sent = [{name: one[member] for name, member in _MEMBERS.items()} for one in filters]
    return {"ImageTagMutability": mutability, _FILTERS: sent}
