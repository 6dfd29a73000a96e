"""How long one edited file takes to a verdict: while validate watches, and as a command with kept results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from publisher.aws.waiting import Clock
from publisher.cli import main as publisher
from tests.bench.rows import large_project, row

_ROUNDS, _OTHERS = 7, 50
_TARGET = 0.3


class _Editor:
    """In the place of sleeping, saves a template with a change in it; ends the run after some."""

    def __init__(self, edit: Callable[[int], None]) -> None:
        self._edit, self._saved = edit, 0

    def sleep(self, seconds: float) -> None:
        if self._saved > _ROUNDS:
            raise KeyboardInterrupt
        self._saved += 1
        self._edit(self._saved)


def main() -> None:
    """Everything."""
    with TemporaryDirectory() as top:
        root = Path(top)
        # What an earlier run kept would answer for the check.
        os.environ["XDG_CACHE_HOME"] = f"{top}/cache"
        template = _project(root)
        before = template.read_text(encoding="utf-8")

        def edit(number: int) -> None:
            text = before.replace("Outputs:", f"Outputs:\n  Edit:\n    Value: edit-{number}", 1)
            template.write_text(text, encoding="utf-8")

        lines = root / "answers"
        with lines.open("w", encoding="utf-8") as stream:
            stdout, sys.stdout = sys.stdout, stream
            try:
                publisher(
                    ["-C", top, "-q", "--json", "validate", "--watch"], clock=Clock(sleep=_Editor(edit).sleep)
                )
            finally:
                sys.stdout = stdout
        # The first is about all files, the second starts what is not needed for a part of them.
        answers = [json.loads(it) for it in lines.read_text(encoding="utf-8").splitlines()]
        assert len(answers) > _ROUNDS and not any(it["problems"] for it in answers), answers
        watched = median(it["seconds"] for it in answers[2:])
        alone = median(_command(root, template, edit, number) for number in range(100, 100 + _ROUNDS))
        row("one edited file to a verdict, validate --watch", watched, "s", limit=_TARGET)
        row("the same as a command of its own", alone, "s")


def _project(root: Path) -> Path:
    """A family with one product of 30 resources beside a family of others; its template."""
    large_project(root, _OTHERS)
    folder = root / "products" / "edited"
    family = json.loads((root / "products/units/product.yaml").read_text(encoding="utf-8"))
    family |= {"family": "edited", "display_name": "Edited", "axes": {}, "combinations": []}
    (folder / "template").mkdir(parents=True)
    (folder / "product.yaml").write_text(json.dumps(family), encoding="utf-8")
    for path in (root / "products/units/template").iterdir():
        text = path.read_text(encoding="utf-8").replace(
            "{% set unit = group ~ kind %}", '{% set unit = "u1" %}'
        )
        (folder / "template" / path.name).write_text(text, encoding="utf-8")
    portfolio = next((root / "portfolio").iterdir())
    declared = json.loads(portfolio.read_text(encoding="utf-8"))
    declared["products"].append({"product": "edited", "constraints": [{"type": "LAUNCH"}]})
    portfolio.write_text(json.dumps(declared), encoding="utf-8")
    return folder / "template" / "main.yaml.j2"


def _command(root: Path, template: Path, edit: Callable[[int], None], number: int) -> float:
    edit(number)
    began = time.perf_counter()
    command = [sys.executable, "-m", "publisher", "-C", str(root), "validate", str(template)]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
