"""CodeConnections, which moto lacks, also by its former name: connections to Git providers."""

import re
import sys
from collections.abc import Iterable
from typing import Any

_NAMES = ("codeconnections", "codestarconnections")


def install() -> None:
    """Puts the service into moto's; calling it again changes nothing."""
    from moto import backend_index, backends

    moto: Any = backends
    if _NAMES[1] in moto.ALT_SERVICE_NAMES:
        return
    modules = moto.list_of_moto_modules

    def with_connections() -> Iterable[str]:
        return (*modules(), *_NAMES)

    moto.list_of_moto_modules = with_connections
    moto.ALT_SERVICE_NAMES[_NAMES[1]] = moto.ALT_BACKEND_NAMES[_NAMES[1]] = _NAMES[0]
    sys.modules[f"moto.{_NAMES[0]}"] = sys.modules[__name__]
    hosts = re.compile(r"https?://(codeconnections|codestar-connections)\.(.+)\.amazonaws\.com")
    backend_index.backend_url_patterns.append((_NAMES[0], hosts))


def __getattr__(name: str) -> Any:
    """The backends, as moto's services have them; read when they are needed."""
    if name != f"{_NAMES[0]}_backends":
        raise AttributeError(name)
    from catalog_emulator.codeconnections.models import codeconnections_backends

    return codeconnections_backends
