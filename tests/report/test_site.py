"""Names of accounts as paths and ids, and values on pages."""

from __future__ import annotations

from publisher.model import Catalog
from publisher.report import site
from publisher.report.catalogue import catalogue
from publisher.report.source import CatalogueSource
from tests.conftest import cases

NOTHING = catalogue(CatalogueSource(catalog=Catalog()))


@cases(
    ("names", "expected"),
    {
        "a key and a version": (["products", "ml-project-s3", "1.2.0"], "products/ml-project-s3/1.2.0.html"),
        "capitals, which some file systems do not tell apart": (
            ["products", "ML"],
            "products/ml~a5713dc015b2.html",
        ),
        "a way out of the folder": (["products", "../../x"], "products/x~9cdf6a50100a.html"),
        "like the page of another product": (["products", "a.html"], "products/a-html~7aa267cfbf8e.html"),
        "like a name that was made safe": (
            ["products", "ml~a5713dc015b2"],
            "products/ml-a5713dc015b2~4e4d3703e257.html",
        ),
        "a device": (["products", "con"], "products/con~1143da2bc54c.html"),
        "nothing": (["products", ""], "products/~e3b0c44298fc.html"),
    },
)
def test_names_become_paths(names: list[str], expected: str) -> None:
    assert site.path(*names) == expected


@cases(
    ("text", "shown"),
    {
        "short words": ("Account blueprint: production", "Account blueprint: production"),
        "a long name": ("ml-project-starter-s3", "ml-<wbr>project-<wbr>starter-<wbr>s3"),
        "a logical id": ("ArtifactBucketPolicy", "Artifact<wbr>Bucket<wbr>Policy"),
        "an action": ("sagemaker:AddTags", "sagemaker:<wbr>AddTags"),
        "no separator": ("a" * 30, "a" * 24 + "<wbr>" + "a" * 6),
        "markup": ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/<wbr>script&gt;"),
        "text that turns": ("\u202eabc\x00", "\\u202eabc\\x00"),
    },
)
def test_long_words_may_break(text: str, shown: str) -> None:
    assert site.breakable(text) == shown


def test_a_page_is_the_same_bytes_each_time_and_its_values_stay_text() -> None:
    about = site.Site(name="<b>", source="\u202e&", search=False)
    first, second = (
        site.page("index.html", "index.html", '"><script>', site=about, view=NOTHING, classes={})
        for _ in range(2)
    )
    text = first.content.decode()
    assert first == second
    assert ("<script" in text, "<b>" in text, "\u202e" in text) == (False, False, False)
    assert "&#34;&gt;&lt;script&gt;" in text
