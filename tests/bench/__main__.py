"""Measures everything, or some parts, and prints one table: `python -m tests.bench [PART …]`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from functools import partial

from tests.bench.rows import FILE, row, seconds, show

# Those of issue 15's table first. `engine` and `fleet` take long: they run when they are named.
PARTS = ("start", "rendering", "edited", "bootstrap", "calls", "local_endpoint", "pages")
FURTHER = ("engine", "fleet")


def main() -> int:
    """1 if a part did not end well; the others are measured all the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join((*PARTS, *FURTHER))}")
    parts = parser.parse_args().parts or PARTS
    if unknown := sorted(set(parts) - {*PARTS, *FURTHER}):
        parser.error(f"no part is '{unknown[0]}': choose of {', '.join((*PARTS, *FURTHER))}")
    before = FILE.stat().st_size if FILE.is_file() else 0
    failed: list[str] = []

    def measure(part: str) -> None:
        if subprocess.run([sys.executable, "-m", f"tests.bench.{part}"]).returncode:
            failed.append(part)

    for part in parts:
        sys.stdout.write(f"-- {part}\n")
        sys.stdout.flush()
        row(f"measuring {part}", seconds(partial(measure, part)), "s")
    load, _, _ = os.getloadavg()
    sys.stdout.write(f"-- all, on {os.cpu_count()} cores, load {load:.1f}\n")
    with FILE.open(encoding="utf-8") as stream:
        stream.seek(before)
        for line in stream:
            show(json.loads(line))
    if failed:
        sys.stdout.write(f"did not end well: {', '.join(failed)}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
