from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from publisher.declarations import Repository, load
from publisher.errors import InputError, Where
from publisher.templates.checks import check
from publisher.templates.lint import lint
from publisher.templates.render import Rendered, render, render_all
from tests.conftest import cases, raising

EVERYTHING = Path(__file__).parents[1] / "declarations" / "everything"


@pytest.fixture(scope="module")
def rendered() -> dict[str, Rendered]:
    return {it.product: it for it in render_all(load(EVERYTHING).variants)}


def family(root: Path, template: str, files: dict[str, bytes], **fields: Any) -> Repository:
    folder = root / "products" / "fam"
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    declared = {
        "family": "fam",
        "version": "1.0.0",
        "display_name": "Fam",
        "owner": "us",
        "template": template,
    }
    (folder / "product.yaml").write_text(json.dumps(declared | fields), encoding="utf-8")
    return load(root, configs=False)


def test_a_plain_template_is_published_in_the_long_form_without_comments(
    rendered: dict[str, Rendered],
) -> None:
    assert rendered["plain"].template == {
        "Parameters": {"Size": {"Type": "String", "AllowedValues": ["small", "large"]}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Size"}}}},
    }
    assert "#" not in rendered["plain"].body


def test_the_same_content_has_the_same_digest_in_any_format(rendered: dict[str, Rendered]) -> None:
    assert rendered["plain"].digest == rendered["tools-topic"].digest
    assert rendered["plain"].object_key == f"templates/{rendered['plain'].digest[7:]}.yaml"
    assert rendered["plain"].published == rendered["plain"].body.encode()


def test_each_template_of_a_folder_is_a_product(rendered: dict[str, Rendered]) -> None:
    assert list(rendered["tools-second-topic"].template["Parameters"]["Size"]) == ["Type"]
    assert rendered["tools-topic"].variant.template == "templates/topic.yaml"


@pytest.mark.slow
@cases(
    ("templates", "products"),
    {
        "what looks like one": ({}, ["fam-a-template", "fam-b"]),
        "included": ({"include": ["*.template.json"]}, ["fam-a-template"]),
        "not excluded": ({"exclude": ["*.json"]}, ["fam-b"]),
        "both": ({"include": ["a*", "b*"], "exclude": ["b.*"]}, ["fam-a-template"]),
    },
)
def test_the_templates_of_a_folder(tmp_path: Path, templates: dict[str, Any], products: list[str]) -> None:
    topic = b'{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    large = b'{"version": "tree-0.1", "tree": {"children": [' + b"{}, " * 300_000 + b"{}]}}"
    others = {
        "manifest.json": b'{"version": "36.0.0"}',
        "tree.json": large,
        "b.assets.json": b'{"files": {}}',
    }
    files = {"a.template.json": topic, "b.yaml": topic, **others}
    found = family(
        tmp_path,
        "out",
        {f"out/{name}": body for name, body in files.items()},
        display_name="{template}",
        templates=templates,
    )
    assert [it.product for it in render_all(found.variants)] == products


def test_braces_of_jinja_mean_nothing_in_a_plain_template(tmp_path: Path) -> None:
    body = b'Description: "{{ secret }}"\nResources: {Topic: {Type: "AWS::SNS::Topic"}}\n'
    (variant,) = family(tmp_path, "main.yaml", {"main.yaml": body}).variants
    assert render(variant).template["Description"] == "{{ secret }}"


def test_our_own_checks_only_warn_about_plain_templates(rendered: dict[str, Rendered]) -> None:
    found = check(rendered["plain"])
    assert {(it.rule, it.severity) for it in found} == {("T106", "warning"), ("T107", "warning")}


@cases(
    ("body", "message"),
    {
        "bytes": (b"\xff", "products/fam/main.yaml:1:1: T010 not UTF-8: invalid start byte"),
        "large": (
            b"#" * 1_000_001,
            "products/fam/main.yaml:1:1: T004 larger than 1,000,000 bytes",
        ),
        "not a template": (b"Resources: {A: 1, A: 2}", "products/fam/main.yaml:1:19: T011 duplicate key 'A'"),
    },
)
def test_what_cannot_be_read(tmp_path: Path, body: bytes, message: str) -> None:
    (variant,) = family(tmp_path, "main.yaml", {"main.yaml": body}).variants
    with pytest.raises(InputError) as caught:
        render(variant)
    assert str(caught.value.problems[0]) == message


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    (variant,) = family(tmp_path, "main.yaml", {"main.yaml": b"Resources: {A: 1}"}).variants
    (tmp_path / "products/fam/main.yaml").unlink()
    with raising(
        InputError,
        "products/fam/main.yaml:1:1: T005 file not found",
    ):
        render(variant)


def test_a_folder_for_another_engine_is_packed(rendered: dict[str, Rendered]) -> None:
    engine = rendered["engine"]
    assert engine.archive is not None
    assert engine.digest == f"sha256:{hashlib.sha256(engine.archive).hexdigest()}"
    assert (engine.path, engine.object_key) == ("engine.tar.gz", f"templates/{engine.digest[7:]}.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(engine.published))) as archive:
        assert archive.getnames() == ["main.tf"]
        assert [member.mtime for member in archive] == [0]
    assert lint([engine], ["us-west-2"]) == ()


def test_an_archive_for_another_engine_stays_as_it_is(tmp_path: Path) -> None:
    repository = family(
        tmp_path, "fam.tar.gz", {"fam.tar.gz": b"bytes"}, product_type="EXTERNAL", launch_role="engine"
    )
    (variant,) = repository.variants
    assert render(variant).published == b"bytes"


def test_an_empty_folder_for_another_engine(tmp_path: Path) -> None:
    repository = family(tmp_path, "tf", {"tf/.DS_Store": b"x"}, product_type="EXTERNAL", launch_role="engine")
    with pytest.raises(InputError, match="T020 the content folder is empty or missing"):
        render(repository.variants[0])


@cases(
    ("name", "body", "line", "column"),
    {
        "YAML": (
            "main.yaml",
            b"# Mine\nResources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {Nope: 1}\n",
            5,
            18,
        ),
        "JSON": (
            "main.json",
            b'{"Resources": {"A": {\n"Type": "AWS::SNS::Topic",\n"Properties": {\n "Nope": 1}}}}',
            4,
            2,
        ),
    },
)
def test_problems_are_at_lines_of_the_file(
    tmp_path: Path, name: str, body: bytes, line: int, column: int
) -> None:
    (variant,) = family(tmp_path, name, {name: body}).variants
    (problem,) = lint([render(variant)], ["us-east-1"])
    where = Where(path=f"products/fam/{name}", line=line, column=column)
    assert (problem.rule, problem.where) == ("E3002", where)
