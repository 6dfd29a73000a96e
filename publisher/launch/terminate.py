"""Terminates a launch; refuses to delete what was not explicitly allowed."""

from __future__ import annotations

from publisher.aws.calls import aws_errors, token
from publisher.aws.clients import Aws
from publisher.aws.stack_events import StackEvents
from publisher.errors import Refused, command
from publisher.launch.launch_contents import Contents
from publisher.launch.progress import Operation, record_state
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import LaunchRequest


def request_of(aws: Aws, provisioned: ProvisionedProduct) -> LaunchRequest:
    """The request of a launch that is given by name, in the caller's account and Region: any that he sees."""
    return LaunchRequest(
        name=provisioned.name,
        config=provisioned.config,
        path=provisioned.name,
        product=provisioned.product,
        account_id=aws.account_id,
        region=aws.region,
        parameters={},
        tags={},
        sagemaker_project=provisioned.door,
    )


def check_terminable(request: LaunchRequest, provisioned: ProvisionedProduct) -> None:
    """Refuses what is in progress, and what was launched from another config."""
    if provisioned.config and provisioned.config != request.config:
        raise Refused(
            f"{request.name}: launched from config '{provisioned.config}', not from {request.path}: "
            f"{provisioned}",
            hint=f"run {command('terminate', request.name)} to delete it by its name",
        )
    if not provisioned.config and provisioned.product not in (request.product, request.display_name):
        raise Refused(
            f"{request.name}: launched without a config, and not the product of {request.path}: "
            f"{provisioned}",
            hint=f"run {command('terminate', request.name)} to delete it by its name",
        )
    if provisioned.status == "UNDER_CHANGE":
        raise Refused(
            f"{request.name}: an operation is in progress",
            hint=f"run {command('outputs', request.path, '--watch')} to wait until it has finished",
        )


def refusal(request: LaunchRequest, contents: Contents, *, force: bool, empty: bool) -> Refused | None:
    """Why this may not be deleted: force, or empty, is required."""
    fixed = [it for it in contents.made_later if it.fixed]
    if force and empty and fixed:
        named = ", ".join(f"{it.name} ({it.detail})" if it.detail else it.name for it in fixed)
        return Refused(
            f"{request.name}: EC2 instances use its security group: {named}",
            hint="terminate them or take them out of the group, then run the command again",
        )
    obstacles = contents.obstacles
    if force and (empty or not obstacles):
        return None
    also = ("--empty",) if obstacles else ()
    proposed = command("terminate", request.path, "--force", *also)
    if not force:
        return Refused(f"{request.name}: --force is required to delete all this", hint=f"run {proposed}")
    hint = f"run {proposed} to delete {'the contents' if contents.not_empty else 'these'} too"
    return Refused(f"{request.name}: {'; '.join(obstacles)}", hint=hint)


def terminate(aws: Aws, request: LaunchRequest, provisioned: ProvisionedProduct) -> Operation:
    """Starts the termination. Raises AwsError."""
    # By ARN: a deleted stack is not found by its name. Earlier events are not of this operation.
    events = StackEvents(aws, provisioned.stack)
    events.new()
    with aws_errors(f"{request.name}: cannot terminate {provisioned}"):
        record = aws.client("servicecatalog").terminate_provisioned_product(
            ProvisionedProductId=provisioned.id,
            TerminateToken=token(
                "TerminateProvisionedProduct",
                f"{aws.account_id}/{aws.region}",
                provisioned.id,
                provisioned.last_record_id,
            ),
        )["RecordDetail"]
    return Operation(
        state=record_state(aws, record["RecordId"]),
        record_id=record["RecordId"],
        name=request.name,
        doing="termination",
        stack=provisioned.stack,
        again=f"run {command('terminate', request.path, '--force')} again",
        launch_role=provisioned.launch_role,
        status_command=command("outputs", request.path),
        events=events,
    )
