from typing import Any

import pytest

from catalog_emulator.cloudformation.types.shapes import Exact, aligned, request

from .conftest import client


@pytest.mark.parametrize(
    ("service", "operation", "properties", "sent"),
    [
        pytest.param(
            "logs",
            "put_retention_policy",
            {"LogGroupName": "g", "RetentionInDays": "365", "Tags": []},
            {"logGroupName": "g", "retentionInDays": 365},
            id="names, numbers, unknown members",
        ),
        pytest.param(
            "logs", "create_log_group", {"LogGroupName": "g", "KmsKeyId": None}, {"logGroupName": "g"},
            id="no value",
        ),
        pytest.param(
            "logs",
            "create_log_group",
            {"LogGroupName": "g", "Tags": [{"Key": "a", "Value": "b"}]},
            {"logGroupName": "g", "tags": {"a": "b"}},
            id="pairs to a map",
        ),
        pytest.param(
            "kms", "create_key", {"Tags": {"a": 1}}, {"Tags": [{"TagKey": "a", "TagValue": "1"}]},
            id="a map to pairs",
        ),
        pytest.param(
            "kms", "create_key", {"MultiRegion": "true", "Policy": {"a": True}},
            {"MultiRegion": True, "Policy": '{"a": true}'}, id="booleans and documents",
        ),
        pytest.param(
            "cloudwatch", "put_metric_alarm", {"Threshold": "1.5", "AlarmActions": "arn"},
            {"Threshold": 1.5, "AlarmActions": ["arn"]}, id="one item for a list",
        ),
        pytest.param(
            "codepipeline",
            "create_pipeline",
            {"Pipeline": {"Stages": [{"Actions": [{"Configuration": {"Poll": False, "N": 1}}]}]}},
            {"pipeline": {"stages": [{"actions": [{"configuration": {"Poll": "false", "N": "1"}}]}]}},
            id="keys of a map stay",
        ),
    ],
)  # fmt: skip
def test_request(service: str, operation: str, properties: dict[str, Any], sent: dict[str, Any]) -> None:
    assert request(client(service), operation, properties) == sent


@pytest.mark.parametrize(
    ("declared", "live", "shown"),
    [
        pytest.param("30", 30, "30", id="a number as text"),
        pytest.param("1", 1.0, "1", id="a fraction as text"),
        pytest.param("true", True, "true", id="a boolean as text"),
        pytest.param(True, False, False, id="another boolean"),
        pytest.param(1, True, True, id="one is not true"),
        pytest.param({"A": "1"}, '{"A": 1}', {"A": "1"}, id="the same document"),
        pytest.param({"A": "1"}, '{"A": 2}', {"A": 2}, id="another document"),
        pytest.param({"A": 1}, {"A": 1, "Default": 2}, {"A": 1}, id="defaults are left out"),
        pytest.param({"A": 1}, Exact({"A": 1, "B": 2}), {"A": 1, "B": 2}, id="a map is whole"),
        pytest.param({"A": 1, "B": 2}, {"A": 1}, {"A": 1}, id="taken away"),
        pytest.param(["b", "a"], ["a", "b"], ["b", "a"], id="names in another order"),
        pytest.param(["b"], ["a", "b"], ["b", "a"], id="one name more"),
        pytest.param([{"X": 1}, {"X": 2}], [{"X": 2}, {"X": 1}], [{"X": 2}, {"X": 1}], id="order counts"),
        pytest.param(
            [{"Name": "a", "X": 1}],
            [{"Name": "b", "M": Exact({"k": "v"})}, {"Name": "a", "X": 1, "Y": 2}],
            [{"Name": "b", "M": {"k": "v"}}, {"Name": "a", "X": 1}],
            id="items found by name",
        ),
        pytest.param("a", None, None, id="gone"),
    ],
)
def test_aligned(declared: Any, live: Any, shown: Any) -> None:
    assert aligned(declared, live) == shown
