"""What a worker process does with a product's template: Jinja2 or plain, to its canonical body.

Knows of a product only its files and variables.
"""

from __future__ import annotations

import functools
import json
import re
import traceback
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from publisher.errors import InputError, Problem, Where, did_you_mean, excerpt
from publisher.templates import template_digest
from publisher.templates.cloudformation import parse, plain_text
from publisher.templates.jobs import Body, TemplateJob, digest_of, limit_problem
from publisher.templates.sandbox import Sandbox
from publisher.templates.sources import JINJA, MarkingSandbox, Sources, marks_in
from publisher.templates.worker_process import TimeLimitError, exceeded

# Jinja and Python quote whole values.
_LONGEST_MESSAGE = 300
# How Python's messages name functions of Jinja2 and of the sandbox.
_OURS = re.compile(r"(?:publisher|jinja2)\.[\w.<>]+\(\)")
_NAME = re.compile(r"\bl_[0-9]+_")
_FILTER = re.compile(r"\b(?:do)?_([a-z]+\(\))")


def rendered(job: TemplateJob) -> Body:
    """Renders one product. Raises InputError: T001 to T019, at a line of the template's files."""
    if job.entry.suffix == JINJA:
        sources, sandbox = _compiled(job.batch, job.entry.parent, job.shown.rpartition("/")[0])
        template, read = _template(job, sources, sandbox), sources.read
    else:
        text = plain_text(job.entry, job.shown)
        template = parse(text, job.shown).value
        read = {job.entry.name: digest_of(text.encode())}
    return Body(
        json=json.dumps(template, separators=(",", ":")),
        text=template_digest.dump(template),
        digest=template_digest.digest(template),
        read=read,
    )


def _template(job: TemplateJob, sources: Sources, sandbox: Sandbox) -> dict[str, Any]:

    def text(sandbox: Sandbox) -> str:
        try:
            return sandbox.text(job.entry.name, job.variables)
        except Exception as raised:  # a template may raise anything that Python can
            error = _limit_of(raised)
            raise InputError.of([_problem(error, _where(error, job.shown), job.variables)]) from error

    @functools.cache
    def marks() -> list[tuple[int, int, Where]]:
        marking = MarkingSandbox(sources)
        return marks_in(text(marking), marking.names)

    def locate(line: int, column: int) -> Where:
        """The source line that a place in the text came from, by rendering once more with marks."""
        index = bisect_right(marks(), (line, column), key=lambda mark: mark[:2]) - 1
        return marks()[index][2]

    try:
        return parse(text(sandbox), job.shown, printed=sandbox.printed, locate=locate).value
    except (TimeLimitError, MemoryError) as error:
        raise InputError.of([_problem(error, Where(path=job.shown), job.variables)]) from error


@functools.lru_cache(maxsize=4)
def _compiled(batch: int, folder: Path, shown: str) -> tuple[Sources, Sandbox]:
    sources = Sources(folder, shown)
    return sources, Sandbox(sources)


def _limit_of(error: Exception) -> Exception:
    """The limit that was exceeded, also where Jinja or Python made another error of it."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, TimeLimitError | MemoryError):
        found = found.__context__
    return found or error


def _problem(error: Exception, where: Where, variables: Mapping[str, Any]) -> Problem:
    match error:
        case TemplateSyntaxError(message=message):
            rule, hint = "T001", "docs/templates.md shows the syntax"
            message = f"invalid Jinja2: {message}"
        case SyntaxError(msg=message):  # in the Python that Jinja makes of it
            rule, hint = "T001", "docs/templates.md shows the syntax"
            message = f"invalid Jinja2: {_NAME.sub('', message)}"
        case UndefinedError() if "unsafe" not in str(error):
            rule, message, hint = "T002", str(error.message), _defined(str(error.message), variables)
        case TemplateNotFound():
            rule, message, hint = "T005", str(error), "put the file into the template's folder"
        case TimeLimitError() | MemoryError():
            return limit_problem(f"rendering {exceeded(error)}", where)
        case RecursionError():
            rule, message, hint = (
                "T004",
                "includes or macros call each other endlessly, or something is nested too deeply",
                "remove the cycle, or reduce the nesting",
            )
        case SecurityError():
            rule, message, hint = "T003", str(error), "docs/templates.md lists what templates can do"
        case _:
            words = _FILTER.sub(r"\1", _OURS.sub("a call's", str(error)))
            rule, message, hint = "T006", f"{type(error).__name__}: {words}", "fix the expression"
    return Problem(
        rule=rule,
        where=where,
        message=excerpt(message, _LONGEST_MESSAGE),
        hint=excerpt(hint, _LONGEST_MESSAGE),
    )


def _where(error: Exception, entry: str) -> Where:
    """The last line of a template on the way to the error."""
    if isinstance(error, TemplateSyntaxError):
        return Where(path=error.filename or entry, line=error.lineno)
    folder = entry.rpartition("/")[0]
    lines = [
        Where(path=frame.filename, line=frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(f"{folder}/")
    ]
    return lines[-1] if lines else Where(path=entry)


def _defined(message: str, variables: Mapping[str, Any]) -> str:
    names = sorted(variables)
    missing = re.match(r"'(\w+)' is undefined", message)
    return did_you_mean(missing[1] if missing else "", names, what="templates see")
