"""What a launch made: its outputs, its SSM parameters, the subscription of its alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.calls import ClientError, aws_errors, is_denied, pages
from publisher.aws.clients import Aws
from publisher.declarations.form import OutputRoles
from publisher.launch.alerts import Alerts, alerts_of
from publisher.launch.provisioned import ProvisionedProduct

# In the place of the value of a SecureString, which is not read.
SECURE = "(SecureString)"


@dataclass(frozen=True, kw_only=True)
class LaunchDetails:
    """A provisioned product with its outputs, SSM values by name, and alerts."""

    provisioned: ProvisionedProduct
    outputs: Mapping[str, str]
    ssm: Mapping[str, str]
    alerts: Alerts

    def document(self) -> dict[str, Any]:
        """The JSON shape of `launch` and `outputs`."""
        provisioned = self.provisioned
        project = {"sagemaker_project": provisioned.project.document} if provisioned.project else {}
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
            **project,
        }


def describe(
    aws: Aws,
    provisioned: ProvisionedProduct,
    *,
    roles: OutputRoles,
    ssm: Iterable[str] = (),
    endpoint: str = "",
) -> LaunchDetails:
    """Reads the details: SSM parameters below the paths `ssm`, and the state of alerts.

    `endpoint` is the alerts' address, where a config names one. Raises AwsError.
    """
    from publisher.launch.sources import source_of

    outputs = source_of(provisioned.door).outputs(aws, provisioned)
    project_id = provisioned.project.id if provisioned.project else ""
    # Nothing has the id of a project in its path where there is none.
    paths = [it.replace("{project_id}", project_id) for it in ssm if project_id or "{project_id}" not in it]
    return LaunchDetails(
        provisioned=provisioned,
        outputs=outputs,
        ssm=dict(sorted(item for path in paths for item in _ssm(aws, path).items())),
        alerts=alerts_of(aws, roles.alerts, outputs, endpoint=endpoint),
    )


def outputs_of(aws: Aws, provisioned: ProvisionedProduct) -> dict[str, str]:
    """The template's outputs of the last operation that succeeded, sorted by name."""
    if not provisioned.has_succeeded:
        return {}
    client = aws.client("servicecatalog")
    with aws_errors(f"{provisioned.name}: cannot read the outputs"):
        try:
            found = list(
                pages(client.get_provisioned_product_outputs, "Outputs", ProvisionedProductId=provisioned.id)
            )
        except ClientError as error:
            if not is_denied(error):
                raise
            # AWSServiceCatalogEndUserFullAccess allows DescribeRecord alone.
            # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceCatalogEndUserFullAccess.html
            found = list(pages(client.describe_record, "RecordOutputs", Id=provisioned.succeeded_record_id))
        outputs = sorted((it["OutputKey"], it.get("OutputValue", "")) for it in found)
    # Service Catalog's own, beside those of the template.
    return {key: value for key, value in outputs if key != "CloudformationStackARN"}


def _ssm(aws: Aws, path: str) -> dict[str, str]:
    with aws_errors(f"{path}: cannot read the SSM parameters"):
        paginator = aws.client("ssm").get_paginator("get_parameters_by_path")
        found = paginator.paginate(Path=path, Recursive=True, WithDecryption=False)
        # What is encrypted is a secret, also as AWS answers it.
        return {
            it["Name"]: SECURE if it["Type"] == "SecureString" else it["Value"]
            for page in found
            for it in page["Parameters"]
        }
