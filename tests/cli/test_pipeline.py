"""The command `pipeline`: where it works, and how its options go together. tests/pipeline has the rest."""

from __future__ import annotations

import json

from tests.cli.conftest import Project
from tests.conftest import cases

PIPELINE = """\
account_id: "{}"
region: us-west-2
source: {{type: s3, bucket: sources, key: catalog.zip}}
groups: [{{name: all}}]
"""
FAR, ACCOUNT = "333333333333", "123456789012"


@cases("option", {it: it for it in ("--deploy", "--check", "--remove")})
def test_another_account_is_asked_nothing(project: Project, option: str) -> None:
    project.write("configs/pipeline.yaml", PIPELINE.format(FAR))
    run = project.run("pipeline", option, "--yes")
    message = f"{FAR}/us-west-2: arn:aws:sts::{ACCOUNT}:user/moto belongs to another account"
    hint = f"choose a --profile of account {FAR}, or correct configs/pipeline.yaml"
    assert (run.code, run.err.splitlines()[-2:]) == (3, [f"error: {message}", f"hint: {hint}"])


@cases(
    ("words", "message"),
    {
        "no file": ((), "configs/pipeline.yaml not found"),
        "two modes": (("--deploy", "--check"), "--deploy and --check cannot be combined"),
        "a template of what goes": (("--remove", "-o", "x"), "--remove and --output cannot be combined"),
        "a summary of nothing": (("--summary", "x"), "--summary requires --check"),
        "a role for nothing": (("--role-arn", "x"), "--role-arn requires --deploy or --remove"),
        "a role elsewhere": (
            ("--deploy", "--role-arn", "arn:aws:iam::999999999999:role/x"),
            "--role-arn 'arn:aws:iam::999999999999:role/x' is no role of account 123456789012",
        ),
        "a target": (("--target", "hub"), "--target cannot be combined with pipeline"),
        "another Region": (
            ("--region", "eu-west-1"),
            "--region is eu-west-1, but the pipeline is in us-west-2",
        ),
    },
)
def test_options_that_do_not_go_together(project: Project, words: tuple[str, ...], message: str) -> None:
    if words:
        project.write("configs/pipeline.yaml", PIPELINE.format(ACCOUNT))
    run = project.run("pipeline", *words)
    assert (run.code, run.err.splitlines()[0]) == (2, f"error: {message}")
    assert not (project.root / "x").exists()


def test_the_template_is_printed_or_written(project: Project) -> None:
    project.write("configs/pipeline.yaml", PIPELINE.format(ACCOUNT))
    printed = project.run("pipeline")
    path = project.root / "template.json"
    written = project.run("pipeline", "-o", str(path))
    assert (printed.code, written.code, written.out) == (0, 0, f"template written to {path}\n")
    assert path.read_text() == printed.out
    document = project.run("--json", "pipeline").document
    assert document["template"] == json.loads(printed.out)
    assert (
        document.items() >= {"stack": "publisher-pipeline", "account": ACCOUNT, "region": "us-west-2"}.items()
    )
