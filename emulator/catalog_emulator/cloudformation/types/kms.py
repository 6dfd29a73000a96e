"""Keys and aliases. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types.service_type import ServiceType, changed
from catalog_emulator.cloudformation.types.shapes import truth
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags

# "The update request fails", whatever the UpdateReplacePolicy is. With which words is not documented.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
_FIXED = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")
_SHOWN = ("Description", "Enabled", "KeySpec", "KeyUsage", "MultiRegion", "Origin")


class Key(ServiceType):
    """AWS::KMS::Key: Ref is the key id."""

    service = "kms"
    gone = ("NotFoundException",)
    tagging = Tagging(service="kms", target="KeyId", show="list_resource_tags")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        # moto keeps no usage unless the call has one; this is the default.
        usage = properties.get("KeyUsage", "ENCRYPT_DECRYPT")
        policy, tags = properties.get("KeyPolicy"), desired_tags(context, properties) or None
        answer = self.call(context, "create_key", properties, Policy=policy, KeyUsage=usage, Tags=tags)
        key = answer["KeyMetadata"]
        with self.undo_on_failure(context, key["KeyId"], properties):
            self._configure(context, key["KeyId"], {}, properties)
        return self.made(context, key["KeyId"])

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if changed(before, after, *_FIXED):
            raise ResourceFailed(f"Updates of {', '.join(_FIXED)} are not supported")
        key = {"KeyId": physical_id}
        if changed(before, after, "KeyPolicy"):
            self.call(context, "put_key_policy", key, PolicyName="default", Policy=after["KeyPolicy"])
        if changed(before, after, "Description"):
            self.call(context, "update_key_description", key, Description=after.get("Description", ""))
        self._configure(context, physical_id, before, after)
        return super().update(context, physical_id, before, after)

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        arn = self.arn(context, f"key/{physical_id}")
        return Made(physical_id=physical_id, attributes={"Arn": arn, "KeyId": physical_id})

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        window = properties.get("PendingWindowInDays", 30)
        if self._metadata(context, physical_id)["KeyState"] != "PendingDeletion":
            self.call(context, "schedule_key_deletion", {"KeyId": physical_id, "PendingWindowInDays": window})

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        key = {"KeyId": physical_id}
        metadata = self._metadata(context, physical_id)
        if metadata["KeyState"] == "PendingDeletion":
            return None
        rotation = self.call(context, "get_key_rotation_status", key)
        policy = self.call(context, "get_key_policy", key, PolicyName="default")["Policy"]
        return {
            "KeyPolicy": policy,
            "EnableKeyRotation": rotation["KeyRotationEnabled"],
            **{name: metadata.get(name) for name in _SHOWN},
        }

    def _metadata(self, context: Context, key_id: str) -> dict[str, Any]:
        metadata: dict[str, Any] = self.call(context, "describe_key", {"KeyId": key_id})["KeyMetadata"]
        return metadata

    def _configure(self, context: Context, key_id: str, before: Properties, after: Properties) -> None:
        key = {"KeyId": key_id}
        if changed(before, after, "EnableKeyRotation", "RotationPeriodInDays"):
            on = truth(after.get("EnableKeyRotation", False))
            period = {"RotationPeriodInDays": after.get("RotationPeriodInDays")} if on else {}
            self.call(context, f"{'enable' if on else 'disable'}_key_rotation", key, **period)
        if changed(before, after, "Enabled"):
            on = truth(after.get("Enabled", True))
            self.call(context, f"{'enable' if on else 'disable'}_key", key)
