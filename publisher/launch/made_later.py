"""What a launch's own pipelines made after it: SageMaker's pipelines, models and their endpoints.

They are found by the execution role that they use, which is the launch's own, whatever their names are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from publisher.aws.calls import DENIED, aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.errors import PublisherError, counted
from publisher.stopping import Pool

Kind = Literal["SageMaker pipeline", "endpoint", "endpoint configuration", "model", "network interface"]

# SageMaker refuses to delete an endpoint that it works on.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
_CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
# And a pipeline that runs.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeletePipeline.html
_RUNNING = frozenset({"Executing", "Stopping"})
_GONE = frozenset({"ValidationException", "ResourceNotFound", "InvalidNetworkInterfaceID.NotFound"})
_DELETE: Mapping[Kind, tuple[str, str]] = {
    "SageMaker pipeline": ("delete_pipeline", "PipelineName"),
    "endpoint": ("delete_endpoint", "EndpointName"),
    "endpoint configuration": ("delete_endpoint_config", "EndpointConfigName"),
    "model": ("delete_model", "ModelName"),
}
_SHOWN = 5
_SECONDS = 45 * 60
_PAUSE = 15.0


@dataclass(frozen=True, kw_only=True)
class MadeLater:
    """One of these. `detail` is an endpoint's status, or what a network interface says of itself.

    An interface is `fixed` if it is that of an EC2 instance, which has to go first.
    """

    kind: Kind
    name: str
    detail: str = ""
    fixed: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.detail}" if self.kind == "endpoint" else self.name


def in_words(made: Iterable[MadeLater]) -> Iterator[str]:
    """A text for each kind: `2 models (a, b)`; of many the first few are named."""
    for kind, these in groupby(made, key=lambda it: it.kind):
        names = [str(it) for it in these]
        shown = (*names[:_SHOWN], "…") if len(names) > _SHOWN else names
        yield f"{counted(len(names), kind)} ({', '.join(shown)})"


def made_by(aws: Aws, role_arn: str, *, since: datetime) -> list[MadeLater]:
    """What uses an execution role, made since then, in the order of deletion. Only reads. Raises AwsError."""
    client = aws.client("sagemaker")

    def described(
        kind: str, uses: Callable[[Mapping[str, Any]], bool]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Those that use it, by name: lists of models and the like do not say what they use."""
        listed = {it[f"{kind}Name"]: it for it in _listed(client, kind, CreationTimeAfter=since)}
        describe = getattr(client, f"describe_{_snake(kind)}")
        answers = pool.map(lambda name: _answer(describe, **{f"{kind}Name": name}), listed)
        for name, answer in zip(listed, answers, strict=True):
            if uses(answer):
                yield name, listed[name]

    with aws_errors(f"{role_arn}: cannot list what was made with this role"), Pool() as pool:
        pipelines = [
            it["PipelineName"]
            for it in _listed(client, "Pipeline", CreatedAfter=since)
            if it.get("RoleArn") == role_arn
        ]
        models = {name for name, _ in described("Model", lambda it: it.get("ExecutionRoleArn") == role_arn)}
        # Most launches have none, and accounts may have many of others.
        configs = (
            {name for name, _ in described("EndpointConfig", lambda it: not models.isdisjoint(_models(it)))}
            if models
            else set()
        )
        endpoints = (
            {
                name: it["EndpointStatus"]
                for name, it in described("Endpoint", lambda it: it.get("EndpointConfigName") in configs)
            }
            if configs
            else {}
        )
    return [
        *(MadeLater(kind="SageMaker pipeline", name=name) for name in sorted(pipelines)),
        *(MadeLater(kind="endpoint", name=name, detail=endpoints[name]) for name in sorted(endpoints)),
        *(MadeLater(kind="endpoint configuration", name=name) for name in sorted(configs)),
        *(MadeLater(kind="model", name=name) for name in sorted(models)),
    ]


def _models(config: Mapping[str, Any]) -> Iterator[str]:
    for variant in (*config.get("ProductionVariants", ()), *config.get("ShadowProductionVariants", ())):
        yield variant.get("ModelName", "")


def interfaces_in(aws: Aws, groups: Sequence[str], endpoints: Sequence[str]) -> list[MadeLater]:
    """Network interfaces in a launch's security groups, but for those of its VPC endpoints.

    Nothing where the caller may not read them. Raises AwsError.
    """
    if not groups:
        return []
    client = aws.client("ec2")
    own: set[str] = set()

    def read() -> list[Mapping[str, Any]]:
        if endpoints:
            described = client.describe_vpc_endpoints(VpcEndpointIds=list(endpoints))["VpcEndpoints"]
            own.update(id_ for it in described for id_ in it.get("NetworkInterfaceIds", ()))
        filters = [{"Name": "group-id", "Values": list(groups)}]
        pages = client.get_paginator("describe_network_interfaces").paginate(Filters=filters)
        return [it for page in pages for it in page["NetworkInterfaces"]]

    with aws_errors(f"{', '.join(groups)}: cannot list the network interfaces"):
        found = or_none(read, *DENIED) or []
    return [
        MadeLater(
            kind="network interface",
            name=it["NetworkInterfaceId"],
            detail=it.get("Description", ""),
            fixed=bool(it.get("Attachment", {}).get("InstanceId")),
        )
        for it in sorted(found, key=lambda it: str(it["NetworkInterfaceId"]))
        if it["NetworkInterfaceId"] not in own
    ]


def delete(aws: Aws, made: Sequence[MadeLater], *, clock: Clock, report: Callable[[str], None]) -> None:
    """Deletes these, all of one kind, and waits until they are gone. Raises PublisherError.

    Before, it waits while SageMaker works on an endpoint. Network interfaces only go with their endpoints.
    """
    kind = made[0].kind
    if kind == "network interface":
        _await(made, _interface, aws, clock=clock, report=report)
        return
    if kind == "SageMaker pipeline":
        _await(made, _stopped, aws, clock=clock, report=report)
    if kind == "endpoint":
        _await(made, _status, aws, clock=clock, report=report, ends=lambda it: it not in _CHANGING)
    operation, name = _DELETE[kind]
    for one in made:
        report(f"deleting {kind} {one.name}")
        with aws_errors(f"{one.name}: cannot delete the {kind}"):
            _answer(getattr(aws.client("sagemaker"), operation), **{name: one.name})
    if kind == "endpoint":
        _await(made, _status, aws, clock=clock, report=report)


def _await(
    made: Sequence[MadeLater],
    read: Callable[[Aws, str], str],
    aws: Aws,
    *,
    clock: Clock,
    report: Callable[[str], None],
    ends: Callable[[str], bool] = lambda status: not status,
) -> None:
    """Waits until the status of each is an end, by default that it is gone, which is an empty text."""
    waiting: dict[str, str] = {}

    def ended() -> bool | None:
        before = dict(waiting)
        waiting.clear()
        waiting.update({it.name: status for it in made if not ends(status := read(aws, it.name))})
        for name, status in waiting.items():
            if before.get(name) != status:
                report(f"waiting for {made[0].kind} {name}: {status}")
        return None if waiting else True

    if not poll(ended, clock=clock, seconds=_SECONDS, longest_pause=_PAUSE):
        left = ", ".join(f"{name} ({status})" for name, status in waiting.items())
        raise PublisherError(
            f"{left}: the {made[0].kind} is still there after {_SECONDS // 60} minutes",
            hint="find out what uses it, then run the command again",
        )


def _stopped(aws: Aws, pipeline: str) -> str:
    """Asks what it runs to stop; empty when nothing runs."""
    client = aws.client("sagemaker")

    def read() -> dict[str, str]:
        found = client.get_paginator("list_pipeline_executions").paginate(PipelineName=pipeline)
        return {
            it["PipelineExecutionArn"]: it["PipelineExecutionStatus"]
            for page in found
            for it in page["PipelineExecutionSummaries"]
            if it.get("PipelineExecutionStatus") in _RUNNING
        }

    with aws_errors(f"{pipeline}: cannot stop the pipeline"):
        # Without this permission SageMaker refuses to delete a pipeline that runs.
        running = or_none(read, *_GONE, *DENIED) or {}
        for arn, status in running.items():
            if status == "Executing":
                client.stop_pipeline_execution(PipelineExecutionArn=arn)
    return "Stopping" if running else ""


def _status(aws: Aws, endpoint: str) -> str:
    with aws_errors(f"{endpoint}: cannot read the status of the endpoint"):
        found = _answer(aws.client("sagemaker").describe_endpoint, EndpointName=endpoint)
    return str(found.get("EndpointStatus", ""))


def _interface(aws: Aws, id_: str) -> str:
    with aws_errors(f"{id_}: cannot read the network interface"):
        found = _answer(aws.client("ec2").describe_network_interfaces, NetworkInterfaceIds=[id_])
    return next((it["Status"] for it in found.get("NetworkInterfaces", ())), "")


def _answer(call: Callable[..., Any], **request: Any) -> Mapping[str, Any]:
    """Of what is gone, an empty answer."""
    return or_none(lambda: call(**request), *_GONE) or {}


def _listed(client: Any, kind: str, **since: datetime) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator(f"list_{_snake(kind)}s").paginate(**since):
        yield from page["PipelineSummaries" if kind == "Pipeline" else f"{kind}s"]


def _snake(kind: str) -> str:
    return "endpoint_config" if kind == "EndpointConfig" else kind.lower()
