"""The products of this project as they are launched and updated, and what their roles are granted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from catalog_emulator.server.endpoint_record import ACCOUNT_ID

from publisher.bootstrap.roles import PolicyRequest, launch_roles
from publisher.permissions import Policy, Scope, launch_policies, trust
from tests.products.family import everything, repository, request_of
from tests.roles.account import Grant, Product

# Type → properties that a changed template has, parameter → other value of an update.
CHANGES: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("changes.yaml").read_text(encoding="utf-8")
)
PRODUCTS = tuple(sorted(it.key for it in repository().variants))
# One of each family, and of ml-project one of each tier, each with other sources. `make reliability` has all.
SAMPLE = (
    "account-blueprint-shared-services-prod",
    "ml-project-enterprise-codecommit-standalone-ssm",
    "ml-project-professional-s3",
    "ml-project-starter-codeconnection",
    "sagemaker-deploy-role",
    "sagemaker-model-deploy-codecommit-account",
)
# What SageMaker fills in when it creates a project.
PROJECT = {"SageMakerProjectName": "churn", "SageMakerProjectId": "p-0123456789ab"}


@cache
def product(name: str) -> Product:
    """With the parameters of the first example config of the product."""
    one = everything()[name]
    own = {name: value for name, value in PROJECT.items() if name in one.template["Parameters"]}
    parameters = {**request_of(name).parameters, **own}
    return Product(
        name=name,
        body=one.body,
        changed=json.dumps(changed(one.template)),
        parameters=parameters,
        others=parameters
        | {k: v for k, v in CHANGES["parameters"].items() if k in one.template["Parameters"]},
        content=one.content,
    )


def changed(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template with other tags, and another value in each resource whose type has one."""
    found: dict[str, Any] = deepcopy(dict(template))
    for resource in found["Resources"].values():
        properties = resource.setdefault("Properties", {})
        for path, value in CHANGES["resources"].get(resource["Type"], {}).items():
            *above, last = path.split(".")
            place = properties
            for key in above:
                place = place[int(key)] if isinstance(place, list) else place[key]
            place[last] = value
        match properties.get("Tags"):
            case [*kept, {"Key": str()}]:
                properties["Tags"] = [*kept, {"Key": "changed", "Value": "yes"}]
            case {**tags}:
                properties["Tags"] = {**tags, "changed": "yes"}
    return found


@cache
def policies(name: str, for_: str = "service-catalog") -> tuple[Policy, ...]:
    """The derived policies of the product's launch role, or for others, for every launch."""
    return launch_policies(everything()[name].template, scope=scope(name, for_))


def scope(name: str, for_: str = "service-catalog") -> Scope:
    """What they are narrowed to."""
    return PolicyRequest(trust=trust(for_)).scope(everything()[name].variant)


@cache
def granted(name: str) -> Grant:
    """What bootstrap gives the launch role, in the account of the example configs."""
    [role] = launch_roles([everything()[name]])
    return grant(role.policies, role.boundary)


def grant(policies: Iterable[Policy], boundary: Policy | None = None) -> Grant:
    """These policies, statement by statement."""
    return Grant(
        boundary=boundary.resolved(partition="aws", account_id=ACCOUNT_ID) if boundary else None,
        statements=[
            (str(policy.number), statement)
            for policy in policies
            for statement in policy.resolved(partition="aws", account_id=ACCOUNT_ID)["Statement"]
        ],
    )
