"""The roles that the templates of the roles' stacks make, as IAM has them. Calls no AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.account_roles import Document
from publisher.aws.clients import Aws
from publisher.bootstrap.placement import Resources, roles_in
from publisher.bootstrap.templates import Template
from publisher.declarations.product import boundary_name


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
                return text.replace("${!", "${")
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


def expected_roles(templates: Iterable[Template | None], place: Place) -> dict[str, ExpectedRole]:
    """The roles of some stacks, by name."""
    return {
        name: expected_role(name, resources, place)
        for template in templates
        for name, resources in roles_in(template).items()
    }


def expected_role(name: str, resources: Resources, place: Place) -> ExpectedRole:
    """A role of these resources, of which it is the last."""
    *policies, properties = (it["Properties"] for it in resources.values())

    def documents(policies: Iterable[Mapping[str, Any]]) -> dict[str, Document]:
        arns = f"arn:{place.partition}:iam::{place.account_id}:policy"
        return {f"{arns}/{it['ManagedPolicyName']}": place.resolve(it["PolicyDocument"]) for it in policies}

    boundary = boundary_name(name)
    return ExpectedRole(
        name=name,
        description=properties.get("Description", ""),
        trust=properties.get("AssumeRolePolicyDocument", {}),
        policies=documents(it for it in policies if it["ManagedPolicyName"] != boundary),
        boundary=documents(it for it in policies if it["ManagedPolicyName"] == boundary),
        tags={it["Key"]: place.resolve(it["Value"]) for it in properties.get("Tags", ())},
    )
