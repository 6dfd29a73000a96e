"""The command line: parses, calls, prints. Only here are things printed, asked, read from the environment."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from publisher.aws.waiting import Clock

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.cli.progress import Ticker

# 128 and a signal's number.
_INTERRUPTED_FROM, _INTERRUPTED = 128, 130


def main(
    argv: Sequence[str] | None = None,
    *,
    connect: Callable[..., Aws] | None = None,
    clock: Clock | None = None,
    ticker: Ticker | None = None,
) -> int:
    """Runs one command and returns its exit code (0 done, 1 failed, 2 input, 3 refused, 4 changes found).

    `connect` makes AWS identities in the place of `Aws`, with the same arguments. `ticker` calls, again and
    again, what reports in a long silence what the run waits for; without one nothing does.
    """
    from publisher.cli.app import execute
    from publisher.cli.progress import silent

    argv = sys.argv[1:] if argv is None else argv
    return execute(list(argv), connect=connect, clock=clock or Clock(), ticker=ticker or silent)


def run() -> None:
    """The console script."""
    from publisher.cli.progress import ticking

    if sys.platform == "win32":
        sys.stderr.write("error: Windows is not supported\nhint: run publisher in WSL\n")
        sys.exit(2)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the caller closed it
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    # Values of files and AWS live as long as the run: to look for cycles in them takes a tenth of it.
    gc.set_threshold(50_000, 20, 100)
    streams = sys.stdout, sys.stderr
    try:
        code = main(ticker=ticking)
    except KeyboardInterrupt:
        # Before or after everything that handles it.
        sys.stderr.write("error: interrupted\n")
        code = _INTERRUPTED
    finally:
        for stream in streams:
            _let_go(stream)
    if code >= _INTERRUPTED_FROM:
        # Threads may still wait for AWS, and would be waited for.
        os._exit(code)
    sys.exit(code)


def _let_go(stream: TextIO) -> None:
    """Python complains at its end of what it could not write; that has been reported."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
