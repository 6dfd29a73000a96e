"""The jobs of worker processes that render, as the commands see them: without Jinja2."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.errors import Problem, Where

# The rule of what takes too much time or memory.
LIMIT = "T004"


@dataclass(frozen=True)
class Handle:
    """What a template may know of packed content."""

    key: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class TemplateJob:
    """One product's template: the file, how messages name it, and what it sees.

    Templates of one `batch` are compiled once.
    """

    batch: int
    product: str
    entry: Path
    shown: str
    variables: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Body:
    """A rendered template as JSON, its canonical text, the digest of its content (`sha256:<64 hex>`).

    `read` are the digests of the files that were read for it, by name in the template's folder; of what could
    not be read an empty one.
    """

    json: str
    text: str
    digest: str
    read: Mapping[str, str]


def evaluate_template(job: TemplateJob) -> Body:
    """Renders one product. Raises InputError: T001 to T019, at a line of the template's files."""
    from publisher.templates.evaluation import rendered

    return rendered(job)


def digest_of(content: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def limit_problem(what: str, where: Where, hint: str = "print less, loop over less") -> Problem:
    """The problem of what exceeds a limit, e.g. `rendering takes more than 10 seconds`."""
    return Problem(rule=LIMIT, where=where, message=what, hint=hint)
