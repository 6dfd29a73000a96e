"""Deleting model package groups and packages; the groups' policies; definitions in S3.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackageGroup.html
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

from catalog_emulator.object_urls import Location, content


def delete_model_package_group(self: SageMakerResponse) -> ActionResult:
    """Refused while the group has packages."""
    group = _group(self)
    backend, name = self.sagemaker_backend, group.model_package_group_name
    if any(package.model_package_group_name == name for package in backend.model_packages.values()):
        raise ValidationError(
            f"Model Package Group {group.arn} cannot be deleted since it still contains Model Packages."
        )
    del backend.model_package_groups[name]
    return EmptyResult()


def delete_model_package(self: SageMakerResponse) -> ActionResult:
    """By name or ARN."""
    name = self._get_param("ModelPackageName")
    held = self.sagemaker_backend.model_packages
    for key, package in list(held.items()):
        if name in (key, package.arn):
            del held[key]
            return EmptyResult()
    raise ValidationError(f"ModelPackage {name} does not exist.")


def put_model_package_group_policy(self: SageMakerResponse) -> ActionResult:
    """Sets the group's policy."""
    group = _group(self)
    group.own_policy = self._get_param("ResourcePolicy")
    return ActionResult({"ModelPackageGroupArn": group.arn})


def get_model_package_group_policy(self: SageMakerResponse) -> ActionResult:
    """The group's policy."""
    group = _group_with_policy(self)
    return ActionResult({"ResourcePolicy": group.own_policy})


def delete_model_package_group_policy(self: SageMakerResponse) -> ActionResult:
    """Takes the group's policy away."""
    del _group_with_policy(self).own_policy
    return EmptyResult()


def load_pipeline_definition_from_s3(place: Mapping[str, str], account_id: str, partition: str) -> str:
    """The text of a pipeline's definition; moto keeps Python's text of the parsed JSON."""
    where = Location(bucket=place["Bucket"], key=place["ObjectKey"], version=place.get("VersionId"))
    try:
        text = content(where).decode()
        json.loads(text)
    except (LookupError, ValueError) as error:
        raise ValidationError(f"Unable to read the pipeline definition in {where.bucket}: {error}") from None
    return text


def _group(response: SageMakerResponse) -> Any:
    name = response._get_param("ModelPackageGroupName").rsplit("/", 1)[-1]
    return response.sagemaker_backend.describe_model_package_group(name)


def _group_with_policy(response: SageMakerResponse) -> Any:
    group = _group(response)
    if not hasattr(group, "own_policy"):
        raise ValidationError(f"Cannot find resource policy for: {group.arn}.")
    return group
