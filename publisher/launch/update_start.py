"""Starts an update of a launch, as it was prepared, where nobody has changed the launch meanwhile."""

from __future__ import annotations

from typing import Any

from publisher.aws.calls import ClientError, aws_errors, error_code, token
from publisher.aws.clients import Aws
from publisher.aws.stack_events import StackEvents
from publisher.documents import canonical_json
from publisher.errors import Refused, command
from publisher.launch.progress import Operation, record_state
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.update import PreparedUpdate


class ChangedError(Refused):
    """Somebody has begun another operation on a launch since it was read; `record` is of it, or empty."""

    def __init__(self, name: str, record: str) -> None:
        done = "changed" if record else "terminated"
        super().__init__(
            f"{name}: somebody has {done} it since the update was prepared", hint="run the command again"
        )
        self.record = record


def start_update(aws: Aws, prepared: PreparedUpdate, *, rollout: str = "") -> Operation:
    """Starts the update. The same rollout of the same launch starts once.

    Raises ChangedError where it would not be what was shown, AwsError.
    """
    provisioned = prepared.provisioned
    _check_unchanged(aws, provisioned)
    subject = prepared.request.path if prepared.request else provisioned.name
    # Earlier events are not of this operation.
    events = StackEvents(aws, provisioned.stack)
    events.new()
    arguments = update_arguments(prepared)
    place = f"{aws.account_id}/{aws.region}"
    parts = (place, provisioned.last_record_id, rollout or canonical_json(arguments))
    with aws_errors(f"{provisioned.name}: cannot update {provisioned} to {prepared.version.name}"):
        record = aws.client("servicecatalog").update_provisioned_product(
            ProvisionedProductId=provisioned.id,
            ProductId=provisioned.product_id,
            **arguments,
            UpdateToken=token("UpdateProvisionedProduct", provisioned.id, *parts),
        )["RecordDetail"]
    return Operation(
        state=record_state(aws, record["RecordId"]),
        record_id=record["RecordId"],
        name=provisioned.name,
        doing="update",
        stack=provisioned.stack,
        again=f"run {command('update', subject)} again" if prepared.request else "update it again",
        launch_role=(record.get("LaunchRoleArn") or provisioned.launch_role).rpartition("/")[2],
        status_command=command("outputs", subject),
        events=events,
    )


def update_arguments(prepared: PreparedUpdate) -> dict[str, Any]:
    """What an update and a plan of it have in common. Parameters left out would get their defaults."""
    parameters: list[dict[str, Any]] = [
        {"Key": name, "Value": value} for name, value in sorted(prepared.sent.items())
    ]
    parameters += [{"Key": name, "UsePreviousValue": True} for name in prepared.kept]
    arguments: dict[str, Any] = {
        "ProvisioningArtifactId": prepared.version.id,
        "PathId": prepared.path.id,
        "ProvisioningParameters": parameters,
    }
    if prepared.all_tags:
        arguments["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(prepared.all_tags.items())]
    return arguments


def _check_unchanged(aws: Aws, provisioned: ProvisionedProduct) -> None:
    """Service Catalog itself has no condition for this, so that a moment is left."""
    with aws_errors(f"{provisioned.name}: cannot look up the launch"):
        try:
            answer = aws.client("servicecatalog").describe_provisioned_product(Id=provisioned.id)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            raise ChangedError(provisioned.name, "") from error
    record = answer["ProvisionedProductDetail"].get("LastRecordId") or ""
    if record != provisioned.last_record_id:
        raise ChangedError(provisioned.name, record)
