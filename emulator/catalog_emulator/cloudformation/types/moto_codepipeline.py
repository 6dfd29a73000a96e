"""CreatePipeline for roles whose trust moto cannot read, executions, and stage transitions.

moto looks for `Principal.Service` as one string in every statement; a list, or a second statement for
accounts, makes it fail. It runs no actions, but calls executions Succeeded: here they are InProgress.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.codepipeline.models import CodePipelineBackend, PipelineExecution
from moto.codepipeline.responses import CodePipelineResponse
from moto.iam.exceptions import NotFoundException

from catalog_emulator.acting import acting
from catalog_emulator.iam.principals import caller_arn

SERVICE = "codepipeline.amazonaws.com"

_iam: Any = CodePipelineBackend.iam_backend
_start = CodePipelineBackend.start_pipeline_execution
_create = CodePipelineResponse.create_pipeline
_shown, _summary = PipelineExecution.to_dict, PipelineExecution.to_summary_dict


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


def create_pipeline(self: CodePipelineResponse) -> str:
    """A new pipeline starts.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/connections-pipelines.html
    """
    made = _create(self)
    name = json.loads(made)["pipeline"]["name"]
    _started(self.codepipeline_backend, name, None, ("CreatePipeline", _caller(self)))
    return made


def start_pipeline_execution(self: CodePipelineResponse) -> str:
    """Started by the caller."""
    name, variables = self._get_param("name"), self._get_param("variables")
    trigger = ("StartPipelineExecution", _caller(self))
    made = _started(self.codepipeline_backend, name, variables, trigger)
    return json.dumps({"pipelineExecutionId": made})


def _started(self: CodePipelineBackend, name: str, variables: Any, trigger: tuple[str, str]) -> str:
    """By this type of trigger, with its detail."""
    made = _start(self, name, variables)
    execution: Any = self.pipelines[name].executions[made]
    execution.status = "InProgress"
    execution.own_trigger = trigger
    return made


def to_dict(self: PipelineExecution) -> dict[str, Any]:
    """With what has started it."""
    return {**_shown(self), "trigger": _trigger(self)}


def to_summary_dict(self: PipelineExecution) -> dict[str, Any]:
    """With what has started it."""
    return {**_summary(self), "trigger": _trigger(self)}


def _trigger(execution: Any) -> dict[str, str]:
    # Those of older states have none.
    kind, detail = getattr(execution, "own_trigger", ("StartPipelineExecution", ""))
    return {"triggerType": kind, "triggerDetail": detail}


def _caller(response: CodePipelineResponse) -> str:
    return caller_arn(acting(response.access_key), response.current_account)


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
_started.__name__ = "start_pipeline_execution"
ADDITIONS: Final[Mapping[type, tuple[Callable[..., Any], ...]]] = {
    CodePipelineBackend: (_started,),
    CodePipelineResponse: (
        *(create_pipeline, start_pipeline_execution),
        *(disable_stage_transition, enable_stage_transition, get_pipeline_state),
    ),
    PipelineExecution: (to_dict, to_summary_dict),
}
