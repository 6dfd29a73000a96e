"""Which versions have a template in S3, and which of them Studio shows."""

from __future__ import annotations

from dataclasses import replace

from publisher.model import Catalog, ProjectTemplate, ProvisioningArtifact
from publisher.planning.project_templates import with_project_templates
from publisher.planning.versions import VersionStep, versions_of
from tests.conftest import cases
from tests.samples import digest, version

OLD, NEW = version(number="1.0.0"), version(number="1.1.0", letter="b")
HIDDEN = replace(OLD, guidance="DEPRECATED")


def placed(number: str, letter: str = "a", *, visible: bool = True) -> ProjectTemplate:
    return ProjectTemplate(
        portfolio="ml",
        bucket="templates",
        prefix="p",
        product="studio",
        version=number,
        digest=digest(letter),
        visible=visible,
    )


def step(after: ProvisioningArtifact, before: ProvisioningArtifact | None = None) -> VersionStep:
    return VersionStep(observed=before, desired=after)


@cases(
    ("wanted", "published", "there", "steps", "expected"),
    {
        "first": (placed("1.0.0"), [], [], [step(OLD)], [placed("1.0.0")]),
        "of a version that is published under another name": (
            placed("9.0.0"),
            [OLD],
            [],
            [],
            [placed("1.0.0")],
        ),
        "next": (
            placed("1.1.0", "b"),
            [OLD],
            [placed("1.0.0")],
            [step(NEW)],
            [placed("1.0.0", visible=False), placed("1.1.0", "b")],
        ),
        "back to the one before": (
            placed("1.1.0", "b"),
            [OLD, replace(NEW, active=False)],
            [placed("1.0.0", visible=False), placed("1.1.0", "b")],
            [],
            [placed("1.0.0"), placed("1.1.0", "b", visible=False)],
        ),
        "back to one that was never placed": (
            placed("1.1.0", "b"),
            [OLD, replace(NEW, active=False)],
            [placed("1.1.0", "b")],
            [],
            [replace(placed("1.0.0"), digest=OLD.short_digest), placed("1.1.0", "b", visible=False)],
        ),
        "none that can be launched": (
            placed("1.0.0"),
            [OLD],
            [placed("1.0.0")],
            [step(HIDDEN, OLD)],
            [placed("1.0.0", visible=False)],
        ),
        "of a version that Service Catalog no longer has": (
            placed("1.1.0", "b"),
            [NEW],
            [placed("1.0.0", visible=False), placed("1.1.0", "b")],
            [],
            [placed("1.1.0", "b")],
        ),
        "with other content under the name": (
            placed("1.0.0"),
            [OLD],
            [placed("1.0.0", "c")],
            [],
            [placed("1.0.0")],
        ),
    },
)
def test_templates_follow_the_versions(
    wanted: ProjectTemplate,
    published: list[ProvisioningArtifact],
    there: list[ProjectTemplate],
    steps: list[VersionStep],
    expected: list[ProjectTemplate],
) -> None:
    observed = Catalog.of([*published, *there])
    found = with_project_templates(Catalog.of([wanted]), observed, versions_of(observed), steps)
    assert sorted(found, key=lambda it: it.key) == expected
