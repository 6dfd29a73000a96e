"""What products.md promises to callers of each product, and its longest legal input: contracts.yaml, read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.products.family import everything, request_of

CONTRACTS: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("contracts.yaml").read_text(encoding="utf-8")
)
# What AWS has for the pseudo parameters, at its longest.
PSEUDO = {
    "AWS::AccountId": "111111111111",
    "AWS::Partition": "aws-us-gov",
    "AWS::StackId": "arn:aws-us-gov:cloudformation:us-gov-west-1:111111111111:stack/"
    "SC-111111111111-pp-abcdefghijklm/8d0b1c70-5f0e-11ee-8c99-0242ac120002",
    "AWS::StackName": "SC-111111111111-pp-abcdefghijklm",
    "AWS::URLSuffix": "amazonaws.com",
}


def contract(product: str) -> Mapping[str, Any]:
    return CONTRACTS[everything()[product].family]


def longest(product: str) -> dict[str, str]:
    """The longest legal input: of the contract, and else of the product's example."""
    parameters = everything()[product].template.get("Parameters", {})
    defaults = {name: str(it["Default"]) for name, it in parameters.items() if "Default" in it}
    return {**defaults, **request_of(product).parameters, **PSEUDO, **contract(product)["longest"]}


def promised(product: str, key: str = "outputs") -> Iterator[tuple[str, str]]:
    """Outputs, each with the SSM parameter that it is."""
    axes = everything()[product].variant.axes
    for entry in contract(product)["published"]:
        if all(axes[axis] in values for axis, values in entry.get("for", {}).items()):
            named = entry.get(key, ())
            for output in named:
                under = f"{contract(product).get('under', '')}{output}"
                for name, value in longest(product).items():
                    under = under.replace(f"{{{name}}}", value)
                yield output, named[output] if isinstance(named, dict) else under
