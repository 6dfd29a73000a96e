"""Runs other people's clients against the local AWS: `python -m tests.compat [CLIENT …]`.

Without names it runs all. Writes docs/compatibility.md once each has been run on this machine, now or before.
Exits with 1 if anything is not as its file says.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from pydantic import ValidationError

from tests.compat.clients import Client, install, missing, read_clients
from tests.compat.page import page
from tests.compat.runs import REPORT, Report, Result, run_client

_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / ".publisher" / "compat"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _report(client: Client) -> Report:
    if reason := missing(client):
        _say(f"# {client.name}: left out, {reason}")
        return Report(client=client, left_out=reason)
    _say(f"# {client.name}")
    bins = install(client, _FOLDER / "clients" / client.key)
    version, results = "", list[Result]()
    for number, one in enumerate(run_client(client, bins, _FOLDER / client.key)):
        if isinstance(one, str):
            version = one
            _say(f"  {version}")
            continue
        results.append(one)
        log = f"; see {_FOLDER.relative_to(_ROOT) / client.key / f'{number}.log'}" if one.problem else ""
        _say(f"  {one.of.name}: {one.problem or 'OK'}{log}")
    return Report(client=client, version=version, results=tuple(results))


def _kept(client: Client) -> Path:
    return _FOLDER / f"{client.key}.json"


def _last_report(client: Client) -> Report | None:
    """None if there is none, or the client's file, or this program, has changed since."""
    try:
        report = REPORT.validate_json(_kept(client).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return report if report.client == client else None


def main() -> int:
    """The exit code."""
    clients = {client.key: client for client in read_clients()}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"one of: {', '.join(sorted(clients))}")
    names = parser.parse_args().clients
    if unknown := sorted(set(names) - clients.keys()):
        parser.error(f"unknown client: {', '.join(unknown)}")
    try:
        for key in names or clients:
            _kept(clients[key]).parent.mkdir(parents=True, exist_ok=True)
            _kept(clients[key]).write_bytes(REPORT.dump_json(_report(clients[key])))
    except subprocess.CalledProcessError as error:
        _say(f"not installed: {error}")
        return 1
    reports = [report for client in clients.values() if (report := _last_report(client))]
    if len(reports) == len(clients):
        (_ROOT / "docs" / "compatibility.md").write_text(page(reports), encoding="utf-8")
    run = [report for report in reports if report.client.key in (names or clients)]
    return int(any(result.problem for report in run for result in report.results))


if __name__ == "__main__":
    sys.exit(main())
