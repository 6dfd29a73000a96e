from __future__ import annotations

from dataclasses import replace

from publisher.model import Catalog, ProductAssociation, Resource, Retention
from publisher.planning.product_status import ProductStatus, product_status
from tests.conftest import cases
from tests.samples import as_observed, association, product, version, whole

OLD = ProductAssociation(portfolio="old", product="studio")


def one(desired: list[Resource], observed: list[Resource], **more: object) -> ProductStatus:
    retention = {"studio": Retention(retire="deprecate")} if more.pop("retired", False) else {}
    declared = ["studio"] if more.pop("declared", False) else []
    files = Catalog.of(desired, retention=retention)
    (found,) = product_status(files, as_observed(Catalog.of(observed)), declared=declared)
    return found


STUDIO = product("studio")
FIRST, SECOND = version(), version(number="2.0.0", letter="b")
DEPRECATED = replace(FIRST, guidance="DEPRECATED")


@cases(
    ("desired", "observed", "state"),
    {
        "same": ([STUDIO, FIRST], [STUDIO, FIRST], "up to date"),
        "same content of a higher version in the files": (
            [STUDIO, replace(SECOND, digest=FIRST.digest)],
            [STUDIO, FIRST],
            "up to date",
        ),
        "new product": ([STUDIO, FIRST], [], "not published"),
        "new version": ([STUDIO, SECOND], [STUDIO, FIRST], "files are newer"),
        "old files": ([STUDIO, FIRST], [STUDIO, FIRST, SECOND], "files are older"),
        "other content": ([STUDIO, version(letter="c")], [STUDIO, FIRST], "content differs"),
        "deprecated by others": ([STUDIO, FIRST], [STUDIO, DEPRECATED], "not launchable"),
        "inactive": ([STUDIO, FIRST], [STUDIO, version(active=False)], "not launchable"),
        "older one available": (
            [STUDIO, SECOND],
            [STUDIO, FIRST, replace(SECOND, active=False)],
            "files are newer",
        ),
        "gone": ([], [STUDIO, FIRST], "not in the files"),
        "published without a version": ([STUDIO, FIRST], [STUDIO], "not published"),
    },
)
def test_a_state(desired: list[Resource], observed: list[Resource], state: str) -> None:
    assert one(desired, observed).state == state


def test_what_the_files_say_otherwise() -> None:
    assert one([], [STUDIO, FIRST], declared=True).state == "in no portfolio"
    assert one([STUDIO, FIRST], [STUDIO, FIRST], retired=True).state == "retired"


def test_everything_about_a_product() -> None:
    found = one(
        [STUDIO, SECOND, association()], [STUDIO, DEPRECATED, version(number="0.9.0", active=False), OLD]
    )
    assert found.document() == {
        "product": "studio",
        "state": "files are newer",
        "files": {"version": "2.0.0", "digest": "sha256:bbbbbbbbbbbb"},
        "current": {"version": "1.0.0", "digest": "sha256:aaaaaaaaaaaa"},
        "published": [{"version": "1.0.0", "state": "deprecated"}, {"version": "0.9.0", "state": "inactive"}],
        "portfolios": ["old"],
        "missing_portfolios": ["ml"],
        "extra_portfolios": ["old"],
        "project_templates": [],
    }


def test_nothing_published() -> None:
    found = one([STUDIO, FIRST, association()], [])
    assert found.document() == {
        "product": "studio",
        "state": "not published",
        "files": {"version": "1.0.0", "digest": "sha256:aaaaaaaaaaaa"},
        "current": None,
        "published": [],
        "portfolios": [],
        "missing_portfolios": [],
        "extra_portfolios": [],
        "project_templates": [],
    }
    assert one([], [STUDIO, FIRST]).document()["files"] is None


def test_products_are_sorted() -> None:
    found = product_status(whole("b", "c"), as_observed(whole("a", "b")))
    assert [(it.product, it.state) for it in found] == [
        ("a", "not in the files"),
        ("b", "up to date"),
        ("c", "not published"),
    ]
