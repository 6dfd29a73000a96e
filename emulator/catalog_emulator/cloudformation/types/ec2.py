"""What the EC2 types share: one id for all calls, tags at creation, `Describe…` by ids."""

from typing import Any, ClassVar

from botocore.exceptions import ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, code
from catalog_emulator.cloudformation.types.tags import EC2_TAGS, desired_tags, pairs, without_stack_tags


class Ec2(ServiceType):
    """An EC2 resource: `kind` names its calls and tag specifications, `id_name` the member of its id."""

    service = "ec2"
    tagging = EC2_TAGS
    kind: ClassVar[str]
    id_name: ClassVar[str]

    def specification(self, context: Context, properties: Properties) -> list[dict[str, Any]] | None:
        tags = desired_tags(context, properties)
        return [{"ResourceType": self.kind, "Tags": pairs(tags)}] if tags else None

    def row(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        try:
            answer = self.call(context, f"describe_{self._kind()}s", {f"{self.id_name}s": [physical_id]})
        except ClientError as error:
            if not self.is_gone(error):
                raise
            return None
        return next((rows[0] for rows in answer.values() if isinstance(rows, list) and rows), None)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, f"delete_{self._kind()}", {self.id_name: physical_id})

    @override
    def is_gone(self, error: ClientError) -> bool:
        # EC2 has a NotFound code for each kind.
        return code(error).endswith("NotFound") or ".NotFound" in code(error)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        row = self.row(context, physical_id)
        if row is None:
            return None
        tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}
        live = {name: row.get(name) for name in properties if name in row}
        return {**live, "Tags": pairs(without_stack_tags(context, properties, tags))}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        return Made(physical_id=physical_id, attributes={self.id_name: physical_id})

    def _kind(self) -> str:
        return self.kind.replace("-", "_")
