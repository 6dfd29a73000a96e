"""Starts what SageMaker does with projects: creates, updates and deletes them, by either door.

The calls have no idempotency tokens. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProject.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from publisher.aws.calls import ClientError, aws_errors, error_code, or_none
from publisher.aws.clients import Aws
from publisher.aws.stack_events import StackEvents
from publisher.errors import Refused, command
from publisher.launch.deployed import HIDDEN
from publisher.launch.preflight import PreparedLaunch
from publisher.launch.progress import Operation, State
from publisher.launch.projects import DELETED, NOT_FOUND, find_project, message_of, stack_of
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import PROJECT_PARAMETERS, LaunchRequest
from publisher.launch.s3_templates import deploy_role_arn, url_of
from publisher.launch.update import PreparedUpdate
from publisher.launch.update_start import ChangedError

Verb = Literal["Create", "Update", "Delete"]
# In the order of a project's life.
_NOUNS: Mapping[Verb, str] = {"Create": "launch", "Update": "update", "Delete": "termination"}
_GONE = "somebody has deleted the project meanwhile"
# The name of the template in its project.
_TEMPLATE = "publisher"


def create(aws: Aws, launch: PreparedLaunch) -> Operation:
    """Starts the creation of a project. Raises Refused, AwsError."""
    request = launch.request
    with aws_errors(
        f"{request.name}: cannot create the SageMaker project of {request.product} {launch.version.name}",
        hint=f"fix {request.path}, or create what it refers to, then launch again",
    ):
        try:
            aws.client("sagemaker").create_project(
                ProjectName=request.name, Tags=_listed(request.all_tags), **_source(aws, launch)
            )
        except ClientError as error:
            if error_code(error) not in NOT_FOUND or not _is_ours(aws, request):
                raise
    events = StackEvents(aws, "")
    return _operation(aws, request.name, "Create", events, subject=request.path, launch_role=request.role)


def update(aws: Aws, prepared: PreparedUpdate) -> Operation:
    """Starts an update. Raises ChangedError where it would not be what was shown, AwsError."""
    provisioned = prepared.provisioned
    now = find_project(aws, provisioned.name)
    if now is None or now.last_record_id != provisioned.last_record_id:
        raise ChangedError(provisioned.name, now.last_record_id if now else "")
    subject = prepared.request.path if prepared.request else provisioned.name
    events = _later_events(aws, provisioned)
    what = f"{provisioned.name}: cannot update {provisioned} to {prepared.version.name}"
    with aws_errors(what), _unless_in_progress(provisioned.name):
        aws.client("sagemaker").update_project(ProjectName=provisioned.name, **_change(aws, prepared))
    return _operation(
        aws, provisioned.name, "Update", events, subject=subject, launch_role=provisioned.launch_role
    )


def delete(aws: Aws, request: LaunchRequest, provisioned: ProvisionedProduct) -> Operation:
    """Starts the deletion of a project, with what it made. Raises Refused, AwsError."""
    events = _later_events(aws, provisioned)
    what = f"{request.name}: cannot delete the SageMaker project of {provisioned}"
    with aws_errors(what), _unless_in_progress(provisioned.name):
        aws.client("sagemaker").delete_project(ProjectName=provisioned.name)
    return _operation(
        aws, provisioned.name, "Delete", events, subject=request.path, launch_role=provisioned.launch_role
    )


def under_way(aws: Aws, provisioned: ProvisionedProduct, *, subject: str) -> Operation:
    """The operation that somebody began; `subject` is the launch's config or name in commands."""
    assert provisioned.project is not None
    status = provisioned.project.status
    verb: Verb = next((it for it in _NOUNS if status.startswith(it)), "Create")
    events = StackEvents(aws, provisioned.stack)
    if verb != "Create":
        events.new()
    return _operation(
        aws, provisioned.name, verb, events, subject=subject, launch_role=provisioned.launch_role
    )


def _operation(
    aws: Aws, name: str, verb: Verb, events: StackEvents, *, subject: str, launch_role: str
) -> Operation:
    terminate = command("terminate", subject, "--force")
    again = {
        "Create": f"run {terminate} to remove what is left and launch again",
        "Update": f"run {command('update', subject, '--force')} again",
        "Delete": f"run {terminate} again",
    }
    return Operation(
        state=project_state(aws, name, verb, events),
        name=name,
        doing=_NOUNS[verb],
        stack=f"SageMaker project {name}",
        again=again[verb],
        launch_role=launch_role,
        status_command=command("outputs", subject),
        events=events,
    )


def _later_events(aws: Aws, provisioned: ProvisionedProduct) -> StackEvents:
    """Those of the next operation. By ARN: a deleted stack is not found by its name."""
    events = StackEvents(aws, provisioned.stack)
    events.new()
    return events


def project_state(aws: Aws, name: str, verb: Verb, events: StackEvents) -> Callable[[], State]:
    """Asks for the state of an operation on a project; `events` learn which stack they are of."""
    client = aws.client("sagemaker")

    def state() -> State:
        answer = or_none(lambda: client.describe_project(ProjectName=name), *NOT_FOUND)
        if answer is None:
            # A new one may be seen late.
            status = "Pending" if verb == "Create" else DELETED
            return State(status=status, outcome=_outcome(verb, status), reason=_GONE)
        stack = stack_of(aws, answer)
        events.locate(stack)
        status, outcome = str(answer["ProjectStatus"]), _outcome(verb, str(answer["ProjectStatus"]))
        ends = verb != "Delete" and status.startswith("Delete")
        return State(
            status=status,
            outcome=outcome,
            reason=_GONE if ends else message_of(answer),
            stack=stack if stack.startswith("arn:") else "",
        )

    return state


def _outcome(verb: Verb, status: str) -> Literal["running", "succeeded", "failed"]:
    """That of an operation: the status may still be of an earlier one, or already of a later one."""
    life = [*_NOUNS]
    now = next((it for it in life if status.startswith(it)), verb)
    if life.index(now) > life.index(verb):
        return "failed" if now == "Delete" else "succeeded"
    if now == verb and status.endswith(("Completed", "Failed")):
        return "succeeded" if status.endswith("Completed") else "failed"
    return "running"


def _source(aws: Aws, launch: PreparedLaunch) -> dict[str, Any]:
    """What a project is made from."""
    request, values = launch.request, _listed(launch.request.parameters)
    if request.sagemaker_project == "s3":
        template = {
            "TemplateName": _TEMPLATE,
            "TemplateURL": url_of(aws, launch.version.id),
            "RoleARN": deploy_role_arn(aws, request.product),
            "Parameters": values,
        }
        return {"TemplateProviders": [{"CfnTemplateProvider": template}]}
    details = {
        "ProductId": launch.product_id,
        "ProvisioningArtifactId": launch.version.id,
        "PathId": launch.path.id,
        "ProvisioningParameters": values,
    }
    return {"ServiceCatalogProvisioningDetails": details}


def _change(aws: Aws, prepared: PreparedUpdate) -> dict[str, Any]:
    """SageMaker has no UsePreviousValue, and what it does with parameters left out is not documented."""
    provisioned = prepared.provisioned
    assert provisioned.project is not None
    known = prepared.values[1] if prepared.values else {}
    values = _listed(
        {
            name: value
            for name, value in {**known, **prepared.sent}.items()
            if name not in PROJECT_PARAMETERS and (name in prepared.sent or value != HIDDEN)
        }
    )
    change: dict[str, Any]
    if provisioned.door == "s3":
        template = {
            "TemplateName": provisioned.project.template_name,
            "TemplateURL": url_of(aws, prepared.version.id),
            "Parameters": values,
        }
        change = {"TemplateProvidersToUpdate": [{"CfnTemplateProvider": template}]}
    else:
        details = {"ProvisioningArtifactId": prepared.version.id, "ProvisioningParameters": values}
        change = {"ServiceCatalogProvisioningUpdateDetails": details}
    return change | ({"Tags": _listed(prepared.all_tags)} if prepared.all_tags else {})


def _is_ours(aws: Aws, request: LaunchRequest) -> bool:
    """Whether the project that is in the way is of this config: an earlier reply was lost.

    Preflight has just seen that there was none.
    """
    found = find_project(aws, request.name)
    return found is not None and found.project is not None and found.project.tags == request.all_tags


@contextmanager
def _unless_in_progress(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error_code(error) != "ConflictException":
            raise
        raise Refused(
            f"{name}: an operation is in progress",
            hint=f"run {command('outputs', name, '--watch')} to wait until it has finished",
        ) from error


def _listed(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(values.items())]
