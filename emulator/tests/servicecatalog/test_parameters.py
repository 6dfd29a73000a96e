from __future__ import annotations

from typing import Any

import pytest

from catalog_emulator.servicecatalog.exceptions import InvalidParametersException
from catalog_emulator.servicecatalog.parameters import described, given, resolve


def test_described() -> None:
    template = {
        "Parameters": {
            "Tier": {"Type": "String", "AllowedValues": ["a", 1], "Default": 1, "NoEcho": True},
            "Days": {"Type": "Number", "MinValue": 1, "MaxValue": 9, "ConstraintDescription": "1 to 9"},
            "Kinds": {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]", "Description": "Letters"},
        }
    }
    assert described(template) == [
        {
            "ParameterKey": "Tier",
            "DefaultValue": "1",
            "ParameterType": "String",
            "IsNoEcho": True,
            "ParameterConstraints": {"AllowedValues": ["a", "1"]},
        },
        {
            "ParameterKey": "Days",
            "ParameterType": "Number",
            "IsNoEcho": False,
            "ParameterConstraints": {
                "AllowedValues": [],
                "MinValue": "1",
                "MaxValue": "9",
                "ConstraintDescription": "1 to 9",
            },
        },
        {
            "ParameterKey": "Kinds",
            "ParameterType": "CommaDelimitedList",
            "IsNoEcho": False,
            "Description": "Letters",
            "ParameterConstraints": {"AllowedValues": [], "AllowedPattern": "[a-z]"},
        },
    ]
    assert described({}) == []


@pytest.mark.parametrize(
    ("parameters", "previous", "values"),
    [
        pytest.param([], {"A": "1"}, {}, id="nothing is carried over"),
        pytest.param([{"Key": "A", "Value": "2"}], {"A": "1"}, {"A": "2"}, id="value"),
        pytest.param([{"Key": "A"}], None, {"A": ""}, id="no value is empty"),
        pytest.param(
            [{"Key": "A", "Value": "2", "UsePreviousValue": True}], {"A": "1"}, {"A": "1"}, id="previous wins"
        ),
    ],
)
def test_given(parameters: Any, previous: Any, values: Any) -> None:
    assert given(parameters, previous) == values


def test_resolve_speaks_as_service_catalog() -> None:
    with pytest.raises(InvalidParametersException, match=r"Parameters: \[B\] do not exist in the template"):
        resolve({"Parameters": {"A": {"Type": "String"}}}, {"B": "1"}, lambda _: None)
    found = resolve(
        {"Parameters": {"A": {"Type": "AWS::SSM::Parameter::Value<String>"}}}, {"A": "/a"}, str.upper
    )
    assert found["A"].value == "/A"
