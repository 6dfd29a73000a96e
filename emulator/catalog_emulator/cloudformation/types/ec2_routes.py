"""Route tables, their routes and their subnets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-routetable.html
"""

from typing import Any

from moto.ec2.models import ec2_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types.ec2 import Ec2

DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


class Route(Ec2):
    """AWS::EC2::Route: Ref is `table|destination`."""

    kind, id_name = "route-table", "RouteTableId"

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        self._refuse_unattached(context, properties)
        self.call(context, "create_route", properties)
        return self.made(context, f"{properties['RouteTableId']}|{_destination(properties)}")

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self._refuse_unattached(context, after)
        self.call(context, "replace_route", after)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, "delete_route", properties)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        table = self.row(context, properties["RouteTableId"])
        for route in (table or {}).get("Routes", []):
            if _destination(properties) in (route.get(name) for name in DESTINATIONS):
                return {
                    "RouteTableId": properties["RouteTableId"],
                    **{key: route.get(key) for key in properties if key != "RouteTableId"},
                }
        return None

    def _refuse_unattached(self, context: Context, properties: Properties) -> None:
        """A transit gateway that is not attached to the VPC does not exist for its route tables.

        https://github.com/aws/aws-cdk/issues/8584
        """
        gateway = properties.get("TransitGatewayId")
        ec2: Any = ec2_backends[context.account_id][context.region]
        table = ec2.route_tables.get(properties["RouteTableId"])
        if gateway is None or table is None:
            return
        for one in ec2.transit_gateway_attachments.values():
            ids = (one.transit_gateway_id, one.resource_id, one.state)
            if ids == (gateway, table.vpc_id, "available"):
                return
        raise ResourceFailed(
            f"The transitGateway ID '{gateway}' does not exist. (Service: Ec2, Status Code: 400)"
        )

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        return Made(physical_id=physical_id, attributes={"CidrBlock": physical_id.partition("|")[2]})


def _destination(properties: Properties) -> str:
    return next(str(properties[name]) for name in DESTINATIONS if properties.get(name))
