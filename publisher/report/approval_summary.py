"""What an approval says of a plan, on one line: CodePipeline takes 1,000 characters.

https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from publisher.errors import counted
from publisher.planning.changes import Delete, subject
from publisher.planning.plan import Plan
from publisher.report.plan_rows import counts

LONGEST = 1000
# So that the first three always fit.
_PART = 300
_DIGEST = 12
_SHOWN = 5


def plans_summary(plans: Sequence[Plan], failures: Iterable[str] = ()) -> str:
    """Changes by target, what expands access and is deleted, what stops the sync; ASCII, at most LONGEST."""
    changes = [(plan.target, change) for plan in plans for change in plan.changes]
    parts = [f"{counted(len(changes), 'change')} at {counted(len(plans), 'target')}"]
    stopping = [*failures, *(f"{it.target}: {it.blocked.message}" for it in plans if it.blocked)]
    stopping += [f"{plan.target}: {it.message}" for plan in plans for it in plan.missing]
    parts += _some("STOPS", stopping)
    needing = [f"{subject(it).kind} {subject(it).label} ({it.needs})" for _, it in changes if it.needs]
    parts += _some("expands access or deletes", needing)
    gone = [f"{subject(it).kind} {subject(it).label}" for _, it in changes if isinstance(it, Delete)]
    parts += _some("deletes", [it for it in gone if not any(it in one for one in needing)])
    for plan in plans:
        what = ", ".join(counts(plan.changes)) or "no changes"
        parts.append(f"{plan.target}: {what}, plan {plan.digest[:_DIGEST]}")
    return one_line(parts)


def one_line(parts: Sequence[str]) -> str:
    """The parts that fit, in printable ASCII, and how many more there are. No long one hides what follows."""
    plain = [it if len(it) <= _PART else f"{it[: _PART - 3]}..." for it in map(_plain, parts)]
    line, shown = "; ".join(plain), len(plain)
    while len(line) > LONGEST:
        shown -= 1
        line = "; ".join([*plain[:shown], f"and {len(plain) - shown} more on the page"])
    return line


def _some(what: str, names: Iterable[str]) -> list[str]:
    """The first of them, without repetitions."""
    found = list(dict.fromkeys(names))
    if not found:
        return []
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return [f"{what}: {', '.join(found[:_SHOWN])}{more}"]


def _plain(text: str) -> str:
    """Without what a terminal, a mail or CodePipeline's #{variables} would take for more than text."""
    printable = "".join(it if " " <= it <= "~" else "?" for it in text)
    return printable.replace("#{", "# {")
