"""Prints what plan and sync cost where a call takes 50 ms: `python -m tests.bench.calls [PRODUCTS …]`.

The commands are processes of their own at a served endpoint, where each call waits outside of its locks. The
reference is as many calls of a bare boto3 client, 16 at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from catalog_emulator.server.endpoint_record import REGION, Endpoint

from tests.bench.account import Served, endpoint
from tests.bench.rows import Ran, large_project, publisher, row
from tests.policies import trusting

LATENCY, ROLE, AT_ONCE = 0.05, "launch-bench", 16
_TIMES = 3
# By products: the most seconds of a plan and of a fast one. Calls: those of publisher 0.9.0 at 350.
SECONDS = {50: (2.0, 2.0), 350: (10.0, 5.0)}
CALLS = {350: (1131, 431)}
# Four writes and two reads a product, a page of 20 products now and then; and what there is once.
A_PRODUCT, FURTHER, MEMORY = 6.1, 20, 250.0


class Bench:
    """A project of so many products of 30 resources, at an endpoint whose calls take their time."""

    def __init__(self, served: Endpoint, root: Path, products: int, latency: float) -> None:
        self.products = products
        self._served, self._root = served, root
        large_project(root / "project", products)
        family = root / "project" / "products" / "units" / "product.yaml"
        family.write_text(family.read_text().replace('"derived"', f'"{ROLE}"'))
        trust = trusting(Service="servicecatalog.amazonaws.com")
        Served(served).client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
        self.run("bootstrap", "--yes")
        served.request("/_emulator/faults", "PUT", f"latency={latency}")

    def run(self, *words: str) -> Ran:
        """A command of the administrator."""
        place = ("--profile", self._served.admin_profile, "--region", REGION, "--json")
        environment = {
            "AWS_CONFIG_FILE": str(self._served.config_file),
            "XDG_CACHE_HOME": str(self._root / "cache"),
        }
        return publisher(self._root / "project", *place, *words, environment=environment)

    def bare(self, calls: int) -> float:
        """Seconds of as many calls by boto3 alone."""
        os.environ["AWS_CONFIG_FILE"] = str(self._served.config_file)
        session: Any = boto3.Session(profile_name=self._served.admin_profile)
        client = session.client("servicecatalog", config=Config(max_pool_connections=AT_ONCE))
        page = client.search_products_as_admin()["ProductViewDetails"]
        ids = [it["ProductViewSummary"]["ProductId"] for it in page]
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda n: client.describe_product_as_admin(Id=ids[n % len(ids)]), range(calls)):
                pass
        return time.perf_counter() - began


def calls_of(ran: Ran) -> int:
    """How many calls a command made."""
    return int(json.loads(ran.out)["calls"]["total"])


@contextmanager
def bench(products: int, latency: float) -> Iterator[Bench]:
    """A new endpoint, with the template bucket."""
    with endpoint() as served, tempfile.TemporaryDirectory() as folder:
        yield Bench(served, Path(folder), products, latency)


def measure(products: int, latency: float) -> list[float]:
    """A first sync, plans without changes and fast ones; the calls a product of each."""
    most, counts = SECONDS.get(products, (None, None)), CALLS.get(products, (None, None))
    with bench(products, latency) as at:
        made, what = at.run("sync", "--yes"), f"first sync of {products}"
        row(what, made.seconds, "s", reference=f"{made.cpu:.1f} s of a processor, most of it for lint")
        row(f"{what}, calls", calls_of(made), "", limit=A_PRODUCT * products + FURTHER)
        row(f"{what}, memory", made.memory, "MB", limit=MEMORY)
        row(f"{what}, products a minute by one process", products * 60 / made.seconds, "")
        found = [calls_of(made) / products]
        for fast, words in enumerate((("plan",), ("plan", "--fast"))):
            ran = min((at.run(*words, "--check") for _ in range(_TIMES)), key=lambda it: it.seconds)
            name = f"{' '.join(words)} of {products}"
            row(name, ran.seconds, "s", reference=f"{ran.cpu:.1f} s of a processor", limit=most[fast])
            row(f"{name}, calls", calls_of(ran), "", limit=counts[fast])
            row(f"{name}, memory", ran.memory, "MB", limit=MEMORY)
            alone = at.bare(calls_of(ran))
            row(f"{name}, by its calls alone", alone, "s", reference="boto3", ratio=ran.seconds / alone)
            found.append(calls_of(ran) / products)
        cold = at.run("--no-cache", "plan", "--check")
        row(f"plan of {products}, nothing cached", cold.seconds, "s", limit=most[0])
    return found


def main(products: list[int], latency: float) -> None:
    """Everything."""
    load, _, _ = os.getloadavg()
    text = (
        f"{os.cpu_count()} cores, load {load:.1f}; {latency * 1000:g} ms a call; the least of {_TIMES} plans"
    )
    sys.stdout.write(f"{text}\n")
    found = [(it, measure(it, latency)) for it in sorted(products)]
    (least, few), (_, many) = found[0], found[-1]
    for what, before, after in zip(("first sync", "plan", "plan --fast"), few, many, strict=True):
        reference = f"those of {least} products"
        row(f"{what}, calls a product", after, "", reference=reference, ratio=after / before, limit=1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("products", type=int, nargs="*", default=[35, 50, 350])
    parser.add_argument("--latency", type=float, default=LATENCY)
    main(**vars(parser.parse_args()))
