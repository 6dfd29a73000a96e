"""UpdateProject, members that CreateProject ignores, and sources of pipelines, which have no location.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.codebuild import responses
from moto.codebuild.exceptions import ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model, unix_time

NO_LOCATION = ("CODEPIPELINE", "NO_SOURCE")
_create = CodeBuildResponse.create_project
_check_source = responses._validate_required_params_source
_check_artifacts = responses._validate_required_params_artifacts


def _validate_required_params_source(source: dict[str, Any]) -> None:
    """moto's check, which demands a location of everything."""
    _check_source(_placed(source))


def _validate_required_params_artifacts(artifacts: dict[str, Any]) -> None:
    _check_artifacts(_placed(artifacts))


def create_project(self: CodeBuildResponse) -> ActionResult:
    """moto's, then the members that it ignores."""
    result = _create(self)
    project = self.codebuild_backend.codebuild_projects[self._get_param("name")].project_metadata
    # moto makes an ARN of a role's name.
    project.update({**_sent(self), "serviceRole": project["serviceRole"]})
    return result


def update_project(self: CodeBuildResponse) -> ActionResult:
    """Changes the members of the request, and no others."""
    name = self._get_param("name")
    if name not in self.codebuild_backend.codebuild_projects:
        raise ResourceNotFoundException(f"Project cannot be found: {name}")
    held = self.codebuild_backend.codebuild_projects[name]
    held.project_metadata.update(_sent(self))
    held.project_metadata["lastModifiedDate"] = unix_time()
    held.service_role, held.tags = held.project_metadata["serviceRole"], held.project_metadata["tags"]
    return ActionResult({"project": held.project_metadata})


def _sent(response: CodeBuildResponse) -> dict[str, Any]:
    """The members of the request that the service knows."""
    shape: Any = get_service_model("codebuild").operation_model("CreateProject").input_shape
    sent = {name: response._get_param(name) for name in shape.members}
    return {name: value for name, value in sent.items() if value is not None}


def _placed(part: dict[str, Any]) -> dict[str, Any]:
    return {"location": part["type"], **part} if part["type"] in NO_LOCATION else part


ADDITIONS: Final[Mapping[Any, tuple[Callable[..., Any], ...]]] = {
    CodeBuildResponse: (create_project, update_project),
    responses: (_validate_required_params_source, _validate_required_params_artifacts),
}
