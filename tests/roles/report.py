"""The tables of docs/launch-roles.md, from what was launched."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from publisher.permissions import needs
from tests.conftest import ROOT
from tests.products.family import everything
from tests.roles.account import OPERATIONS
from tests.roles.evidence import Evidence, reason, reasons
from tests.roles.products import policies, scope

PAGE = ROOT / "docs" / "launch-roles.md"
SHOWN = "ml-project-starter-s3"
_BEGIN, _END = "<!-- begin: make roles DOCS=1 -->", "<!-- end -->"


def page(found: Sequence[Evidence], path: Path = PAGE) -> str:
    """The page with its generated part as it must be."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    tables = "\n".join([*_products(found), "", *_unused(found), "", *_wide(found), "", *_policy()])
    return f"{before}{_BEGIN}\n{tables}\n{_END}{after}"


def _products(found: Iterable[Evidence]) -> Iterator[str]:
    yield "### What is granted and used"
    columns = "statements | needed locally | actions | launch | update | terminate | unused"
    yield f"| product | policies (characters) | {columns} |"
    yield "|---|---|---|---|---|---|---|---|---|"
    yield from map(row, found)


def row(one: Evidence) -> str:
    """A product's row of the first table."""
    sizes = ", ".join(f"{len(policy.text):,}" for policy in policies(one.product.name))
    used = " | ".join(str(len(one.outcome.used(operation))) for operation in OPERATIONS)
    needed = sum(is_needed for _, is_needed in one.needed())
    return (
        f"| {one.product.name} | {sizes} | {len(one.grant.statements)} | {needed} | {len(one.granted)} | "
        f"{used} | {len(one.unused)} |"
    )


def _unused(found: Sequence[Evidence]) -> Iterator[str]:
    """By reason, the actions that no operation uses, with the number of products where it is not all."""
    counts = Counter(action for one in found for action in one.unused)
    yield "### Granted, and not used on the local endpoint"
    yield "In brackets, of how many products an action is; without brackets, of all."
    yield ""
    yield "| why | actions |"
    yield "|---|---|"
    for each in reasons():
        names = {
            action if count == len(found) else f"{action} ({count})": action
            for action, count in sorted(counts.items())
            if reason(action) is each
        }
        if names:
            yield f"| {each.why} ([source]({each.source})) | {_by_service(names)} |"


def _wide(found: Sequence[Evidence]) -> Iterator[str]:
    """By reason, the actions that are granted on every resource."""
    by_reason: dict[str, set[str]] = {}
    for one in found:
        product = everything()[one.product.name]
        for need in needs(product.template, scope=scope(one.product.name)):
            if "*" in need.resources:
                by_reason.setdefault(need.why_wide, set()).add(need.action)
    yield '### `Resource: "*"`'
    yield "| why | actions |"
    yield "|---|---|"
    for why, actions in sorted(by_reason.items()):
        yield f"| {why} | {_by_service({action: action for action in actions})} |"


def _by_service(names: Mapping[str, str]) -> str:
    services: dict[str, list[str]] = {}
    for shown, action in names.items():
        services.setdefault(action.partition(":")[0], []).append(shown.partition(":")[2])
    return "; ".join(f"{service}: {', '.join(sorted(services[service]))}" for service in sorted(services))


def _policy() -> Iterator[str]:
    yield f"### The policies of {SHOWN}, whole"
    for policy in policies(SHOWN):
        yield f"`launch-{SHOWN}-{policy.number}`"
        yield "```json"
        statements = [_wrapped(statement) for statement in policy.document["Statement"]]
        yield '{"Version": "2012-10-17", "Statement": ['
        yield ",\n".join(statements)
        yield "]}"
        yield "```"


def _wrapped(statement: Mapping[str, Any]) -> str:
    return textwrap.fill(
        json.dumps(statement),
        width=118,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
