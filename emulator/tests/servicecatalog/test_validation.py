from typing import Any

import pytest
from botocore.model import StructureShape
from moto.core.utils import get_service_model

from catalog_emulator.servicecatalog.exceptions import InvalidRequest, UnreadableRequest
from catalog_emulator.servicecatalog.validation import validate

ID_PATTERN = r"^[a-zA-Z0-9_\-]*"


def shape(operation: str) -> StructureShape:
    found = get_service_model("servicecatalog").operation_model(operation).input_shape
    assert isinstance(found, StructureShape)
    return found


PORTFOLIO = {"DisplayName": "x", "ProviderName": "y", "IdempotencyToken": "t"}


@pytest.mark.parametrize(
    ("operation", "params", "found"),
    [
        pytest.param(
            "CreatePortfolio",
            {"DisplayName": "x", "IdempotencyToken": "t"},
            [("null", "providerName", "Member must not be null")],
            id="missing",
        ),
        pytest.param(
            "CreatePortfolio",
            {**PORTFOLIO, "DisplayName": "", "ProviderName": "p" * 51},
            [
                ("''", "displayName", "Member must have length greater than or equal to 1"),
                (f"'{'p' * 51}'", "providerName", "Member must have length less than or equal to 50"),
            ],
            id="lengths",
        ),
        pytest.param(
            "DescribePortfolio",
            {"Id": "a b"},
            [("'a b'", "id", f"Member must satisfy regular expression pattern: {ID_PATTERN}")],
            id="pattern",
        ),
        pytest.param(
            "AssociatePrincipalWithPortfolio",
            {"PortfolioId": "p", "PrincipalARN": "a", "PrincipalType": "ROLE"},
            [("'ROLE'", "principalType", "Member must satisfy enum value set: [IAM, IAM_PATTERN]")],
            id="enum",
        ),
        pytest.param(
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
            id="key of a map",
        ),
        pytest.param(
            "SearchProductsAsAdmin",
            {"PageSize": 21},
            [("'21'", "pageSize", "Member must have value less than or equal to 20")],
            id="range above",
        ),
        pytest.param(
            "SearchProductsAsAdmin",
            {"PageSize": -1},
            [("'-1'", "pageSize", "Member must have value greater than or equal to 0")],
            id="range below",
        ),
        pytest.param(
            "CreatePortfolio",
            {**PORTFOLIO, "Tags": [{"Key": "k"}]},
            [("null", "tags.1.member.value", "Member must not be null")],
            id="in a list",
        ),
        pytest.param(
            "CreateProvisioningArtifact",
            {"ProductId": "p", "IdempotencyToken": "t", "Parameters": {"Info": {}}},
            [("'{}'", "parameters.info", "Member must have length greater than or equal to 1")],
            id="empty map",
        ),
    ],
)
def test_findings(operation: str, params: dict[str, Any], found: list[tuple[str, str, str]]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        validate(shape(operation), params)
    count = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    shown = [f"Value {value} at '{path}' failed to satisfy constraint: {rule}" for value, path, rule in found]
    assert caught.value.message == f"{count} detected: {'; '.join(shown)}"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        pytest.param("CreatePortfolio", PORTFOLIO, id="plain"),
        pytest.param(
            "CreatePortfolio", {**PORTFOLIO, "Tags": [{"Key": "Größe ünd @", "Value": "値"}]}, id="any script"
        ),
        pytest.param("ListPortfolios", {"PageSize": 0}, id="page size 0"),
        pytest.param("SearchProductsAsAdmin", {"Filters": {"Owner": ["a"]}}, id="map of lists"),
        pytest.param("UpdateTagOption", {"Id": "tag-1", "Active": False}, id="boolean"),
        pytest.param("ListPortfolios", {"NoSuchMember": 1}, id="unknown member, ignored as by AWS"),
    ],
)
def test_valid_requests(operation: str, params: dict[str, Any]) -> None:
    validate(shape(operation), params)


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        pytest.param("DescribePortfolio", {"Id": 1}, "id is not of type string", id="number for text"),
        pytest.param(
            "ListPortfolios", {"PageSize": True}, "pageSize is not of type integer", id="true for 1"
        ),
        pytest.param(
            "CreatePortfolio", {**PORTFOLIO, "Tags": {}}, "tags is not of type list", id="map for list"
        ),
    ],
)
def test_wrong_type(operation: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(UnreadableRequest) as caught:
        validate(shape(operation), params)
    assert caught.value.message == message
