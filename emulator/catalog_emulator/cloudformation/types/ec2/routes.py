"""Route tables, their routes and their subnets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-routetable.html
"""

from __future__ import annotations

from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.ec2.tagged import Ec2

DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


class RouteTable(Ec2):
    """AWS::EC2::RouteTable: Ref is the id."""

    type_name = "AWS::EC2::RouteTable"
    kind, describe, rows, id_name = "route-table", "describe_route_tables", "RouteTables", "RouteTableId"

    def create(self, context: Context, properties: Properties) -> Made:
        """The table, with its local route."""
        tags = self.specification(context, properties)
        table = self.call(context, "create_route_table", properties, TagSpecifications=tags)["RouteTable"]
        return _made(table["RouteTableId"])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Tags."""
        self.retag(context, physical_id, after)
        return _made(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The table."""
        self.call(context, "delete_route_table", {"RouteTableId": physical_id})


class Route(Ec2):
    """AWS::EC2::Route: Ref is `table|destination`."""

    type_name = "AWS::EC2::Route"
    describe, rows, id_name = "describe_route_tables", "RouteTables", "RouteTableId"

    def create(self, context: Context, properties: Properties) -> Made:
        """The route."""
        self.call(context, "create_route", properties)
        destination = _destination(properties)
        return Made(
            physical_id=f"{properties['RouteTableId']}|{destination}", attributes={"CidrBlock": destination}
        )

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Another target for the same destination."""
        self.call(context, "replace_route", after)
        return Made(physical_id=physical_id, attributes={"CidrBlock": _destination(after)})

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The route."""
        self.call(context, "delete_route", properties)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The route of that destination."""
        table = self.row(context, properties["RouteTableId"])
        for route in (table or {}).get("Routes", []):
            if _destination(properties) in (route.get(name) for name in DESTINATIONS):
                return {
                    "RouteTableId": properties["RouteTableId"],
                    **{key: route.get(key) for key in properties if key != "RouteTableId"},
                }
        return None


class SubnetRouteTableAssociation(Ec2):
    """AWS::EC2::SubnetRouteTableAssociation: Ref is the association's id."""

    type_name = "AWS::EC2::SubnetRouteTableAssociation"

    def create(self, context: Context, properties: Properties) -> Made:
        """Associates the table with the subnet."""
        association = self.call(context, "associate_route_table", properties)["AssociationId"]
        return Made(physical_id=association, attributes={"Id": association})

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Nothing of it can change in place."""
        return Made(physical_id=physical_id, attributes={"Id": physical_id})

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Back to the VPC's main table."""
        self.call(context, "disassociate_route_table", {"AssociationId": physical_id})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The table that the subnet has."""
        filters = [{"Name": "association.subnet-id", "Values": [properties["SubnetId"]]}]
        tables = self.call(context, "describe_route_tables", {"Filters": filters})["RouteTables"]
        if not tables:
            return None
        return {"SubnetId": properties["SubnetId"], "RouteTableId": tables[0]["RouteTableId"]}


def _destination(properties: Properties) -> str:
    return next(str(properties[name]) for name in DESTINATIONS if properties.get(name))


def _made(table_id: str) -> Made:
    return Made(physical_id=table_id, attributes={"RouteTableId": table_id})
