"""Modules of the emulator's own tests, whose package has the same name as this one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "emulator" / "tests"


def load(name: str) -> Any:
    """The module `emulator/tests/<name>.py`; it must import nothing of its own package."""
    module = f"emulator_tests.{name.replace('/', '.')}"
    if module not in sys.modules:
        spec = importlib.util.spec_from_file_location(module, _FOLDER / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[module] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[module])
    return sys.modules[module]
