from typing import Any

import pytest
from botocore.model import StructureShape
from moto.core.utils import get_service_model

from catalog_emulator.request_validation import InvalidRequest, UnreadableRequest, validate
from tests.conftest import cases

ID_PATTERN = r"^[a-zA-Z0-9_\-]*"


def shape(operation: str) -> StructureShape:
    found = get_service_model("servicecatalog").operation_model(operation).input_shape
    assert isinstance(found, StructureShape)
    return found


PORTFOLIO = {"DisplayName": "x", "ProviderName": "y", "IdempotencyToken": "t"}


@cases(
    ("operation", "params", "found"),
    {
        "missing": (
            "CreatePortfolio",
            {"DisplayName": "x", "IdempotencyToken": "t"},
            [("null", "providerName", "Member must not be null")],
        ),
        "lengths": (
            "CreatePortfolio",
            {**PORTFOLIO, "DisplayName": "", "ProviderName": "p" * 51},
            [
                ("''", "displayName", "Member must have length greater than or equal to 1"),
                (f"'{'p' * 51}'", "providerName", "Member must have length less than or equal to 50"),
            ],
        ),
        "pattern": (
            "DescribePortfolio",
            {"Id": "a b"},
            [("'a b'", "id", f"Member must satisfy regular expression pattern: {ID_PATTERN}")],
        ),
        "enum": (
            "AssociatePrincipalWithPortfolio",
            {"PortfolioId": "p", "PrincipalARN": "a", "PrincipalType": "ROLE"},
            [("'ROLE'", "principalType", "Member must satisfy enum value set: [IAM, IAM_PATTERN]")],
        ),
        "key of a map": (
            "UpdateProvisionedProductProperties",
            {
                "ProvisionedProductId": "p",
                "IdempotencyToken": "t",
                "ProvisionedProductProperties": {"X": "y"},
            },
            [
                (
                    "'X'",
                    "provisionedProductProperties",
                    "Member must satisfy enum value set: [OWNER, LAUNCH_ROLE]",
                )
            ],
        ),
        "range above": (
            "SearchProductsAsAdmin",
            {"PageSize": 21},
            [("'21'", "pageSize", "Member must have value less than or equal to 20")],
        ),
        "range below": (
            "SearchProductsAsAdmin",
            {"PageSize": -1},
            [("'-1'", "pageSize", "Member must have value greater than or equal to 0")],
        ),
        "in a list": (
            "CreatePortfolio",
            {**PORTFOLIO, "Tags": [{"Key": "k"}]},
            [("null", "tags.1.member.value", "Member must not be null")],
        ),
        "empty map": (
            "CreateProvisioningArtifact",
            {"ProductId": "p", "IdempotencyToken": "t", "Parameters": {"Info": {}}},
            [("'{}'", "parameters.info", "Member must have length greater than or equal to 1")],
        ),
    },
)
def test_findings(operation: str, params: dict[str, Any], found: list[tuple[str, str, str]]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        validate(shape(operation), params)
    count = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    shown = [f"Value {value} at '{path}' failed to satisfy constraint: {rule}" for value, path, rule in found]
    assert caught.value.message == f"{count} detected: {'; '.join(shown)}"


@cases(
    ("operation", "params"),
    {
        "plain": ("CreatePortfolio", PORTFOLIO),
        "any script": ("CreatePortfolio", {**PORTFOLIO, "Tags": [{"Key": "Größe ünd @", "Value": "値"}]}),
        "page size 0": ("ListPortfolios", {"PageSize": 0}),
        "map of lists": ("SearchProductsAsAdmin", {"Filters": {"Owner": ["a"]}}),
        "boolean": ("UpdateTagOption", {"Id": "tag-1", "Active": False}),
        "unknown member, ignored as by AWS": ("ListPortfolios", {"NoSuchMember": 1}),
    },
)
def test_valid_requests(operation: str, params: dict[str, Any]) -> None:
    validate(shape(operation), params)


@cases(
    ("operation", "params", "message"),
    {
        "number for text": ("DescribePortfolio", {"Id": 1}, "id is not of type string"),
        "true for 1": ("ListPortfolios", {"PageSize": True}, "pageSize is not of type integer"),
        "map for list": ("CreatePortfolio", {**PORTFOLIO, "Tags": {}}, "tags is not of type list"),
    },
)
def test_wrong_type(operation: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(UnreadableRequest) as caught:
        validate(shape(operation), params)
    assert caught.value.message == message
