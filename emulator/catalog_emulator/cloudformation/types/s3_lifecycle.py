"""Lifecycle rules, which the template writes flatter than S3's API.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

Rule = Mapping[str, Any]

# Members of a rule in the template, and in the API.
_RULE: Final = (
    ("Id", "ID"),
    ("Status", "Status"),
    ("ExpirationInDays", "Expiration.Days"),
    ("ExpirationDate", "Expiration.Date"),
    ("ExpiredObjectDeleteMarker", "Expiration.ExpiredObjectDeleteMarker"),
    ("NoncurrentVersionExpiration", "NoncurrentVersionExpiration"),
    ("NoncurrentVersionExpirationInDays", "NoncurrentVersionExpiration.NoncurrentDays"),
    ("AbortIncompleteMultipartUpload", "AbortIncompleteMultipartUpload"),
)
_TRANSITIONS: Final = {
    "Transition": (("TransitionInDays", "Days"), ("TransitionDate", "Date"), ("StorageClass",) * 2),
    "NoncurrentVersionTransition": (("TransitionInDays", "NoncurrentDays"), ("StorageClass",) * 2),
}
_SIZES: Final = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")


def sent(configuration: Any) -> Any:
    """The API's form."""
    return {"Rules": [_rule_sent(rule) for rule in configuration["Rules"]]}


def shown(configuration: Any) -> Any:
    """The template's form."""
    return {"Rules": [_rule_shown(rule) for rule in configuration["Rules"]]}


def _rule_sent(rule: Rule) -> dict[str, Any]:
    api = {**moved(rule, _RULE), "Filter": _filter(rule)}
    for name, members in _TRANSITIONS.items():
        items = [*rule.get(f"{name}s", []), *([rule[name]] if name in rule else [])]
        if items:
            api[f"{name}s"] = [moved(item, members) for item in items]
    return api


def _rule_shown(rule: Rule) -> dict[str, Any]:
    criteria = rule.get("Filter", {})
    both = criteria.get("And", criteria)
    template = {
        **moved(rule, ((api, name) for name, api in _RULE)),
        **{name: both[name] for name in _SIZES if name in both},
        "Prefix": both.get("Prefix", rule.get("Prefix")),
        "TagFilters": both.get("Tags") or [both[key] for key in ("Tag",) if key in both],
    }
    for name, members in _TRANSITIONS.items():
        back = [(api, one) for one, api in members]
        template[f"{name}s"] = [moved(item, back) for item in rule.get(f"{name}s", [])]
    return {name: value for name, value in template.items() if value not in (None, [], {})}


def moved(values: Rule, places: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values at other places, each a dotted name; those that are not there are left out."""
    found: dict[str, Any] = {}
    for source, place in places:
        value: Any = values
        for part in source.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value not in (None, [], {}):
            *outer, last = place.split(".")
            node = found
            for part in outer:
                node = node.setdefault(part, {})
            node[last] = {**value} if isinstance(value, Mapping) else value
    return found


def _filter(rule: Rule) -> dict[str, Any]:
    sizes = {name: rule[name] for name in _SIZES if name in rule}
    tags = list(rule.get("TagFilters", []))
    prefix = {"Prefix": rule["Prefix"]} if "Prefix" in rule else {}
    if len(sizes) + len(tags) + len(prefix) > 1:
        return {"And": {**prefix, **sizes, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else sizes or prefix or {"Prefix": ""}
