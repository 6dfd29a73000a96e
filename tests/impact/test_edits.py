"""Edits of templates, and what each does to launches as AWS documents it."""

from __future__ import annotations

from typing import Any

from publisher.impact import judge, needed_bump, worst
from tests.conftest import cases


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Resources": {"It": {"Type": "AWS::S3::Bucket", "Properties": properties}}}


@cases(
    ("before", "after", "effects", "level", "bump"),
    {
        "nothing": (bucket(), bucket(), [], "safe", ""),
        "other name": (bucket(BucketName="a"), bucket(BucketName="b"), ["replacement"], "critical", "major"),
        "tag": (bucket(), bucket(Tags=[{"Key": "a", "Value": "b"}]), ["in place"], "safe", "patch"),
        "removed": (
            {**bucket(), "Outputs": {"Name": {"Value": {"Ref": "It"}}}},
            {"Resources": {}},
            ["removal", "output lost"],
            "critical",
            "major",
        ),
    },
)
def test_an_edit_has_its_effects(
    before: dict[str, Any], after: dict[str, Any], effects: list[str], level: str, bump: str
) -> None:
    changes = judge(before, after)
    assert ([it.effect for it in changes], worst(changes), needed_bump(changes)) == (effects, level, bump)
