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
from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.product import ProductFile
from publisher.declarations.targets import TargetsFile
from publisher.documents import UnfitFileError, beginning

Kind = Literal["portfolio", "product", "form", "config", "targets"]
FOLDER = "docs/schema"
_NAMES = re.compile(rb"# yaml-language-server: \$schema=(\S+)")
_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
_MODELS: dict[str, type[BaseModel]] = {
    "portfolio": PortfolioFile,
    "product": ProductFile,
    "form": FormFile,
    "targets": TargetsFile,
}


def schema_of(kind: Kind, forms: Sequence[Form] = ()) -> dict[str, Any]:
    """The JSON Schema of a kind of file; configs are generic, or of one of the forms."""
    if kind != "config":
        return {**_DIALECT, **_model_schema(kind)}
    models = [form.model for form in (generic(), *forms)]
    schemas, definitions = models_json_schema([(model, "validation") for model in models])
    return {**_DIALECT, "oneOf": [schemas[(model, "validation")] for model in models], **definitions}


@cache
def _model_schema(kind: Kind) -> dict[str, Any]:
    return _MODELS[kind].model_json_schema()


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
