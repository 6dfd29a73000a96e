from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.report.rules import TEMPLATE_CHECKS
from publisher.report.tables import Shown, checks, outputs, parameters, products, which
from publisher.templates.blueprints import BLUEPRINT_CHECKS
from publisher.templates.interface import Interface
from tests.conftest import cases


def shown(key: str, axes: Mapping[str, str], **template: Any) -> Shown:
    return Shown(key=key, display_name=f"The {key}", axes=axes, interface=Interface.of(template))


FAMILY = [
    shown(f"{tier}-{source}-{vpc}", {"tier": tier, "source": source, "vpc": vpc})
    for tier, sources, vpcs in [
        ("low", "ab", ["none"]),
        ("mid", "ab", ["none"]),
        ("top", "ab", ["own", "shared"]),
    ]
    for source in sources
    for vpc in vpcs
]


@cases(
    ("keys", "words"),
    {
        "all": (["low", "mid", "top"], "all"),
        "one value": (["top"], "tier `top`"),
        "two values": (["low", "mid"], "tier `low` or `mid`"),
        "another axis": (["-a-"], "source `a`"),
        "narrower axis": (["own"], "vpc `own`"),
        "two axes": (["top-a"], "tier `top`; source `a`"),
        "no words for it": (["low-a", "top-b-own"], "`low-a-none`, `top-b-own`"),
    },
)
def test_which(keys: list[str], words: str) -> None:
    assert which([each for each in FAMILY if any(key in each.key for key in keys)], FAMILY) == words


def test_a_family_without_axes() -> None:
    only = shown("only", {})
    assert which([only], [only]) == "all"


def parameter(kind: str = "String", **more: Any) -> dict[str, Any]:
    return {"Type": kind, **more}


def test_parameters() -> None:
    values = [str(number) for number in range(9)]
    family = [
        shown(
            "a", {"x": "1"},
            Parameters={
                "A": parameter(),
                "C": parameter(Default="", Description="c|c\n<i>"), "D": parameter("Number"),
            },
        ),
        shown(
            "b", {"x": "2"},
            Parameters={
                "A": parameter(), "B": parameter(Default="b|b", AllowedValues=["b|b", "c"]),
                "D": parameter("Number", AllowedValues=values),
            },
        ),
    ]  # fmt: skip
    assert parameters(family).splitlines() == [
        "| parameter | type | default | description | products |",
        "|---|---|---|---|---|",
        "| `A` | `String` |  |  | all |",
        "| `B` | `String`: <code>b&#124;b</code>, `c` | <code>b&#124;b</code> |  | x `2` |",
        "| `C` | `String` | (empty) | c&#124;c &#60;i&#62; | x `1` |",
        "| `D` | `Number` |  |  | x `1` |",
        "| `D` | `Number`: `0`, `1`, …, `8` |  |  | x `2` |",
    ]


def test_outputs() -> None:
    family = [
        shown(
            "a",
            {"x": "1"},
            Outputs={"O": {"Description": "One"}, "Z": {"Description": "Last", "Condition": "C"}},
        ),
        shown(
            "b",
            {"x": "2"},
            Outputs={"O": {"Description": "Two"}, "Z": {"Description": "Last", "Condition": "C"}},
        ),
    ]
    assert outputs(family).splitlines() == [
        "| output | description | only if | products |",
        "|---|---|---|---|",
        "| `O` | One |  | x `1` |",
        "| `O` | Two |  | x `2` |",
        "| `Z` | Last | `C` | all |",
    ]


def test_products() -> None:
    assert products([shown("a", {}), shown("b", {})]).splitlines()[2:] == [
        "| `a` | The a |",
        "| `b` | The b |",
    ]


def test_checks() -> None:
    lines = checks().splitlines()
    assert lines[0] == "| rule | requirement | fix |"
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        f"| {each.id}" for each in (*TEMPLATE_CHECKS, *BLUEPRINT_CHECKS)
    ]
