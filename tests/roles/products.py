"""The products of this project as they are launched and updated, and what their roles are granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from catalog_emulator.server.endpoint_record import ACCOUNT_ID

from publisher.bootstrap.roles import scope_of
from publisher.launch.by_form import check_requests
from publisher.permissions import Policy, launch_policies
from tests.products.family import rendered, repository
from tests.roles.account import Grant, Product

# Type → properties that a changed template has, parameter → other value of an update.
CHANGES: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("changes.yaml").read_text(encoding="utf-8")
)
PRODUCTS = tuple(sorted(rendered()))


@cache
def product(name: str) -> Product:
    """With the parameters of the first example config of the product."""
    one = rendered()[name]
    requests, _ = check_requests(repository())
    request = next(request for request in requests.values() if request.product == name)
    parameters = dict(request.parameters)
    return Product(
        name=name,
        body=one.body,
        changed=json.dumps(changed(one.template)),
        parameters=parameters,
        others=parameters | {k: v for k, v in CHANGES["parameters"].items() if k in parameters},
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
def policies(name: str) -> tuple[Policy, ...]:
    """The derived policies of the product's launch role."""
    one = rendered()[name]
    return launch_policies(one.template, scope=scope_of(one.variant))


def granted(name: str) -> Grant:
    """What the launch role is granted in the account of the example configs."""
    return grant(policies(name))


def grant(policies: tuple[Policy, ...]) -> Grant:
    """These policies, statement by statement."""
    return Grant(
        statements=[
            (str(policy.number), statement)
            for policy in policies
            for statement in policy.resolved(partition="aws", account_id=ACCOUNT_ID)["Statement"]
        ]
    )
