"""ARN patterns as people read them: what kind of thing, its name, and where it is if that is not obvious."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from publisher.permissions.iam_reference import resource_kinds
from publisher.permissions.values import ACCOUNT, PARTITION, UNKNOWN

_PART = re.compile(r"(\$\{[^}]*\}|[-/:.])")
# Pseudo parameters have colons, too.
_COLON = re.compile(r":(?![^${}]*\})")
_VARIABLE = re.compile(r"\$\{\w+\}.*")


def readable_arns(arns: Iterable[str], account_id: str = "") -> tuple[str, ...]:
    """The patterns as few texts: `project team-{dev, prod}-*` for two that differ in one part.

    Things of `account_id`, or of the account that stands for any, are not said to be in it.
    """
    names: dict[tuple[str, str], list[str]] = {}
    for arn in arns:
        kind, name, place = _parts(arn, account_id)
        names.setdefault((kind, place), []).append(name)
    return tuple(
        " ".join(filter(None, (kind, text, place)))
        for (kind, place), some in names.items()
        for text in alternatives(some)
    )


def alternatives(names: Iterable[str]) -> tuple[str, ...]:
    """Names that differ in one part as one, with all that can stand there in braces; matches no others."""
    found: list[tuple[tuple[str, ...], ...]] = []
    for name in dict.fromkeys(names):
        found.append(tuple((part,) for part in _PART.split(name)))
    for place in reversed(range(max(map(len, found), default=0))):
        same: dict[tuple[tuple[str, ...], ...], list[str]] = {}
        for parts in found:
            if place < len(parts):
                same.setdefault((*parts[:place], *parts[place + 1 :]), []).extend(parts[place])
            else:
                same[parts] = []
        found = [
            (*rest[:place], tuple(sorted(set(some))), *rest[place:]) if some else rest
            for rest, some in same.items()
        ]
    return tuple("".join(map(_choice, parts)) for parts in found)


def _choice(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{{{', '.join(texts)}}}"


def _parts(arn: str, account_id: str) -> tuple[str, str, str]:
    """(kind, name, where) of an ARN; of any other text the text itself."""
    if arn == UNKNOWN:
        return "all resources", "", ""
    parts = _COLON.split(arn, 5)
    if len(parts) < 6 or parts[0] != "arn":
        return arn, "", ""
    _, partition, service, region, account, rest = parts
    kind, name = _kind(service, rest)
    own = account in ("", UNKNOWN, ACCOUNT, account_id)
    where = [
        "" if region in ("", UNKNOWN) else f"in {region}",
        "" if own else "of AWS" if account == "aws" else f"of account {account}",
        "" if partition in (PARTITION, UNKNOWN) or partition.startswith("aws") else f"in {partition}",
    ]
    return kind, name.replace(ACCOUNT, "<account>"), " ".join(filter(None, where))


def _kind(service: str, rest: str) -> tuple[str, str]:
    """(word, name): the kind whose ARNs begin so; of those without a word of their own the one as deep."""
    depth = rest.count("/")
    best: tuple[int, int, str, str] | None = None
    for word, formats in resource_kinds(service).items():
        for listed in formats:
            parts = _COLON.split(listed, 5)
            if parts[2] != service:
                continue
            pattern = parts[5]
            begin = _VARIABLE.sub("", pattern)
            if rest.startswith(begin) and (begin or "${" in pattern):
                found = (len(begin), -abs(pattern.count("/") - depth), word, rest[len(begin) :])
                best = max(best, found, key=lambda it: it[:2]) if best else found
    if best is None:
        return service, rest
    _, _, word, name = best
    # Names of parameters begin with the slash that their ARNs leave out.
    rooted = f"/{name}" if (service, word) == ("ssm", "parameter") and "/" in name else name
    return word.replace("-", " "), rooted
