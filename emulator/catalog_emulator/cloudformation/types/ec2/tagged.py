"""What the EC2 types share: one id for all calls, tags given at creation, `Describe…` by ids."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.types.managed import Managed, code
from catalog_emulator.cloudformation.types.tags import declared_tags, pairs, wanted


class Ec2(Managed):
    """An EC2 resource: `kind` in tag specifications, `describe` its call, `id_name` the member of its id."""

    service = "ec2"
    kind: str
    describe: str
    rows: str
    id_name: str

    def specification(self, context: Context, properties: Properties) -> list[dict[str, Any]] | None:
        """TagSpecifications for the creating call."""
        tags = wanted(context, properties)
        return [{"ResourceType": self.kind, "Tags": pairs(tags)}] if tags else None

    def row(self, context: Context, physical_id: str) -> dict[str, Any] | None:
        """The resource as Describe shows it, or None."""
        try:
            answer = self.call(context, self.describe, {f"{self.id_name}s": [physical_id]})
        except ClientError as error:
            if not absent(error):
                raise
            return None
        return next(iter(answer[self.rows]), None)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deletes it; EC2 has a NotFound code for each kind."""
        try:
            self.remove(context, physical_id, properties)
        except ClientError as error:
            if not absent(error):
                raise

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The members of Describe that are properties, and tags."""
        row = self.row(context, physical_id)
        if row is None:
            return None
        declared = declared_tags(properties)
        tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}
        own = {key: tags[key] for key in tags if key in declared or context.tags.get(key) != tags[key]}
        return {**{name: row.get(name) for name in properties if name in row}, "Tags": pairs(own)}

    def retag(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Brings the tags to those of stack and template."""
        filters = [{"Name": "resource-id", "Values": [physical_id]}]
        rows = self.call(context, "describe_tags", {"Filters": filters})["Tags"]
        tags = wanted(context, properties)
        surplus = [row["Key"] for row in rows if row["Key"] not in tags and not row["Key"].startswith("aws:")]
        if surplus:
            request = {"Resources": [physical_id], "Tags": [{"Key": key} for key in surplus]}
            self.call(context, "delete_tags", request)
        if tags:
            self.call(context, "create_tags", {"Resources": [physical_id], "Tags": pairs(tags)})


def absent(error: ClientError) -> bool:
    """Whether EC2 says that there is no such thing."""
    return ".NotFound" in code(error) or code(error).endswith("NotFound")
