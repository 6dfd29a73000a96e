"""The builds of every repository, this one's too: the same commands as on a laptop."""

from __future__ import annotations

from pathlib import Path


def buildspec() -> bytes:
    """The text of buildspec.yml."""
    return Path(__file__).with_name("buildspec.yml").read_bytes()
