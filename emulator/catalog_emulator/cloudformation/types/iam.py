"""Policies. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType, changed, listed
from catalog_emulator.cloudformation.types.shapes import Exact

_VERSION = "2012-10-17"
PRINCIPALS = (("Roles", "role", "RoleName"), ("Groups", "group", "GroupName"), ("Users", "user", "UserName"))


class Iam(ServiceType):
    """What all IAM types share."""

    service = "iam"
    gone = ("NoSuchEntity",)

    def inline(self, context: Context, kind: str, member: str, name: str, policy: Properties) -> None:
        document = versioned(policy["PolicyDocument"])
        self.call(context, f"put_{kind}_policy", policy, **{member: name}, PolicyDocument=document)


def versioned(document: Any) -> Any:
    """An inline or trust policy as moto takes it: IAM takes them of 2008 too, which is when none is named.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    read = _read(document)
    return {**read, "Version": _VERSION} if isinstance(read, Mapping) else document


def as_declared(live: Any, declared: Any) -> Exact:
    """A live document without the version that `versioned` put on it."""
    template = _read(declared)
    if not isinstance(template, Mapping) or live.get("Version") != _VERSION:
        return Exact(live)
    version = {"Version": template["Version"]} if "Version" in template else {}
    return Exact({name: value for name, value in live.items() if name != "Version"} | version)


def _read(document: Any) -> Any:
    try:
        return json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return document


class ManagedPolicy(Iam):
    """AWS::IAM::ManagedPolicy: Ref is the ARN."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("ManagedPolicyName") or context.name()
        answer = self.call(context, "create_policy", properties, PolicyName=name)
        arn = answer["Policy"]["Arn"]
        with self.undo_on_failure(context, arn, properties):
            self._attach(context, arn, {}, properties)
        return self.made(context, arn)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if changed(before, after, "PolicyDocument"):
            policy = {"PolicyArn": physical_id}
            versions = self.call(context, "list_policy_versions", policy)["Versions"]
            older = sorted(v["VersionId"] for v in versions if not v["IsDefaultVersion"])
            # IAM keeps five versions at most.
            if len(versions) == 5:
                self.call(context, "delete_policy_version", policy, VersionId=older[0])
            document = after["PolicyDocument"]
            self.call(context, "create_policy_version", policy, PolicyDocument=document, SetAsDefault=True)
        self._attach(context, physical_id, before, after)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self._attach(context, physical_id, properties, {})
        policy = {"PolicyArn": physical_id}
        for version in self.call(context, "list_policy_versions", policy)["Versions"]:
            if not version["IsDefaultVersion"]:
                self.call(context, "delete_policy_version", policy, VersionId=version["VersionId"])
        self.call(context, "delete_policy", policy)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        policy = self.call(context, "get_policy", {"PolicyArn": physical_id})["Policy"]
        default = {"PolicyArn": physical_id, "VersionId": policy["DefaultVersionId"]}
        version = self.call(context, "get_policy_version", default)["PolicyVersion"]
        return {
            "ManagedPolicyName": policy["PolicyName"],
            "Path": policy["Path"],
            "Description": policy.get("Description"),
            "PolicyDocument": Exact(version["Document"]),
            **self._attachments(context, physical_id),
        }

    def _attachments(self, context: Context, arn: str) -> dict[str, list[str]]:
        answer = self.call(context, "list_entities_for_policy", {"PolicyArn": arn})
        return {
            name: [entity[member] for entity in answer.get(f"Policy{name}", [])]
            for name, _, member in PRINCIPALS
        }

    def _attach(self, context: Context, arn: str, before: Properties, after: Properties) -> None:
        there = self._attachments(context, arn)
        for property_name, kind, member in PRINCIPALS:
            desired = listed(after.get(property_name))
            for name in there[property_name]:
                if name in listed(before.get(property_name)) and name not in desired:
                    self.call(context, f"detach_{kind}_policy", {member: name, "PolicyArn": arn})
            for name in desired:
                if name not in there[property_name]:
                    self.call(context, f"attach_{kind}_policy", {member: name, "PolicyArn": arn})

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        policy = self.call(context, "get_policy", {"PolicyArn": physical_id})["Policy"]
        names = ("AttachmentCount", "DefaultVersionId", "IsAttachable", "PolicyId")
        dates = {name: policy[name].isoformat() for name in ("CreateDate", "UpdateDate")}
        return Made(
            physical_id=physical_id,
            attributes={
                "PolicyArn": physical_id,
                "PermissionsBoundaryUsageCount": policy.get("PermissionsBoundaryUsageCount", 0),
                **{name: policy[name] for name in names},
                **dates,
            },
        )


class Policy(Iam):
    """AWS::IAM::Policy: one inline policy on several principals; Ref is its id."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        for _, kind, member, name in _principals(properties):
            self.inline(context, kind, member, name, properties)
        return self.made(context, context.name())

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        return Made(physical_id=physical_id, attributes={"Id": physical_id})

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        desired = {(after["PolicyName"], *principal) for principal in _principals(after)}
        for _, kind, member, name in _principals(after):
            self.inline(context, kind, member, name, after)
        for principal in _principals(before):
            if (before["PolicyName"], *principal) not in desired:
                self._take(context, before, principal)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        for principal in _principals(properties):
            self._take(context, properties, principal)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The document as the first principal has it, and the principals that still have it."""
        documents: dict[tuple[str, str], Any] = {}
        for property_name, kind, member, name in _principals(properties):
            request = {member: name, "PolicyName": properties["PolicyName"]}
            try:
                answer = self.call(context, f"get_{kind}_policy", request)
            except context.client("iam").exceptions.NoSuchEntityException:
                continue
            declared = properties["PolicyDocument"]
            documents[property_name, name] = as_declared(answer["PolicyDocument"], declared).value
        if not documents:
            return None
        differing = [d for d in documents.values() if d != properties["PolicyDocument"]]
        return {
            "PolicyName": properties["PolicyName"],
            "PolicyDocument": Exact((differing or list(documents.values()))[0]),
            **{
                property_name: [name for held, name in documents if held == property_name] or None
                for property_name, _, _ in PRINCIPALS
            },
        }

    def _take(self, context: Context, properties: Properties, principal: tuple[str, str, str, str]) -> None:
        _, kind, member, name = principal
        request = {member: name, "PolicyName": properties["PolicyName"]}
        with suppress(context.client("iam").exceptions.NoSuchEntityException):
            self.call(context, f"delete_{kind}_policy", request)


def _principals(properties: Properties) -> list[tuple[str, str, str, str]]:
    return [
        (property_name, kind, member, name)
        for property_name, kind, member in PRINCIPALS
        for name in listed(properties.get(property_name))
    ]
