"""What is published beside the files."""

from __future__ import annotations

import boto3

from tests.cli.conftest import FAMILY, Project
from tests.cli.test_catalog import TARGET
from tests.conftest import cases


def test_before_and_after_a_sync(project: Project) -> None:
    project.bootstrap()
    before = project.run("status")
    assert (before.code, before.err) == (0, f"reading the catalog of {TARGET}\n")
    assert before.out.splitlines() == [
        TARGET,
        "  PRODUCT       FILES  PUBLISHED  STATE          PORTFOLIOS",
        "  studio-big    1.0.0  -          not published  -",
        "  studio-small  1.0.0  -          not published  -",
        "2 products; not published: 2",
    ]
    project.run("sync", "--yes")
    after = project.run("status", "*-big")
    assert after.out.splitlines()[2:] == [
        "  studio-big  1.0.0  1.0.0      up to date  ml",
        "1 product; up to date: 1",
    ]


def test_other_content_newer_files_and_what_is_gone(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    project.edit("products/studio/product.yaml", "[small, big]", "[small]")
    project.edit("products/studio/template/main.yaml.j2", "Topic:", "First:")
    assert project.run("plan").code == 2
    run = project.run("status")
    assert run.code == 0
    assert run.out.splitlines()[2:] == [
        "  studio-big    -      1.0.0      not in the files  ml",
        "  studio-small  1.0.0  1.0.0      content differs   ml",
        "2 products; not in the files: 1, content differs: 1",
    ]
    project.edit("products/studio/product.yaml", "1.0.0", "1.1.0")
    assert "studio-small  1.1.0  1.0.0      files are newer   ml" in project.run("status").out


def test_a_published_template_that_is_skipped_is_named(project: Project) -> None:
    project.bootstrap()
    family = "\n".join(
        line for line in FAMILY.splitlines() if line[:4] not in ("axes", "  si", "comb", "  - ", "cont")
    )
    project.write("products/studio/product.yaml", family.replace("{size}", "{template}"))
    for name in ("big", "small"):
        project.write(f"products/studio/all/{name}.yaml", "Resources: {T: {Type: AWS::SNS::Topic}}\n")
    project.edit("products/studio/product.yaml", "template/main.yaml.j2", "all")
    assert project.run("sync", "--yes").code == 0
    project.edit("products/studio/all/small.yaml", "Resources", "Resource")
    skipped = (
        "products/studio/product.yaml:6:11: P141 warning: 'small.yaml' in 'all' is skipped: "
        "no Resources, so no template\n"
    )
    for words in ("status", "plan --prune", "sync --prune --yes"):
        ran = project.run(*words.split())
        assert ran.err.startswith(skipped)
        assert "studio-small" in ran.out + ran.err.removeprefix(skipped)


def test_portfolios_that_lack_a_product_or_should(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    text = (project.root / "portfolio/ml.yaml").read_text()
    project.write("portfolio/other.yaml", text.replace("studio-*", "studio-big"))
    project.edit("portfolio/ml.yaml", "studio-*", "studio-small")
    lines = project.run("status").out.splitlines()
    assert lines[2].endswith("up to date  ml (not in the files), other (missing)")


def test_the_document(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    document = project.run("--json", "status", "studio-small").document
    digest = document["targets"][0]["products"][0]["files"]["digest"]
    assert document["targets"] == [
        {
            "target": TARGET,
            "products": [
                {
                    "product": "studio-small",
                    "state": "up to date",
                    "files": {"version": "1.0.0", "digest": digest},
                    "current": {"version": "1.0.0", "digest": digest},
                    "published": [{"version": "1.0.0", "state": "available"}],
                    "portfolios": ["ml"],
                    "missing_portfolios": [],
                    "extra_portfolios": [],
                    "project_templates": [],
                }
            ],
        }
    ]


def test_a_fast_status_makes_fewer_calls_and_says_what_it_assumes(project: Project) -> None:
    project.bootstrap()
    project.run("sync", "--yes")
    full = project.run("--json", "status").document["calls"]["by_operation"]
    fast = project.run("--json", "status", "--fast").document["calls"]["by_operation"]
    assert full["servicecatalog:ListProvisioningArtifacts"] == 2
    assert "servicecatalog:ListProvisioningArtifacts" not in fast
    ending = "a fast status assumes which versions are deprecated or inactive\n"
    assert project.run("status", "--fast").out.endswith(ending)


@cases(
    ("glob", "hint"),
    {
        "close to one": ("studio-bg", "did you mean 'studio-big'?"),
        "like none": ("zzz*", "run publisher status to see all products"),
    },
)
def test_an_unknown_product(project: Project, glob: str, hint: str) -> None:
    run = project.run("status", glob)
    assert (run.code, run.err.splitlines()[1:]) == (
        2,
        [f"error: no product matches '{glob}'", f"hint: {hint}"],
    )


def test_nothing_is_written(project: Project) -> None:
    project.bootstrap()
    project.run("status")
    assert boto3.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []
    assert project.stored() == []
