from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from publisher.impact import Change
from publisher.model import Catalog, ProvisioningArtifact, in_state
from publisher.planning.plan import Plan, document_digest, plan
from publisher.planning.template_changes import (
    ComparedVersion,
    TemplateChanges,
    UncomparedVersion,
    grouped,
)
from tests.conftest import cases
from tests.samples import TARGET, as_observed, planned, product
from tests.samples import version as artifact

A, B, C = (
    Change(action="add", subject="resource", path=it, after="T", effect="added", bump="minor") for it in "ABC"
)
LONG = replace(A, digest="1")


def version(product: str) -> ComparedVersion:
    return ComparedVersion(
        product=product, published="1.0.0", version="1.1.0", published_digest="", digest=""
    )


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
    found: Mapping[str, Sequence[Change]], groups: list[tuple[str, list[Change]]]
) -> None:
    made = grouped({version(product): changes for product, changes in found.items()})
    assert [("".join(it.product for it in one.versions), list(one.changes)) for one in made] == groups
    assert made == grouped({version(product): found[product] for product in reversed(list(found))})


NEXT = artifact(number="2.0.0", letter="c")
OLD, CURRENT = artifact(number="1.0.0", letter="a"), artifact(number="1.1.0", letter="b")


@cases(
    ("published", "with_", "number"),
    {
        "the newest": ([OLD, CURRENT], NEXT, "1.1.0"),
        "not a deprecated one": ([OLD, in_state(CURRENT, "deprecated")], NEXT, "1.0.0"),
        "the newest of deprecated ones": (
            [in_state(it, "deprecated") for it in (OLD, CURRENT)],
            NEXT,
            "1.1.0",
        ),
        "nothing for a new product": ([], NEXT, None),
        "nothing for equal content": ([CURRENT], artifact(number="1.1.0", letter="b"), None),
        "nothing for an archive": (
            [replace(it, artifact_type="EXTERNAL") for it in (OLD, CURRENT)],
            replace(NEXT, artifact_type="EXTERNAL"),
            None,
        ),
    },
)
def test_a_new_version_is_compared_with_the_launchable_one(
    published: list[ProvisioningArtifact], with_: ProvisioningArtifact, number: str | None
) -> None:
    there = as_observed(Catalog.of([product("studio"), *published])) if published else Catalog()
    result = plan(Catalog.of([product("studio"), with_]), there, target=TARGET)
    assert [(it.product, it.published, it.version) for it in result.compared] == (
        [("studio", number, "2.0.0")] if number else []
    )
    assert [it.published_digest for it in result.compared] == [
        it.short_digest for it in published if it.version == number
    ]


def test_the_digest_covers_what_templates_change() -> None:
    bare = planned([product("studio"), NEXT], [product("studio"), OLD])
    changed = TemplateChanges(versions=bare.compared, changes=(A,))
    plans: list[Plan] = [
        bare,
        replace(bare, template_changes=(changed,)),
        replace(bare, template_changes=(replace(changed, changes=(B,)),)),
        replace(bare, uncompared=(UncomparedVersion(compared=bare.compared[0], reason="it is gone"),)),
    ]
    assert len({it.digest for it in plans}) == len(plans)
    assert [document_digest(it.document()) for it in plans] == [it.digest for it in plans]
    assert plans[1].document()["template_changes"] == [
        {
            "versions": [
                {
                    "product": "studio",
                    "published": "1.0.0",
                    "published_digest": OLD.digest,
                    "version": "2.0.0",
                    "digest": NEXT.digest,
                }
            ],
            "changes": [
                {
                    "action": "add",
                    "subject": "resource",
                    "path": "A",
                    "resource": "",
                    "resource_type": "",
                    "effect": "added",
                    "at_stake": "",
                    "reason": "",
                    "follows": "",
                    "source": "",
                    "level": "safe",
                    "bump": "minor",
                    "before": "",
                    "after": "T",
                    "digest": "",
                }
            ],
        }
    ]
