"""Templates of an account that cannot be read, or that attack who reads them, are notes in a plan."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from publisher.errors import PublisherError
from publisher.planning.plan import Plan
from publisher.publishing.project import Project
from publisher.publishing.publication import Publication
from publisher.publishing.targets import PublishingTarget
from publisher.publishing.version_differences import with_template_changes
from publisher.templates.worker_process import Limits
from publisher.templates.workers import Workers
from tests.account import TEMPLATE, Account
from tests.cli.conftest import FAMILY, PORTFOLIO
from tests.conftest import cases, write_files

DEEP = "published template:1:1: T010 nested too deeply"
Answer = Callable[..., Any]


def text(template: str) -> tuple[str, Answer]:
    """Service Catalog answers this text."""

    def answer(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Info"] = {"CloudFormationTemplate": template}

    return "after-call", answer


def error(code: str) -> tuple[str, Answer]:
    """Service Catalog answers with this error."""

    @dataclass
    class Refused:
        status_code: int = 400

    def answer(**_: Any) -> tuple[Refused, dict[str, Any]]:
        return Refused(), {"Error": {"Code": code, "Message": "no"}}

    return "before-call", answer


@dataclass
class Target:
    """Two products with new versions, at an account."""

    account: Account
    publication: Publication
    pool: Workers

    def plan(self, answer: tuple[str, Answer] | None = None) -> Plan:
        """The plan, with the differences when Service Catalog answers this."""
        return self.completed(self.publication.plan(), answer or text(TEMPLATE))

    def completed(self, planned: Plan, answer: tuple[str, Answer]) -> Plan:
        """A plan with the differences."""
        events = self.account.catalog.meta.events
        event, answered = answer
        name = f"{event}.service-catalog.DescribeProvisioningArtifact"
        events.register(name, answered)
        try:
            return with_template_changes({self.publication: planned}, pool=self.pool)[self.publication]
        finally:
            events.unregister(name, answered)


@pytest.fixture
def target(account: Account, tmp_path: Path) -> Iterator[Target]:
    account.build.bucket()
    files = {
        "portfolio/ml.yaml": PORTFOLIO,
        "products/studio/product.yaml": FAMILY.replace("content: {seed: content/seed}", ""),
        "products/studio/template/main.yaml.j2": TEMPLATE,
    }

    def publication() -> Publication:
        project = Project.read(write_files(tmp_path, files))
        return Publication(project, PublishingTarget(aws=account.aws), clock=account.ticks.clock())

    first = publication()
    assert [str(it.error) for it in first.sync(first.plan()) if it.error] == []
    files["products/studio/product.yaml"] = files["products/studio/product.yaml"].replace("1.0.0", "1.1.0")
    files["products/studio/template/main.yaml.j2"] = TEMPLATE.replace("Size", "Extent")
    target = Target(account, publication(), Workers())
    yield target
    target.pool.close()


def test_the_published_text_is_what_counts(target: Target) -> None:
    (group,) = target.plan().template_changes
    assert [(it.action, it.path) for it in group.changes] == [("add", "Extent"), ("remove", "Size")]
    assert [it.product for it in group.versions] == ["studio-big", "studio-small"]


@cases(
    ("answer", "reason"),
    {
        "no permission": (
            error("AccessDeniedException"),
            "the published template cannot be read (AccessDeniedException)",
        ),
        "gone": (
            error("ResourceNotFoundException"),
            "the published template cannot be read (ResourceNotFoundException)",
        ),
        "no template": (
            text("a: 1"),
            "published template:1:1: T015 not a template: it has no resources",
        ),
        "nothing": (text(" "), "published template:1:1: T015 not a template: the document is not a mapping"),
        "too large": (text("#" * 1_048_577), "the template has more than 1,048,576 bytes"),
        "too deep": (text("Resources: " + "[" * 600), DEEP),
        "as deep as it can be read": (text("Resources: {A: " + "[" * 400 + "]" * 400 + "}"), None),
        "too many differences": (
            text(
                "Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {"
                + "".join(f"a{n}: 1, " for n in range(5_000))
                + "}}}"
            ),
            "the templates have more than 5,000 differences",
        ),
        "a bomb of aliases": (
            text("Resources: {a: &a [x, x], b: &b [*a, *a], c: &c [*b, *b], d: [*c, *c]}"),
            "published template:1:16: T010 invalid YAML: anchors and aliases (& and *) are not supported by "
            "CloudFormation",
        ),
        "another tag": (
            text("Resources: {A: !!python/object:os.system x}"),
            "published template:1:16: T012 unknown tag '!!python/object:os.system'",
        ),
        "half a character": (
            text('{"Resources": {"A": "\\ud800"}}'),
            "published template:1:21: T010 half of a surrogate pair",
        ),
        "control characters": (
            text('{"Resources": {"A": !\u202e\u0085x}}'),
            "published template:1:22: T010 invalid YAML: expected URI, but found '\\u202e'",
        ),
    },
)
def test_what_is_not_known_is_a_note(target: Target, answer: tuple[str, Answer], reason: str | None) -> None:
    planned = target.plan(answer)
    expected = [("studio-big", reason), ("studio-small", reason)] if reason else []
    assert [(it.compared.product, it.reason) for it in planned.uncompared] == expected
    assert bool(planned.template_changes) is (reason is None)
    assert planned.digest == target.plan(answer).digest


def test_a_template_that_takes_too_long_is_a_note(target: Target) -> None:
    target.pool = Workers(limits=Limits(seconds=0.5, memory=1 << 30))
    planned = target.plan(text("Resources: [" + "a, " * 300_000))
    assert {it.reason for it in planned.uncompared} == {"the comparison takes more than 0.5 seconds"}


class Ended(Workers):
    """Its processes are ended from outside, for want of memory."""

    @override
    def run(self, *_: Any, **__: Any) -> Any:
        raise PublisherError("a worker process was ended by signal SIGKILL")


def test_a_comparison_that_is_ended_is_a_note(target: Target) -> None:
    target.pool = Ended()
    assert {it.reason for it in target.plan().uncompared} == {"a worker process was ended by signal SIGKILL"}


def test_published_templates_are_not_all_in_memory_at_once(target: Target) -> None:
    def answer(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Info"] = {"CloudFormationTemplate": f"{TEMPLATE}{'#' * 1_000_000}"}

    planned = target.publication.plan()
    versions = tuple(
        replace(planned.compared[0], version=f"2.0.{n}", published_digest=f"{n}") for n in range(60)
    )
    many = replace(planned, compared=versions)
    tracemalloc.start()
    try:
        (group,) = target.completed(many, ("after-call", answer)).template_changes
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(group.versions) == 60
    assert peak < 30_000_000
