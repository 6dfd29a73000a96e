"""Provisions a product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.aws.calls import aws_errors, token
from publisher.aws.clients import Aws
from publisher.aws.stack_events import StackEvents
from publisher.documents import canonical_json
from publisher.errors import AwsError, Refused, command
from publisher.launch.preflight import PreparedLaunch
from publisher.launch.progress import FINAL, Operation, record_state
from publisher.launch.provisioned import widest
from publisher.launch.selection import launch_paths

_REPLAYS = 20


def provision(aws: Aws, launch: PreparedLaunch) -> Operation:
    """Starts the launch. Raises Refused, AwsError."""
    request = launch.request
    try:
        with aws_errors(
            f"{request.name}: cannot launch {request.product} {launch.version.name}",
            hint=f"fix {request.path}, or create what it refers to, then launch again",
        ):
            record = _provision(aws, launch)
    except AwsError as error:
        if error.aws_code == "DuplicateResourceException":
            raise Refused(
                f"{request.name}: another user's launch already uses this name in "
                f"{aws.account_id}/{aws.region}",
                hint=f"change {request.name_fields} in the config",
            ) from error
        if error.aws_code == "InvalidParametersException" and _is_stale(aws, launch):
            raise Refused(
                f"{request.name}: the launch path {launch.path.id} through portfolio "
                f"'{launch.path.name}' no longer exists",
                hint="the product was put in its portfolio again; run the command again",
            ) from error
        raise
    stack = f"SC-{aws.account_id}-{record['ProvisionedProductId']}"
    return Operation(
        state=record_state(aws, record["RecordId"]),
        record_id=record["RecordId"],
        name=request.name,
        doing="launch",
        stack=stack,
        again=f"run {command('terminate', request.path, '--force')} to remove what is left and launch again",
        launch_role=(record.get("LaunchRoleArn") or request.role).rpartition("/")[2],
        status_command=command("outputs", request.path),
        events=StackEvents(aws, stack),
    )


def _is_stale(aws: Aws, launch: PreparedLaunch) -> bool:
    """Whether the product has lost the path: https://github.com/hashicorp/terraform-provider-aws/issues/31705."""
    with aws_errors(f"{launch.request.name}: cannot read the launch paths"):
        answer = aws.client("servicecatalog").describe_product(Id=launch.product_id)
    return all(path.id != launch.path.id for path in launch_paths(answer))


def _provision(aws: Aws, launch: PreparedLaunch) -> Mapping[str, Any]:
    """A token that was used before answers an old record, of a launch that is gone: the name is free.

    The last record is part of the token, so that record goes into the next one.
    """
    client = aws.client("servicecatalog")
    last_record = _last_record(client, launch.product_id)
    for _ in range(_REPLAYS):
        answer = client.provision_product(**_arguments(aws, launch, last_record))
        record: Mapping[str, Any] = answer["RecordDetail"]
        if record["Status"] not in FINAL:
            return record
        last_record = record["RecordId"]
    raise AwsError(
        f"{launch.request.name}: Service Catalog answers with records of past launches, last {last_record}",
        hint="change a tag in the config to make it a new request",
    )


def _last_record(client: Any, product_id: str) -> str:
    """The id of the latest record of the product's launches that the caller sees.

    The first page is enough: `provision` meets an older termination by its own record.
    """

    def read(level: Mapping[str, str]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = client.list_record_history(
            AccessLevelFilter=level, SearchFilter={"Key": "product", "Value": product_id}, PageSize=20
        )["RecordDetails"]
        return found

    with aws_errors(f"{product_id}: cannot read the history of its launches"):
        records = widest(read) or []
    latest = max(records, key=lambda it: (it["CreatedTime"], it["RecordId"]), default=None)
    return str(latest["RecordId"]) if latest else ""


def _arguments(aws: Aws, launch: PreparedLaunch, last_record: str) -> dict[str, Any]:
    request = launch.request
    arguments = {
        "ProductId": launch.product_id,
        "ProvisioningArtifactId": launch.version.id,
        "PathId": launch.path.id,
        "ProvisionedProductName": request.name,
        "ProvisioningParameters": [
            {"Key": key, "Value": value} for key, value in sorted(request.parameters.items())
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(request.all_tags.items())],
    }
    place = f"{aws.account_id}/{aws.region}"
    return arguments | {
        "ProvisionToken": token("ProvisionProduct", place, canonical_json(arguments), last_record)
    }
