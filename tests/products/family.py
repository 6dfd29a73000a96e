from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from publisher.declarations import Repository, load
from publisher.declarations.config import parse_config
from publisher.documents import parse
from publisher.launch.by_form import requests_of
from publisher.launch.request import LaunchRequest
from publisher.templates.render import Rendered, render_all
from tests.conftest import ROOT

SOURCE = "codeconnection"


@cache
def repository() -> Repository:
    return load(ROOT)


@cache
def everything() -> Mapping[str, Rendered]:
    """The products of all families, sorted by key."""
    return {each.product: each for each in render_all(repository().variants)}


@cache
def rendered(family: str = "ml-project") -> Mapping[str, Rendered]:
    return {product: each for product, each in everything().items() if each.family == family}


@cache
def example(product: str) -> tuple[str, str]:
    """Path and text of a product's first config; of a source without one, from those of other products."""
    texts = {it.path: (ROOT / it.path).read_text(encoding="utf-8") for it in repository().configs}
    found = {it.product: path for path, it in reversed(requests_of(repository().configs)[0].items())}
    if product in found:
        return found[product], texts[found[product]]
    path = found[product.replace(SOURCE, "codecommit")]
    lines = texts[found[f"ml-project-starter-{SOURCE}"]].splitlines(keepends=True)
    source = "".join(it for it in lines if re.match("  (source_control|connection_arn|.*_repository):", it))
    return path.replace("codecommit", SOURCE), texts[path].replace("  source_control: codecommit\n", source)


@cache
def request_of(product: str) -> LaunchRequest:
    """The launch of a product's example."""
    path, text = example(product)
    config, problems = parse_config(parse(text, path=path), repository().forms)
    assert config is not None and problems == []
    return requests_of([config])[0][path]


def resources(product: str, type_name: str) -> dict[str, dict[str, Any]]:
    """Logical id → properties of the resources of a type."""
    return {
        name: resource["Properties"]
        for name, resource in everything()[product].template["Resources"].items()
        if resource["Type"] == type_name
    }


def statements(product: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those of the policies of roles, each with its role's logical id."""
    for name, role in resources(product, "AWS::IAM::Role").items():
        for policy in role["Policies"]:
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
