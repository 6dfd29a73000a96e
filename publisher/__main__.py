"""`python -m publisher` is the command publisher."""

from __future__ import annotations

from publisher.cli import run

if __name__ == "__main__":
    run()
