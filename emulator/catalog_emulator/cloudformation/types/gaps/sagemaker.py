"""Changing endpoints and notebooks; deleting model package groups and packages; the groups' policies.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackageGroup.html
"""

from __future__ import annotations

from typing import Any, Final

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

_OF_NOTEBOOKS: Final = {
    "AcceleratorTypes": "accelerator_types",
    "AdditionalCodeRepositories": "additional_code_repositories",
    "DefaultCodeRepository": "default_code_repository",
    "InstanceType": "instance_type",
    "LifecycleConfigName": "lifecycle_config_name",
    "RoleArn": "role_arn",
    "RootAccess": "root_access",
    "VolumeSizeInGB": "volume_size_in_gb",
}


def update_endpoint(self: SageMakerResponse) -> ActionResult:
    """Another configuration, at once."""
    backend, name = self.sagemaker_backend, self._get_param("EndpointName")
    configuration = backend.describe_endpoint_config(self._get_param("EndpointConfigName"))
    backend.describe_endpoint(name)
    endpoint = backend.endpoints[name]
    endpoint.endpoint_config_name = configuration["EndpointConfigName"]
    endpoint.production_variants = endpoint._process_production_variants(configuration["ProductionVariants"])
    endpoint.last_modified_time = utcnow()
    return ActionResult({"EndpointArn": endpoint.arn})


def update_notebook_instance(self: SageMakerResponse) -> ActionResult:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateNotebookInstance.html"""
    name = self._get_param("NotebookInstanceName")
    notebook = self.sagemaker_backend.get_notebook_instance(name)
    if notebook.status not in ("Stopped", "Failed"):
        raise ValidationError(
            f"Status ({notebook.status}) not in ([Stopped, Failed]). Unable to transition to (Updating)"
            f" for Notebook Instance ({notebook.arn})"
        )
    kind = self._get_param("InstanceType")
    if kind is not None:
        notebook.validate_instance_type(kind)
    for parameter, attribute in _OF_NOTEBOOKS.items():
        value = self._get_param(parameter)
        if value is not None:
            setattr(notebook, attribute, value)
        if self._get_param(f"Disassociate{parameter.removesuffix('Name')}"):
            setattr(notebook, attribute, None)
    notebook.last_modified_time = utcnow()
    return EmptyResult()


def update_notebook_instance_lifecycle_config(self: SageMakerResponse) -> ActionResult:
    """Other scripts."""
    name = self._get_param("NotebookInstanceLifecycleConfigName")
    backend = self.sagemaker_backend
    backend.describe_notebook_instance_lifecycle_config(name)
    configuration = backend.notebook_instance_lifecycle_configurations[name]
    configuration.on_create = self._get_param("OnCreate") or []
    configuration.on_start = self._get_param("OnStart") or []
    configuration.last_modified_time = utcnow()
    return EmptyResult()


def delete_model_package_group(self: SageMakerResponse) -> ActionResult:
    """Refused while the group has packages."""
    group = _group(self)
    backend = self.sagemaker_backend
    if any(package.model_package_group_name == group.model_package_group_name for package in _packages(self)):
        raise ValidationError(
            f"Model Package Group {group.arn} cannot be deleted since it still contains Model Packages."
        )
    del backend.model_package_groups[group.model_package_group_name]
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
    group = _group(self)
    if not hasattr(group, "own_policy"):
        raise ValidationError(f"Cannot find resource policy for: {group.arn}.")
    return ActionResult({"ResourcePolicy": group.own_policy})


def delete_model_package_group_policy(self: SageMakerResponse) -> ActionResult:
    """Takes the group's policy away."""
    group = _group(self)
    if not hasattr(group, "own_policy"):
        raise ValidationError(f"Cannot find resource policy for: {group.arn}.")
    del group.own_policy
    return EmptyResult()


def _group(response: SageMakerResponse) -> Any:
    name = response._get_param("ModelPackageGroupName").rsplit("/", 1)[-1]
    return response.sagemaker_backend.describe_model_package_group(name)


def _packages(response: SageMakerResponse) -> list[Any]:
    return list(response.sagemaker_backend.model_packages.values())


CALLS = [
    (
        SageMakerResponse,
        {
            "update_endpoint": update_endpoint,
            "update_notebook_instance": update_notebook_instance,
            "update_notebook_instance_lifecycle_config": update_notebook_instance_lifecycle_config,
            "delete_model_package_group": delete_model_package_group,
            "delete_model_package": delete_model_package,
            "put_model_package_group_policy": put_model_package_group_policy,
            "get_model_package_group_policy": get_model_package_group_policy,
            "delete_model_package_group_policy": delete_model_package_group_policy,
        },
    )
]
