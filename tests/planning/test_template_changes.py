from __future__ import annotations

from collections.abc import Mapping, Sequence

from publisher.planning.template_changes import ComparedVersion, TemplateChange, grouped
from tests.conftest import cases

A, B, C = (TemplateChange(action="add", subject="resource", path=it, after="T") for it in "ABC")
LONG = TemplateChange(action="add", subject="resource", path="A", after="T", digest="1")


def version(product: str) -> ComparedVersion:
    return ComparedVersion(product=product, published="1.0.0", version="1.1.0")


@cases(
    ("found", "groups"),
    {
        "nothing": ({}, []),
        "all have all": ({"y": [A, B], "x": [A, B]}, [("xy", [A, B])]),
        "a change of some": ({"x": [A, B, C], "y": [A, C], "z": [A, B, C]}, [("xyz", [A, C]), ("xz", [B])]),
        "nothing in common": ({"y": [A], "x": [B]}, [("x", [B]), ("y", [A])]),
        "without a change": ({"x": [], "y": [A], "z": []}, [("xz", []), ("y", [A])]),
        "another value behind the same text": ({"x": [A], "y": [LONG]}, [("x", [A]), ("y", [LONG])]),
        "one text twice": ({"x": [A, A]}, [("x", [A])]),
    },
)
def test_each_change_is_there_once(
    found: Mapping[str, Sequence[TemplateChange]], groups: list[tuple[str, list[TemplateChange]]]
) -> None:
    made = grouped({version(product): changes for product, changes in found.items()})
    assert [("".join(it.product for it in one.versions), list(one.changes)) for one in made] == groups
    assert made == grouped({version(product): found[product] for product in reversed(list(found))})
