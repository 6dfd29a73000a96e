from typing import Any

from catalog_emulator.cloudformation.types.shapes import Exact, aligned, request
from tests.conftest import cases

from .conftest import client


@cases(
    ("service", "operation", "properties", "sent"),
    {
        "names, numbers, unknown members": (
            "logs",
            "put_retention_policy",
            {"LogGroupName": "g", "RetentionInDays": "365", "Tags": []},
            {"logGroupName": "g", "retentionInDays": 365},
        ),
        "no value": (
            "logs",
            "create_log_group",
            {"LogGroupName": "g", "KmsKeyId": None},
            {"logGroupName": "g"},
        ),
        "pairs to a map": (
            "logs",
            "create_log_group",
            {"LogGroupName": "g", "Tags": [{"Key": "a", "Value": "b"}]},
            {"logGroupName": "g", "tags": {"a": "b"}},
        ),
        "a map to pairs": (
            "kms",
            "create_key",
            {"Tags": {"a": 1}},
            {"Tags": [{"TagKey": "a", "TagValue": "1"}]},
        ),
        "booleans and documents": (
            "kms",
            "create_key",
            {"MultiRegion": "true", "Policy": {"a": True}},
            {"MultiRegion": True, "Policy": '{"a": true}'},
        ),
        "one item for a list": (
            "cloudwatch",
            "put_metric_alarm",
            {"Threshold": "1.5", "AlarmActions": "arn"},
            {"Threshold": 1.5, "AlarmActions": ["arn"]},
        ),
        "keys of a map stay": (
            "codepipeline",
            "create_pipeline",
            {"Pipeline": {"Stages": [{"Actions": [{"Configuration": {"Poll": False, "N": 1}}]}]}},
            {"pipeline": {"stages": [{"actions": [{"configuration": {"Poll": "false", "N": "1"}}]}]}},
        ),
    },
)
def test_request(service: str, operation: str, properties: dict[str, Any], sent: dict[str, Any]) -> None:
    assert request(client(service), operation, properties) == sent


@cases(
    ("declared", "live", "shown"),
    {
        "a number as text": ("30", 30, "30"),
        "a fraction as text": ("1", 1.0, "1"),
        "a boolean as text": ("true", True, "true"),
        "another boolean": (True, False, False),
        "one is not true": (1, True, True),
        "the same document": ({"A": "1"}, '{"A": 1}', {"A": "1"}),
        "another document": ({"A": "1"}, '{"A": 2}', {"A": 2}),
        "defaults are left out": ({"A": 1}, {"A": 1, "Default": 2}, {"A": 1}),
        "a map is whole": ({"A": 1}, Exact({"A": 1, "B": 2}), {"A": 1, "B": 2}),
        "taken away": ({"A": 1, "B": 2}, {"A": 1}, {"A": 1}),
        "names in another order": (["b", "a"], ["a", "b"], ["b", "a"]),
        "one name more": (["b"], ["a", "b"], ["b", "a"]),
        "order counts": ([{"X": 1}, {"X": 2}], [{"X": 2}, {"X": 1}], [{"X": 2}, {"X": 1}]),
        "items found by name": (
            [{"Name": "a", "X": 1}],
            [{"Name": "b", "M": Exact({"k": "v"})}, {"Name": "a", "X": 1, "Y": 2}],
            [{"Name": "b", "M": {"k": "v"}}, {"Name": "a", "X": 1}],
        ),
        "gone": ("a", None, None),
    },
)
def test_aligned(declared: Any, live: Any, shown: Any) -> None:
    assert aligned(declared, live) == shown
