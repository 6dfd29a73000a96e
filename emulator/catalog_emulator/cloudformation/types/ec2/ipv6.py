"""Further address blocks of a VPC, and the way out for IPv6 alone.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpccidrblock.html
"""

from __future__ import annotations

from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types.ec2.tagged import Ec2

_BLOCKS = ("CidrBlock", "Ipv6CidrBlock", "AmazonProvidedIpv6CidrBlock")
_SETS = (("CidrBlockAssociationSet", "CidrBlock"), ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"))


class VpcCidrBlock(Ec2):
    """AWS::EC2::VPCCidrBlock: Ref is the association's id. The VPC has other attributes once it is there."""

    type_name = "AWS::EC2::VPCCidrBlock"
    describe, rows, id_name = "describe_vpcs", "Vpcs", "VpcId"
    touches = ("AWS::EC2::VPC",)

    def create(self, context: Context, properties: Properties) -> Made:
        """Associates the block, which AWS picks for IPv6."""
        if not any(properties.get(name) for name in _BLOCKS):
            raise ResourceFailed(
                "Either CidrBlock or AmazonProvidedIpv6CidrBlock must be provided: there are no pools here"
            )
        answer = self.call(context, "associate_vpc_cidr_block", properties)
        made = answer.get("Ipv6CidrBlockAssociation") or answer["CidrBlockAssociation"]
        return _associated(made["AssociationId"])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Nothing of it changes in place."""
        return _associated(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Takes the block from the VPC."""
        if self.live(context, physical_id, properties) is not None:
            self.call(context, "disassociate_vpc_cidr_block", {"AssociationId": physical_id})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The block in the VPC's lists."""
        vpc = self.row(context, properties["VpcId"]) or {}
        for associations, block in _SETS:
            for one in vpc.get(associations, []):
                state = one[f"{block}State"]["State"]
                if one["AssociationId"] == physical_id and state == "associated":
                    told = {"VpcId": properties["VpcId"]}
                    return told | ({block: one[block]} if block in properties else {})
        return None


class EgressOnlyInternetGateway(Ec2):
    """AWS::EC2::EgressOnlyInternetGateway: Ref is the id."""

    type_name = "AWS::EC2::EgressOnlyInternetGateway"
    kind, describe = "egress-only-internet-gateway", "describe_egress_only_internet_gateways"
    rows, id_name = "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"

    def create(self, context: Context, properties: Properties) -> Made:
        """The gateway, attached to its VPC."""
        tags = self.specification(context, properties)
        answer = self.call(context, "create_egress_only_internet_gateway", properties, TagSpecifications=tags)
        return _identified(answer["EgressOnlyInternetGateway"][self.id_name])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Tags."""
        self.retag(context, physical_id, after)
        return _identified(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The gateway."""
        self.call(context, "delete_egress_only_internet_gateway", {self.id_name: physical_id})

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What it is attached to, and tags."""
        row = self.row(context, physical_id)
        found = super().live(context, physical_id, properties)
        if row is None or found is None:
            return None
        attached = [one["VpcId"] for one in row["Attachments"]]
        return found | {"VpcId": next(iter(attached), None)}


def _identified(gateway_id: str) -> Made:
    return Made(physical_id=gateway_id, attributes={"Id": gateway_id})


def _associated(association_id: str) -> Made:
    told = {"Id": association_id, "IpSource": "amazon", "Ipv6AddressAttribute": "public"}
    return Made(physical_id=association_id, attributes=told)
