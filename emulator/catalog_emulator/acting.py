"""In whose name the emulator calls its own services: that of whoever started the operation on a stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_principal: ContextVar[str] = ContextVar("principal", default="")


@contextmanager
def acting_as(principal: str) -> Iterator[None]:
    """Calls below are those of an access key, or of the user or session with this ARN."""
    token = _principal.set(principal)
    try:
        yield
    finally:
        _principal.reset(token)


def acting(access_key: str) -> str:
    """The principal that the emulator acts for; otherwise that of a request, its access key."""
    return _principal.get() or access_key
