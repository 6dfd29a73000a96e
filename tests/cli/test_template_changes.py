"""How a plan shows what new versions change in their templates."""

from __future__ import annotations

from dataclasses import replace

from publisher.cli.template_changes import template_changes_markdown, template_changes_text
from publisher.impact import SAME_MEANING, Change
from publisher.planning.template_changes import ComparedVersion, TemplateChanges
from tests.cli.conftest import lines_of
from tests.cli.test_plans import NASTY

RETENTION = Change(
    action="add",
    subject="parameter",
    path="RetentionDays",
    after="Number, default 30",
    effect="added",
    bump="minor",
)
EXPIRES = Change(
    action="change",
    subject="property",
    path="Bucket.LifecycleConfiguration.Rules[expire].ExpirationInDays",
    before="30",
    after="!Ref RetentionDays",
    effect="in place",
)
SECOND = Change(
    action="remove",
    subject="resource",
    path="Second",
    before="AWS::SNS::Topic",
    effect="removal",
    at_stake="identity",
    reason="it is deleted",
    level="critical",
    bump="major",
)
ORDER = replace(
    EXPIRES, action="reorder", path="Pipeline.Stages", before='["a", "b"]', after='["b", "a"]', reason="why"
)
FOLLOWS = Change(
    subject="property",
    path="Policy.Bucket",
    effect="replacement",
    follows="Bucket",
    reason="Bucket is create-only",
    level="high",
    bump="major",
)


def group(*changes: Change, products: int = 1, published: str = "1.0.0") -> TemplateChanges:
    versions = [
        ComparedVersion(
            product=f"studio-{n}", published=published, version="1.1.0", published_digest="", digest=""
        )
        for n in range(products)
    ]
    return TemplateChanges(versions=tuple(versions), changes=changes)


def test_text() -> None:
    groups = [
        group(RETENTION, EXPIRES, products=12),
        group(ORDER, FOLLOWS, SECOND, products=2),
        group(),
    ]
    assert lines_of(template_changes_text(groups)) == [
        "template changes of 12 products, 1.0.0 -> 1.1.0 (impact safe, needs a minor version): "
        "studio-0 studio-1 studio-2 and 9 more",
        "  safe  added     parameter  RetentionDays                                     Number, default 30",
        "  safe  in place  property   Bucket.LifecycleConfiguration.Rules[expire].ExpirationInDays  "
        "30 -> !Ref RetentionDays",
        "template changes of 2 products, 1.0.0 -> 1.1.0 (impact critical, needs a major version): "
        "studio-0 studio-1",
        "  critical  removal      resource  Second           AWS::SNS::Topic           "
        "identity at stake; it is deleted",
        "  high      replacement  property  Policy.Bucket                              "
        "follows Bucket; Bucket is create-only",
        '  safe      in place     property  Pipeline.Stages  ["a", "b"] -> ["b", "a"]  why',
        "template changes of studio-0, 1.0.0 -> 1.1.0",
        "  no differences in meaning",
    ]


def test_products_from_different_versions() -> None:
    versions = (*group(SECOND).versions, *group(SECOND, published="0.9.0").versions)
    text = next(iter(template_changes_text([TemplateChanges(versions=versions, changes=(SECOND,))])))
    assert text == (
        "template changes of 2 products (impact critical, needs a major version): studio-0 studio-0"
    )


def test_long_lists_and_values_are_cut() -> None:
    many = [replace(RETENTION, path=f"R{n}", after="T" * 200) for n in range(103)]
    lines = lines_of(template_changes_text([group(*many)]))
    assert len(lines) == 1 + 100 + 1
    assert lines[1].endswith(f"{'T' * 119}…")
    assert lines[-1] == "  and 3 more (--json shows all)"
    (*_, section) = template_changes_markdown([group(*many)])
    assert section[-2:] == ["", "and 3 more (--json shows all)"]


def test_what_means_the_same_is_counted() -> None:
    same = replace(EXPIRES, effect="none", reason=SAME_MEANING)
    assert lines_of(template_changes_text([group(same, same)]))[1:] == [
        "  2 differences in writing mean the same (--json shows all)"
    ]
    (*_, section) = template_changes_markdown([group(same, RETENTION)])
    assert section[-2:] == ["", "1 difference in writing means the same (--json shows all)"]


def test_markdown() -> None:
    assert [it for it in template_changes_markdown([group(EXPIRES, products=2), group()]) if it] == [
        [
            "#### <code>template changes of 2 products, 1.0.0 -&#62; 1.1.0 "
            "(impact safe, needs a patch version)</code>"
        ],
        ["<code>studio-0</code> <code>studio-1</code>"],
        [
            "| level | effect | subject | path | before | after | reason |",
            "|---|---|---|---|---|---|---|",
            "| <code>safe</code> | <code>in place</code> | <code>property</code> | "
            "<code>Bucket.LifecycleConfiguration.Rules&#91;expire&#93;.ExpirationInDays</code> | "
            "<code>30</code> | <code>&#33;Ref RetentionDays</code> |  |",
        ],
        ["#### <code>template changes of studio-0, 1.0.0 -&#62; 1.1.0</code>"],
        ["no differences in meaning"],
    ]


def test_nothing_in_a_template_leaves_its_cell_of_the_markdown() -> None:
    nasty = replace(EXPIRES, path=NASTY, before=NASTY, after=NASTY, reason=NASTY)
    (heading,), (_, _, row) = template_changes_markdown([group(nasty, published=NASTY)])
    assert row.count("|") == 8
    for text in (heading.removeprefix("####").strip(), row):
        cells = text.replace("<code>", "").replace("</code>", "").replace("|", "")
        assert not set("`<>@*_[]!\\\n") & set(cells)
        assert "://" not in cells and "www." not in cells and "#77" not in cells
