"""`make roles`: proves the derived launch roles on the local endpoint, statement by statement.

Every product is launched, updated and terminated; then each statement that this needs is removed, which must
make one of the three fail. With --foreign, templates of a folder are launched instead.
"""

from __future__ import annotations

import argparse
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from tests.roles import foreign, report
from tests.roles.account import OPERATIONS, Launches, launches
from tests.roles.evidence import Evidence, gather
from tests.roles.products import PRODUCTS, granted, product


def main() -> int:
    """Prints a line for each product, what is wrong, and the counts; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.roles", description=__doc__)
    parser.add_argument("--products", default="*", help="a glob")
    parser.add_argument("--foreign", type=Path, metavar="DIR", help="a folder of templates to launch instead")
    parser.add_argument("--quick", action="store_true", help="remove no statements")
    parser.add_argument("--docs", action="store_true", help="also write the tables of docs/launch-roles.md")
    options = parser.parse_args()
    if options.foreign:
        return foreign.main(options.foreign)
    wrong: list[str] = []
    launched = removed = kept = 0
    gathered: list[Evidence] = []
    with launches() as account:
        for name in PRODUCTS:
            if not fnmatchcase(name, options.products):
                continue
            evidence = gather(account, product(name), granted(name))
            gathered.append(evidence)
            outcome = evidence.outcome
            launched += outcome.failed is None
            if outcome.failed:
                wrong.append(f"{name}: {outcome.failed} failed: {outcome.reason}")
                continue
            wrong += [f"{name}: {action} is not used, for no reason" for action in evidence.unexplained]
            needed = [number for number, is_needed in evidence.needed() if is_needed]
            counts = ", ".join(f"{it} {len(outcome.used(it))}" for it in OPERATIONS)
            _print(
                f"{name}: {len(evidence.grant.statements)} statements, {len(needed)} needed locally; "
                f"{len(evidence.granted)} actions, used by {counts}"
            )
            kept += len(evidence.grant.statements) - len(needed)
            if not options.quick:
                for number in needed:
                    wrong += removal(account, evidence, number)
                    removed += 1
    _print(
        f"{launched} products launched, updated and terminated; {removed} statements removed, each of which "
        f"made one of the three fail; {kept} statements that only AWS needs, with reasons"
    )
    if options.docs and not wrong:
        report.PAGE.write_text(report.page(gathered), encoding="utf-8")
    for one in wrong:
        _print(f"WRONG {one}")
    return 1 if wrong else 0


def removal(account: Launches, evidence: Evidence, number: int) -> list[str]:
    """What is wrong when the product is launched without one statement: nothing, if that fails."""
    outcome = account.run(evidence.product, evidence.grant.without(number), everything=evidence.grant)
    if outcome.failed:
        return []
    _, statement = evidence.grant.statements[number]
    return [f"{evidence.product.name}: launches, updates and terminates without {statement['Sid']}"]


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
