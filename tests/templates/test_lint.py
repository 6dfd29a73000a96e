from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from publisher.declarations import Variant
from publisher.errors import InputError, Where
from publisher.templates.lint import lint, lint_each
from publisher.templates.render import Rendered, render_all
from publisher.templates.workers import Workers
from tests.conftest import raising

Rendering = Callable[..., Rendered]
GOOD = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      KmsMasterKeyId: alias/aws/sns\n"


def test_a_finding(rendering: Rendering) -> None:
    rendered = rendering(GOOD + "  B:\n    Type: AWS::SNS::Topic\n    Properties:\n      Nope: 1\n")
    (problem,) = lint([rendered], ["us-east-1"])
    assert (problem.rule, problem.severity) == ("E3002", "error")
    assert problem.where == Where(path="fam.template.yaml", line=7, column=18)
    assert problem.message == (
        "Additional properties are not allowed ('Nope' was unexpected) (at Resources/B/Properties/Nope)"
    )
    assert problem.hint.startswith("see https://")


def test_warnings_and_informational_findings_count(rendering: Rendering) -> None:
    rendered = rendering(
        GOOD
        + "  B:\n    Type: AWS::SNS::Topic\n    DependsOn: A\n    Properties:\n      TopicName: !Ref A\n"
        + "  C:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n"
        + "        Version: '2012-10-17'\n        Statement:\n"
        + "          - {Effect: Allow, Action: 's3:GetObject', Resource: !Sub 'arn:aws:s3:::${A}/*'}\n"
    )
    assert [(problem.rule, problem.severity) for problem in lint([rendered], ["us-east-1"])] == [
        ("W3005", "warning"),
        ("I3042", "informational"),
        ("T105", "error"),
    ]


def test_exceptions_in_metadata(rendering: Rendering) -> None:
    metadata = "{cfn-lint: {config: {ignore_checks: [E3002]}, reason: because}}"
    bad = "    Type: AWS::SNS::Topic\n    Properties:\n      Nope: 1\n"
    resource = rendering(f"Resources:\n  B:\n    Metadata: {metadata}\n{bad}".replace("}}\n", "} }\n"))
    whole = rendering(f"Metadata: {metadata}\nResources:\n  B:\n{bad}".replace("}}\n", "} }\n"))
    assert lint([resource, whole], ["us-east-1"]) == ()


def test_each_region_counts(rendering: Rendering) -> None:
    rendered = rendering(
        "Resources:\n  A:\n    Type: AWS::CodeCommit::Repository\n    Properties: {RepositoryName: a}\n"
    )
    assert lint([rendered], ["us-east-1"]) == ()
    (problem,) = lint([rendered], ["us-east-1", "mx-central-1"])
    assert problem.rule == "E3006"
    assert problem.message.startswith(
        "Resource type 'AWS::CodeCommit::Repository' does not exist in 'mx-central-1'"
    )


def test_an_unknown_region(rendering: Rendering) -> None:
    with raising(
        InputError,
        "cfn-lint does not know Region 'us-moon-1'",
        "fix the portfolio's regions, or update cfn-lint",
    ):
        lint([rendering(GOOD)], ["us-east-1", "us-moon-1"])


def test_each_content_is_linted_once(project: Callable[..., tuple[Variant, ...]]) -> None:
    variants = project(
        {"main.yaml.j2": GOOD + "  B:\n    Type: AWS::SNS::Topic\n    Properties: {Nope: 1}\n"},
        axes={"tier": ["a", "b"]},
    )
    problems = lint(render_all(variants), ["us-east-1"])
    assert [str(problem.where) for problem in problems] == ["fam-a.template.yaml:7:18"]


@pytest.mark.slow
def test_processes_find_the_same_in_the_same_order(project: Callable[..., tuple[Variant, ...]]) -> None:
    variants = project(
        {
            "main.yaml.j2": GOOD
            + "  B:\n    Type: AWS::SNS::Topic\n    Properties: {Nope: {{ tier }}, Never: 1}\n"
        },
        axes={"tier": ["a", "b", "c", "d"]},
    )
    work = [(rendered, ["us-east-1"]) for rendered in render_all(variants)]
    with closing(Workers(count=1)) as one, closing(Workers(count=2)) as two:
        alone, shared = lint_each(work, pool=one), lint_each(work, pool=two)
    assert alone == shared
    assert [str(problem.where) for problem in alone] == [
        f"fam-{tier}.template.yaml:7:{column}" for tier in "abcd" for column in (18, 28)
    ]


def test_no_setting_of_the_machine_has_a_say(
    rendering: Rendering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = rendering(GOOD + "  B:\n    Type: AWS::SNS::Topic\n    Properties: {Nope: 1}\n")
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E3002]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["cfn-lint", "--ignore-checks", "E3002"])
    assert [problem.rule for problem in lint([rendered], ["us-east-1"])] == ["E3002"]


@pytest.mark.slow
def test_a_pattern_that_never_ends(rendering: Rendering) -> None:
    default = f"{'a' * 64}!"
    rendered = rendering(
        f"Parameters:\n  P:\n    Type: String\n    Default: {default}\n    AllowedPattern: (?:a|aa)+$\n{GOOD}"
        "Outputs: {P: {Value: !Ref P}}\n"
    )
    (problem,) = (it for it in lint([rendered], ["us-east-1"]) if it.severity == "error")
    assert problem.rule == "E2015"
    assert problem.message.startswith(
        "the AllowedPattern of this parameter takes too long to match its default"
    )
