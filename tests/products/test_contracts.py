"""What every product promises to callers, as contracts.yaml has it; names at their longest; lint."""

from __future__ import annotations

import re
from typing import Any

import pytest

from publisher.impact.resolution import resolved
from publisher.permissions import Knowledge
from publisher.permissions.iam_reference import Action, action, matching
from publisher.permissions.names import Names, references
from publisher.permissions.stack_names import limits
from publisher.templates.lint import lint
from tests.conftest import WHOLE, whole
from tests.products.contract import CONTRACTS, longest, promised
from tests.products.family import everything

PRODUCTS = sorted(everything())
# One of each family; the portfolios' lint has the Region us-west-2 of all.
LINTED = {
    "account-blueprint-workload-prod",
    "ml-project-starter-codeconnection",
    "sagemaker-deploy-role",
    "sagemaker-model-deploy-codeconnection-account",
}


def launched(product: str) -> dict[str, dict[str, Any]]:
    """The resources of a launch with the longest input."""
    found: dict[str, dict[str, Any]] = resolved(everything()[product].template, longest(product))["Resources"]
    return found


def test_every_family_has_a_contract() -> None:
    assert sorted({each.family for each in everything().values()}) == sorted(CONTRACTS)


@pytest.mark.parametrize("product", PRODUCTS)
def test_outputs_and_parameters_are_those_that_are_promised(product: str) -> None:
    template = everything()[product].template
    outputs, promises = template["Outputs"], dict(promised(product))
    words = dict(promised(product, "words"))
    assert sorted(outputs) == sorted({**promises, **words})
    parameters = {
        it["Properties"]["Name"]: template["Resources"][name]["Properties"]
        for name, it in launched(product).items()
        if it["Type"] == "AWS::SSM::Parameter"
    }
    assert sorted(parameters) == sorted(promises.values())
    for output, name in promises.items():
        assert parameters[name]["Value"] == outputs[output]["Value"], output
    assert all(it["Description"] and "Export" not in it for it in outputs.values())


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_name_fits_at_its_longest(product: str) -> None:
    """And whatever else has a limit. A name without one is a row of name_limits.yaml that is missing."""
    names = Names(everything()[product].template, knowledge=Knowledge.load())
    wrong = []
    for logical_id, resource in launched(product).items():
        for key, text in resource.get("Properties", {}).items():
            allowed, is_name = limits(resource["Type"], key), key == names.name_property(logical_id)
            what = f"{resource['Type']} {key} '{text}'"
            if not isinstance(text, str):
                # What is named like another resource has its limits.
                wrong += [what] if is_name and not {*references(text)} & names.resources.keys() else []
            elif allowed.longest is None and is_name:
                wrong.append(f"{what} has no limit")
            elif allowed.longest is not None and len(text) > allowed.longest:
                wrong.append(f"{what} has {len(text)} characters, at most {allowed.longest} are allowed")
            elif is_name and not re.search(allowed.pattern, text):
                wrong.append(f"{what} does not match {allowed.pattern}")
    assert wrong == []


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("product", PRODUCTS)
def test_roles_may_work_on_everything_only_where_there_is_nothing_narrower(product: str) -> None:
    """And there they have to: IAM compares an action without resources with nothing but `*`."""
    roles = [it for it in launched(product).values() if it["Type"] == "AWS::IAM::Role"]
    documents = [policy["PolicyDocument"] for role in roles for policy in role["Properties"]["Policies"]]
    wrong = set()
    for statement in (each for document in documents for each in document["Statement"]):
        wild = "*" in listed(statement["Resource"])
        for pattern in listed(statement["Action"]):
            assert "*" not in pattern or pattern in {"kms:GenerateDataKey*", "kms:ReEncrypt*"}
            kinds = [kind for name in matching(pattern) for kind in _known(name).resources]
            if any(kind.required for kind in kinds) if wild else not kinds:
                wrong.add((statement["Sid"], pattern))
    assert wrong == set()


def _known(name: str) -> Action:
    found = action(name)
    assert found is not None
    return found


@pytest.mark.parametrize("product", [it if it in LINTED else whole(it) for it in PRODUCTS])
def test_lint_finds_nothing_in_either_partition(product: str) -> None:
    regions = ["us-gov-west-1", *(["us-west-2"] if WHOLE else [])]
    assert lint([everything()[product]], regions) == ()
