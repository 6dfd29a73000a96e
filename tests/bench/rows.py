"""Rows of `make bench`, for people and as JSON in .publisher/bench.jsonl, and how they are measured."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

FILE = ROOT / ".publisher" / "bench.jsonl"


def row(
    name: str,
    figure: float,
    unit: str,
    *,
    reference: str = "",
    ratio: float | None = None,
    limit: float | None = None,
) -> bool:
    """Shows and keeps a figure; whether it is within its limit.

    `ratio` is the figure by that of the reference, in one run; `limit` the most that the ratio may be or,
    where there is no ratio, the figure.
    """
    judged = figure if ratio is None else ratio
    ok = limit is None or judged <= limit
    kept = {
        "name": name,
        "figure": round(figure, 4),
        "unit": unit,
        "reference": reference,
        "ratio": None if ratio is None else round(ratio, 4),
        "limit": limit,
        "ok": ok,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    show(kept)
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(kept) + "\n")
    return ok


def show(kept: Mapping[str, Any]) -> None:
    """A row as a line of the table."""
    ratio, limit = kept["ratio"], kept["limit"]
    said = kept["reference"] if ratio is None else f"{ratio:.3g} times {kept['reference']}"
    allowed = "" if limit is None else f"(at most {limit:g}{'' if kept['ok'] else ': MISSED'})"
    sys.stdout.write(
        f"{kept['name']:52} {kept['figure']:9.2f} {kept['unit']:4} {said} {allowed}".rstrip() + "\n"
    )
    sys.stdout.flush()


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(times: int, work: Callable[[], object]) -> float:
    """How long it usually takes."""
    return statistics.median(seconds(work) for _ in range(times))


def cpu_seconds(pid: int) -> float:
    """The processor time of a process; 0 where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return 0.0
    user, system = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that ended well: what it wrote, seconds, seconds of a processor, and its memory in MB."""

    out: str
    seconds: float
    cpu: float
    memory: float


def publisher(root: Path, *words: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Runs a command on a project in a process of its own."""
    line = [sys.executable, "-m", "publisher", "-C", str(root), *words]
    path = os.pathsep.join([str(ROOT), str(ROOT / "emulator")])
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            line, env={**os.environ, "PYTHONPATH": path, **(environment or {})}, stdout=out, stderr=errors
        )
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, errors):
            stream.seek(0)
        written, said = out.read(), errors.read()
    assert process.returncode == 0, said[-2000:] + written[-2000:]
    # Linux counts in KB, macOS in bytes.
    unit = 1024 * (1024 if sys.platform == "darwin" else 1)
    return Ran(out=written, seconds=took, cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss / unit)


def large_project(root: Path, products: int) -> None:
    """A family of so many products of 30 resources each, in portfolios of at most a hundred."""
    shutil.copytree(Path(__file__).parent / "large", root / "products" / "units" / "template")
    kinds = next(it for it in range(10, 0, -1) if products % it == 0)
    axes = {
        "group": [f"g{number:02}" for number in range(products // kinds)],
        "kind": [f"k{number}" for number in range(kinds)],
    }
    family = {
        "family": "units",
        "version": "1.0.0",
        "display_name": "Unit {group} {kind}",
        "owner": "Platform Team",
        "template": "template/main.yaml.j2",
        "axes": {name: {value: value for value in values} for name, values in axes.items()},
        "combinations": [axes],
        "launch_role": "derived",
    }
    (root / "products" / "units" / "product.yaml").write_text(json.dumps(family), encoding="utf-8")
    (root / "portfolio").mkdir()
    for tens in sorted({group[:2] for group in axes["group"]}):
        declared = {
            "display_name": f"Units {tens}",
            "provider_name": "Platform Team",
            "regions": ["us-west-2"],
            "products": [{"product": f"units-{tens}?-*", "constraints": [{"type": "LAUNCH"}]}],
        }
        (root / "portfolio" / f"units-{tens}.yaml").write_text(json.dumps(declared), encoding="utf-8")
