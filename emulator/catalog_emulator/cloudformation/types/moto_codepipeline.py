"""CreatePipeline for roles whose trust moto cannot read, and stage transitions.

moto looks for `Principal.Service` as one string in every statement; a list, or a second statement for
accounts, makes it fail.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.codepipeline.models import CodePipelineBackend
from moto.codepipeline.responses import CodePipelineResponse
from moto.iam.exceptions import NotFoundException

SERVICE = "codepipeline.amazonaws.com"

_iam: Any = CodePipelineBackend.iam_backend


class _Readable:
    """A role whose trust policy is reduced to the one statement that moto reads."""

    assume_role_policy_document = json.dumps({"Statement": [{"Principal": {"Service": SERVICE}}]})


class _Trust:
    """IAM as moto's check calls it, with the trust policy read as IAM reads it."""

    def __init__(self, iam: Any) -> None:
        self._iam = iam

    def get_role_by_arn(self, arn: str) -> _Readable:
        """The role, if it lets CodePipeline assume it."""
        role = self._iam.get_role_by_arn(arn)
        document = json.loads(role.assume_role_policy_document)["Statement"]
        statements = document if isinstance(document, list) else [document]
        if not any(_trusts(statement) for statement in statements):
            raise NotFoundException("")
        return _Readable()


def _trusts(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return statement.get("Effect", "Allow") == "Allow" and SERVICE in (
        services if isinstance(services, list) else [services]
    )


def disable_stage_transition(self: CodePipelineResponse) -> str:
    """Closes a stage."""
    _stage(self)[self._get_param("transitionType")] = self._get_param("reason")
    return ""


def enable_stage_transition(self: CodePipelineResponse) -> str:
    """Opens a stage again."""
    _stage(self).pop(self._get_param("transitionType"), None)
    return ""


def get_pipeline_state(self: CodePipelineResponse) -> str:
    """Stages with their transitions; moto runs no actions, so those have no state."""
    name = self._get_param("name")
    pipeline, metadata = self.codepipeline_backend.get_pipeline(name)
    closed = _closed(self, name)
    stages = [
        {
            "stageName": stage["name"],
            "inboundTransitionState": _transition(closed.get(stage["name"], {})),
            "actionStates": [{"actionName": action["name"]} for action in stage["actions"]],
        }
        for stage in pipeline["stages"]
    ]
    dates = {date: metadata[date] for date in ("created", "updated")}
    state = {"pipelineName": name, "pipelineVersion": pipeline["version"], "stageStates": stages, **dates}
    return json.dumps(state)


def _transition(closed: dict[str, str]) -> dict[str, Any]:
    if "Inbound" in closed:
        return {"enabled": False, "disabledReason": closed["Inbound"]}
    return {"enabled": True}


def _stage(response: CodePipelineResponse) -> dict[str, str]:
    name = response._get_param("pipelineName")
    response.codepipeline_backend.get_pipeline(name)
    stages: dict[str, dict[str, str]] = _closed(response, name)
    return stages.setdefault(response._get_param("stageName"), {})


def _closed(response: CodePipelineResponse, name: str) -> dict[str, dict[str, str]]:
    held: dict[str, dict[str, str]] = response.codepipeline_backend.pipelines[name].__dict__.setdefault(
        "closed", {}
    )
    return held


_backend: Any = CodePipelineBackend
_backend.iam_backend = property(lambda self: _Trust(_iam.fget(self)))
ADDITIONS: Final[Mapping[type, tuple[Callable[..., Any], ...]]] = {
    CodePipelineResponse: (disable_stage_transition, enable_stage_transition, get_pipeline_state)
}
