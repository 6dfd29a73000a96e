"""Prints what rendering and linting products of 30 resources costs, in ratio to others' work in the same run.

Figures are the least of some runs: what it takes where nothing else runs, as nearly as can be known.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.rows import large_project, row, seconds

_TIMES = 3
_PUBLISHER = (sys.executable, "-m", "publisher", "--quiet")
# The same text by Jinja2 as it comes and libyaml, in one process.
_LOOP = """\
import sys, jinja2, yaml
folder, products = sys.argv[1], int(sys.argv[2])
kinds = next(it for it in range(10, 0, -1) if products % it == 0)
class Loader(yaml.CSafeLoader): pass
def function(loader, name, node):
    match node:
        case yaml.ScalarNode(): return {name: loader.construct_scalar(node)}
        case yaml.SequenceNode(): return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}
Loader.add_multi_constructor("!", function)
jinja = jinja2.Environment(
    loader=jinja2.FileSystemLoader(folder), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)
made = []
for group in range(products // kinds):
    for kind in range(kinds):
        text = jinja.get_template("main.yaml.j2").render(
            group=f"g{group:02}", kind=f"k{kind}", permissions_boundary="arn:aws:iam::1:policy/boundary"
        )
        made.append(yaml.load(text, Loader=Loader))
assert len(made) == products and all(len(it["Resources"]) == 30 for it in made)
"""
# Renders or lints in a process that then says what it and its workers needed: MB of the largest.
_MEMORY = """\
import contextlib, io, resource, sys
from publisher.cli import main
from publisher.templates.workers import workers
with contextlib.redirect_stdout(io.StringIO()):
    assert main(sys.argv[1:]) == 0
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
workers().close()
print(own // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


class _Project:
    """A project of so many products, and a cache of its own."""

    def __init__(self, folder: Path, products: int) -> None:
        self.root, self.products = folder / str(products), products
        large_project(self.root, products)
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(folder / f"cache-{products}")}

    def run(self, *words: str, program: Sequence[str] = _PUBLISHER) -> float:
        """Seconds of a command in this project."""
        return seconds(lambda: self._ran(*program, "-C", str(self.root), *words))

    def memory(self, *words: str) -> tuple[int, int]:
        """MB that a command needs in the main process, and in the largest worker."""
        own, worker = self._ran(
            sys.executable, "-c", _MEMORY, "-C", str(self.root), "--quiet", "--no-cache", *words
        ).split()
        return int(own), int(worker)

    def _ran(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout


def rendering(folder: Path) -> None:
    """350 products, cold and warm, by a bare loop; and the growth from 35."""
    large, small = _Project(folder, 350), _Project(folder, 35)
    out = ("render", "-o", str(folder / "out"))
    loop = (sys.executable, "-c", _LOOP, str(large.root / "products" / "units" / "template"), "350")
    figures: dict[str, list[float]] = {"loop": [], "cold": [], "warm": [], "small": []}
    large.run(*out)
    for _ in range(_TIMES):
        figures["loop"].append(seconds(lambda: subprocess.run(loop, check=True)))
        figures["cold"].append(large.run("--no-cache", *out))
        figures["warm"].append(large.run(*out))
        figures["small"].append(small.run("--no-cache", *out))
    least = {name: min(found) for name, found in figures.items()}
    bare = least["loop"]
    row("Jinja2 and libyaml over the text of 350 products", bare, "s")
    row(
        "render 350 products",
        least["cold"],
        "s",
        reference="that loop",
        ratio=least["cold"] / bare,
        limit=1.3,
    )
    row(
        "render them again", least["warm"], "s", reference="that loop", ratio=least["warm"] / bare, limit=0.25
    )
    growth = least["cold"] / least["small"]
    row("render 350", least["cold"], "s", reference="render 35", ratio=growth, limit=10)
    own, worker = large.memory("render", "-o", str(folder / "out"))
    row("render 350, memory of the main process", own, "MB", limit=250)
    row("render 350, memory of a worker", worker, "MB", limit=200)


def linting(folder: Path) -> None:
    """12 products, cold and warm, by the cfn-lint command over the same files."""
    project, out = _Project(folder, 12), folder / "templates"
    project.run("render", "-o", str(out))
    files = sorted(map(str, out.glob("*.yaml")))
    command = (str(Path(sys.executable).parent / "cfn-lint"), "-r", "us-west-2", "-c", "I", "--", *files)
    project.run("lint")
    figures: dict[str, list[float]] = {"cfn-lint": [], "cold": [], "warm": [], "start": []}
    for _ in range(_TIMES):
        figures["cfn-lint"].append(seconds(lambda: subprocess.run(command, check=True)))
        figures["cold"].append(project.run("--no-cache", "lint"))
        figures["warm"].append(project.run("lint"))
        figures["start"].append(project.run("list"))
    least = {name: min(found) for name, found in figures.items()}
    other = least["cfn-lint"]
    row("cfn-lint over 12 templates of 30 resources", other, "s")
    row("lint 12 products", least["cold"], "s", reference="cfn-lint", ratio=least["cold"] / other, limit=0.65)
    again = max(0.0, least["warm"] - least["start"])
    row("publisher list, which only reads the files", least["start"], "s")
    row("lint them again, beyond that", again, "s", reference="cfn-lint", ratio=again / other, limit=0.03)
    own, worker = project.memory("lint")
    row("lint 12, memory of the main process", own, "MB", limit=250)
    row("lint 12, memory of a worker", worker, "MB", limit=200)


def main() -> None:
    """Everything."""
    load, _, _ = os.getloadavg()
    sys.stdout.write(f"{os.cpu_count()} cores, load {load:.1f}; the least of {_TIMES} runs each\n")
    with tempfile.TemporaryDirectory() as folder:
        rendering(Path(folder))
        linting(Path(folder))


if __name__ == "__main__":
    main()
