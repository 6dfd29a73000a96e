"""Templates made from resource schemas.

A type's required properties get the simplest values that its schema accepts. A property that refers to
another resource (`"format": "AWS::EC2::VPC.Id"`) becomes a Ref or GetAtt to one more generated resource.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog_emulator.cloudformation.resources.schema import Node, Schema, schema
from catalog_emulator.cloudformation.types.adapted import adapted
from tests.cloudformation.regex_samples import readable, samples

REGION = "us-west-2"
_ARNS = (
    "arn:aws:iam::123456789012:role/service",
    "arn:aws:s3:::service-bucket",
    "arn:aws:sns:us-west-2:123456789012:topic",
    "arn:aws:lambda:us-west-2:123456789012:function:some",
    "arn:aws:kms:us-west-2:123456789012:key/0c5f1a7e-0000-4000-8000-000000000000",
    "arn:aws:states:us-west-2:123456789012:stateMachine:some",
    "arn:aws:acm:us-west-2:123456789012:certificate/0c5f1a7e-0000-4000-8000-000000000000",
)
_TEXTS = (
    *_ARNS,
    "10.0.0.0/16",
    "2030-01-01T00:00:00Z",
    "https://example.com/a",
    "s3://service-bucket/key",
    "rate(1 hour)",
    "0c5f1a7e-0000-4000-8000-000000000000",
    "1.0.0",
    "name@example.com",
    "123456789012",
)
_NAMES: Mapping[str, str] = {
    "action": "*",
    "amiid": "ami-0123456789abcdef0",
    "availabilityzone": "us-west-2a",
    "cidr": "10.0.0.0/16",
    "cidrblock": "10.0.0.0/16",
    "comparisonoperator": "GreaterThanThreshold",
    "destinationcidrblock": "0.0.0.0/0",
    "domainname": "example.com",
    "email": "name@example.com",
    "imageid": "ami-0123456789abcdef0",
    "ipprotocol": "tcp",
    "schedule": "rate(1 hour)",
    "scheduleexpression": "rate(1 hour)",
    "url": "https://example.com/a",
}
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}
_FORMAT = re.compile(r"(AWS::\w+::\w+)\.(\w+)")
_DEEP = 12


@dataclass
class TemplateGenerator:
    """Builds one template; `values` are properties by type that the schema does not say."""

    values: Mapping[str, Mapping[str, Any]]
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    _made: dict[str, str] = field(default_factory=dict)

    def add(self, type_name: str) -> str:
        """Add a resource of the type, with all that it refers to; returns its logical id."""
        if type_name not in self._made:
            name = re.sub(r"\W|AWS", "", type_name)
            self._made[type_name] = name
            properties = self._properties(type_name)
            self.resources[name] = {"Type": type_name, "Properties": properties}
        return self._made[type_name]

    def another(self, type_name: str, property_name: str, other_than: Any) -> Any:
        """Another value that the property takes; None when there is none to be found."""
        known = _schema(type_name)
        node = known.resolve(known.properties[property_name])
        return next(
            (value for value in self._values(known, node, property_name) if value != other_than), None
        )

    def value(self, type_name: str, property_name: str) -> Any:
        """A value that the property takes."""
        known = _schema(type_name)
        return self._value(known, known.properties[property_name], property_name, 0)

    def _properties(self, type_name: str) -> dict[str, Any]:
        known = _schema(type_name)
        known_values = {name: self._filled(value) for name, value in self.values.get(type_name, {}).items()}
        properties: dict[str, Any] = self._object(known, known.document, 0, skip=set(known_values))
        properties.update(known_values)
        for name in set(properties) - {*known_values}:
            parent = self._parent(type_name, name)
            if parent is not None and isinstance(properties[name], str):
                properties[name] = self._reference(*parent)
        return {
            name: value
            for name, value in properties.items()
            if value is not None and (name not in known.read_only or name in known_values)
        }

    def _parent(self, type_name: str, name: str) -> tuple[str, str | None] | None:
        """The type of the same service that a property names (`ApiId` an Api), if it is no record."""
        service = type_name.rpartition("::")[0]
        for other in adapted():
            if other.rpartition("::")[0] == service and other != type_name and other not in self._made:
                identifying = _schema(other).identifying
                short = other.rpartition("::")[2]
                if identifying == (name,) or (name == f"{short}Id" and len(identifying) == 1):
                    return other, None
                if name == f"{short}Arn" and {"Arn", name} & _schema(other).read_only:
                    return other, "Arn" if "Arn" in _schema(other).read_only else name
        return None

    def _filled(self, value: Any) -> Any:
        """A value may refer to another type: "@AWS::EC2::VPC", "@AWS::S3::Bucket.Arn"."""
        if isinstance(value, str) and value.startswith("@"):
            type_name, _, attribute = value[1:].partition(".")
            return self._reference(type_name, attribute or None)
        if isinstance(value, dict):
            return {name: self._filled(item) for name, item in value.items()}
        return [self._filled(item) for item in value] if isinstance(value, list) else value

    def _reference(self, type_name: str, attribute: str | None) -> Any:
        name = self.add(type_name)
        return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}

    def _object(self, known: Schema, node: Node, depth: int, skip: set[str] = frozenset()) -> dict[str, Any]:  # type: ignore[assignment]
        properties = node.get("properties", {})
        made: dict[str, Any] = {}
        for name in _needed(known, node, skip):
            if name in properties and name not in skip and name not in made:
                made[name] = self._value(known, properties[name], name, depth + 1)
        for pattern, inner in node.get("patternProperties", {}).items():
            if not made and not properties:
                made[next(samples(pattern), "a")] = self._value(known, inner, "", depth + 1)
        return made

    def _value(self, known: Schema, node: Node, name: str, depth: int) -> Any:
        if depth > _DEEP:
            return None
        node = _flat(known, node)
        kind = node.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object" or (kind is None and ("properties" in node or "patternProperties" in node)):
            if "policy" in name.lower() and not node.get("properties"):
                return _POLICY
            return self._object(known, node, depth)
        if kind == "array":
            return self._array(known, node, name, depth)
        return next(self._values(known, node, name), None)

    def _array(self, known: Schema, node: Node, name: str, depth: int) -> Any:
        items = node.get("items", {})
        found = _FORMAT.fullmatch(str(node.get("format", "")))
        if found:
            one: Any = self._linked(found[1], found[2].removesuffix("s"))
        else:
            one = self._value(known, items, name.removesuffix("s"), depth + 1)
        least = max(1, int(node.get("minItems", 0)))
        if one is None:
            return []
        others = [value for value in self._values(known, _flat(known, items), name) if value != one]
        return [one, *others[: least - 1]] if least > 1 and others else [one] * least

    def _values(self, known: Schema, node: Node, name: str) -> Iterator[Any]:
        node = _flat(known, node)
        kind = node.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if "const" in node:
            yield node["const"]
        elif node.get("enum") or node.get("enumCaseInsensitive"):
            yield from node.get("enum") or node["enumCaseInsensitive"]
        elif kind == "boolean":
            yield from (False, True)
        elif kind in ("integer", "number"):
            least = int(node.get("minimum", node.get("exclusiveMinimum", 0)) or 0)
            yield from (least + step for step in (1, 2, 0) if least + step <= node.get("maximum", 10**9))
        elif kind in ("string", None):
            yield from self._texts(node, name)

    def _texts(self, node: Node, name: str) -> Iterator[Any]:
        found = _FORMAT.fullmatch(str(node.get("format", "")))
        if found and _schema_of(found[1]) is not None:
            yield self._linked(found[1], found[2])
        least, most = int(node.get("minLength", 0)), int(node.get("maxLength", 10_000))
        pattern = node.get("pattern")
        for text in _candidates(name, str(node.get("format", ""))):
            fits = pattern is None or _takes(pattern, text)
            if fits and least <= len(text) <= most:
                yield text
        if pattern is not None:
            yield from samples(pattern, least=least, most=most)
        else:
            yield from ("a" * max(least, 1), "b" * max(least, 1))

    def _linked(self, type_name: str, what: str) -> Any:
        if type_name in self._made and self._made[type_name] not in self.resources:
            return "made-before-it-is-there"
        match what:
            case "Arn":
                known = _schema(type_name)
                arn = next((name for name in sorted(known.read_only) if name.endswith("Arn")), None)
                return self._reference(type_name, arn)
            case "Id" if type_name == "AWS::EC2::SecurityGroup":
                return self._reference(type_name, "GroupId")
            case "Id" if type_name == "AWS::EC2::Image":
                return _NAMES["imageid"]
        return self._reference(type_name, None)


def _schema(type_name: str) -> Schema:
    found = _schema_of(type_name)
    assert found is not None, type_name
    return found


def _schema_of(type_name: str) -> Schema | None:
    return schema(type_name, REGION)


def _flat(known: Schema, node: Node) -> dict[str, Any]:
    """The node with its $ref followed, and the first of its alternatives merged in."""
    flat: dict[str, Any] = dict(known.resolve(node))
    for choice in ("oneOf", "anyOf"):
        branches = flat.pop(choice, None)
        if branches:
            flat = _merged(flat, _flat(known, branches[0]))
    for branch in flat.pop("allOf", ()):
        flat = _merged(flat, _flat(known, branch))
    return flat


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**one, **{name: value for name, value in other.items() if name not in one}}
    if "required" in one or "required" in other:
        merged["required"] = [*one.get("required", ()), *other.get("required", ())]
    if "properties" in one and "properties" in other:
        merged["properties"] = {**other["properties"], **one["properties"]}
    return merged


def _needed(known: Schema, node: Node, there: set[str]) -> Iterator[str]:
    flat = _flat(known, node)
    needed = list(flat.get("required", ()))
    for rule in ("requiredXor", "requiredOr"):
        for names in _rules(flat.get(rule, ())):
            if not {*names} & {*needed, *there}:
                needed.append(names[0])
    for name in needed:
        yield name
        yield from flat.get("dependentRequired", {}).get(name, ())


def _rules(found: Any) -> Sequence[Sequence[str]]:
    """A rule is one list of names or several."""
    return [found] if found and isinstance(found[0], str) else found


def _candidates(name: str, form: str) -> Iterator[str]:
    lowered = name.lower()
    if form in ("json",):
        yield "{}"
    if form in ("date-time", "timestamp"):
        yield "2030-01-01T00:00:00Z"
    if form == "ipv4-network":
        yield "10.0.0.0/16"
    if lowered in _NAMES:
        yield _NAMES[lowered]
    if lowered.endswith("arn"):
        yield from _ARNS
    short = re.sub(r"[^a-z0-9]", "", lowered)[:20] or "some"
    yield from (f"my-{short}", f"your-{short}", short, f"{short}2")
    yield from _TEXTS


def _takes(pattern: str, text: str) -> bool:
    compiled = readable(pattern)
    return compiled is not None and compiled.search(text) is not None
