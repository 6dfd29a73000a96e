"""Lifecycle rules, which the template writes flatter than S3's API.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
"""

from collections.abc import Mapping
from typing import Any

Rule = Mapping[str, Any]


def sent(configuration: Any) -> Any:
    """The API's form."""
    return {"Rules": [_rule_sent(rule) for rule in configuration["Rules"]]}


def shown(configuration: Any) -> Any:
    """The template's form."""
    return {"Rules": [_rule_shown(rule) for rule in configuration["Rules"]]}


def _rule_sent(rule: Rule) -> dict[str, Any]:
    expiration = {
        "Days": rule.get("ExpirationInDays"),
        "Date": rule.get("ExpirationDate"),
        "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
    }
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if "NoncurrentVersionExpirationInDays" in rule:
        noncurrent = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    api = {
        "ID": rule.get("Id"),
        "Status": rule["Status"],
        "Filter": _filter(rule),
        "Expiration": _filled(expiration),
        "NoncurrentVersionExpiration": noncurrent,
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        "Transitions": [_transition_sent(item) for item in _several(rule, "Transition")],
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": item["TransitionInDays"], "StorageClass": item["StorageClass"]}
            for item in _several(rule, "NoncurrentVersionTransition")
        ],
    }
    return {**_filled(api), "Filter": api["Filter"]}


def _rule_shown(rule: Rule) -> dict[str, Any]:
    expiration, criteria = rule.get("Expiration", {}), rule.get("Filter", {})
    both = criteria.get("And", criteria)
    template = {
        "Id": rule.get("ID"),
        "Status": rule["Status"],
        "Prefix": both.get("Prefix", rule.get("Prefix")),
        "TagFilters": both.get("Tags") or [both[key] for key in ("Tag",) if key in both],
        "ObjectSizeGreaterThan": both.get("ObjectSizeGreaterThan"),
        "ObjectSizeLessThan": both.get("ObjectSizeLessThan"),
        "ExpirationInDays": expiration.get("Days"),
        "ExpirationDate": expiration.get("Date"),
        "ExpiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker"),
        "NoncurrentVersionExpiration": rule.get("NoncurrentVersionExpiration"),
        "NoncurrentVersionExpirationInDays": rule.get("NoncurrentVersionExpiration", {}).get(
            "NoncurrentDays"
        ),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        "Transitions": [_transition_shown(item, "Days") for item in rule.get("Transitions", [])],
        "NoncurrentVersionTransitions": [
            _transition_shown(item, "NoncurrentDays") for item in rule.get("NoncurrentVersionTransitions", [])
        ],
    }
    return _filled(template)


def _filter(rule: Rule) -> dict[str, Any]:
    sizes = {name: rule[name] for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in rule}
    tags = list(rule.get("TagFilters", []))
    prefix = {"Prefix": rule["Prefix"]} if "Prefix" in rule else {}
    if len(sizes) + len(tags) + len(prefix) > 1:
        return {"And": {**prefix, **sizes, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else sizes or prefix or {"Prefix": ""}


def _several(rule: Rule, name: str) -> list[Any]:
    single = [rule[name]] if name in rule else []
    return [*rule.get(f"{name}s", []), *single]


def _transition_sent(item: Rule) -> dict[str, Any]:
    return _filled(
        {
            "Days": item.get("TransitionInDays"),
            "Date": item.get("TransitionDate"),
            "StorageClass": item["StorageClass"],
        }
    )


def _transition_shown(item: Rule, days: str) -> dict[str, Any]:
    return _filled(
        {
            "TransitionInDays": item.get(days),
            "TransitionDate": item.get("Date"),
            "StorageClass": item["StorageClass"],
        }
    )


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, [], {})}
