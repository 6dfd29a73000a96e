"""Prints what the local endpoint costs: seconds of the clock, and ratios that hold on any machine."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.account import Served, endpoint

_READS = 200


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(times: int, work: Callable[[], object]) -> float:
    """How long it usually takes."""
    return statistics.median(seconds(work) for _ in range(times))


def cpu_seconds(pid: int) -> float:
    """The processor time of a process; 0 where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return 0.0
    user, system = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def show(what: str, value: float, unit: str, ratio: str = "") -> None:
    """One line."""
    sys.stdout.write(f"{what:52} {value:9.2f} {unit:4} {ratio}\n")
    sys.stdout.flush()


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
    show("start", usual, "s", f"{usual / boto3:.1f} times import boto3")
    show("start, the endpoint's own seconds of a processor", statistics.median(worked), "s")


def reading(account: Served, portfolio: str) -> None:
    """Reads of Service Catalog, in ratio to a request that does nothing."""
    catalog = account.client("servicecatalog")
    nothing = median(_READS, lambda: account.endpoint.request("/_emulator/status"))
    show("a request that does nothing", nothing * 1000, "ms")
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
        show(name, usual * 1000, "ms", f"{usual / nothing:.1f} times nothing")


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
        show(f"{count} launches of the enterprise product", whole, "s", f"{whole / count:.2f} s each")
        show("launches, the endpoint's own seconds of a processor", worked, "s")
        filled = account.fill()
        sys.stdout.write(f"with {filled} products\n")
        reading(account, portfolio)


if __name__ == "__main__":
    main()
