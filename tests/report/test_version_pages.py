"""Pages of versions: what changed and what to do with it, with the names that an account may have."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from publisher.impact import Change
from publisher.impact.change import with_bump
from publisher.model import ProvisioningArtifact
from publisher.planning.product_changes import ProductChanges
from publisher.planning.product_history import ProductHistory, ProductVersion
from publisher.report.change_rows import change_rows
from publisher.report.site import Site, path
from publisher.report.version_pages import version_pages, version_views
from tests.conftest import cases

ABOUT = Site(search=False)
LOST = with_bump(
    Change(
        action="change",
        subject="property",
        path="Queue.QueueName",
        resource="Queue",
        effect="replacement",
        at_stake="data",
        reason="QueueName is create-only",
        source="https://docs.aws.amazon.com/sqs",
        level="critical",
        before="jobs",
        after="<script>alert(1)</script>",
    )
)
KEPT = with_bump(Change(action="add", subject="output", path="Url", effect="added", after="!Ref Queue"))


def compared(*changes: Change, before: str = "1.0.0", after: str = "1.1.0") -> ProductChanges:
    return ProductChanges(product="tools", family="tools", before=before, after=after, changes=changes)


def version(name: str, changed: ProductChanges | None = None, *, active: bool = True) -> ProductVersion:
    artifact = ProvisioningArtifact(product="tools", version=name, digest="", active=active)
    return ProductVersion(artifact=artifact, place="published", changed=changed, entry="- **<b>Slow**")


def history(*versions: ProductVersion, product: str = "tools") -> ProductHistory:
    return ProductHistory(product=product, versions=versions, current=versions[0].name)


def page(found: ProductHistory, name: str, product: str = "Tools") -> str:
    pages = version_pages({found.product: found}, {found.product: product}, ABOUT)
    made = [pages[path("products", found.product, name)]().content for _ in range(2)]
    assert made[0] == made[1]
    return made[0].decode()


def text_of(markup: str) -> str:
    main = markup.partition("<h1")[2].partition("</main>")[0].replace("<wbr>", "")
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


@cases(
    ("changed", "summary"),
    {
        "nothing before": (None, "the first version that is known"),
        "a new product": (
            ProductChanges(product="tools", family="tools", presence="added", after="1.1.0"),
            "the first version of the product",
        ),
        "the same": (
            ProductChanges(product="tools", family="tools", before="1.0.0", after="1.1.0", same=True),
            "same content as 1.0.0",
        ),
        "unknown": (
            ProductChanges(
                product="tools", family="tools", before="1.0.0", after="1.1.0", changes=None, reason="why"
            ),
            "what it changes after 1.0.0 is not known: why",
        ),
        "in words only": (compared(), "minor version after 1.0.0: no change in meaning"),
        "changes": (compared(KEPT, LOST), "minor version after 1.0.0: 2 changes (1 critical, 1 safe)"),
        "no version number": (compared(KEPT, before="v1"), "changes after v1: 1 safe change"),
    },
)
def test_summaries(changed: ProductChanges | None, summary: str) -> None:
    (view,) = version_views(history(version("1.1.0", changed)))
    assert view.summary == summary


def test_a_version_with_its_changes() -> None:
    found = history(version("2.0.0"), version("1.1.0", compared(KEPT, LOST), active=False), version("1.0.0"))
    markup = page(found, "1.1.0")
    text = text_of(markup)
    assert "<script" not in markup
    assert [name for name in re.findall(r'href="([^"]*)"', markup) if name.startswith("../")] == [
        "../../style.css",
        "../../index.html",
        "../../index.html",
        "../tools.html",
        "../tools.html",
    ]
    assert 'href="2.0.0.html"' in markup and 'href="1.0.0.html"' in markup
    for part in (
        "Minor version after 1.0.0: 2 changes (1 critical, 1 safe).",
        "inactive nobody can launch it, or update to it",
        "version too small what it changes asks for a major version after 1.0.0",
        "property Queue.QueueName critical replacement AWS on Queue.QueueName jobs → becomes "
        "<script>alert(1)</script> data at stake. QueueName is create-only",
        "output Url safe added new: !Ref Queue",
        "replacement another resource takes its place, and the old one is deleted",
        "In the changelog of the family - **<b>Slow**",
        "publisher diff tools --from 1.0.0 --to 1.1.0",
    ):
        assert part in text
    assert "publisher launch" not in text


def test_names_that_attack() -> None:
    name = "'; <img src=x onerror=alert(1)> ../../../etc \u202e"
    found = history(version(name, compared(KEPT, after=name)), product="a/../<b>")
    text = text_of(page(found, name, product="<i>"))
    assert "<img src=x" in text and "\\u202e" in text
    assert """publisher launch CONFIG --version ''"'"'; <img src=x""" in text


def test_a_page_stays_small() -> None:
    hit = Change(subject="property", path="", effect="in place", action="change", before="b" * 300)
    changes = (replace(hit, path=f"{n}-{'A-' * 140}", after="a" * 300) for n in range(5000))
    markup = page(history(version("1.1.0", compared(*changes))), "1.1.0")
    assert len(markup) < 300_000
    assert "And 4880 more." in text_of(markup)


def test_rows_are_ranked_and_say_what_they_leave_out() -> None:
    same = Change(subject="template", path="Description", effect="none", reason="it means the same")
    rows = change_rows((KEPT, same, LOST), 1)
    assert (rows.rows, rows.level, rows.bump, rows.effects) == (
        (LOST,),
        "critical",
        "major",
        ("replacement",),
    )
    assert rows.left_out == ("and 1 more", "1 difference in writing means the same")
