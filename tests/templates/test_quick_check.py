from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from publisher.declarations import Variant
from publisher.templates.lint import lint
from publisher.templates.quick_check import QuickVerdict, quick_check
from publisher.templates.render import Rendered, render_all
from publisher.templates.result_cache import key_of, results
from publisher.templates.worker_process import Limits
from publisher.templates.workers import Workers
from tests.conftest import cases, write_files

Rendering = Callable[..., Rendered]
TOPIC = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n"
START = "from publisher.templates.quick_engine import prepare; prepare()"
# Whoever asks these workers gets no verdict.
BROKEN = "raise SystemExit(3)"
PLAIN = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::b{n}/*"} for n in range(20)]


def topic(**properties: object) -> str:
    return f"{TOPIC}    Properties: {json.dumps(properties)}\n".replace("}}", "} }")


@cases(
    ("template", "rule", "line", "message"),
    {
        "property": (topic(Nope=1), "VF3002", 4, "('Nope' was unexpected) (at Resources/A/Properties/Nope)"),
        "value": (topic(TopicName=["a"]), "VF3012", 4, "is not of type 'string'"),
        "type": (TOPIC.replace("Topic", "Topick"), "VF3006", 2, "Unknown resource type 'AWS::SNS::Topick'"),
        "ref": (topic(TopicName={"Ref": "B"}), "VF1020", 4, "'B' is not one of"),
        "sub": (topic(TopicName={"Fn::Sub": "${B}-x"}), "VF1018", 4, "'${B}'"),
        "condition": (topic(TopicName={"Fn::If": ["C", "a", "b"]}), "VE1028", 4, "'C' does not exist"),
    },
)
def test_an_error_at_its_line(
    rendering: Rendering, template: str, rule: str, line: int, message: str
) -> None:
    rendered = rendering(template)
    verdict = quick_check([rendered])
    assert [(it.rule, it.where.line, it.products) for it in verdict.problems] == [(rule, line, ("fam",))]
    assert message in verdict.problems[0].message
    assert verdict.problems[0].where.path == "fam.template.yaml"
    # What it finds, the complete check finds, too.
    assert [it for it in lint([rendered], ["us-east-1"]) if it.severity == "error"]


def products(project: Callable[..., tuple[Variant, ...]], template: str) -> tuple[Rendered, ...]:
    return render_all(project({"main.yaml.j2": template}, axes={"tier": ["a", "b"]}))


def test_equal_contents_are_one_error(project: Callable[..., tuple[Variant, ...]]) -> None:
    (problem,) = quick_check(products(project, topic(Nope=1))).problems
    assert (problem.where.path, problem.products) == ("fam-a.template.yaml", ("fam-a", "fam-b"))


@cases(
    "ignored",
    {"its own": "F3002", "as cfn-lint names it": "E3002", "as it is shown": "VF3002", "all of a kind": "E3"},
)
def test_what_a_template_tells_cfn_lint_to_ignore_is_ignored(rendering: Rendering, ignored: str) -> None:
    metadata = f"Metadata: {{cfn-lint: {{config: {{ignore_checks: [{ignored}]}}, reason: because}} }}\n"
    assert quick_check([rendering(metadata + topic(Nope=1))]).problems == ()


def test_allowed_values_of_parameters_are_not_combined(rendering: Rendering) -> None:
    """With AllowedValues this template takes the engine 20 s: https://github.com/aws/aws-cdk/issues/38498."""
    read = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": f"arn:aws:s3:::x-${{E}}-{n}/*"}}
        for n in range(6)
    ]
    document = {"Version": "2012-10-17", "Statement": [*PLAIN, *read]}
    template = {
        "Parameters": {"E": {"Type": "String", "AllowedValues": ["a", "b", "c", "d"]}},
        "Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}},
    }
    assert quick_check([rendering(json.dumps(template, indent=1))]) == QuickVerdict()


@pytest.mark.slow
def test_what_takes_too_long_is_noted_once_for_its_family(
    project: Callable[..., tuple[Variant, ...]],
) -> None:
    """Ten independent conditions in one property are combined, too."""
    statements = [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": {"Fn::If": [f"C{n}", "arn:aws:s3:::a", "*"]},
        }
        for n in range(10)
    ]
    document = {"Version": "2012-10-17", "Statement": [*PLAIN, *statements]}
    template = {
        "Parameters": {f"P{n}": {"Type": "String"} for n in range(10)},
        "Conditions": {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "TIER"]} for n in range(10)},
        "Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}},
    }
    rendered = products(project, json.dumps(template, indent=1).replace('"TIER"', "{{ tier }}"))
    with closing(Workers(count=1, limits=Limits(seconds=0.3, memory=2 << 30), start=START)) as pool:
        verdict = quick_check(rendered, pool=pool)
    note = "no quick check of fam-a and 1 more (takes more than 0.3 seconds); publisher lint checks them"
    assert verdict == QuickVerdict(notes=(note,))


def test_deep_nesting_is_no_error_and_no_crash(rendering: Rendering) -> None:
    deep = "[" * 90 + "1" + "]" * 90
    verdict = quick_check([rendering(TOPIC + f"    Properties: {{DisplayName: {deep}}}\n")])
    assert verdict.notes or verdict.problems


def test_an_engine_that_does_not_start_is_a_note(
    rendering: Rendering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path / "wrong", {"cloudformation_validate.py": "raise OSError('GLIBC_2.34 not found')\n"})
    monkeypatch.syspath_prepend(tmp_path / "wrong")
    with closing(Workers(count=1, start=START)) as pool:
        (note,) = quick_check([rendering(topic())], pool=pool).notes
    assert note == (
        "no quick check of fam (fails with OSError: GLIBC_2.34 not found); publisher lint checks them"
    )


def test_a_worker_that_is_ended_is_a_note(rendering: Rendering) -> None:
    with closing(Workers(count=1, start=BROKEN)) as pool:
        (note,) = quick_check([rendering(topic())], pool=pool).notes
    assert note.startswith("no quick check of fam (a worker process was ended with exit code 3)")


@pytest.mark.usefixtures("folder")
def test_a_kept_verdict_is_at_its_place_in_another_order_of_keys(rendering: Rendering) -> None:
    ignoring = {"Metadata": {"cfn-lint": {"config": {"ignore_checks": ["F3002"]}}}, "Type": "AWS::SNS::Topic"}
    wrong = {"Type": "AWS::SNS::Topic", "Properties": {"Nope": 1}}
    pairs = (("A", ignoring), ("B", wrong))
    texts = [json.dumps({"Resources": dict(them)}) for them in (pairs, pairs[::-1])]
    first, second = (quick_check([rendering(text)]).problems for text in texts)
    assert "(at Resources/B/Properties/Nope)" in first[0].message
    assert first == second


@pytest.mark.usefixtures("folder")
def test_a_verdict_is_kept_by_content(rendering: Rendering) -> None:
    rendered = rendering(topic(Nope=1))
    first = quick_check([rendered])
    with closing(Workers(count=1, start=BROKEN)) as pool:
        assert quick_check([rendered], pool=pool) == first
        assert quick_check([rendering(topic(Never=1))], pool=pool).notes


@pytest.mark.usefixtures("folder")
@cases(
    "payload",
    {"no JSON": b"x", "no list": b"{}", "another shape": b'[["F1", "x"]]', "line": b'[["F1","","",0]]'},
)
def test_a_kept_verdict_of_another_shape_is_none(rendering: Rendering, payload: bytes) -> None:
    rendered = rendering(topic())
    results.put("quick-check", key_of(rendered.digest), payload)
    assert quick_check([rendered]) == QuickVerdict()


@pytest.mark.usefixtures("folder")
def test_a_type_that_only_cfn_lint_knows_is_no_error(rendering: Rendering) -> None:
    rendered = rendering(topic())
    results.put("quick-check", key_of(rendered.digest), b'[["F3006", "Unknown resource type", "", 3]]')
    assert quick_check([rendered]) == QuickVerdict()
