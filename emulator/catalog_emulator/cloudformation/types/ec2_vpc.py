"""VPCs, subnets, internet gateways, flow logs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html
"""

from typing import Any

from moto.ec2.models import ec2_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.ec2 import Ec2
from catalog_emulator.cloudformation.types.shapes import truth

DNS = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
LAUNCH = ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation")


class VPC(Ec2):
    """AWS::EC2::VPC: Ref is the id."""

    kind, id_name = "vpc", "VpcId"

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        tags = self.specification(context, properties)
        vpc = self.call(context, "create_vpc", properties, TagSpecifications=tags)["Vpc"]
        self._dns(context, vpc["VpcId"], properties)
        return self.made(context, vpc["VpcId"])

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self._dns(context, physical_id, after)
        return super().update(context, physical_id, before, after)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        super().remove(context, physical_id, properties)
        # The VPC's default list goes with it; moto keeps the list, and refuses to delete it.
        lists = ec2_backends[context.account_id][context.region].network_acls
        for name in [name for name, found in lists.items() if found.vpc_id == physical_id]:
            del lists[name]

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
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

    @override
    def made(self, context: Context, physical_id: str) -> Made:
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

    kind, id_name = "subnet", "SubnetId"

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        tags = self.specification(context, properties)
        subnet = self.call(context, "create_subnet", properties, TagSpecifications=tags)["Subnet"]
        with self.undo_on_failure(context, subnet["SubnetId"], properties):
            self._launch(context, subnet["SubnetId"], {}, properties)
        return self.made(context, subnet["SubnetId"])

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self._launch(context, physical_id, before, after)
        return super().update(context, physical_id, before, after)

    def _launch(self, context: Context, subnet_id: str, before: Properties, after: Properties) -> None:
        for name in LAUNCH:
            if before.get(name) != after.get(name):
                value = {"Value": truth(after.get(name, False))}
                self.call(context, "modify_subnet_attribute", {"SubnetId": subnet_id, name: value})

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        subnet = self.row(context, physical_id) or {}
        here = [{"Name": "association.subnet-id", "Values": [physical_id]}]
        lists = self.call(context, "describe_network_acls", {"Filters": here})["NetworkAcls"]
        associations = [
            item["NetworkAclAssociationId"]
            for acl in lists
            for item in acl["Associations"]
            if item["SubnetId"] == physical_id
        ]
        return Made(
            physical_id=physical_id,
            attributes={
                "SubnetId": physical_id,
                **{name: subnet[name] for name in ("VpcId", "CidrBlock", "AvailabilityZone")},
                "AvailabilityZoneId": subnet.get("AvailabilityZoneId", ""),
                "NetworkAclAssociationId": next(iter(associations), ""),
                "Ipv6CidrBlocks": [
                    item["Ipv6CidrBlock"] for item in subnet.get("Ipv6CidrBlockAssociationSet", [])
                ],
                "OutpostArn": "",
            },
        )


class VPCGatewayAttachment(Ec2):
    """AWS::EC2::VPCGatewayAttachment: Ref is `IGW|vpc`; another gateway takes the place of the first."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        self.call(context, f"attach_{_gateway(properties)}", properties)
        kind = "IGW" if properties.get("InternetGatewayId") else "VGW"
        return Made(physical_id=f"{kind}|{properties['VpcId']}", attributes={"AttachmentType": kind})

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self.delete(context, physical_id, before)
        return self.create(context, after)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        if self.live(context, physical_id, properties) is not None:
            self.call(context, f"detach_{_gateway(properties)}", properties)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        word = "Internet" if "InternetGatewayId" in properties else "Vpn"
        filters = [{"Name": "attachment.vpc-id", "Values": [properties["VpcId"]]}]
        answer = self.call(context, f"describe_{_gateway(properties)}s", {"Filters": filters})
        found, member = answer[f"{word}Gateways"], f"{word}GatewayId"
        return {"VpcId": properties["VpcId"], member: found[0][member]} if found else None


def _gateway(properties: Properties) -> str:
    return "internet_gateway" if properties.get("InternetGatewayId") else "vpn_gateway"
