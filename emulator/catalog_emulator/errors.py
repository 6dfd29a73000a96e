"""The errors of the emulator's own commands and pages; AWS's errors are each service's own."""


class EmulatorError(Exception):
    """A message, and a hint that says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInputError(EmulatorError):
    """The input is wrong, and nothing has changed."""
