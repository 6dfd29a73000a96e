"""Prints what the bootstrap of 350 products takes locally: `python -m tests.bench.bootstrap`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.rows import large_project, row

PRODUCTS = 350


def run(root: Path, *words: str) -> float:
    """Seconds of a command, which succeeds."""
    began = time.perf_counter()
    command = (str(Path(sys.executable).parent / "publisher"), "-C", str(root))
    subprocess.run((*command, *words), check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """From nothing to all launch roles, a look at them, and their removal."""
    load, _, _ = os.getloadavg()
    sys.stdout.write(f"{os.cpu_count()} cores, load {load:.1f}; {PRODUCTS} products of 30 resources\n")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        large_project(root, PRODUCTS)
        try:
            run(root, "list")
            for words in (("--yes",), ("--check",), ("--remove", "--yes")):
                took = run(root, "--local", "bootstrap", *words)
                row(f"bootstrap {' '.join(words)}, {PRODUCTS} products", took, "s", limit=60)
        finally:
            run(root, "local", "stop")


if __name__ == "__main__":
    main()
