"""Private DNS of an interface endpoint, which moto's ModifyVpcEndpoint does not see.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

_modify = EC2Response.modify_vpc_endpoint


def modify_vpc_endpoint(self: EC2Response) -> ActionResult:
    """moto's own; then private DNS, if the call has it."""
    result = _modify(self)
    wanted = self._get_bool_param("PrivateDnsEnabled")
    if wanted is not None:
        self.ec2_backend.vpc_end_points[self._get_param("VpcEndpointId")].private_dns_enabled = wanted
    return result


CALLS = [(EC2Response, {"modify_vpc_endpoint": modify_vpc_endpoint})]
