"""JSON Schema of the files that people write, from the models; for editors, and stable byte by byte."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

from pydantic import BaseModel

from publisher.declarations.config import LaunchConfig
from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.product import ProductFile
from publisher.declarations.targets import TargetsFile

Kind = Literal["portfolio", "product", "config", "targets"]
_MODELS: dict[Kind, type[BaseModel]] = {
    "portfolio": PortfolioFile,
    "product": ProductFile,
    "config": LaunchConfig,
    "targets": TargetsFile,
}


def schema_of(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of a kind of file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_MODELS[kind].model_json_schema()}


def schema_text(kind: Kind) -> str:
    """The text of the schema's file."""
    return json.dumps(schema_of(kind), indent=2, sort_keys=True) + "\n"


def schema_files() -> dict[str, str]:
    """The files of docs/schema, by path."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    return {f"docs/schema/{kind}.schema.json": schema_text(kind) for kind in kinds}
