from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft7Validator

from publisher.aws.arns import REGIONS
from publisher.declarations.form import read_forms
from publisher.declarations.schema import CATALOG, Kind, catalog, schema_of
from tests.conftest import ROOT, cases

TESTS = Path(__file__).parent
FORMS = read_forms(ROOT)
KINDS: tuple[Kind, ...] = get_args(Kind)
FILES = {
    "portfolio": "portfolio/*.yaml",
    "product": "products/*/product.yaml",
    "form": "products/*/launch.yaml",
    "config": "configs/*.yaml",
    "targets": "configs/targets.yaml",
    "pipeline": "configs/pipeline.yaml",
}
# Of the kinds that not every project has.
ELSEWHERE = {"targets": TESTS / "everything", "pipeline": TESTS / "pipeline"}


def _value(path: Path) -> Any:
    # YAML 1.2's idea of a string is nearer to ours than PyYAML's: no dates, no sexagesimals.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_in_docs_is_fresh(kind: Kind) -> None:
    text = json.dumps(schema_of(kind, FORMS), indent=2, sort_keys=True) + "\n"
    path = ROOT / "docs" / "schema" / f"{kind}.schema.json"
    assert path.read_text(encoding="utf-8") == text, f"run: publisher schema {kind} > {path}"


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_json_schema_that_editors_read(kind: Kind) -> None:
    """Of draft-07, which ignores what stands beside $ref, and knows none of the later keywords."""
    schema = schema_of(kind, FORMS)
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == Draft7Validator.META_SCHEMA["$schema"]
    later = {"$defs", "prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedProperties"}
    for each in _schemas(schema):
        assert later.isdisjoint(each)
        assert len(each) == 1 or not isinstance(each.get("$ref"), str)


def _schemas(value: Any) -> Iterator[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from [value] if isinstance(value, dict) else []
    for each in inner:
        yield from _schemas(each)


def test_schemastore_can_take_the_schemas_and_no_file_of_others_gets_them() -> None:
    entries = json.loads((ROOT / CATALOG).read_text(encoding="utf-8"))
    assert entries == catalog()
    store = json.loads((ROOT / "tests/schemas/schema-catalog.json").read_text(encoding="utf-8"))
    assert [*Draft7Validator(store).iter_errors(entries)] == []
    stored = {it["url"]: it["fileMatch"] for it in entries["schemas"]}
    kinds: tuple[Kind, ...] = tuple(it for it in KINDS if schema_of(it, ()).get("$id") in stored)
    assert len(kinds) == len(stored)
    for kind in kinds:
        (pattern,) = stored[schema_of(kind, ())["$id"]]
        file = FILES[kind].replace("*", "any")
        assert PurePosixPath(f"/home/me/service-catalog/{file}").match(pattern)
        assert not PurePosixPath(f"/home/me/shop/{file}").match(pattern)


@pytest.mark.parametrize("kind", KINDS)
@cases("root", {"ours": (ROOT), "good": (TESTS / "good")})
def test_right_files_are_right_for_editors(kind: Kind, root: Path) -> None:
    validator = Draft7Validator(schema_of(kind, read_forms(root)))
    files = sorted(ELSEWHERE.get(kind, root).glob(FILES[kind]))
    assert files
    assert {
        path.name: [error.message for error in validator.iter_errors(_value(path))] for path in files
    } == {path.name: [] for path in files}


@cases(
    ("kind", "name"),
    {
        "unknown key": ("config", "configs/key-typo.yaml"),
        "number": ("config", "configs/account-id-unquoted.yaml"),
        "length": ("config", "configs/use-case-one-too-long.yaml"),
        "pattern": ("config", "configs/company-prefix-malformed.yaml"),
        "Region": ("config", "configs/region-unknown.yaml"),
        "too few": ("config", "configs/subnets-empty.yaml"),
        "twice": ("config", "configs/route-tables-twice.yaml"),
        "constraint": ("portfolio", "portfolio/constraint-type-unknown.yaml"),
        "too many": ("portfolio", "portfolio/tags-too-many.yaml"),
        "version": ("product", "products/version-malformed/product.yaml"),
    },
)
def test_editors_see_what_is_wrong(kind: Kind, name: str) -> None:
    assert list(Draft7Validator(schema_of(kind, FORMS)).iter_errors(_value(TESTS / "bad" / name)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_description(kind: Kind) -> None:
    schema = schema_of(kind, FORMS)
    fields = {
        f"{owner}.{name}": field.get("description") or not {"$ref", "allOf"}.isdisjoint(field)
        for owner, model in [(kind, schema), *schema["definitions"].items()]
        for name, field in model.get("properties", {}).items()
        if "const" not in field
    }
    assert [name for name, description in fields.items() if not description] == []


def test_regions_are_real() -> None:
    from boto3 import Session

    partitions = ("aws", "aws-cn", "aws-us-gov")
    known = {name for partition in partitions for name in Session().get_available_regions("ssm", partition)}
    assert set(REGIONS) <= known
