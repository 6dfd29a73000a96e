"""The resource schemas that cfn-lint ships, read one at a time: its properties, identifiers, attributes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Node = Mapping[str, Any]
_FALLBACK_REGION = "us-east-1"
_WITH_OUTPUTS = frozenset(
    ("AWS::CloudFormation::Stack", "AWS::ServiceCatalog::CloudFormationProvisionedProduct")
)
# Replaced according to the types' pages in the Template Reference, which their schemas do not say.
_REPLACED: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::GlobalTable": ("KeySchema", "LocalSecondaryIndexes"),
    "AWS::DynamoDB::Table": ("KeySchema",),
    "AWS::EC2::EIP": ("Domain",),
    "AWS::RDS::DBInstance": ("Port",),
    "AWS::Route53::RecordSet": ("Name",),
}


@dataclass(frozen=True, kw_only=True)
class Schema:
    """One resource type's schema (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html)."""

    type_name: str
    document: Node

    @property
    def kind(self) -> str:
        """The type's name without its service's."""
        return self.type_name.split("::")[2]

    @property
    def properties(self) -> Node:
        return self._section("properties")

    @property
    def registered(self) -> bool:
        """Whether the type has handlers in the registry; the oldest types have none."""
        return "handlers" in self.document

    @cached_property
    def primary_identifier(self) -> tuple[str, ...]:
        """Names of the properties that identify a resource; Ref joins their values by "|"."""
        return tuple(_dotted(pointer) for pointer in self.document.get("primaryIdentifier", ()))

    @cached_property
    def identifying(self) -> tuple[str, ...]:
        """Of the primary identifier the id that AWS makes, if it makes one: Ref has no parent's id."""
        made = tuple(name for name in self.primary_identifier if name in self.read_only)
        return made if len(made) == 1 else self.primary_identifier

    @cached_property
    def read_only(self) -> frozenset[str]:
        """Dotted names of the properties that AWS fills in; they are the attributes of GetAtt."""
        return frozenset(_dotted(pointer) for pointer in self.document.get("readOnlyProperties", ()))

    @cached_property
    def create_only(self) -> tuple[tuple[str, ...], ...]:
        """Paths of the properties whose change needs a new resource ("*" stands for any list item or key)."""
        listed = (_path(pointer) for pointer in self.document.get("createOnlyProperties", ()))
        return (*listed, *((name,) for name in _REPLACED.get(self.type_name, ())))

    @cached_property
    def conditional_create_only(self) -> tuple[tuple[str, ...], ...]:
        return tuple(_path(pointer) for pointer in self.document.get("conditionalCreateOnlyProperties", ()))

    @cached_property
    def tag_property(self) -> str | None:
        """The property that holds tags, if the type takes tags."""
        tagging = self._section("tagging")
        if tagging.get("taggable", self.document.get("taggable", True)) is False:
            return None
        named = _dotted(tagging.get("tagProperty", "/properties/Tags"))
        return named if named in self.properties else None

    def attributes(self) -> Iterator[tuple[str, Node]]:
        """Dotted names of the attributes of GetAtt, each with its schema."""
        for name in sorted(self.read_only):
            node = self.at(name)
            if node is not None and not (node.get("type") == "object" and "properties" in node):
                yield name, node
            elif node is not None:
                yield from (
                    (f"{name}.{inner}", self.resolve(child)) for inner, child in node["properties"].items()
                )

    def has_attribute(self, name: str) -> bool:
        """Whether Fn::GetAtt may ask for it: a read-only property, one inside, or one that holds it."""
        if not self.registered or name in self.read_only:
            return True
        if self.type_name in _WITH_OUTPUTS and name.startswith("Outputs."):
            return True
        return any(name.startswith(f"{known}.") for known in self.read_only) or self.at(name) is not None

    def at(self, dotted: str) -> Node | None:
        node: Node = self.document
        for part in dotted.split("."):
            found = self.resolve(node).get("properties", {}).get(part)
            if found is None:
                return None
            node = found
        return self.resolve(node)

    def resolve(self, node: Node) -> Node:
        """The node itself, or what its $ref points at."""
        seen = 0
        while "$ref" in node and seen < 8:
            target: Any = self.document
            for part in str(node["$ref"]).removeprefix("#/").split("/"):
                target = target.get(part, {})
            node, seen = target, seen + 1
        return node

    def _section(self, name: str) -> Node:
        section: Node = self.document.get(name, {})
        return section


def schema(type_name: str, region: str) -> Schema | None:
    """The schema of a type as its Region has it, or None when the Region does not know the type."""
    digest = _types(region).get(type_name)
    return _schema(digest) if digest else None


def type_names(region: str) -> tuple[str, ...]:
    """Names of all resource types of a Region, sorted."""
    return tuple(sorted(_types(region)))


@cache
def _schema(digest: str) -> Schema:
    document = lint_data(f"schemas/resources/{digest}.json")
    return Schema(type_name=document["typeName"], document=document)


@cache
def _types(region: str) -> Mapping[str, str]:
    known = (_folder() / "schemas" / "providers" / f"{region}.json").is_file()
    return lint_data(f"schemas/providers/{region if known else _FALLBACK_REGION}.json")


def lint_data(name: str) -> Mapping[str, Any]:
    """A file of the data of cfn-lint."""
    document: Mapping[str, Any] = json.loads((_folder() / name).read_bytes())
    return document


@cache
def _folder() -> Path:
    # find_spec finds the data without importing cfn-lint, which takes seconds.
    spec = find_spec("cfnlint")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "data"


def _path(pointer: str) -> tuple[str, ...]:
    parts = pointer.removeprefix("/properties/").split("/")
    return tuple(part for part in parts if part not in ("properties", "items"))


def _dotted(pointer: str) -> str:
    return ".".join(_path(pointer))
