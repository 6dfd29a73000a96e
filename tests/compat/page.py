"""docs/compatibility.md: which clients were run, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.compat.runs import Report, Result

_HEAD = """\
# Clients of the local AWS
`make compat` installs these clients in `.publisher/compat`, runs them as they come against a new \
[local AWS](local.md), and writes this page; `make compat CLIENTS="cdk sam"` runs some of them. \
`tests/compat/clients` has a folder for each: what is run, and how it is set up. A client gets what \
`publisher local env` prints and nothing else, unless its section says so.
"""


def page(reports: Sequence[Report]) -> str:
    """The whole text."""
    return "\n".join([_HEAD, *_summary(reports), *(line for report in reports for line in _section(report))])


def _summary(reports: Sequence[Report]) -> Iterator[str]:
    yield "| client | version | works | does not work | not supported |"
    yield "|---|---|---|---|---|"
    for report in reports:
        cells = [report.client.name, report.version, *_counts(report)]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _counts(report: Report) -> Iterator[str]:
    if report.left_out:
        yield f"not run: {report.left_out} | | "
        return
    results = [_result(one) for one in report.results]
    yield str(results.count("OK"))
    yield str(sum(one.startswith("**") for one in results))
    yield str(sum(one.startswith("not") for one in results))


def _section(report: Report) -> Iterator[str]:
    yield f"## {report.client.name}"
    if report.client.note:
        yield report.client.note + "\n"
    results = {one.of.name: _result(one) for one in report.results}
    yield "| what is run | result |\n|---|---|"
    for one in report.client.scenarios:
        yield f"| {one.name} | {results.get(one.name, 'not run')} |"
    yield ""


def _result(result: Result) -> str:
    if result.problem:
        return f"**{result.problem}**"
    return f"not supported: {result.of.unsupported}" if result.of.unsupported else "OK"
