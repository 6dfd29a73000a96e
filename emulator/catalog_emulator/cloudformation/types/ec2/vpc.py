"""VPCs, subnets, internet gateways.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.ec2.tagged import Ec2
from catalog_emulator.cloudformation.types.shapes import truth

DNS = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
LAUNCH = ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation")


class Vpc(Ec2):
    """AWS::EC2::VPC: Ref is the id."""

    type_name = "AWS::EC2::VPC"
    kind, describe, rows, id_name = "vpc", "describe_vpcs", "Vpcs", "VpcId"

    def create(self, context: Context, properties: Properties) -> Made:
        """The VPC, then its DNS attributes."""
        tags = self.specification(context, properties)
        vpc = self.call(context, "create_vpc", properties, TagSpecifications=tags)["Vpc"]
        self._dns(context, vpc["VpcId"], properties)
        return self.made(context, vpc["VpcId"])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """DNS attributes and tags."""
        self._dns(context, physical_id, after)
        self.retag(context, physical_id, after)
        return self.made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """EC2 refuses while something is in it."""
        self.call(context, "delete_vpc", {"VpcId": physical_id})
        # The list that came with it goes with it; moto keeps it, and lets nobody delete it.
        lists = ec2_backends[context.account_id][context.region].network_acls
        for name in [name for name, found in lists.items() if found.vpc_id == physical_id]:
            del lists[name]

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What DescribeVpcs shows, and DNS."""
        live = super().live(context, physical_id, properties)
        if live is not None:
            live |= {name: self._attribute(context, physical_id, name) for name in DNS if name in properties}
        return live

    def _dns(self, context: Context, vpc_id: str, properties: Properties) -> None:
        for name, default in DNS.items():
            value = {"Value": truth(properties.get(name, default))}
            self.call(context, "modify_vpc_attribute", {"VpcId": vpc_id, name: value})

    def _attribute(self, context: Context, vpc_id: str, name: str) -> bool:
        attribute = name[:1].lower() + name[1:]
        answer = self.call(context, "describe_vpc_attribute", {"VpcId": vpc_id, "Attribute": attribute})
        return bool(answer[name]["Value"])

    def made(self, context: Context, physical_id: str) -> Made:
        """The VPC with the address blocks that it has by now."""
        here = [{"Name": "vpc-id", "Values": [physical_id]}]
        groups = self.call(context, "describe_security_groups", {"Filters": here})["SecurityGroups"]
        lists = self.call(context, "describe_network_acls", {"Filters": here})["NetworkAcls"]
        vpc = self.row(context, physical_id) or {}
        return Made(
            physical_id=physical_id,
            attributes={
                "VpcId": physical_id,
                "CidrBlock": vpc["CidrBlock"],
                "CidrBlockAssociations": [item["AssociationId"] for item in vpc["CidrBlockAssociationSet"]],
                "DefaultNetworkAcl": next((acl["NetworkAclId"] for acl in lists if acl["IsDefault"]), ""),
                "DefaultSecurityGroup": next(
                    (group["GroupId"] for group in groups if group["GroupName"] == "default"), ""
                ),
                "Ipv6CidrBlocks": [
                    item["Ipv6CidrBlock"]
                    for item in vpc.get("Ipv6CidrBlockAssociationSet", [])
                    if item["Ipv6CidrBlockState"]["State"] == "associated"
                ],
            },
        )


class Subnet(Ec2):
    """AWS::EC2::Subnet: Ref is the id."""

    type_name = "AWS::EC2::Subnet"
    kind, describe, rows, id_name = "subnet", "describe_subnets", "Subnets", "SubnetId"

    def create(self, context: Context, properties: Properties) -> Made:
        """The subnet, then what applies to instances launched in it."""
        tags = self.specification(context, properties)
        subnet = self.call(context, "create_subnet", properties, TagSpecifications=tags)["Subnet"]
        with self.undone(context, subnet["SubnetId"], properties):
            self._launch(context, subnet["SubnetId"], {}, properties)
        return self._made(context, subnet["SubnetId"])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Public addresses and tags."""
        self._launch(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The subnet."""
        self.call(context, "delete_subnet", {"SubnetId": physical_id})

    def _launch(self, context: Context, subnet_id: str, before: Properties, after: Properties) -> None:
        for name in LAUNCH:
            if before.get(name) != after.get(name):
                value = {"Value": truth(after.get(name, False))}
                self.call(context, "modify_subnet_attribute", {"SubnetId": subnet_id, name: value})

    def _made(self, context: Context, subnet_id: str) -> Made:
        subnet = self.row(context, subnet_id) or {}
        here = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
        lists = self.call(context, "describe_network_acls", {"Filters": here})["NetworkAcls"]
        associations = [
            item["NetworkAclAssociationId"]
            for acl in lists
            for item in acl["Associations"]
            if item["SubnetId"] == subnet_id
        ]
        return Made(
            physical_id=subnet_id,
            attributes={
                "SubnetId": subnet_id,
                "VpcId": subnet["VpcId"],
                "CidrBlock": subnet["CidrBlock"],
                "AvailabilityZone": subnet["AvailabilityZone"],
                "AvailabilityZoneId": subnet.get("AvailabilityZoneId", ""),
                "NetworkAclAssociationId": next(iter(associations), ""),
                "Ipv6CidrBlocks": [
                    item["Ipv6CidrBlock"] for item in subnet.get("Ipv6CidrBlockAssociationSet", [])
                ],
                "OutpostArn": "",
            },
        )


class InternetGateway(Ec2):
    """AWS::EC2::InternetGateway: Ref is the id."""

    type_name = "AWS::EC2::InternetGateway"
    kind, describe = "internet-gateway", "describe_internet_gateways"
    rows, id_name = "InternetGateways", "InternetGatewayId"

    def create(self, context: Context, properties: Properties) -> Made:
        """The gateway, attached to nothing."""
        tags = self.specification(context, properties)
        answer = self.call(context, "create_internet_gateway", TagSpecifications=tags)
        return _identified(answer["InternetGateway"]["InternetGatewayId"])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Tags."""
        self.retag(context, physical_id, after)
        return _identified(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The gateway."""
        self.call(context, "delete_internet_gateway", {"InternetGatewayId": physical_id})


class VpcGatewayAttachment(Ec2):
    """AWS::EC2::VPCGatewayAttachment: Ref is `IGW|vpc`."""

    type_name = "AWS::EC2::VPCGatewayAttachment"

    def create(self, context: Context, properties: Properties) -> Made:
        """Attaches the gateway."""
        self.call(context, f"attach_{_gateway(properties)}", properties)
        kind = "IGW" if properties.get("InternetGatewayId") else "VGW"
        return Made(physical_id=f"{kind}|{properties['VpcId']}", attributes={"AttachmentType": kind})

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Another gateway in the place of the one that is there."""
        self.delete(context, physical_id, before)
        return self.create(context, after)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Detaches the gateway."""
        if self.live(context, physical_id, properties) is not None:
            self.call(context, f"detach_{_gateway(properties)}", properties)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The gateway that is attached to the VPC."""
        internet = "InternetGatewayId" in properties
        name, member, vpc = (
            ("internet_gateways", "InternetGatewayId", "attachment.vpc-id")
            if internet
            else ("vpn_gateways", "VpnGatewayId", "attachment.vpc-id")
        )
        filters = [{"Name": vpc, "Values": [properties["VpcId"]]}]
        rows = self.call(context, f"describe_{name}", {"Filters": filters})
        found = rows["InternetGateways" if internet else "VpnGateways"]
        return {"VpcId": properties["VpcId"], member: found[0][member]} if found else None


def _gateway(properties: Properties) -> str:
    return "internet_gateway" if properties.get("InternetGatewayId") else "vpn_gateway"


def _identified(gateway_id: str) -> Made:
    return Made(physical_id=gateway_id, attributes={"InternetGatewayId": gateway_id})
