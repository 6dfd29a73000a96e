"""The resource schemas that cfn-lint ships, by type, as it has them. cfn-lint itself is not imported."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from publisher.errors import PublisherError

Schema = Mapping[str, Any]
_FIRST_REGION = "us-east-1"


@cache
def schema_of(type_name: str) -> Schema | None:
    """The schema of a resource type, from the Region that knows most; None when no Region has one."""
    digest = next((types[type_name] for types in _providers() if type_name in types), None)
    if digest is None:
        return None
    schema: Schema = json.loads((_data() / "schemas" / "resources" / f"{digest}.json").read_bytes())
    return schema


def type_names() -> tuple[str, ...]:
    """Every resource type with a schema, sorted."""
    return tuple(sorted({name for provider in _providers() for name in provider}))


@cache
def stateful_types() -> frozenset[str]:
    """The types that cfn-lint knows to hold data (its rule I3011)."""
    listed = json.loads((_data() / "AdditionalSpecs" / "StatefulResources.json").read_bytes())
    return frozenset(listed["ResourceTypes"])


@cache
def schema_files() -> tuple[tuple[str, int, int], ...]:
    """Which files say what schemas there are, how large each is, when it was written.

    `cfn-lint --update-specs` changes them without another version.
    """
    paths = sorted([*_data().glob("schemas/providers/*.json"), *_data().glob("AdditionalSpecs/*.json")])
    return tuple((path.name, (found := path.stat()).st_size, found.st_mtime_ns) for path in paths)


@cache
def _data() -> Path:
    package = importlib.util.find_spec("cfnlint")
    if package is None or package.origin is None:
        raise PublisherError("cfn-lint is not installed", hint="install the package's dependencies")
    return Path(package.origin).parent / "data"


@cache
def _providers() -> tuple[Mapping[str, str], ...]:
    paths = sorted(
        (_data() / "schemas" / "providers").glob("*.json"), key=lambda it: (it.stem != _FIRST_REGION, it.stem)
    )
    return tuple(json.loads(path.read_bytes()) for path in paths)
