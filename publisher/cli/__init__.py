"""The command line: parses, calls, prints. Only here are things printed, asked, read from the environment."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code (0 done, 1 failed, 2 input, 3 refused, 4 changes found)."""
    from publisher.cli.app import execute

    return execute(list(sys.argv[1:] if argv is None else argv))


def run() -> None:
    """The console script."""
    sys.exit(main())
