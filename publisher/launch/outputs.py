"""What a launch made: its outputs, its SSM parameters, who gets its alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.clients import Aws
from publisher.launch.alerts import Alerts, alerts_of
from publisher.launch.calls import asking, pages
from publisher.launch.provisioned import Provisioned


@dataclass(frozen=True, kw_only=True)
class Report:
    """A launch as it stands. `endpoint` of `alerts` is the address."""

    provisioned: Provisioned
    outputs: Mapping[str, str]
    ssm: Mapping[str, str]
    alerts: Alerts

    def document(self) -> dict[str, Any]:
        """Its JSON shape, that of `launch` and `outputs`."""
        provisioned = self.provisioned
        return {
            "name": provisioned.name,
            "product": provisioned.product,
            "version": provisioned.version,
            "config": provisioned.config,
            "status": provisioned.status,
            "reason": provisioned.reason,
            "stack": provisioned.stack_name,
            "outputs": dict(self.outputs),
            "ssm": dict(self.ssm),
            "alerts": self.alerts.document(),
        }


def report(aws: Aws, provisioned: Provisioned, *, endpoint: str = "") -> Report:
    """Reads it all; `endpoint` is the alerts' address, if a config names one. Raises AwsError."""
    outputs = outputs_of(aws, provisioned)
    return Report(
        provisioned=provisioned,
        outputs=outputs,
        ssm=_ssm(aws, provisioned.name),
        alerts=alerts_of(aws, outputs, endpoint=endpoint),
    )


def outputs_of(aws: Aws, provisioned: Provisioned) -> dict[str, str]:
    """The outputs of the last operation that succeeded, sorted by name."""
    if not provisioned.has_succeeded:
        return {}
    client = aws.client("servicecatalog")
    with asking(f"{provisioned.name}: cannot read the outputs"):
        found = pages(client.get_provisioned_product_outputs, "Outputs", ProvisionedProductId=provisioned.id)
        return {it["OutputKey"]: it.get("OutputValue", "") for it in sorted(found, key=_key)}


def _key(output: Mapping[str, str]) -> str:
    return output["OutputKey"]


def _ssm(aws: Aws, name: str) -> dict[str, str]:
    path = f"/ml/{name}"
    with asking(f"{path}: cannot read the SSM parameters"):
        paginator = aws.client("ssm").get_paginator("get_parameters_by_path")
        found = [
            parameter
            for page in paginator.paginate(Path=path, Recursive=True, WithDecryption=False)
            for parameter in page["Parameters"]
        ]
    return {it["Name"]: it["Value"] for it in sorted(found, key=lambda it: str(it["Name"]))}
