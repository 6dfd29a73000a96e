"""AWS's limits: what just fits is fine, one more is refused at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.broken.case import PLAIN, PORTFOLIO, TARGETS, TOOLS, Edit, broken
from tests.conftest import Run, cases

VALID_OUTPUT = "5 files OK: 1 portfolio, 4 products, 0 launch configs\n"
OWNER, SHARE = "owner: Tool Team", '  - {account_id: "444444444444", share_tag_options: true}'
PATTERN = '  - {principal_arn: "arn:{partition}:iam:::role/tool-*", principal_type: IAM_PATTERN}'
OPTIONS = "  - {key: stage, values: [dev, prod], inactive: [qa]}"
TOPIC, TOPICS = (
    '"arn:{partition}:sns:{region}:{account_id}:operations"',
    "arn:{partition}:sns:{region}:{account_id}:",
)
UPDATE = "      - {type: RESOURCE_UPDATE, tag_update_on_provisioned_product: ALLOWED}"
NOTIFICATION = f'      - {{type: NOTIFICATION, name: n#, notification_arns: ["{TOPICS}t"]}}\n'
ACTION = '  a#: {display_name: A#, document: AWS-X, document_version: "1"}\n'


def longer(path: str, before: str, after: str, *, less: int = 0, letter: str = "t") -> Callable[[int], Edit]:
    """A text in which `…` stands for as many letters as the size asks for."""
    return lambda size: (path, before, after.replace("…", letter * (size - less)))


def more(path: str, before: str, line: str, *, less: int = 0, end: str = "") -> Callable[[int], Edit]:
    """Copies of a line with a number for each `#`, as many as the size asks for."""

    def edit(size: int) -> Edit:
        numbers = range(10**11, 10**11 + size - less)
        return path, before, ("".join(line.replace("#", str(n)) for n in numbers) + end).rstrip(", \n")

    return edit


@cases(
    ("edit", "limit", "place"),
    {
        "portfolio's name": (longer(PORTFOLIO, "name: Tools", "name: …"), 100, "1:15: P106"),
        "provider": (longer(PORTFOLIO, "provider_name: Tool Team", "provider_name: …"), 50, "2:16: P106"),
        "portfolio's description": (
            longer(PORTFOLIO, "One of everything that a portfolio can hold.", "…"),
            2000,
            "3:14: P106",
        ),
        "tag's key": (longer(PORTFOLIO, "{team: tools}", "{…: x}"), 128, "5:8: P106"),
        "tag's value": (longer(PORTFOLIO, "{team: tools}", "{team: …}"), 256, "5:14: P106"),
        "patterns": (more(PORTFOLIO, PATTERN, PATTERN.replace("tool", "r#") + "\n"), 10, "17:5: P118"),
        "shares": pytest.param(
            *(more(PORTFOLIO, SHARE, '  - {account_id: "#"}\n', less=2), 5000, "9:3: P106"),
            marks=pytest.mark.slow,
        ),
        "TagOptions": (more(PORTFOLIO, OPTIONS, "  - {key: k#, values: [a]}\n"), 25, "13:3: P106"),
        "TagOption's key": (longer(PORTFOLIO, "key: stage", "key: …"), 128, "13:11: P106"),
        "TagOption's value": (longer(PORTFOLIO, "inactive: [qa]", "inactive: […]"), 256, "13:50: P106"),
        "budget's name": (longer(PORTFOLIO, "budget: tools", "budget: …"), 100, "14:9: P106"),
        "role's name": (longer(PORTFOLIO, "launch-tools", "…"), 64, "19:26: P106"),
        "topics": (more(PORTFOLIO, TOPIC, f'"{TOPICS}t#", ', less=1), 5, "23:28: P106"),
        "topic's name": (longer(PORTFOLIO, TOPIC, f'"{TOPICS}…"'), 256, "23:29: P105"),
        "constraints": (more(PORTFOLIO, UPDATE, NOTIFICATION, less=3), 100, "18:7: P106"),
        "product's name": (longer(PLAIN, "name: Plain", "name: …"), 100, "3:15: P136"),
        "owner": (longer(PLAIN, OWNER, "owner: …"), 8191, "4:8: P106"),
        "product's description": (longer(PLAIN, OWNER, f"{OWNER}\ndescription: …"), 8191, "5:14: P106"),
        "support": (longer(PLAIN, OWNER, f"{OWNER}\nsupport_description: …"), 8191, "5:22: P106"),
        "support's address": (
            longer(PLAIN, OWNER, f"{OWNER}\nsupport_email: …@x.com", less=6),
            254,
            "5:16: P106",
        ),
        "support's page": (
            longer(PLAIN, OWNER, f"{OWNER}\nsupport_url: https://…", less=8),
            2083,
            "5:14: P106",
        ),
        "version's name": (longer(PLAIN, "0.3.0", "1.0.…", less=4, letter="9"), 100, "2:10: P106"),
        "versions": (more(TOOLS, '"1.0.0": inactive', '"1.0.#": inactive, '), 1000, "9:11: P106"),
        "service actions": (more(PLAIN, "  restart:", ACTION, less=1, end="  restart:"), 25, "8:3: P106"),
        "service action's name": (longer(PLAIN, "name: Restart", "name: …"), 256, "9:19: P106"),
        "document": (longer(PLAIN, "document: AWS-RestartEC2Instance", "document: …"), 128, "10:15: P106"),
        "variable's topic": (longer(TARGETS, "222222222222:events", "222222222222:…"), 256, "13:32: P105"),
    },
)
def test_limit(edit: Callable[[int], Edit], limit: int, place: str, tmp_path: Path, run: Run) -> None:
    fits, too_much = (broken(str(size), edit(size)) for size in (limit, limit + 1))
    assert run("-C", fits.project(tmp_path / "fits"), "validate").out == VALID_OUTPUT
    ran = run("-C", too_much.project(tmp_path / "too much"), "validate")
    problem, hint, count = ran.out.splitlines()
    assert (ran.code, count) == (2, "1 problem; 4 of 5 files OK")
    assert problem.partition(":")[2].startswith(f"{place} ")
    assert hint.startswith("  hint: ")
