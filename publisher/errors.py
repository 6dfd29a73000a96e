"""The one error tree, Problem (a finding in input), and the wording that messages share. Prints nothing."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from urllib.parse import urljoin

from typing_extensions import override

Severity = Literal["error", "warning", "informational"]

# What pip calls this program. PyPI's `publisher` is another one.
DISTRIBUTION = "service-catalog-publisher"

_LONGEST_QUOTE = 120
# How much an excerpt shows of what goes before a difference.
_BEFORE = 12
_LISTED = 3
_FEW = 14
# Letters and marks that show nothing, which Python takes for printable.
# https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
# Without \ufe0f: it makes emoji.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)
# Commands that read and write files only.
_OF_FILES = frozenset(
    {"docs", "github", "lint", "list", "local", "policy", "render", "schema", "show", "validate"}
)


# Those of the project and of the account.
_Options = tuple[Sequence[str], Sequence[str]]


class Commands:
    """Commands that messages propose, to paste: `command("outputs", name)` is `publisher -C x outputs name`.

    They repeat the options of this run that say which project and account. Words are quoted for a shell.
    """

    def __init__(self) -> None:
        self.repeat()
        self._within: ContextVar[_Options | None] = ContextVar("within", default=None)

    def repeat(self, *, project: Sequence[str] = (), account: Sequence[str] = ()) -> None:
        """The options of this run, e.g. `-C x` and `--profile y`."""
        self._options: _Options = (tuple(project), tuple(account))

    @contextmanager
    def repeating(self, *, account: Sequence[str]) -> Iterator[None]:
        """The same for what one thread does, beside runs with other options."""
        token = self._within.set(((), tuple(account)))
        try:
            yield
        finally:
            self._within.reset(token)

    def __call__(self, name: str, *words: str, account: Sequence[str] | None = None) -> str:
        """The command with its words; `account` are options of another account or Region than this run's."""
        project, own = self._within.get() or self._options
        options = () if name in _OF_FILES else own if account is None else account
        return shlex.join(["publisher", *project, *options, name, *words])

    def portable(self, text: str) -> str:
        """The text with its commands as they are in the project's folder: where that is, is left out."""
        return text.replace(f"{shlex.join(['publisher', *self._options[0]])} ", "publisher ")


command = Commands()


def printable(text: str) -> str:
    """The text on one line, without control characters, or what turns or hides the text around it."""
    if text.isprintable() and not _UNSEEN.search(text):
        return text
    return "".join(c if c.isprintable() and not _UNSEEN.match(c) else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def title_of(check: Callable[..., object]) -> str:
    """What a rule demands: the first paragraph of its check's docstring, without the period."""
    return " ".join((check.__doc__ or "").partition("\n\n")[0].split()).removesuffix(".")


def page_of(source: str) -> str:
    """The URL of a page: a whole one, or its path in AWS's documentation."""
    return urljoin("https://docs.aws.amazon.com/", source)


def quoted(value: object) -> str:
    """A value as messages quote it: in quotes, on one line, without control characters, cut when long."""
    return f"'{excerpt(printable(str(value)), _LONGEST_QUOTE)}'"


def excerpt(text: str, longest: int, start: int = 0) -> str:
    """At most so many characters of a text, with an ellipsis where more follows or goes before."""
    rest = f"…{text[start:]}" if start else text
    return rest if len(rest) <= longest else rest[: longest - 1] + "…"


def excerpts(before: str, after: str, longest: int) -> tuple[str, str]:
    """Excerpts of two different texts that show where they begin to differ."""
    start = 0
    if max(len(before), len(after)) > longest:
        pairs = enumerate(zip(before, after, strict=False))
        same = next((n for n, (one, other) in pairs if one != other), min(len(before), len(after)))
        start = max(0, same - _BEFORE)
    return excerpt(before, longest, start), excerpt(after, longest, start)


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`, `3 launches`."""
    plural = "es" if noun.endswith("ch") else "s"
    return f"{number} {noun}{'' if number == 1 else plural}"


def and_more(names: Sequence[str]) -> str:
    """`a`, `a and 11 more`."""
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def listed(entries: Sequence[str]) -> str:
    """The first three, and how many more there are."""
    more = f" and {len(entries) - _LISTED} more" if len(entries) > _LISTED else ""
    return " ".join(entries[:_LISTED]) + more


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), None)


def nearest(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """A hint for a name among many: the few that were probably meant."""
    close = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    # Those that are nearly as close as the first.
    close = difflib.get_close_matches(word, close, n=3, cutoff=0.85) or close[:1]
    return f"did you mean {' or '.join(map(quoted, close))}?" if close else otherwise


def did_you_mean(word: str, known: Collection[str], *, what: str = "valid values are") -> str:
    """A hint for an unknown word: the closest known one, and all of them when they are few."""
    close = closest(word, known)
    listed = f"{what} {', '.join(known)}" if known and len(known) <= _FEW else ""
    if close is not None:
        return f"did you mean {quoted(close)}?" + (f" ({listed})" if listed else "")
    return listed or "correct or remove it"


def enumerated(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


@dataclass(frozen=True, kw_only=True, order=True)
class Where:
    """A place in a file: a path relative to the project, a line and a column counted from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{printable(self.path)}:{self.line}:{self.column}"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A finding in input: `where: RULE message`, and in `hint` the remedy. What is no error says so.

    `products` are those that it is about; without any, it is about all that the file declares.
    """

    rule: str
    where: Where
    message: str
    hint: str
    severity: Severity = "error"
    products: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Names and values that somebody wrote stand in it: they must not move a terminal's cursor.
        object.__setattr__(self, "message", printable(self.message))
        object.__setattr__(self, "hint", printable(self.hint))

    def __str__(self) -> str:
        kind = "" if self.severity == "error" else f"{self.severity}: "
        return f"{self.where}: {self.rule} {kind}{self.message}"

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Problems are shown in the order of the files, then of the lines."""
        return (self.where.path, self.where.line, self.where.column, self.rule, self.message)

    def document(self) -> dict[str, str | int]:
        """Its JSON shape."""
        return {
            "path": self.where.path,
            "line": self.where.line,
            "column": self.where.column,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
        }


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those of the problems that stop us; the others are warnings or informational."""
    return [problem for problem in problems if problem.severity == "error"]


class PublisherError(Exception):
    """What a command can fail with: a stable code, a message, a remedy and an exit code."""

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class AwsError(PublisherError):
    """An AWS call failed; `aws_code` is the service's own error code."""

    code = "aws"

    def __init__(self, message: str, *, hint: str = "", aws_code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.aws_code = aws_code


class InputError(PublisherError):
    """The input is wrong: exit 2, and nothing has been written."""

    code = "input"
    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=lambda problem: problem.sort_key))

    @override
    def document(self) -> dict[str, Any]:
        """With its problems, if it has any."""
        problems = [problem.document() for problem in self.problems]
        return super().document() | ({"problems": problems} if problems else {})

    @classmethod
    def of(cls, problems: Iterable[Problem], *, hint: str = "") -> InputError:
        """The error that carries these problems (at least one); a `hint` that is about all of them."""
        error = cls("", problems=problems)
        first = error.problems[0]
        count = len(error.problems)
        error.message = str(first) if count == 1 else f"{count} problems, the first: {first}"
        error.hint = hint or first.hint
        return error


class Interrupted(PublisherError):
    """A signal ended the run: exit 128 and the signal's number, as shells have it."""

    code = "interrupted"
    exit_code = 130


class Refused(PublisherError):
    """Unsafe, stale, or not confirmed: exit 3, and nothing has been written."""

    code = "refused"
    exit_code = 3


class ChangesFound(PublisherError):
    """`--check` found changes or drift: exit 4."""

    code = "changes"
    exit_code = 4


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A target, account/Region, whose run failed as a whole."""

    target: str
    error: PublisherError

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {"target": self.target, "error": self.error.document()}


def failure_of(failures: Sequence[Failure]) -> AwsError | None:
    """The error of a run in which these targets failed."""
    if not failures:
        return None
    hint = next((it.error.hint for it in failures if it.error.hint), "")
    return AwsError("; ".join(f"{it.target}: {it.error}" for it in failures), hint=hint)
