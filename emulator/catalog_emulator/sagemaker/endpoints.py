"""The status of endpoints, and the network interfaces of endpoints and notebook instances in a VPC.

Interfaces stay in their security groups until the endpoint or the instance is deleted.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
"""

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from catalog_emulator.settings import settings

_create = SageMakerModelBackend.create_endpoint
_delete = SageMakerModelBackend.delete_endpoint
_create_notebook = SageMakerModelBackend.create_notebook_instance
_delete_notebook = SageMakerModelBackend.delete_notebook_instance


def create_endpoint(self: Any, **members: Any) -> Any:
    """moto's own; then its interfaces and its status."""
    if members["endpoint_name"] in self.endpoints:
        arn = self.endpoints[members["endpoint_name"]].arn
        raise ValidationError(f'Cannot create already existing endpoint "{arn}".')
    return _placed(self, _create(self, **members))


def update_endpoint(self: SageMakerResponse) -> ActionResult:
    """Another configuration, immediately."""
    backend, name = self.sagemaker_backend, self._get_param("EndpointName")
    configuration = backend.describe_endpoint_config(self._get_param("EndpointConfigName"))
    backend.describe_endpoint(name)
    endpoint = backend.endpoints[name]
    status = "failed" if endpoint.endpoint_status == "Failed" else "in-progress"
    if endpoint.endpoint_status not in ("InService", "OutOfService", "UpdateRollbackFailed"):
        raise ValidationError(f'Cannot update {status} endpoint "{endpoint.arn}".')
    endpoint.endpoint_config_name = configuration["EndpointConfigName"]
    endpoint.production_variants = endpoint._process_production_variants(configuration["ProductionVariants"])
    endpoint.last_modified_time = utcnow()
    return ActionResult({"EndpointArn": _placed(backend, endpoint).arn})


def delete_endpoint(self: Any, endpoint_name: str) -> None:
    """moto's own; its interfaces go with it."""
    endpoint = self.endpoints.get(endpoint_name)
    if endpoint is not None and endpoint.endpoint_status == "SystemUpdating":
        raise ValidationError(f'Cannot delete in-progress endpoint "{endpoint.arn}".')
    _delete(self, endpoint_name)
    _take_interfaces(self, endpoint.arn)


def create_notebook_instance(self: Any, **members: Any) -> Any:
    """moto's own; then its interface."""
    made = _create_notebook(self, **members)
    if made.subnet_id:
        try:
            _give_interfaces(self, made.arn, [made.subnet_id], made.security_group_ids or ())
        except EC2ClientError as error:
            del self.notebook_instances[made.notebook_instance_name]
            raise ValidationError(str(error.message)) from None
    return made


def delete_notebook_instance(self: Any, notebook_instance_name: str) -> None:
    """moto's own; its interface goes with it."""
    arn = self.get_notebook_instance(notebook_instance_name).arn
    _delete_notebook(self, notebook_instance_name)
    _take_interfaces(self, arn)


def _placed(backend: Any, endpoint: Any) -> Any:
    """The endpoint with the status of the settings, and an interface in each subnet of its models."""
    endpoint.endpoint_status, endpoint.failure_reason = settings.endpoint_status, None
    _take_interfaces(backend, endpoint.arn)
    configuration = backend.endpoint_configs[endpoint.endpoint_config_name]
    models = {one.get("ModelName") for one in configuration.production_variants}
    if endpoint.endpoint_status == "Failed":
        endpoint.failure_reason = "The primary container did not pass its health check."
    try:
        for name in sorted(models & {*backend._models}):
            _give_interfaces(backend, endpoint.arn, **backend._models[name].vpc_config)
    except EC2ClientError as error:
        endpoint.endpoint_status, endpoint.failure_reason = "Failed", str(error.message)
    return endpoint


def _give_interfaces(
    backend: Any, arn: str, Subnets: Sequence[str] = (), SecurityGroupIds: Sequence[str] = ()
) -> None:
    ec2: Any = ec2_backends[backend.account_id][backend.region_name]
    for group in SecurityGroupIds:
        if ec2.get_security_group_from_id(group) is None:
            raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    for subnet in [ec2.get_subnet(one) for one in Subnets]:
        made = ec2.create_network_interface(
            subnet, "", group_ids=[*SecurityGroupIds], description=_described(arn)
        )
        made.requester_managed, made.status = True, "in-use"


def _take_interfaces(backend: Any, arn: str) -> None:
    ec2: Any = ec2_backends[backend.account_id][backend.region_name]
    for one in [one for one in ec2.enis.values() if one.description == _described(arn)]:
        del ec2.enis[one.id]


def _described(arn: str) -> str:
    return f"[DO NOT DELETE] ENI managed by SageMaker for {arn}"


BACKEND = (create_endpoint, delete_endpoint, create_notebook_instance, delete_notebook_instance)
