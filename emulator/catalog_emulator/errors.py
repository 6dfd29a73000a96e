"""The errors that the emulator's own commands and pages can end with; AWS's errors are each service's own."""

from __future__ import annotations


class EmulatorError(Exception):
    """Something failed: a message and a remedy."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def document(self) -> dict[str, str]:
        """Its JSON shape."""
        return {"message": self.message, "hint": self.hint}


class InvalidInputError(EmulatorError):
    """The input is wrong, and nothing has changed."""
