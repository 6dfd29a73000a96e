"""Rows of `make bench`: a line for people, and one of JSON in .publisher/bench.jsonl; and a large project."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from pathlib import Path

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
    said = f"{ratio:.3g} times {reference}" if ratio is not None else reference
    allowed = "" if limit is None else f"(at most {limit:g}{'' if ok else ': MISSED'})"
    sys.stdout.write(f"{name:52} {figure:9.2f} {unit:4} {said} {allowed}".rstrip() + "\n")
    sys.stdout.flush()
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
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(kept) + "\n")
    return ok


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
