"""How a plan shows what new versions change in their templates."""

from __future__ import annotations

from publisher.cli.template_changes import template_changes_markdown, template_changes_text
from publisher.model import TemplateChange
from publisher.planning.template_changes import ComparedVersion, TemplateChanges
from tests.cli.conftest import lines_of
from tests.cli.test_plans import NASTY

RETENTION = TemplateChange(
    action="add", subject="parameter", path="RetentionDays", after="Number, default 30", digest="0"
)
EXPIRES = TemplateChange(
    action="change",
    subject="property",
    path="Bucket.LifecycleConfiguration.Rules[expire].ExpirationInDays",
    before="30",
    after="!Ref RetentionDays",
)
SECOND = TemplateChange(action="remove", subject="resource", path="Second", before="AWS::SNS::Topic")
ORDER = TemplateChange(
    action="reorder", subject="property", path="Pipeline.Stages", before='["a", "b"]', after='["b", "a"]'
)


def group(*changes: TemplateChange, products: int = 1, published: str = "1.0.0") -> TemplateChanges:
    versions = [
        ComparedVersion(
            product=f"studio-{n}", published=published, version="1.1.0", published_digest="", digest=""
        )
        for n in range(products)
    ]
    return TemplateChanges(versions=tuple(versions), changes=changes)


def test_text() -> None:
    groups = [group(RETENTION, EXPIRES, products=12), group(SECOND, ORDER, products=2), group()]
    assert lines_of(template_changes_text(groups)) == [
        "template changes of 12 products, 1.0.0 -> 1.1.0: studio-0 studio-1 studio-2 and 9 more",
        "  add     parameter  RetentionDays                                     Number, default 30",
        "  change  property   Bucket.LifecycleConfiguration.Rules[expire].ExpirationInDays  "
        "30 -> !Ref RetentionDays",
        "template changes of 2 products, 1.0.0 -> 1.1.0: studio-0 studio-1",
        "  remove   resource  Second           AWS::SNS::Topic",
        '  reorder  property  Pipeline.Stages  ["a", "b"] -> ["b", "a"]',
        "template changes of studio-0, 1.0.0 -> 1.1.0",
        "  no differences in meaning",
    ]


def test_products_from_different_versions() -> None:
    versions = (*group(SECOND).versions, *group(SECOND, published="0.9.0").versions)
    text = next(iter(template_changes_text([TemplateChanges(versions=versions, changes=(SECOND,))])))
    assert text == "template changes of 2 products: studio-0 studio-0"


def test_long_lists_and_values_are_cut() -> None:
    many = [
        TemplateChange(action="add", subject="resource", path=f"R{n}", after="T" * 200) for n in range(103)
    ]
    lines = lines_of(template_changes_text([group(*many)]))
    assert len(lines) == 1 + 100 + 1
    assert lines[1].endswith(f"{'T' * 119}…")
    assert lines[-1] == "  and 3 more (--json shows all)"
    assert list(template_changes_markdown([group(*many)]))[-1] == ["and 3 more (--json shows all)"]


def test_markdown() -> None:
    assert [it for it in template_changes_markdown([group(EXPIRES, products=2), group()]) if it] == [
        ["#### <code>template changes of 2 products, 1.0.0 -&#62; 1.1.0</code>"],
        ["<code>studio-0</code> <code>studio-1</code>"],
        [
            "| action | subject | path | before | after |",
            "|---|---|---|---|---|",
            "| <code>change</code> | <code>property</code> | "
            "<code>Bucket.LifecycleConfiguration.Rules&#91;expire&#93;.ExpirationInDays</code> | "
            "<code>30</code> | <code>&#33;Ref RetentionDays</code> |",
        ],
        ["#### <code>template changes of studio-0, 1.0.0 -&#62; 1.1.0</code>"],
        ["no differences in meaning"],
    ]


def test_nothing_in_a_template_leaves_its_cell_of_the_markdown() -> None:
    nasty = TemplateChange(action="change", subject="property", path=NASTY, before=NASTY, after=NASTY)
    (heading,), (_, _, row), _ = template_changes_markdown([group(nasty, published=NASTY)])
    assert row.count("|") == 6
    for text in (heading.removeprefix("####").strip(), row):
        cells = text.replace("<code>", "").replace("</code>", "").replace("|", "")
        assert not set("`<>@*_[]!\\\n") & set(cells)
        assert "://" not in cells and "www." not in cells and "#77" not in cells
