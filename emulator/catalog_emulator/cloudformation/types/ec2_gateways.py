"""Elastic IP addresses, transit gateways and their attachments.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-eip.html
"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.ec2 import Ec2
from catalog_emulator.cloudformation.types.service_type import changed, listed


class EIP(Ec2):
    """AWS::EC2::EIP: Ref is the address; tags are those of its allocation."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        address = self.call(context, "allocate_address", properties, Domain=properties.get("Domain", "vpc"))
        with self.undo_on_failure(context, address["PublicIp"], properties):
            return self.update(context, address["PublicIp"], {}, properties)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if changed(before, after, "InstanceId"):
            request = {"PublicIp": physical_id, "InstanceId": after.get("InstanceId")}
            self.call(
                context, "associate_address" if after.get("InstanceId") else "disassociate_address", request
            )
        return super().update(context, physical_id, before, after)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        address = self.row(context, physical_id)
        if address is not None:
            self.call(context, "release_address", address)

    @override
    def row(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        filters = [{"Name": "public-ip", "Values": [physical_id]}]
        return next(iter(self.call(context, "describe_addresses", {"Filters": filters})["Addresses"]), None)

    @override
    def retag(self, context: Context, physical_id: str, properties: Properties) -> None:
        super().retag(context, (self.row(context, physical_id) or {})["AllocationId"], properties)

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        address = self.row(context, physical_id) or {}
        return Made(
            physical_id=physical_id, attributes={name: address[name] for name in ("AllocationId", "PublicIp")}
        )


class Gateway(Ec2):
    """What is made by a call that answers with it, and has a state."""

    def request(self, properties: Properties) -> dict[str, Any]:
        """The members of the creating call."""
        return dict(properties)

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        answer = self.call(context, f"create_{self._kind()}", self.request(properties))
        row = next(value for value in answer.values() if self.id_name in value)
        with self.undo_on_failure(context, row[self.id_name], properties):
            self.retag(context, row[self.id_name], properties)
        return self.made(context, row[self.id_name])

    @override
    def row(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        row = super().row(context, physical_id)
        return None if row is None or row["State"] in ("deleted", "deleting") else row

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        if self.row(context, physical_id) is not None:
            super().remove(context, physical_id, properties)


class TransitGateway(Gateway):
    """AWS::EC2::TransitGateway: Ref is the id; options are properties."""

    kind, id_name = "transit-gateway", "TransitGatewayId"

    @override
    def request(self, properties: Properties) -> dict[str, Any]:
        return {**properties, "Options": dict(properties)}

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self.call(context, "modify_transit_gateway", {**self.request(after), "TransitGatewayId": physical_id})
        return super().update(context, physical_id, before, after)

    @override
    def row(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        row = super().row(context, physical_id)
        return None if row is None else {**row["Options"], **row}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        row = self.row(context, physical_id) or {}
        attributes = {"Id": physical_id, "TransitGatewayArn": row["TransitGatewayArn"]}
        return Made(physical_id=physical_id, attributes={**attributes, "EncryptionSupportState": "disabled"})


class TransitGatewayVpcAttachment(Gateway):
    """AWS::EC2::TransitGatewayVpcAttachment, and TransitGatewayAttachment: Ref is the id."""

    kind, id_name = "transit-gateway-vpc-attachment", "TransitGatewayAttachmentId"

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        live = {*(self.row(context, physical_id) or {}).get("SubnetIds", ())}
        request = {
            "TransitGatewayAttachmentId": physical_id,
            "AddSubnetIds": sorted(_subnets(after) - live) or None,
            "RemoveSubnetIds": sorted(live - _subnets(after)) or None,
            "Options": after.get("Options"),
        }
        self.call(context, "modify_transit_gateway_vpc_attachment", request)
        return super().update(context, physical_id, before, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        live = super().live(context, physical_id, properties)
        if live is not None and {*live["SubnetIds"]} == _subnets(properties):
            live["SubnetIds"] = properties["SubnetIds"]
        return live

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        return Made(physical_id=physical_id, attributes={"Id": physical_id})


TransitGatewayAttachment = TransitGatewayVpcAttachment


def _subnets(properties: Properties) -> set[str]:
    """The subnets of an attachment after the additions and removals that its template has."""
    added, removed = listed(properties.get("AddSubnetIds")), listed(properties.get("RemoveSubnetIds"))
    return {*properties["SubnetIds"], *added} - {*removed}
