"""Image repositories. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from moto.ecr.models import ecr_backends

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.managed import Managed, code
from catalog_emulator.cloudformation.types.shapes import Exact, text, truth
from catalog_emulator.cloudformation.types.tags import Tagging, wanted

_FILTERS = "ImageTagMutabilityExclusionFilters"
# The API's names of a filter's members, and the template's.
_MEMBERS = {
    "FilterType": "ImageTagMutabilityExclusionFilterType",
    "Filter": "ImageTagMutabilityExclusionFilterValue",
}


class Repository(Managed):
    """AWS::ECR::Repository: Ref is the name."""

    type_name = "AWS::ECR::Repository"
    service = "ecr"
    gone = ("RepositoryNotFoundException",)
    tagging = Tagging(service="ecr", target="resourceArn")

    def create(self, context: Context, properties: Properties) -> Made:
        """The repository with its two policies."""
        name = properties.get("RepositoryName") or context.name(256, lower=True)
        tags = wanted(context, properties)
        request = {**properties, **_mutability(context, properties)}
        self.call(context, "create_repository", request, RepositoryName=name, Tags=tags)
        with self.undone(context, name, properties):
            self._policies(context, name, {}, properties)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Scanning, mutability, policies, tags."""
        name = {"RepositoryName": physical_id}
        self.call(context, "put_image_tag_mutability", {**name, **_mutability(context, after)})
        scanning = after.get("ImageScanningConfiguration", {"ScanOnPush": False})
        self.call(context, "put_image_scanning_configuration", name, ImageScanningConfiguration=scanning)
        self._policies(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """With its images only where the template says EmptyOnDelete."""
        force = truth(properties.get("EmptyOnDelete", False))
        self.call(context, "delete_repository", {"RepositoryName": physical_id, "Force": force})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """What DescribeRepositories shows, and the policies."""
        row = self.answer(
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

    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        """The ARN."""
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

    def _made(self, context: Context, name: str) -> Made:
        host = f"{context.account_id}.dkr.ecr.{context.region}.amazonaws.com"
        arn = self.arn(context, f"repository/{name}")
        return Made(physical_id=name, attributes={"Arn": arn, "RepositoryUri": f"{host}/{name}"})


def _mutability(context: Context, properties: Properties) -> dict[str, Any]:
    """Whether tags may move, as the API has it; moto's own API does not look whether both members fit."""
    mutability, filters = properties.get("ImageTagMutability", "MUTABLE"), properties.get(_FILTERS)
    backend = ecr_backends[context.account_id][context.region]
    backend.validate_image_tag_mutability_params_compatibility(mutability, filters)
    if filters is None:
        return {"ImageTagMutability": mutability}
    sent = [{name: one[member] for name, member in _MEMBERS.items()} for one in filters]
    return {"ImageTagMutability": mutability, _FILTERS: sent}
