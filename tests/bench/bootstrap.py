"""Prints what the bootstrap of 350 products takes locally: `python -m tests.bench.bootstrap`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.bench.rows import large_project, publisher, row

PRODUCTS = 350


def main() -> None:
    """From nothing to all launch roles, a look at them, and their removal."""
    load, _, _ = os.getloadavg()
    sys.stdout.write(f"{os.cpu_count()} cores, load {load:.1f}; {PRODUCTS} products of 30 resources\n")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        large_project(root, PRODUCTS)
        try:
            publisher(root, "list")
            for options in (("--yes",), ("--check",), ("--remove", "--yes")):
                ran = publisher(root, "--local", "bootstrap", *options)
                what = f"bootstrap {' '.join(options)} of {PRODUCTS}"
                row(what, ran.seconds, "s", reference=f"{ran.cpu:.1f} s of a processor", limit=60)
                row(f"{what}, memory", ran.memory, "MB", limit=250)
        finally:
            publisher(root, "local", "stop")


if __name__ == "__main__":
    main()
