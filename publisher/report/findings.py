"""Findings for programs that show them: SARIF 2.1.0, and the annotations of GitHub Actions."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from publisher.errors import Problem, Severity, Where, counted
from publisher.report.rules import table

# https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
MOST_RESULTS = 25_000
# https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
MOST_ANNOTATIONS = 10
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "informational": "note"}
_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "informational": "notice"}
_ORDER = list(_LEVELS)
_CFN_LINT = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md"
# A link to a place of the SARIF file, or to a page: https://docs.oasis-open.org/sarif/sarif/v2.1.0 3.11.6
_LINK = ("](", "\\](")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem at a place of the repository; what is in a rendered template is at the file it comes from."""

    problem: Problem
    where: Where
    # That of a rendered template begins with the place there.
    message: str


def found(problems: Iterable[Problem], files: Mapping[str, str], folder: PurePosixPath) -> list[Finding]:
    """The problems, errors first, at paths from the repository's root; `folder` is the project's in it."""
    findings = []
    for problem in sorted(problems, key=lambda it: (_ORDER.index(it.severity), it.sort_key)):
        where, message = problem.where, problem.message
        if source := files.get(where.path):
            where, message = Where(path=source), f"{where} as rendered: {message}"
        place = replace(where, path=posixpath.normpath(folder / where.path))
        findings.append(Finding(problem=problem, where=place, message=message))
    return findings


def github_annotations(findings: Sequence[Finding]) -> Iterator[str]:
    """A workflow command for each finding, and one before those of a kind of which GitHub shows only some.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    titles = {row["id"]: row["title"] for row in table()}
    number = Counter(it.problem.severity for it in findings)
    for severity, command in _COMMANDS.items():
        if number[severity] > MOST_ANNOTATIONS:
            kind = counted(number[severity], command)
            text = f"{kind}, of which GitHub shows the first; the log of this step has all"
            yield f"::{command} title=publisher::{_escaped(text)}"
        for finding in (it for it in findings if it.problem.severity == severity):
            problem, where = finding.problem, finding.where
            title = f"{problem.rule} {titles.get(problem.rule, '')}".rstrip()
            values = {"file": where.path, "line": where.line, "col": where.column, "title": title}
            properties = ",".join(f"{name}={_escaped_value(str(it))}" for name, it in values.items())
            text = f"{problem}\nhint: {problem.hint}" if problem.hint else str(problem)
            yield f"::{command} {properties}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_value(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def sarif(findings: Sequence[Finding], *, version: str) -> dict[str, Any]:
    """The findings as one run, at most as many as GitHub takes."""
    shown = findings[:MOST_RESULTS]
    severities: dict[str, Severity] = {}
    for finding in shown:
        severities.setdefault(finding.problem.rule, finding.problem.severity)
    rules = sorted(severities)
    index = {rule: n for n, rule in enumerate(rules)}
    times: Counter[str] = Counter()
    results = []
    for finding in shown:
        digest = _fingerprint(finding)
        times[digest] += 1
        results.append(
            {
                "ruleId": finding.problem.rule,
                "ruleIndex": index[finding.problem.rule],
                "level": _LEVELS[finding.problem.severity],
                "message": {"text": _text(finding)},
                "locations": [{"physicalLocation": _location(finding.where)}],
                # The one that GitHub reads; it would count lines, and renumber what did not change.
                "partialFingerprints": {"primaryLocationLineHash": f"{digest}:{times[digest]}"},
            }
        )
    driver = {"name": "publisher", "version": version, "rules": _rules(severities)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _left_out(findings)}],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(severities: Mapping[str, Severity]) -> list[dict[str, Any]]:
    known = {row["id"]: row for row in table()}
    rules = []
    for rule, severity in sorted(severities.items()):
        row = known.get(rule, {"title": f"Rule {rule} of cfn-lint", "source_url": _CFN_LINT})
        source = row["source_url"]
        text = {"text": f"{row['title']}."}
        more = f" Source: {source}" if source else ""
        descriptor = {
            "id": rule,
            "shortDescription": text,
            "fullDescription": text,
            "help": {"text": f"{text['text']}{more}"},
            "defaultConfiguration": {"level": _LEVELS[severity]},
        }
        rules.append(descriptor | ({"helpUri": source} if source else {}))
    return rules


def _text(finding: Finding) -> str:
    hint = finding.problem.hint
    return (f"{finding.message}\nhint: {hint}" if hint else finding.message).replace(*_LINK)


def _location(where: Where) -> dict[str, Any]:
    path = os.fsencode(where.path)
    uri = quote(path)
    location = {"uri": f"file://{uri}"} if path.startswith(b"/") else {"uri": uri, "uriBaseId": _ROOT}
    region = {"startLine": where.line, "startColumn": where.column}
    return {"artifactLocation": location, "region": region}


def _fingerprint(finding: Finding) -> str:
    problem = finding.problem
    parts = (problem.rule, finding.where.path, problem.where.path, problem.message)
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]


def _left_out(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    number = len(findings) - MOST_RESULTS
    if number <= 0:
        return []
    text = f"{counted(number, 'finding')} left out: GitHub takes {MOST_RESULTS:,}"
    return [{"level": "warning", "message": {"text": text}}]
