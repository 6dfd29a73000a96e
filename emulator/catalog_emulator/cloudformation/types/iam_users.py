"""IAM users. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-user.html"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.iam_holders import Holder
from catalog_emulator.cloudformation.types.managed import changed, code, listed
from catalog_emulator.cloudformation.types.tags import Tagging, pairs, wanted


class User(Holder):
    """AWS::IAM::User: Ref is the name."""

    type_name = "AWS::IAM::User"
    kind, member = "user", "UserName"
    tagging = Tagging(
        service="iam", target="UserName", show="list_user_tags", put="tag_user", drop="untag_user"
    )

    def create(self, context: Context, properties: Properties) -> Made:
        """The user, then groups, password and policies."""
        name = properties.get("UserName") or context.name(64)
        tags = pairs(wanted(context, properties)) or None
        self.call(context, "create_user", properties, UserName=name, Tags=tags)
        with self.undone(context, name, properties):
            self._join(context, name, {}, properties)
            self._password(context, name, {}, properties)
            self.hang(context, name, {}, properties)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Every property but the name can change in place; moto keeps no permissions boundary of a user."""
        user = {"UserName": physical_id}
        if changed(before, after, "Path"):
            self.call(context, "update_user", user, NewPath=after.get("Path", "/"))
        self._join(context, physical_id, before, after)
        self._password(context, physical_id, before, after)
        self.hang(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Groups, password and policies of the template first."""
        self._join(context, physical_id, properties, {})
        self._password(context, physical_id, properties, {})
        super().remove(context, physical_id, properties)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """All but password and permissions boundary."""
        user = self.call(context, "get_user", {"UserName": physical_id})["User"]
        return {
            "UserName": user["UserName"],
            "Path": user["Path"],
            "Groups": self._groups(context, physical_id),
            **self.policies(context, physical_id, properties),
        }

    def _join(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        old, new = (listed(side.get("Groups")) for side in (before, after))
        there = self._groups(context, name) if old else []
        for group in [group for group in old if group not in new and group in there]:
            self.call(context, "remove_user_from_group", {"UserName": name, "GroupName": group})
        for group in [group for group in new if group not in old]:
            self.call(context, "add_user_to_group", {"UserName": name, "GroupName": group})

    def _password(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        old, new = before.get("LoginProfile"), after.get("LoginProfile")
        if old == new:
            return
        if new:
            operation = "update" if old else "create"
            self.call(context, f"{operation}_login_profile", new, UserName=name)
            return
        try:
            self.call(context, "delete_login_profile", {"UserName": name})
        except ClientError as error:
            if code(error) != "NoSuchEntity":
                raise

    def _groups(self, context: Context, name: str) -> list[str]:
        groups = self.call(context, "list_groups_for_user", {"UserName": name})["Groups"]
        return [group["GroupName"] for group in groups]

    def _made(self, context: Context, name: str) -> Made:
        user = self.call(context, "get_user", {"UserName": name})["User"]
        return Made(physical_id=name, attributes={"Arn": user["Arn"]})
