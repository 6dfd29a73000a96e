from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.compat.clients import Client, Scenario, find_mirror, read_clients
from tests.compat.page import page
from tests.compat.runs import Report, Result, problem, run_client
from tests.conftest import ROOT, cases

CLIENTS = {client.key: client for client in read_clients()}


@pytest.mark.whole
def test_the_aws_cli(tmp_path: Path) -> None:
    """The short form of `make compat`: what needs no installation, and is quick."""
    client = CLIENTS["awscli"]
    short = client.model_copy(update={"scenarios": tuple(one for one in client.scenarios if one.short)})
    version, *results = run_client(short, [], tmp_path / "run")
    assert str(version).startswith("aws-cli 1.")
    assert results == [Result(of=one) for one in short.scenarios] != []


@cases(
    ("scenario", "code", "expected"),
    {
        "as it should be": ({"prints": "made"}, 0, ""),
        "another exit code": ({}, 3, "exit code 3"),
        "other words": ({"prints": "kept"}, 0, "does not print 'kept'"),
        "too long": ({}, None, "no end within 600 seconds"),
        "not supported, as expected": ({"unsupported": "made"}, 1, ""),
        "not supported for another reason": (
            {"unsupported": "NotImplemented"},
            1,
            "does not print 'NotImplemented'",
        ),
        "supported meanwhile": ({"unsupported": "made"}, 0, "succeeds; it is no longer unsupported"),
    },
)
def test_what_is_a_problem(scenario: dict[str, str], code: int | None, expected: str) -> None:
    assert problem(Scenario(name="x", run="true", **scenario), code, "it is made\n") == expected


def test_a_provider_mirror_is_found(tmp_path: Path) -> None:
    (tmp_path / "registry.example" / "hashicorp" / "aws" / "5.0.0").mkdir(parents=True)
    assert find_mirror("hashicorp/aws", {"TERRAFORM_MIRROR": str(tmp_path)}) == tmp_path
    assert find_mirror("hashicorp/google", {"TERRAFORM_MIRROR": str(tmp_path)}) is None


def test_the_written_page_has_every_scenario_and_no_failure() -> None:
    text = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    sections = text[text.index("\n## ") :]
    written = re.findall(r"^(?:## |\| )(.*?)(?: \| (?:OK|not .*) \|)?$", sections, re.MULTILINE)
    expected = [
        line
        for client in CLIENTS.values()
        for line in (client.name, "what is run | result |", *(one.name for one in client.scenarios))
    ]
    assert written == expected


def test_the_page() -> None:
    scenarios = (
        Scenario(name="deploys", run=""),
        Scenario(name="flies", run="", unsupported="NotImplemented"),
    )
    client = Client(key="it", name="It", version="", note="Needs care.", scenarios=scenarios)
    reports = [
        Report(client=client, version="1.0", results=tuple(Result(of=one) for one in scenarios)),
        Report(
            client=client.model_copy(update={"name": "Other", "note": ""}), left_out="`it` is not on the PATH"
        ),
    ]
    assert page(reports).partition("| client")[2].splitlines() == [
        " | version | works | does not work | not supported |",
        "|---|---|---|---|---|",
        "| It | 1.0 | 1 | 0 | 1 |",
        "| Other |  | not run: `it` is not on the PATH | |  |",
        "",
        "## It",
        "Needs care.",
        "",
        "| what is run | result |",
        "|---|---|",
        "| deploys | OK |",
        "| flies | not supported: NotImplemented |",
        "",
        "## Other",
        "| what is run | result |",
        "|---|---|",
        "| deploys | not run |",
        "| flies | not run |",
    ]
