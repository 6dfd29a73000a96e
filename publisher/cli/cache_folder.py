"""Where results are kept from run to run: in the folder that a user's caches have, outside of any project."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str], *, platform: str = sys.platform) -> Path | None:
    """The folder of our results; None where the environment names no absolute folder.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    home = Path(environment.get("HOME", ""))
    usual = home / "Library" / "Caches" if platform == "darwin" else home / ".cache"
    chosen = Path(environment.get("XDG_CACHE_HOME", ""))
    found = chosen if chosen.is_absolute() else usual
    return found / "publisher" if found.is_absolute() else None
