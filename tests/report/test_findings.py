from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator

from publisher.errors import Problem, Severity, Where
from publisher.report.findings import (
    MOST_ANNOTATIONS,
    MOST_RESULTS,
    found,
    github_annotations,
    sarif,
)
from tests.conftest import ROOT, Run, cases, write_files

SCHEMA = Draft4Validator(json.loads((ROOT / "tests/schemas/sarif-2.1.0.json").read_text(encoding="utf-8")))
FILES = {"studio-small.template.yaml": "products/studio/template/main.yaml.j2"}
HOSTILE = (
    "::error file=x,line=1::boom\n::add-mask::x\r##[stop-commands]y %0A%25 a:b,c [x](https:evil) {0} \udcff"
)


def problem(
    message: str = "unknown key", path: str = "portfolio/ml.yaml", severity: Severity = "error", line: int = 3
) -> Problem:
    where = Where(path=path, line=line, column=7)
    return Problem(rule="P101", where=where, message=message, hint="remove it", severity=severity)


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: ActionCommand.TryParseV2 of actions/runner."""
    match = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line)
    assert match is not None, line
    pairs = dict(it.split("=", 1) for it in (match[2] or "").split(",") if it)
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        pairs = {name: value.replace(code, character) for name, value in pairs.items()}
    text = match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return match[1], pairs, text


def test_annotations_of_github() -> None:
    problems = [
        problem(severity="warning"),
        problem("not available", "studio-small.template.yaml"),
        problem(severity="informational"),
    ]
    lines = [*github_annotations(found(problems, FILES, PurePosixPath("catalog")))]
    title = "P101 Every key is known"
    at = {"file": "catalog/portfolio/ml.yaml", "line": "3", "col": "7", "title": title}
    rendered = {
        "file": "catalog/products/studio/template/main.yaml.j2",
        "line": "1",
        "col": "1",
        "title": title,
    }
    assert [*map(parsed, lines)] == [
        ("error", rendered, "studio-small.template.yaml:3:7: P101 not available\nhint: remove it"),
        ("warning", at, "portfolio/ml.yaml:3:7: P101 warning: unknown key\nhint: remove it"),
        ("notice", at, "portfolio/ml.yaml:3:7: P101 informational: unknown key\nhint: remove it"),
    ]


def test_hostile_names_and_messages_start_no_command_of_their_own() -> None:
    findings = found([problem(HOSTILE, f"products/{HOSTILE}.yaml")], {}, PurePosixPath())
    (line,) = github_annotations(findings)
    assert line.isprintable() or "\udcff" in line
    assert not {"\n", "\r"} & set(line)
    command, pairs, text = parsed(line)
    assert (command, pairs["file"], [*pairs]) == (
        "error",
        f"products/{HOSTILE}.yaml",
        ["file", "line", "col", "title"],
    )
    assert text.count("\n") == 1


def test_says_of_which_kind_github_shows_only_some() -> None:
    many = [problem(line=n, severity="warning") for n in range(1, MOST_ANNOTATIONS + 2)]
    lines = [*github_annotations(found([*many, problem()], {}, PurePosixPath()))]
    assert parsed(lines[1]) == (
        "warning",
        {"title": "publisher"},
        "11 warnings, of which GitHub shows the first; the log of this step has all",
    )
    assert [parsed(it)[0] for it in lines] == ["error"] + ["warning"] * 12


def checked(problems: list[Problem]) -> Any:
    document = sarif(found(problems, FILES, PurePosixPath("catalog")), version="1.2.3")
    assert [*SCHEMA.iter_errors(document)] == []
    return document["runs"][0]


def test_sarif() -> None:
    rendered = problem("not available", "studio-small.template.yaml")
    foreign = Problem(rule="E3006", where=Where(path="/else/a b.yaml"), message=HOSTILE, hint="")
    run = checked([problem(severity="warning"), rendered, foreign])
    assert [it["id"] for it in run["tool"]["driver"]["rules"]] == ["E3006", "P101"]
    assert run["tool"]["driver"]["rules"][1] == {
        "id": "P101",
        "shortDescription": {"text": "Every key is known."},
        "fullDescription": {"text": "Every key is known."},
        "help": {"text": "Every key is known."},
        "defaultConfiguration": {"level": "error"},
    }
    assert run["tool"]["driver"]["rules"][0]["helpUri"].endswith("cfn-lint/blob/main/docs/rules.md")
    assert run["results"][2] == {
        "ruleId": "P101",
        "ruleIndex": 1,
        "level": "warning",
        "message": {"text": "unknown key\nhint: remove it"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "catalog/portfolio/ml.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 3, "startColumn": 7},
                }
            }
        ],
        "partialFingerprints": run["results"][2]["partialFingerprints"],
    }
    places = [it["locations"][0]["physicalLocation"] for it in run["results"]]
    assert places[0]["artifactLocation"] == {"uri": "file:///else/a%20b.yaml"}
    assert places[1] == {
        "artifactLocation": {
            "uri": "catalog/products/studio/template/main.yaml.j2",
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": 1, "startColumn": 1},
    }
    texts = [it["message"]["text"] for it in run["results"]]
    assert texts[1].startswith("studio-small.template.yaml:3:7 as rendered: not available")
    assert "[x\\](https" in texts[0]


def test_sarif_names_hostile_files_by_valid_uris() -> None:
    run = checked([problem(path=f"products/{HOSTILE}.yaml")])
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", uri)
    assert unquote(uri, errors="surrogateescape") == f"catalog/products/{HOSTILE}.yaml"


def test_fingerprints_stay_when_lines_move_and_tell_the_same_apart() -> None:
    def marks(*problems: Problem) -> list[str]:
        results = checked([*problems])["results"]
        return [it["partialFingerprints"]["primaryLocationLineHash"] for it in results]

    one, two = marks(problem(line=3), problem(line=9))
    assert (one[:-1], one[-2:], two[-2:]) == (two[:-1], ":1", ":2")
    assert marks(problem(line=30)) == [one]
    assert {*marks(problem("other")), *marks(problem(path="portfolio/other.yaml"))}.isdisjoint({one, two})


def test_sarif_has_as_many_results_as_github_takes_the_errors_first() -> None:
    problems = [problem(line=n + 1, severity="warning") for n in range(MOST_RESULTS)] + [problem()]
    document = sarif(found(problems, FILES, PurePosixPath()), version="1")
    run = document["runs"][0]
    assert (len(run["results"]), run["results"][0]["level"]) == (MOST_RESULTS, "error")
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "1 finding left out: GitHub takes 25,000"}}
    ]


FAMILY = """\
name: topic
version: 1.0.0
display_name: Topic
owner: Me
template: template/main.yaml
"""
PORTFOLIO = "display_name: T\nprovider_name: T\nregions: [us-west-2]\nproducts: [{product: topic}]\nnope: 1\n"


@cases("command", {"validate": "validate", "lint": "lint"})
def test_paths_are_those_of_the_repository_around_the_project(command: str, tmp_path: Path, run: Run) -> None:
    """What stops lint is a finding, too."""
    (tmp_path / ".git").mkdir()
    files = {"products/topic/product.yaml": FAMILY, "portfolio/t.yaml": PORTFOLIO}
    project = write_files(tmp_path / "catalog", files)
    place = "catalog/portfolio/t.yaml"
    file = tmp_path / "found.sarif"
    ran = run("-C", project, command, "--format", "github", "--sarif", file)
    assert (ran.code, "traceback" in ran.err.lower()) == (2, False)
    shown = [parsed(line) for line in ran.out.splitlines() if line.startswith("::")]
    assert (place, "P101 Every key is known") in [(it[1]["file"], it[1]["title"]) for it in shown]
    written = json.loads(file.read_text(encoding="utf-8"))
    assert run("-C", project, command, "--format", "sarif").document == written
    assert [*SCHEMA.iter_errors(written)] == []
    assert len(written["runs"][0]["results"]) == len(shown)
    same = [run("-C", project, command, *words).out for words in (("--format", "json"), ("--json",))]
    assert same[0] == same[1] == run("-C", project, "--json", command, "--format", "github").out


def test_sarif_is_not_written_over_a_folder(tmp_path: Path, run: Run) -> None:
    ran = run("-C", tmp_path, "validate", "--sarif", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"error: '{tmp_path}': a folder\nhint: choose the path of a file\n"
