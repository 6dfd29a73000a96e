"""Roles. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.iam import Iam, as_declared, versioned
from catalog_emulator.cloudformation.types.service_type import changed, listed
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags


class Role(Iam):
    """AWS::IAM::Role: Ref is the name; every property but name and path can change in place."""

    tagging = Tagging(
        service="iam", target="RoleName", show="list_role_tags", put="tag_role", drop="untag_role"
    )

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("RoleName") or context.name()
        trust = versioned(properties["AssumeRolePolicyDocument"])
        tags = desired_tags(context, properties)
        self.call(
            context, "create_role", properties, RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags
        )
        with self.undo_on_failure(context, name, properties):
            self._attach(context, name, {}, properties)
        return self.made(context, name)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        role = {"RoleName": physical_id}
        document = versioned(after["AssumeRolePolicyDocument"])
        self.call(context, "update_assume_role_policy", role, PolicyDocument=document)
        duration = after.get("MaxSessionDuration", 3600)
        description = after.get("Description", "")
        self.call(context, "update_role", role, Description=description, MaxSessionDuration=duration)
        if changed(before, after, "PermissionsBoundary"):
            operation = "put" if after.get("PermissionsBoundary") else "delete"
            self.call(context, f"{operation}_role_permissions_boundary", {**after, **role})
        self._attach(context, physical_id, before, after)
        return super().update(context, physical_id, before, after)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """IAM refuses to delete a role with policies: those of the template go first, no others."""
        role = {"RoleName": physical_id}
        for arn in self._attached(context, physical_id):
            if arn in listed(properties.get("ManagedPolicyArns")):
                self.call(context, "detach_role_policy", role, PolicyArn=arn)
        for policy in listed(properties.get("Policies")):
            if policy["PolicyName"] in self._inline(context, physical_id):
                self.call(context, "delete_role_policy", role, PolicyName=policy["PolicyName"])
        self.call(context, "delete_role", role)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        role = self.call(context, "get_role", {"RoleName": physical_id})["Role"]
        trust = as_declared(role["AssumeRolePolicyDocument"], properties["AssumeRolePolicyDocument"])
        inline = self._inline(context, physical_id)
        return {
            **{name: role.get(name) for name in ("RoleName", "Path", "Description", "MaxSessionDuration")},
            "AssumeRolePolicyDocument": trust,
            "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "ManagedPolicyArns": self._attached(context, physical_id),
            "Policies": [
                {**policy, "PolicyDocument": self._document(context, physical_id, policy)}
                for policy in listed(properties.get("Policies"))
                if policy["PolicyName"] in inline
            ],
        }

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        role = self.call(context, "get_role", {"RoleName": physical_id})["Role"]
        return Made(physical_id=physical_id, attributes={"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def _attach(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        role = {"RoleName": name}
        inline = {policy["PolicyName"] for policy in listed(after.get("Policies"))}
        for policy in listed(before.get("Policies")):
            if policy["PolicyName"] not in inline:
                self.call(context, "delete_role_policy", role, PolicyName=policy["PolicyName"])
        for policy in listed(after.get("Policies")):
            self.inline(context, "role", "RoleName", name, policy)
        old, new = (listed(side.get("ManagedPolicyArns")) for side in (before, after))
        for arn in [arn for arn in old if arn not in new]:
            self.call(context, "detach_role_policy", role, PolicyArn=arn)
        for arn in [arn for arn in new if arn not in old]:
            self.call(context, "attach_role_policy", role, PolicyArn=arn)

    def _document(self, context: Context, name: str, policy: Properties) -> Any:
        answer = self.call(context, "get_role_policy", {"RoleName": name, "PolicyName": policy["PolicyName"]})
        return as_declared(answer["PolicyDocument"], policy["PolicyDocument"])

    def _attached(self, context: Context, name: str) -> list[str]:
        answer = self.call(context, "list_attached_role_policies", {"RoleName": name})
        return [policy["PolicyArn"] for policy in answer["AttachedPolicies"]]

    def _inline(self, context: Context, name: str) -> list[str]:
        return list(self.call(context, "list_role_policies", {"RoleName": name})["PolicyNames"])
