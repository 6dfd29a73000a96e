"""AWS's limits: what just fits is fine, one more is refused at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.broken.case import PLAIN, PORTFOLIO, TARGETS, TOOLS, Edit, broken
from tests.conftest import Run

VALID_OUTPUT = "5 files OK: 1 portfolio, 4 products, 0 launch configs\n"
OWNER, SHARE = "owner: Tool Team", '  - {account_id: "444444444444", share_tag_options: true}'
PATTERN = '  - {principal_arn: "arn:{partition}:iam:::role/tool-*", principal_type: IAM_PATTERN}'
OPTIONS = "  - {key: stage, values: [dev, prod], inactive: [qa]}"
TOPIC, TOPICS = (
    '"arn:{partition}:sns:{region}:{account_id}:operations"',
    "arn:{partition}:sns:{region}:{account_id}:",
)
UPDATE = "      - {type: RESOURCE_UPDATE, tag_update_on_provisioned_product: ALLOWED}\n"
ACTION = "document: AWS-RestartEC2Instance"


def of(path: str, before: str, after: Callable[[int], str]) -> Callable[[int], Edit]:
    """An edit of a size."""
    return lambda size: (path, before, after(size))


def each(count: int, line: Callable[[int], str]) -> str:
    return "".join(line(n) for n in range(count)).rstrip("\n")


def also(text: Callable[[int], str]) -> Callable[[int], Edit]:
    """A field more of the family 'plain'."""
    return of(PLAIN, OWNER, lambda size: f"{OWNER}\n{text(size)}")


LIMITS = [
    pytest.param(
        of(PORTFOLIO, "display_name: Tools", lambda n: f"display_name: {'t' * n}"),
        100,
        "1:15: P106",
        id="portfolio's name",
    ),
    pytest.param(
        of(PORTFOLIO, "provider_name: Tool Team", lambda n: f"provider_name: {'t' * n}"),
        50,
        "2:16: P106",
        id="provider",
    ),
    pytest.param(
        of(
            PORTFOLIO,
            "description: One of everything that a portfolio can hold.",
            lambda n: f"description: {'t' * n}",
        ),
        2000,
        "3:14: P106",
        id="portfolio's description",
    ),
    pytest.param(
        of(PORTFOLIO, "{team: tools}", lambda n: f"{{{'t' * n}: x}}"), 128, "5:8: P106", id="tag's key"
    ),
    pytest.param(
        of(PORTFOLIO, "{team: tools}", lambda n: f"{{team: {'t' * n}}}"), 256, "5:14: P106", id="tag's value"
    ),
    pytest.param(
        of(
            PORTFOLIO,
            PATTERN,
            lambda n: (
                each(
                    n - 1,
                    lambda k: (
                        PATTERN.replace(":::role/tool-*", f"::{{account_id}}:role/r{k}").replace(
                            "_PATTERN", ""
                        )
                        + "\n"
                    ),
                )
                + f"\n{PATTERN}"
            ),
        ),
        100,
        "7:3: P106",
        id="principals",
    ),
    pytest.param(
        of(PORTFOLIO, PATTERN, lambda n: each(n, lambda k: PATTERN.replace("tool-*", f"r{k}-*") + "\n")),
        10,
        "17:5: P118",
        id="patterns",
    ),
    pytest.param(
        of(PORTFOLIO, SHARE, lambda n: each(n - 2, lambda k: f'  - {{account_id: "{k:012}"}}\n')),
        5000,
        "9:3: P106",
        id="shares",
    ),
    pytest.param(
        of(PORTFOLIO, OPTIONS, lambda n: each(n, lambda k: f"  - {{key: k{k}, values: [a]}}\n")),
        25,
        "13:3: P106",
        id="TagOptions",
    ),
    pytest.param(
        of(PORTFOLIO, "key: stage", lambda n: f"key: {'k' * n}"), 128, "13:11: P106", id="TagOption's key"
    ),
    pytest.param(
        of(PORTFOLIO, "inactive: [qa]", lambda n: f"inactive: [{'q' * n}]"),
        256,
        "13:50: P106",
        id="TagOption's value",
    ),
    pytest.param(
        of(PORTFOLIO, "budget: tools", lambda n: f"budget: {'b' * n}"), 100, "14:9: P106", id="budget's name"
    ),
    pytest.param(of(PORTFOLIO, "launch-tools", lambda n: "r" * n), 64, "19:26: P106", id="role's name"),
    pytest.param(
        of(PORTFOLIO, TOPIC, lambda n: each(n - 1, lambda k: f'"{TOPICS}t{k}", ')[:-2]),
        5,
        "23:28: P106",
        id="topics",
    ),
    pytest.param(
        of(PORTFOLIO, TOPIC, lambda n: f'"{TOPICS}{"t" * n}"'), 256, "23:29: P105", id="topic's name"
    ),
    pytest.param(
        of(
            PORTFOLIO,
            UPDATE,
            lambda n: (
                each(
                    n - 3,
                    lambda k: (
                        f'      - {{type: NOTIFICATION, name: n{k}, notification_arns: ["{TOPICS}t"]}}\n'
                    ),
                )
                + "\n"
            ),
        ),
        100,
        "18:7: P106",
        id="constraints",
    ),
    pytest.param(
        of(PLAIN, "display_name: Plain", lambda n: f"display_name: {'p' * n}"),
        100,
        "3:15: P136",
        id="product's name",
    ),
    pytest.param(of(PLAIN, OWNER, lambda n: f"owner: {'o' * n}"), 8191, "4:8: P106", id="owner"),
    pytest.param(also(lambda n: f"description: {'d' * n}"), 8191, "5:14: P106", id="product's description"),
    pytest.param(also(lambda n: f"support_description: {'d' * n}"), 8191, "5:22: P106", id="support"),
    pytest.param(
        also(lambda n: f"support_email: {'a' * (n - 6)}@x.com"), 254, "5:16: P106", id="support's address"
    ),
    pytest.param(
        also(lambda n: f"support_url: https://{'a' * (n - 8)}"), 2083, "5:14: P106", id="support's page"
    ),
    pytest.param(
        of(PLAIN, "0.3.0", lambda n: f"1.0.{'9' * (n - 4)}"), 100, "2:10: P106", id="version's name"
    ),
    pytest.param(
        of(TOOLS, '"1.0.0": inactive', lambda n: each(n, lambda k: f'"1.0.{k}": inactive, ')),
        100,
        "9:11: P106",
        id="versions",
    ),
    pytest.param(
        of(
            PLAIN,
            "  restart:",
            lambda n: (
                each(
                    n - 1,
                    lambda k: f'  a{k}: {{display_name: A{k}, document: AWS-X, document_version: "1"}}\n',
                )
                + "\n  restart:"
            ),
        ),
        25,
        "8:3: P106",
        id="service actions",
    ),
    pytest.param(
        of(PLAIN, "display_name: Restart", lambda n: f"display_name: {'r' * n}"),
        256,
        "9:19: P106",
        id="service action's name",
    ),
    pytest.param(of(PLAIN, ACTION, lambda n: f"document: {'d' * n}"), 128, "10:15: P106", id="document"),
    pytest.param(
        of(
            TARGETS,
            "arn:aws:sns:us-west-2:222222222222:events",
            lambda n: f"arn:aws:sns:us-west-2:222222222222:{'e' * n}",
        ),
        256,
        "11:32: P105",
        id="variable's topic",
    ),
]


@pytest.mark.parametrize(("edit", "limit", "place"), LIMITS)
def test_limit(edit: Callable[[int], Edit], limit: int, place: str, tmp_path: Path, run: Run) -> None:
    fits, too_much = (broken(str(size), edit(size)) for size in (limit, limit + 1))
    assert run("-C", fits.project(tmp_path / "fits"), "validate").out == VALID_OUTPUT
    ran = run("-C", too_much.project(tmp_path / "too much"), "validate")
    problem, hint, count = ran.out.splitlines()
    assert (ran.code, count) == (2, "1 problem; 4 of 5 files OK")
    assert problem.partition(":")[2].startswith(f"{place} ")
    assert hint.startswith("  hint: ")


def test_products_of_a_portfolio(tmp_path: Path, run: Run) -> None:
    """Four are there, so at most 146 more are allowed."""

    def templates(first: int, last: int) -> Callable[[Path], None]:
        def copied(root: Path) -> None:
            folder = root / "products/tools/templates"
            for n in range(first, last):
                (folder / f"t{n}.yaml").write_bytes((folder / "topic.yaml").read_bytes())

        return copied

    root = broken("products", templates(0, 146)).project(tmp_path)
    assert run("-C", root, "validate").out == VALID_OUTPUT.replace("4 products", "150 products")
    templates(146, 147)(root)
    assert run("-C", root, "validate").out == (
        "portfolio/tools.yaml:15:1: P118 the portfolio has 151 products, at most 150 are allowed\n"
        "  hint: split it into several portfolios\n"
        "1 problem; 4 of 5 files OK\n"
    )
