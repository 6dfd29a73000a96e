"""JSON Schema of the files that people write, from the models; for editors, and stable byte by byte."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from publisher.declarations.form import Form, FormFile, generic
from publisher.declarations.pipeline import PipelineFile
from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.product import ProductFile
from publisher.declarations.targets import TargetsFile
from publisher.documents import UnfitFileError, beginning

Kind = Literal["portfolio", "product", "form", "config", "targets", "pipeline"]
FOLDER = "docs/schema"
_NAMES = re.compile(rb"# yaml-language-server: \$schema=(\S+)")
# What editors read, and SchemaStore takes.
_DIALECT = {"$schema": "http://json-schema.org/draft-07/schema#"}
_DEFINITIONS = "#/definitions/{model}"
_STORE = "https://www.schemastore.org"
# Only for files below a folder of this name: those of other people are in folders of the other names, too.
_STORED: dict[Kind, tuple[str, str]] = {
    "portfolio": ("An AWS Service Catalog portfolio", "portfolio/*.yaml"),
    "product": ("A family of AWS Service Catalog products", "products/*/product.yaml"),
    "form": ("The launch form of a family of AWS Service Catalog products", "products/*/launch.yaml"),
    "targets": ("The accounts and Regions that a project publishes to", "configs/targets.yaml"),
    "pipeline": ("The pipeline that publishes a project", "configs/pipeline.yaml"),
}
CATALOG = f"{FOLDER}/catalog.json"
_MODELS: dict[str, type[BaseModel]] = {
    "portfolio": PortfolioFile,
    "product": ProductFile,
    "form": FormFile,
    "targets": TargetsFile,
    "pipeline": PipelineFile,
}


def schema_of(kind: Kind, forms: Sequence[Form] = ()) -> dict[str, Any]:
    """The JSON Schema of a kind of file; configs are generic, or of one of the forms."""
    if kind != "config":
        identified = {"$id": _url(kind)} if kind in _STORED else {}
        return {**_DIALECT, **identified, **_model_schema(kind)}
    models = [form.model for form in (generic(), *forms)]
    schemas, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=_DEFINITIONS
    )
    one_of = [schemas[(model, "validation")] for model in models]
    return {**_DIALECT, **_draft_07({"oneOf": one_of, **definitions})}


@cache
def _model_schema(kind: Kind) -> dict[str, Any]:
    return _draft_07(_MODELS[kind].model_json_schema(ref_template=_DEFINITIONS))


def _draft_07(schema: dict[str, Any]) -> dict[str, Any]:
    """The same in an older dialect, which ignores what stands beside $ref."""
    definitions = schema.pop("$defs", {})
    older: dict[str, Any] = _separated({**schema, "definitions": definitions})
    return older


def _separated(value: Any) -> Any:
    if isinstance(value, list):
        return [_separated(it) for it in value]
    if not isinstance(value, dict):
        return value
    entries = {key: _separated(it) for key, it in value.items() if not _is_discriminator(key, it)}
    if isinstance(reference := entries.get("$ref"), str) and len(entries) > 1:
        return {key: it for key, it in entries.items() if key != "$ref"} | {"allOf": [{"$ref": reference}]}
    return entries


def _is_discriminator(key: str, value: Any) -> bool:
    """OpenAPI's keyword, and no property of this name."""
    return key == "discriminator" and "propertyName" in value


def catalog() -> dict[str, Any]:
    """The entries of SchemaStore's catalog for the kinds that are the same in all projects."""
    return {
        "$schema": f"{_STORE}/schema-catalog.json",
        "version": 1,
        "schemas": [
            {
                "name": f"publisher {kind}",
                "description": f"{title}, as publisher reads it",
                "fileMatch": [f"**/service-catalog/{pattern}"],
                "url": _url(kind),
            }
            for kind, (title, pattern) in _STORED.items()
        ],
    }


def _url(kind: Kind) -> str:
    return f"{_STORE}/service-catalog-publisher-{kind}.json"


def schema_text(kind: Kind, forms: Sequence[Form] = ()) -> str:
    """The text of the schema's file."""
    return json.dumps(schema_of(kind, forms), indent=2, sort_keys=True) + "\n"


def schema_files(forms: Sequence[Form]) -> dict[str, str]:
    """The schemas' files by path."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    return {f"{FOLDER}/{kind}.schema.json": schema_text(kind, forms) for kind in kinds}


def missing(root: Path, files: Iterable[str]) -> list[str]:
    """Those of the schemas' files that these files name for editors, and that are not there."""
    ours = {f"{FOLDER}/{kind}.schema.json" for kind in get_args(Kind)}
    named = {path for name in files for path in _named(root, name)}
    return sorted(path for path in named & ours if not (root / path).exists())


def _named(root: Path, name: str) -> Iterable[str]:
    try:
        found = _NAMES.match(beginning(root / name, 300))
    except UnfitFileError:
        return ()
    return [os.path.normpath(f"{name}/../{os.fsdecode(found[1])}")] if found else ()
