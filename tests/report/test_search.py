"""The index of the search: each name once, with the products that have it."""

from __future__ import annotations

import json
from typing import Any

from publisher.report.search import MOST_BYTES, Searched, search_index
from publisher.templates.interface import Interface


def interface(key: str, *, resources: int = 1) -> Interface:
    """The interface of a product whose bucket is like that of others, and whose key is its own."""
    own = {f"Key{key}{n}": {"Type": "AWS::KMS::Key"} for n in range(resources)}
    return Interface.of(
        {
            "Parameters": {"Prefix": {"Type": "String", "Description": "Begins all names."}},
            "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, **own},
            "Outputs": {"BucketName": {"Value": "x", "Description": "Where\nthings are"}},
        }
    )


def read(text: str) -> Any:
    return json.loads(text.removeprefix("const SEARCH = ").removesuffix(";\n"))


def test_a_name_stands_once_with_the_products_that_have_it() -> None:
    products = [
        Searched(key="a", name="A <b>", interface=interface("a"), actions=["s3:*"]),
        Searched(key="B", description="\u202eB", interface=interface("B")),
        Searched(key="c"),
    ]
    found = read(search_index(products, [Searched(key="p", name="P")]))
    assert found == {
        "products": [["a", "a", "A <b>", 0], ["B", "b~df7e70e50215", "", 5], ["c", "c", "", 0]],
        "portfolios": [["p", "p", "P", 0]],
        "entries": {
            "action": [["s3:*", 0, 1, "policy"]],
            "output": [["BucketName", 1, 2]],
            "parameter": [["Prefix", 2, 2]],
            "resource": [["Bucket", 3, 2], ["KeyB0", 4, 3], ["Keya0", 4, 1]],
        },
        "texts": [
            "",
            "Where things are",
            "Begins all names.",
            "AWS::S3::Bucket",
            "AWS::KMS::Key",
            "\\u202eB",
        ],
        "sets": ["", "0", "0-1", "1"],
        "left_out": [],
    }


def test_what_does_not_fit_is_left_out_and_said() -> None:
    products = [Searched(key=f"p{n}", interface=interface(f"{n:0>9}", resources=40)) for n in range(350)]
    assert read(search_index(products[:100]))["left_out"] == []
    text = search_index(products)
    assert len(text) < MOST_BYTES
    assert read(text)["left_out"] == ["action", "output", "resource", "description"]
