"""The roles that a template of the roles' stack makes, as IAM has them. Calls no AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.account_roles import Document
from publisher.aws.clients import Aws
from publisher.bootstrap.templates import Template, boundary_name


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stack is: the values of its pseudo parameters."""

    partition: str
    account_id: str
    region: str

    def resolve(self, value: Any) -> Any:
        """A value of a template with its pseudo parameters filled in."""
        match value:
            case {"Fn::Sub": str(text)}:
                values = (("Partition", self.partition), ("AccountId", self.account_id))
                for name, filled in values:
                    text = text.replace(f"${{AWS::{name}}}", filled)
                return text
            case {"Ref": "AWS::Region"}:
                return self.region
            case dict():
                return {key: self.resolve(inner) for key, inner in value.items()}
            case list():
                return [self.resolve(inner) for inner in value]
            case _:
                return value


def place_of(aws: Aws, region: str) -> Place:
    """The account of an identity, in one of its Regions."""
    return Place(partition=aws.partition, account_id=aws.account_id, region=region)


@dataclass(frozen=True, kw_only=True)
class ExpectedRole:
    """A role, with the documents of its managed policies by their ARNs.

    `boundary` is that of the roles which its product makes: one policy, which it does not have itself.
    """

    name: str
    description: str
    trust: Document
    policies: Mapping[str, Document]
    boundary: Mapping[str, Document]
    tags: Mapping[str, str]

    @property
    def documents(self) -> Mapping[str, Document]:
        """All of its managed policies, attached or not."""
        return {**self.policies, **self.boundary}


def expected_roles(template: Template | None, place: Place) -> dict[str, ExpectedRole]:
    """The roles by name."""
    resources = (template or {}).get("Resources", {})
    found = {}
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            role = _role(resource["Properties"], resources, place)
            found[role.name] = role
    return found


def _role(properties: Mapping[str, Any], resources: Mapping[str, Any], place: Place) -> ExpectedRole:
    def documents(policies: Iterable[Mapping[str, Any]]) -> dict[str, Document]:
        arns = f"arn:{place.partition}:iam::{place.account_id}:policy"
        return {f"{arns}/{it['ManagedPolicyName']}": place.resolve(it["PolicyDocument"]) for it in policies}

    boundary = boundary_name(properties["RoleName"])
    return ExpectedRole(
        name=properties["RoleName"],
        description=properties["Description"],
        trust=properties["AssumeRolePolicyDocument"],
        policies=documents(resources[it["Ref"]]["Properties"] for it in properties["ManagedPolicyArns"]),
        boundary=documents(
            it["Properties"]
            for it in resources.values()
            if it["Properties"].get("ManagedPolicyName") == boundary
        ),
        tags={it["Key"]: place.resolve(it["Value"]) for it in properties["Tags"]},
    )
