"""Private DNS of an interface endpoint, which moto's ModifyVpcEndpoint does not see; sizes of volumes.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response

_modify = EC2Response.modify_vpc_endpoint
_add = Instance.add_block_device
# Gigabytes of the root volume that moto gives to instances without a mapping.
_SIZE = 8


def modify_vpc_endpoint(self: EC2Response) -> ActionResult:
    """moto's own; then private DNS, if the call has it."""
    result = _modify(self)
    private = self._get_bool_param("PrivateDnsEnabled")
    if private is not None:
        self.ec2_backend.vpc_end_points[self._get_param("VpcEndpointId")].private_dns_enabled = private
    return result


def add_block_device(
    self: Instance, size: int | None, device_path: str, snapshot_id: str | None, *rest: Any, **more: Any
) -> None:
    """moto's own; a mapping of the image's device may leave the size to the image."""
    sized = size or (None if snapshot_id else _SIZE)
    _add(self, sized, device_path, snapshot_id, *rest, **more)  # type: ignore[arg-type]


ADDITIONS: Final[Mapping[type, tuple[Callable[..., Any], ...]]] = {
    EC2Response: (modify_vpc_endpoint,),
    Instance: (add_block_device,),
}
