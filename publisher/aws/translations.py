"""What AWS's errors and states mean for a launch, and what to do: the table is translations.yaml.

It alone knows AWS's wording, beside launch/denial.py for missing permissions; it only chooses hints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from publisher.errors import command

# CloudFormation has one code for all that a stack's state or template does not allow.
_OF_STACKS = "ValidationError"
_COMMAND = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Translation:
    """An entry of the table; `says` is what AWS says, as docs/errors.md has it."""

    id: str
    says: str
    means: str
    do: str
    sources: tuple[str, ...]
    status: str = ""
    succeeded: bool = False
    code: str = ""
    text: str = ""

    def hint(self, subject: str = "NAME") -> str:
        """What to do, in the imperative; `subject` is the launch's config or name in commands."""
        return _COMMAND.sub(lambda found: command(found[1], subject), self.do)

    @property
    def documented(self) -> str:
        """What to do, as docs/errors.md has it."""
        return _COMMAND.sub(r"publisher \1 NAME", self.do)

    def explained(self, subject: str = "NAME") -> str:
        """What it means and what to do."""
        return f"{self.means}: {self.hint(subject)}"

    def fits(self, code: str, text: str) -> bool:
        """Whether it is about an API's error; without a code, about the reason of a failure."""
        if self.status or (code and not re.fullmatch(self.code or _OF_STACKS, code)):
            return False
        # Only the codes of credentials say all.
        return bool(re.search(self.text, text, re.IGNORECASE)) if self.text else bool(code)


@cache
def translations() -> tuple[Translation, ...]:
    """The table."""
    import yaml

    entries: list[dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    )
    return tuple(Translation(**entry | {"sources": tuple(entry["sources"])}) for entry in entries)


def translation(*, code: str = "", text: str = "") -> Translation | None:
    """What an error of an API, or the reason of a failure, means."""
    return next((it for it in translations() if it.fits(code, text)), None)


def of_status(status: str, *, succeeded: bool = False) -> Translation | None:
    """What the status of a launch means, also of one that has succeeded before; None for AVAILABLE."""
    found = [it for it in translations() if it.status == status and (succeeded or not it.succeeded)]
    return max(found, key=lambda it: it.succeeded, default=None)
