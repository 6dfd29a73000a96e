"""Values that look like what AWS fills in: names, ids, ARNs, URLs, by a property's name, type and pattern."""

import re
from collections.abc import Mapping
from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context
from catalog_emulator.cloudformation.resources.schema import Node, Schema
from catalog_emulator.regular_expressions import matches

_HEX = "0123456789abcdef"
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_TIME = "2024-01-01T00:00:00Z"
_SERVICES = {
    "CertificateManager": "acm",
    "Cognito": "cognito-idp",
    "DocDB": "rds",
    "EFS": "elasticfilesystem",
    "ElasticLoadBalancingV2": "elasticloadbalancing",
    "EMR": "elasticmapreduce",
    "Elasticsearch": "es",
    "KinesisFirehose": "firehose",
    "Neptune": "rds",
    "OpenSearchService": "es",
    "StepFunctions": "states",
}
_GLOBAL_SERVICES = frozenset(("IAM", "CloudFront", "Organizations", "Route53"))


def generated_value(context: Context, schema: Schema, name: str, live: Mapping[str, Any]) -> Any:
    """A well-formed value for a property that the template leaves out."""
    node = schema.at(name) or {}
    kind = node.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if node.get("enum"):
        return node["enum"][0]
    if kind == "boolean":
        return False
    if kind in ("integer", "number"):
        return node.get("minimum", 0)
    if kind == "array":
        return []
    if kind == "object":
        return {}
    return _text(context, schema, name, node, live)


def _text(context: Context, schema: Schema, name: str, node: Node, live: Mapping[str, Any]) -> str:
    last = name.rpartition(".")[2]
    value = _by_name(context, schema, last, node, live)
    pattern = node.get("pattern")
    if not pattern or matches(pattern, value, whole=False):
        return value
    return _by_pattern(context, pattern, name, value)


def _by_name(context: Context, schema: Schema, last: str, node: Node, live: Mapping[str, Any]) -> str:
    limit = min(int(node.get("maxLength", 128)), 128)
    lowered = last.lower()
    if lowered.endswith("arn"):
        return _arn(context, schema, live)
    if lowered.endswith(("url", "uri")):
        return f"https://{_host(context, schema)}/{context.suffix(last, 10, _LETTERS)}"
    if lowered.endswith(("endpoint", "domainname", "dnsname", "hostname", "address")):
        return f"{context.suffix(last, 10, _LETTERS)}.{_host(context, schema)}"
    if lowered.endswith(("time", "date", "timestamp", "createdat", "updatedat", "modifiedat")):
        return _TIME
    if lowered.endswith("status") or lowered == "state":
        return "ACTIVE"
    if lowered.endswith("accountid") or lowered in ("owner", "ownerid"):
        return context.account_id
    if lowered.endswith("region"):
        return context.region
    if lowered.endswith("version"):
        return "1"
    if lowered.endswith("name"):
        return context.name(limit, lower=lower_only(node))
    if lowered.endswith("id"):
        return f"{_prefix(last, schema)}-{context.suffix(last, 17, _HEX)}"[:limit]
    return context.name(limit, lower=lower_only(node))


def _arn(context: Context, schema: Schema, live: Mapping[str, Any]) -> str:
    _, service, kind = schema.type_name.split("::")[:3]
    region = "" if service in _GLOBAL_SERVICES else context.region
    account = context.account_id
    named = (
        live.get(name) for name in (*schema.primary_identifier, "Name", f"{kind}Name", f"{kind}Id", "Id")
    )
    resource = next((str(value) for value in named if isinstance(value, str) and ":" not in value), None)
    owner = f"arn:{context.partition}:{_service(service)}:{region}:{account}"
    return f"{owner}:{_kebab(kind)}/{resource or context.name()}"


def _service(name: str) -> str:
    return _SERVICES.get(name, name.lower())


def _host(context: Context, schema: Schema) -> str:
    return f"{_service(schema.type_name.split('::')[1])}.{context.region}.amazonaws.com"


def _prefix(last: str, schema: Schema) -> str:
    subject = last[: -len("Id")] or schema.type_name.rpartition("::")[2]
    return _kebab(subject).replace("-", "")[:8] or "id"


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def lower_only(node: Node) -> bool:
    """Whether a property's pattern has no capital letters."""
    pattern = str(node.get("pattern", ""))
    return "a-z" in pattern and "A-Z" not in pattern and r"\w" not in pattern


def _by_pattern(context: Context, pattern: str, name: str, value: str) -> str:
    """The usual forms that patterns ask for, the first that fits; else the value by name."""
    subject = _kebab(name.rpartition(".")[2].removesuffix("Id"))
    uuid = context.suffix(name, 32, _HEX)
    forms = (
        "-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:])),
        uuid,
        f"{subject}-{uuid[:17]}",
        *(context.suffix(name, length, _LETTERS) for length in (26, 20, 17, 12, 10, 8, 6, 4)),
        *(context.suffix(name, length, "0123456789") for length in (12, 4)),
        *(f"{literal}{uuid[:length]}" for literal in _literals(pattern) for length in (17, 8, 10, 12, 32)),
        context.suffix(name),
    )
    return next((form for form in forms if matches(pattern, form, whole=False)), value)


def _literals(pattern: str) -> list[str]:
    return [found for found in re.findall(r"^\^?\(?([a-z]+-)", pattern) if found]
