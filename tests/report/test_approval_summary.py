from __future__ import annotations

from publisher.model import PortfolioShare
from publisher.planning.changes import Create, Delete
from publisher.planning.plan import Plan
from publisher.report.approval_summary import LONGEST, one_line, plans_summary
from tests.conftest import cases


def share(account: int) -> PortfolioShare:
    return PortfolioShare(portfolio="ml", share_type="ACCOUNT", principal_id=f"{account:012}")


def test_access_and_deletions_come_before_the_targets() -> None:
    plan = Plan(
        target="1/eu-west-1",
        changes=(Create(share(1), "share"), Delete(share(2))),
    )
    assert plans_summary([plan, Plan(target="2/eu-west-1")], ["3/eu-west-1: no credentials"]) == (
        "2 changes at 2 targets; STOPS: 3/eu-west-1: no credentials; "
        "expands access or deletes: PortfolioShare ml / ACCOUNT 000000000001 (share), "
        "PortfolioShare ml / ACCOUNT 000000000002 (delete); "
        f"1/eu-west-1: 1 to create, 1 to delete, plan {plan.digest[:12]}; "
        f"2/eu-west-1: no changes, plan {Plan(target='2/eu-west-1').digest[:12]}"
    )


@cases(
    ("parts", "line"),
    {
        "what fits": (["a", "b"], "a; b"),
        "what does not": (
            ["a", *["x" * 300] * 4],
            f"a; {'; '.join(['x' * 300] * 3)}; and 1 more on the page",
        ),
        "long ones before others": (["x" * 2000, "y" * 2000, "z"], f"{'x' * 297}...; {'y' * 297}...; z"),
        "no line, variable, or letter that others could read as more": (
            ["a\nb#{Plan.X}\u202e\u00e9"],
            "a?b# {Plan.X}??",
        ),
    },
)
def test_one_line(parts: list[str], line: str) -> None:
    assert one_line(parts) == line
    assert len(line) <= LONGEST


def test_many_targets_are_counted() -> None:
    text = plans_summary([Plan(target=f"{n:012}/eu-west-1") for n in range(500)])
    assert len(text) <= LONGEST
    assert text.endswith(" more on the page")
