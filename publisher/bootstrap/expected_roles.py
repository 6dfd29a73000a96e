"""The roles that a template of the roles' stack makes, as IAM has them. Calls no AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.account_roles import Document
from publisher.aws.clients import Aws
from publisher.bootstrap.templates import Template


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
    """A role, with the documents of its managed policies by their ARNs."""

    name: str
    description: str
    trust: Document
    policies: Mapping[str, Document]
    tags: Mapping[str, str]


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
    policies = [resources[it["Ref"]]["Properties"] for it in properties["ManagedPolicyArns"]]
    arns = f"arn:{place.partition}:iam::{place.account_id}:policy"
    return ExpectedRole(
        name=properties["RoleName"],
        description=properties["Description"],
        trust=properties["AssumeRolePolicyDocument"],
        policies={
            f"{arns}/{it['ManagedPolicyName']}": place.resolve(it["PolicyDocument"]) for it in policies
        },
        tags={it["Key"]: place.resolve(it["Value"]) for it in properties["Tags"]},
    )
