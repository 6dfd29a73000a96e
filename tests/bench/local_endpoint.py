"""Prints what the local endpoint costs: `python -m tests.bench.local_endpoint`."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.bench.account import Served, endpoint
from tests.bench.rows import cpu_seconds, median, row, seconds

_READS = 200


def starting(times: int) -> None:
    """From nothing to an endpoint that answers, in ratio to reading boto3 and nothing else."""

    def start() -> None:
        with endpoint() as served:
            found.append(time.perf_counter() - began)
            worked.append(cpu_seconds(served.pid))

    found: list[float] = []
    worked: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        start()
    boto3 = median(times, lambda: subprocess.run([sys.executable, "-c", "import boto3"], check=True))
    usual = statistics.median(found)
    row("start", usual, "s", reference="import boto3", ratio=usual / boto3)
    row("start, the endpoint's own seconds of a processor", statistics.median(worked), "s")


def reading(account: Served, portfolio: str) -> None:
    """Reads of Service Catalog, in ratio to a request that does nothing."""
    catalog = account.client("servicecatalog")
    nothing = median(_READS, lambda: account.endpoint.request("/_emulator/status"))
    row("a request that does nothing", nothing * 1000, "ms")
    reads: dict[str, Callable[[], object]] = {
        "ListPortfolios": catalog.list_portfolios,
        "DescribePortfolio": lambda: catalog.describe_portfolio(Id=portfolio),
        "SearchProductsAsAdmin": lambda: catalog.search_products_as_admin(PortfolioId=portfolio),
        "SearchProducts": catalog.search_products,
        "SearchProvisionedProducts": catalog.search_provisioned_products,
        "ScanProvisionedProducts": catalog.scan_provisioned_products,
        "ListRecordHistory": catalog.list_record_history,
    }
    for name, read in reads.items():
        usual = median(_READS, read)
        row(name, usual * 1000, "ms", reference="nothing", ratio=usual / nothing)


def main() -> None:
    """Everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--launches", type=int, default=100)
    arguments = parser.parse_args()
    load, _, _ = os.getloadavg()
    sys.stdout.write(f"{os.cpu_count()} cores, load {load:.1f}\n")
    starting(arguments.starts)
    with endpoint() as served:
        account = Served(served)
        portfolio = account.publish()
        reading(account, portfolio)
        count = arguments.launches
        before = cpu_seconds(served.pid)
        whole = seconds(lambda: account.launch(count))
        worked = cpu_seconds(served.pid) - before
        row(
            f"{count} launches of the enterprise product", whole, "s", reference=f"{whole / count:.2f} s each"
        )
        row("launches, the endpoint's own seconds of a processor", worked, "s")
        filled = account.fill()
        sys.stdout.write(f"with {filled} products\n")
        reading(account, portfolio)


if __name__ == "__main__":
    main()
