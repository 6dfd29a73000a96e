"""What a plan says about new versions: the differences of their templates, read from the account."""

from __future__ import annotations

import json

import pytest

from publisher.model import template_key
from publisher.templates.cloudformation import parse
from tests.account import BUCKET
from tests.cli.conftest import Project

PARAMETERS = """\
{% if size == "small" %}
Parameters:
  Secret: {Type: String, NoEcho: true, Default: hunter2}
{% endif %}
"""
TEMPLATE = "products/studio/template/main.yaml.j2"
CHANGES = """
template changes of 2 products, 1.0.0 -> 2.0.0 (impact safe, needs a minor version): studio-big studio-small
  safe  added  output  TopicArn  !Ref Topic
template changes of studio-big, 1.0.0 -> 2.0.0 (impact high, needs a major version)
  high  removal  resource  Second  AWS::SNS::Topic  it is deleted
template changes of studio-small, 1.0.0 -> 2.0.0 (impact safe, needs a minor version)
  safe  added  parameter  Secret  String, default ****
"""


@pytest.fixture
def published(project: Project) -> Project:
    """Two products are published; in the files both have new content."""
    project.bootstrap()
    assert project.run("sync", "--yes").code == 0
    project.edit("products/studio/product.yaml", "1.0.0", "2.0.0")
    project.edit(TEMPLATE, '{% if size == "big" %}\n  Second:\n    Type: AWS::SNS::Topic\n{% endif %}\n', "")
    project.edit(TEMPLATE, "Resources:", PARAMETERS + "Resources:")
    project.write(
        TEMPLATE, (project.root / TEMPLATE).read_text() + "Outputs:\n  TopicArn: {Value: !Ref Topic}\n"
    )
    return project


def test_each_change_is_shown_once(published: Project) -> None:
    run = published.run("plan")
    changes, _, summary = run.out[run.out.index("\ntemplate changes") :].rpartition("\n4 changes")
    assert f"{changes}\n" == CHANGES
    assert summary.startswith(": 4 to create. plan ")
    assert "hunter2" not in run.out + published.run("--json", "plan").out


def test_markdown(published: Project) -> None:
    run = published.run("plan", "--format", "markdown")
    assert run.out.count("#### ") == 3
    assert (
        "| <code>high</code> | <code>removal</code> | <code>resource</code> | <code>Second</code> | "
        "<code>AWS::SNS::Topic</code> |  | <code>it is deleted</code> |"
    ) in run.out


def test_json(published: Project) -> None:
    document = published.run("--json", "plan").document
    (plan,) = document["plans"]
    assert [[it["product"] for it in one["versions"]] for one in plan["template_changes"]] == [
        ["studio-big", "studio-small"],
        ["studio-big"],
        ["studio-small"],
    ]
    (change,) = plan["template_changes"][0]["changes"]
    assert change == {
        "action": "add",
        "subject": "output",
        "path": "TopicArn",
        "resource": "",
        "resource_type": "",
        "effect": "added",
        "at_stake": "",
        "reason": "",
        "follows": "",
        "source": change["source"],
        "level": "safe",
        "bump": "minor",
        "before": "",
        "after": "!Ref Topic",
        "digest": change["digest"],
    }
    assert plan["uncompared"] == []
    assert document["calls"]["by_operation"]["servicecatalog:DescribeProvisioningArtifact"] == 2


def test_equal_templates_are_read_once(project: Project) -> None:
    project.bootstrap()
    project.edit(TEMPLATE, '{% if size == "big" %}', '{% if size == "none" %}')
    project.run("sync", "--yes")
    project.edit("products/studio/product.yaml", "1.0.0", "2.0.0")
    project.edit(TEMPLATE, "AWS::SNS::Topic", "AWS::SQS::Queue")
    project.edit(TEMPLATE, "DisplayName", "QueueName")
    document = project.run("--json", "plan").document
    assert document["calls"]["by_operation"]["servicecatalog:DescribeProvisioningArtifact"] == 1
    (group,) = document["plans"][0]["template_changes"]
    assert [it["product"] for it in group["versions"]] == ["studio-big", "studio-small"]
    assert [(it["path"], it["before"], it["after"]) for it in group["changes"]] == [
        ("Topic", "AWS::SNS::Topic", "AWS::SQS::Queue")
    ]


def test_a_fast_plan_reads_no_template(published: Project) -> None:
    document = published.run("--json", "plan", "--fast").document
    assert "servicecatalog:DescribeProvisioningArtifact" not in document["calls"]["by_operation"]
    assert document["plans"][0]["template_changes"] == []


def test_a_plan_without_new_versions_reads_no_template(project: Project) -> None:
    project.bootstrap()
    for _ in range(2):
        run = project.run("--json", "plan")
        assert "servicecatalog:DescribeProvisioningArtifact" not in run.document["calls"]["by_operation"]
        assert run.document["plans"][0]["template_changes"] == []
        project.run("sync", "--yes")


def test_the_same_content_in_other_words_is_no_new_version(project: Project) -> None:
    """As when publisher writes templates in another way than it did when they were published."""
    project.bootstrap()
    rendered = project.root / "rendered"
    assert project.run("render", "-o", str(rendered)).code == 0
    written = (rendered / "studio-small.template.yaml").read_text()
    other = json.dumps(parse(written, "t").value)
    for product in json.loads((rendered / "manifest.json").read_text())["products"]:
        text = other if product["product"] == "studio-small" else written
        key = template_key(product["digest"], "CLOUD_FORMATION_TEMPLATE")
        project.account.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    assert project.run("sync", "--yes").code == 0
    published = project.account.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert published == other
    assert project.run("plan", "--check").code == 0
    project.edit("products/studio/product.yaml", "1.0.0", "2.0.0")
    assert project.run("plan", "--check").code == 0


def test_a_saved_plan_has_the_changes(published: Project) -> None:
    file = published.root / "plan.json"
    published.run("plan", "-o", str(file))
    saved = json.loads(file.read_text())
    tampered = json.loads(file.read_text())
    tampered["plans"][0]["template_changes"][1]["changes"][0]["path"] = "Other"
    file.write_text(json.dumps(tampered))
    refused = published.run("sync", str(file), "--yes")
    assert refused.code == 2 and "was modified after it was saved (digest mismatch)" in refused.err
    file.write_text(json.dumps(saved))
    done = published.run("--json", "sync", str(file), "--yes")
    assert done.code == 0
    assert done.document["plans"] == saved["plans"]


def test_sync_shows_the_changes_before_it_asks(published: Project) -> None:
    run = published.run("sync")
    assert run.code == 3
    assert "template changes of studio-big, 1.0.0 -> 2.0.0" in run.err


def test_a_version_that_cannot_be_compared_is_a_note(published: Project) -> None:
    """Somebody published by hand what CloudFormation takes and we do not read."""
    build = published.account.build
    for product in published.account.catalog.search_products_as_admin()["ProductViewDetails"]:
        build.version(
            product["ProductViewSummary"]["ProductId"],
            "1.0.1",
            template="Resources: {A: &a {Type: 'AWS::SNS::Topic'}, B: *a}",
        )
    run = published.run("plan")
    reason = (
        "published template:1:16: T010 invalid YAML: anchors and aliases (& and *) are not supported by "
        "CloudFormation"
    )
    assert run.code == 0
    assert (
        "  note  ProvisioningArtifact  studio-big 2.0.0 studio-small 2.0.0  "
        f"template changes unknown: {reason}\n"
    ) in run.out
    (plan,) = published.run("--json", "plan").document["plans"]
    assert plan["template_changes"] == []
    assert [(it["product"], it["published"], it["reason"]) for it in plan["uncompared"]] == [
        ("studio-big", "1.0.1", reason),
        ("studio-small", "1.0.1", reason),
    ]
    assert published.run("sync", "--yes").code == 0
