"""VPC endpoints. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html"""

from typing import Any

from moto.ec2.models import ec2_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types.ec2 import Ec2
from catalog_emulator.cloudformation.types.service_type import listed
from catalog_emulator.cloudformation.types.shapes import text, truth

LISTS = ("SubnetIds", "RouteTableIds", "SecurityGroupIds")


class VPCEndpoint(Ec2):
    """AWS::EC2::VPCEndpoint: Ref is the id."""

    kind, id_name = "vpc-endpoint", "VpcEndpointId"

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        request = {"VpcEndpointType": "Gateway", **properties}
        interface = request["VpcEndpointType"] == "Interface"
        private = interface and truth(properties.get("PrivateDnsEnabled", False))
        if private:
            self._refuse_second_name(context, properties)
        if not interface:
            self._refuse_second_route(context, properties)
        tags = self.specification(context, properties)
        answer = self.call(
            context, "create_vpc_endpoint", request, PrivateDnsEnabled=private, TagSpecifications=tags
        )
        return self.made(context, answer["VpcEndpoint"]["VpcEndpointId"])

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        request: dict[str, Any] = {
            "VpcEndpointId": physical_id,
            "PolicyDocument": after.get("PolicyDocument"),
        }
        if before.get("PrivateDnsEnabled") != after.get("PrivateDnsEnabled"):
            request["PrivateDnsEnabled"] = truth(after.get("PrivateDnsEnabled", False))
            if request["PrivateDnsEnabled"]:
                self._refuse_second_name(context, after, except_id=physical_id)
        for name in LISTS:
            old, new = listed(before.get(name)), listed(after.get(name))
            request[f"Add{name}"] = [item for item in new if item not in old] or None
            request[f"Remove{name}"] = [item for item in old if item not in new] or None
        self.call(context, "modify_vpc_endpoint", request)
        return super().update(context, physical_id, before, after)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, "delete_vpc_endpoints", {"VpcEndpointIds": [physical_id]})
        # moto shows a deleted endpoint for ever, AWS for some minutes.
        ec2_backends[context.account_id][context.region].vpc_end_points.pop(physical_id, None)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        row = self.row(context, physical_id)
        if row is None or row["State"] == "deleted":
            return None
        live = super().live(context, physical_id, properties) or {}
        live["SecurityGroupIds"] = [group["GroupId"] for group in row.get("Groups", [])]
        return live

    def _refuse_second_name(self, context: Context, properties: Properties, except_id: str = "") -> None:
        """https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html"""
        vpc = properties["VpcId"]
        for attribute in ("enableDnsSupport", "enableDnsHostnames"):
            answer = self.call(context, "describe_vpc_attribute", {"VpcId": vpc, "Attribute": attribute})
            if not answer[attribute[:1].upper() + attribute[1:]]["Value"]:
                raise ResourceFailed(
                    "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC"
                    f" attributes set to true for {vpc} (Service: Ec2, Status Code: 400)"
                )
        for other in self._others(context, properties):
            if other.private_dns_enabled and other.id != except_id:
                service, region = properties["ServiceName"].split(".", 3)[3], context.region
                name = f"{'.'.join(reversed(service.split('.')))}.{region}.amazonaws.com"
                raise ResourceFailed(
                    "private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
                    f" {name} in the VPC {vpc} (Service: Ec2, Status Code: 400)"
                )

    def _refuse_second_route(self, context: Context, properties: Properties) -> None:
        """https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html"""
        for other in self._others(context, properties):
            for table in listed(properties.get("RouteTableIds")):
                if table in (other.route_table_ids or []):
                    raise ResourceFailed(
                        f"route table {table} already has a route with destination-prefix-list-id"
                        f" {_prefix_list(context, properties)} (Service: Ec2, Status Code: 400)"
                    )

    def _others(self, context: Context, properties: Properties) -> list[Any]:
        # moto cannot filter them, and describing all of them is slow.
        endpoints = ec2_backends[context.account_id][context.region].vpc_end_points.values()
        return [
            endpoint
            for endpoint in list(endpoints)
            if endpoint.vpc_id == properties["VpcId"]
            and endpoint.service_name == properties["ServiceName"]
            and endpoint.state != "deleted"
        ]

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        row = self.row(context, physical_id) or {}
        entries = [f"{item.get('HostedZoneId', '')}:{item['DnsName']}" for item in row.get("DnsEntries", [])]
        return Made(
            physical_id=physical_id,
            attributes={
                "Id": physical_id,
                "CreationTimestamp": row["CreationTimestamp"].isoformat(),
                "DnsEntries": entries,
                "NetworkInterfaceIds": list(row.get("NetworkInterfaceIds", [])),
            },
        )


def _prefix_list(context: Context, properties: Properties) -> str:
    lists = context.client("ec2").describe_managed_prefix_lists()["PrefixLists"]
    return next(
        (text(item["PrefixListId"]) for item in lists if item["PrefixListName"] == properties["ServiceName"]),
        "",
    )
