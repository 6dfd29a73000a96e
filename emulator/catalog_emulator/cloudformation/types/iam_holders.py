"""Roles and groups: what policies hang on. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.iam import Iam, as_declared, versioned
from catalog_emulator.cloudformation.types.managed import changed, listed
from catalog_emulator.cloudformation.types.tags import Tagging, wanted


class Holder(Iam):
    """Holds managed and inline policies; `kind` and `member` are how IAM's calls name it."""

    kind: ClassVar[str]
    member: ClassVar[str]

    def hang(self, context: Context, name: str, before: Properties, after: Properties) -> None:
        """Brings its policies from one declaration to another."""
        holder = {self.member: name}
        inline = {policy["PolicyName"] for policy in listed(after.get("Policies"))}
        for policy in listed(before.get("Policies")):
            if policy["PolicyName"] not in inline:
                self.call(context, f"delete_{self.kind}_policy", holder, PolicyName=policy["PolicyName"])
        for policy in listed(after.get("Policies")):
            self.inline(context, self.kind, self.member, name, policy)
        old, new = (listed(side.get("ManagedPolicyArns")) for side in (before, after))
        for arn in [arn for arn in old if arn not in new]:
            self.call(context, f"detach_{self.kind}_policy", holder, PolicyArn=arn)
        for arn in [arn for arn in new if arn not in old]:
            _provide(context, arn)
            self.call(context, f"attach_{self.kind}_policy", holder, PolicyArn=arn)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """IAM refuses to delete a holder with policies: those of the template go first, none else."""
        holder = {self.member: physical_id}
        for arn in self._attached(context, physical_id):
            if arn in listed(properties.get("ManagedPolicyArns")):
                self.call(context, f"detach_{self.kind}_policy", holder, PolicyArn=arn)
        for policy in listed(properties.get("Policies")):
            if policy["PolicyName"] in self._inline(context, physical_id):
                self.call(context, f"delete_{self.kind}_policy", holder, PolicyName=policy["PolicyName"])
        self.call(context, f"delete_{self.kind}", holder)

    def policies(self, context: Context, name: str, properties: Properties) -> dict[str, Any]:
        """The live policies, by template name."""
        declared = {p["PolicyName"]: p["PolicyDocument"] for p in listed(properties.get("Policies"))}
        there = self._inline(context, name)
        return {
            "ManagedPolicyArns": self._attached(context, name),
            "Policies": [
                {
                    "PolicyName": policy,
                    "PolicyDocument": as_declared(self._document(context, name, policy), document),
                }
                for policy, document in declared.items()
                if policy in there
            ],
        }

    def _document(self, context: Context, name: str, policy: str) -> Any:
        asked = {self.member: name, "PolicyName": policy}
        return self.call(context, f"get_{self.kind}_policy", asked)["PolicyDocument"]

    def _attached(self, context: Context, name: str) -> list[str]:
        answer = self.call(context, f"list_attached_{self.kind}_policies", {self.member: name})
        return [policy["PolicyArn"] for policy in answer["AttachedPolicies"]]

    def _inline(self, context: Context, name: str) -> list[str]:
        return list(self.call(context, f"list_{self.kind}_policies", {self.member: name})["PolicyNames"])


class Role(Holder):
    """AWS::IAM::Role: Ref is the name."""

    type_name = "AWS::IAM::Role"
    kind, member = "role", "RoleName"
    tagging = Tagging(
        service="iam", target="RoleName", show="list_role_tags", put="tag_role", drop="untag_role"
    )

    def create(self, context: Context, properties: Properties) -> Made:
        """The role, then what hangs on it."""
        name = properties.get("RoleName") or context.name(64)
        trust = versioned(properties["AssumeRolePolicyDocument"])
        tags = wanted(context, properties)
        self.call(
            context, "create_role", properties, RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags
        )
        with self.undone(context, name, properties):
            self.hang(context, name, {}, properties)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Every property but name and path can change in place."""
        role = {"RoleName": physical_id}
        document = versioned(after["AssumeRolePolicyDocument"])
        self.call(context, "update_assume_role_policy", role, PolicyDocument=document)
        self.call(
            context,
            "update_role",
            role,
            Description=after.get("Description", ""),
            MaxSessionDuration=after.get("MaxSessionDuration", 3600),
        )
        if changed(before, after, "PermissionsBoundary"):
            operation = "put" if after.get("PermissionsBoundary") else "delete"
            self.call(context, f"{operation}_role_permissions_boundary", {**after, **role})
        self.hang(context, physical_id, before, after)
        self.retag(context, physical_id, after)
        return self._made(context, physical_id)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """All of it."""
        role = self.call(context, "get_role", {"RoleName": physical_id})["Role"]
        return {
            "RoleName": role["RoleName"],
            "Path": role["Path"],
            "AssumeRolePolicyDocument": as_declared(
                role["AssumeRolePolicyDocument"], properties["AssumeRolePolicyDocument"]
            ),
            "Description": role.get("Description"),
            "MaxSessionDuration": role.get("MaxSessionDuration"),
            "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            **self.policies(context, physical_id, properties),
        }

    def _made(self, context: Context, name: str) -> Made:
        role = self.call(context, "get_role", {"RoleName": name})["Role"]
        return Made(physical_id=name, attributes={"Arn": role["Arn"], "RoleId": role["RoleId"]})


class Group(Holder):
    """AWS::IAM::Group: Ref is the name."""

    type_name = "AWS::IAM::Group"
    kind, member = "group", "GroupName"

    def create(self, context: Context, properties: Properties) -> Made:
        """The group, then what hangs on it."""
        name = properties.get("GroupName") or context.name(128)
        self.call(context, "create_group", properties, GroupName=name)
        with self.undone(context, name, properties):
            self.hang(context, name, {}, properties)
        return self._made(context, name)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Path and policies."""
        if changed(before, after, "Path"):
            self.call(context, "update_group", {"GroupName": physical_id}, NewPath=after.get("Path", "/"))
        self.hang(context, physical_id, before, after)
        return self._made(context, physical_id)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """All of it."""
        group = self.call(context, "get_group", {"GroupName": physical_id})["Group"]
        return {
            "GroupName": group["GroupName"],
            "Path": group["Path"],
            **self.policies(context, physical_id, properties),
        }

    def _made(self, context: Context, name: str) -> Made:
        group = self.call(context, "get_group", {"GroupName": name})["Group"]
        return Made(physical_id=name, attributes={"Arn": group["Arn"]})


def _provide(context: Context, arn: str) -> None:
    """Policies of AWS's own are in every account; moto has them only when it is told to read them all."""
    start = f"arn:{context.partition}:iam::aws:policy/"
    held = iam_backends[context.account_id][context.partition].managed_policies
    name = arn.rpartition("/")[2]
    if arn.startswith(start) and arn not in held and name in _of_aws():
        policy = AWSManagedPolicy.from_data(name, context.account_id, context.region, _of_aws()[name])
        held[policy.arn] = policy


@cache
def _of_aws() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(aws_managed_policies_data)
    return found
