import re
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.parameters import Parameter, resolve
from tests.cloudformation.samples import PARAMETERS


@pytest.mark.parametrize(
    ("definition", "supplied", "value"),
    [
        pytest.param({"Type": "String", "Default": "a"}, None, "a", id="default"),
        pytest.param({"Type": "String", "Default": ""}, None, "", id="empty default"),
        pytest.param({"Type": "String", "Default": "a"}, "b", "b", id="supplied"),
        pytest.param({"Type": "String", "Default": True}, None, "true", id="boolean default"),
        pytest.param({"Type": "Number", "Default": 30}, None, "30", id="number"),
        pytest.param({"Type": "Number"}, "-1.5e3", "-1.5e3", id="any number"),
        pytest.param({"Type": "List<Number>"}, "1, 2", ["1", "2"], id="numbers"),
        pytest.param({"Type": "CommaDelimitedList"}, "a, b", ["a", "b"], id="list"),
        pytest.param({"Type": "CommaDelimitedList", "Default": ""}, None, [], id="empty list"),
        pytest.param(
            {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]"},
            "a, b",
            ["a", "b"],
            id="pattern of each",
        ),
        pytest.param({"Type": "List<AWS::EC2::Subnet::Id>"}, "s-1,s-2", ["s-1", "s-2"], id="subnets"),
        pytest.param({"Type": "AWS::EC2::VPC::Id"}, "vpc-1", "vpc-1", id="vpc"),
        pytest.param({"Type": "AWS::SSM::Parameter::Name"}, "/bucket", "/bucket", id="SSM name"),
        pytest.param({"Type": "AWS::SSM::Parameter::Value<String>"}, "/bucket", "artifacts", id="SSM"),
        pytest.param(
            {"Type": "AWS::SSM::Parameter::Value<String>"}, "/version:2", "second", id="SSM version"
        ),
        pytest.param(
            {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"},
            "/bucket",
            ["artifacts"],
            id="SSM list",
        ),
        pytest.param(
            {"Type": "String", "AllowedValues": ["a", 1], "AllowedPattern": "[a-z1]", "MaxLength": 1},
            "1",
            "1",
            id="within limits",
        ),
    ],
)
def test_parameter_values(definition: Any, supplied: str | None, value: Any) -> None:
    resolved = resolve({"P": definition}, {} if supplied is None else {"P": supplied}, PARAMETERS.get)

    assert resolved["P"].value == value


def test_ssm_parameter_value() -> None:
    definition = {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>", "NoEcho": "true"}

    assert resolve({"P": definition}, {"P": "/bucket"}, PARAMETERS.get) == {
        "P": Parameter(
            name="P",
            type_name="AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>",
            supplied="/bucket",
            resolved="artifacts",
            no_echo=True,
        )
    }


@pytest.mark.parametrize(
    ("definition", "supplied", "message"),
    [
        pytest.param({"Type": "String"}, None, "Parameters: [P] must have values", id="missing"),
        pytest.param(
            {"Type": "Strin"}, "1", "Template format error: Unrecognized parameter type: Strin", id="type"
        ),
        pytest.param(
            {"Type": "String", "AllowedValues": ["a"]},
            "b",
            "Parameter 'P' must be one of AllowedValues",
            id="allowed values",
        ),
        pytest.param(
            {"Type": "CommaDelimitedList", "AllowedValues": ["a"]},
            "a,b",
            "Parameter 'P' must be one of AllowedValues",
            id="allowed values of a list",
        ),
        pytest.param(
            {"Type": "String", "AllowedPattern": "[a-z]+"},
            "a1",
            "Parameter 'P' must match pattern [a-z]+",
            id="pattern matches the whole value",
        ),
        pytest.param(
            {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+"},
            "a,b1",
            "Parameter 'P' must match pattern [a-z]+",
            id="pattern matches each of a list",
        ),
        pytest.param(
            {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "letters only"},
            "1",
            "Parameter 'P' failed to satisfy constraint: letters only",
            id="constraint description",
        ),
        pytest.param(
            {"Type": "String", "MinLength": "2"},
            "a",
            "Parameter 'P' must contain at least 2 characters",
            id="too short",
        ),
        pytest.param(
            {"Type": "String", "MaxLength": 2},
            "abc",
            "Parameter 'P' must contain at most 2 characters",
            id="too long",
        ),
        pytest.param({"Type": "Number"}, "x", "Parameter 'P' must be a number", id="not a number"),
        pytest.param(
            {"Type": "Number", "MinValue": 1},
            "0",
            "Parameter 'P' must be a number not less than 1",
            id="too small",
        ),
        pytest.param(
            {"Type": "List<Number>", "MaxValue": 1},
            "1,2",
            "Parameter 'P' must be a number not greater than 1",
            id="too large",
        ),
        pytest.param(
            {"Type": "AWS::SSM::Parameter::Value<String>"},
            "/gone",
            "Unable to fetch parameters [/gone] from parameter store for this account.",
            id="no such SSM parameter",
        ),
        pytest.param(
            {"Type": "AWS::SSM::Parameter::Name"},
            "/gone",
            "Unable to fetch parameters [/gone] from parameter store for this account.",
            id="no SSM parameter of that name",
        ),
    ],
)
def test_refused_values(definition: Any, supplied: str | None, message: str) -> None:
    with pytest.raises(ValidationError, match=f"^ValidationError: {re.escape(message)}$"):
        resolve({"P": definition}, {} if supplied is None else {"P": supplied}, PARAMETERS.get)


def test_unknown_parameter() -> None:
    with pytest.raises(
        ValidationError, match=r"^ValidationError: Parameters: \[Q\] do not exist in the template$"
    ):
        resolve({"P": {"Type": "String", "Default": ""}}, {"Q": "1"}, PARAMETERS.get)
