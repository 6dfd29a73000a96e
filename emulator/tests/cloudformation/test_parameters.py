import re
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.parameters import Parameter, resolve
from tests.cloudformation.samples import PARAMETERS
from tests.conftest import cases


@cases(
    ("definition", "supplied", "value"),
    {
        "default": ({"Type": "String", "Default": "a"}, None, "a"),
        "empty default": ({"Type": "String", "Default": ""}, None, ""),
        "supplied": ({"Type": "String", "Default": "a"}, "b", "b"),
        "boolean default": ({"Type": "String", "Default": True}, None, "true"),
        "number": ({"Type": "Number", "Default": 30}, None, "30"),
        "any number": ({"Type": "Number"}, "-1.5e3", "-1.5e3"),
        "numbers": ({"Type": "List<Number>"}, "1, 2", ["1", "2"]),
        "list": ({"Type": "CommaDelimitedList"}, "a, b", ["a", "b"]),
        "empty list": ({"Type": "CommaDelimitedList", "Default": ""}, None, []),
        "pattern of each": ({"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]"}, "a, b", ["a", "b"]),
        "subnets": ({"Type": "List<AWS::EC2::Subnet::Id>"}, "s-1,s-2", ["s-1", "s-2"]),
        "vpc": ({"Type": "AWS::EC2::VPC::Id"}, "vpc-1", "vpc-1"),
        "SSM name": ({"Type": "AWS::SSM::Parameter::Name"}, "/bucket", "/bucket"),
        "SSM": ({"Type": "AWS::SSM::Parameter::Value<String>"}, "/bucket", "artifacts"),
        "SSM version": ({"Type": "AWS::SSM::Parameter::Value<String>"}, "/version:2", "second"),
        "SSM list": (
            {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"},
            "/bucket",
            ["artifacts"],
        ),
        "within limits": (
            {"Type": "String", "AllowedValues": ["a", 1], "AllowedPattern": "[a-z1]", "MaxLength": 1},
            "1",
            "1",
        ),
    },
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


@cases(
    ("definition", "supplied", "message"),
    {
        "missing": ({"Type": "String"}, None, "Parameters: [P] must have values"),
        "type": ({"Type": "Strin"}, "1", "Template format error: Unrecognized parameter type: Strin"),
        "allowed values": (
            {"Type": "String", "AllowedValues": ["a"]},
            "b",
            "Parameter 'P' must be one of AllowedValues",
        ),
        "allowed values of a list": (
            {"Type": "CommaDelimitedList", "AllowedValues": ["a"]},
            "a,b",
            "Parameter 'P' must be one of AllowedValues",
        ),
        "pattern matches the whole value": (
            {"Type": "String", "AllowedPattern": "[a-z]+"},
            "a1",
            "Parameter 'P' must match pattern [a-z]+",
        ),
        "pattern matches each of a list": (
            {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+"},
            "a,b1",
            "Parameter 'P' must match pattern [a-z]+",
        ),
        "constraint description": (
            {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "letters only"},
            "1",
            "Parameter 'P' failed to satisfy constraint: letters only",
        ),
        "too short": (
            {"Type": "String", "MinLength": "2"},
            "a",
            "Parameter 'P' must contain at least 2 characters",
        ),
        "too long": (
            {"Type": "String", "MaxLength": 2},
            "abc",
            "Parameter 'P' must contain at most 2 characters",
        ),
        "not a number": ({"Type": "Number"}, "x", "Parameter 'P' must be a number"),
        "too small": (
            {"Type": "Number", "MinValue": 1},
            "0",
            "Parameter 'P' must be a number not less than 1",
        ),
        "too large": (
            {"Type": "List<Number>", "MaxValue": 1},
            "1,2",
            "Parameter 'P' must be a number not greater than 1",
        ),
        "no such SSM parameter": (
            {"Type": "AWS::SSM::Parameter::Value<String>"},
            "/gone",
            "Unable to fetch parameters [/gone] from parameter store for this account.",
        ),
        "no SSM parameter of that name": (
            {"Type": "AWS::SSM::Parameter::Name"},
            "/gone",
            "Unable to fetch parameters [/gone] from parameter store for this account.",
        ),
    },
)
def test_refused_values(definition: Any, supplied: str | None, message: str) -> None:
    with pytest.raises(ValidationError, match=f"^ValidationError: {re.escape(message)}$"):
        resolve({"P": definition}, {} if supplied is None else {"P": supplied}, PARAMETERS.get)


def test_unknown_parameter() -> None:
    with pytest.raises(
        ValidationError, match=r"^ValidationError: Parameters: \[Q\] do not exist in the template$"
    ):
        resolve({"P": {"Type": "String", "Default": ""}}, {"Q": "1"}, PARAMETERS.get)
