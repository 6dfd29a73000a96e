"""Prints what plans and syncs of a large catalog cost: `python -m tests.bench.engine [PRODUCTS]`.

In this process, without a network: the calls are the same anywhere, the seconds are moto's for the most part.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from catalog_emulator import install
from moto import mock_aws

from publisher.aws.waiting import Clock
from publisher.catalog import ServiceCatalog
from publisher.model import (
    Catalog,
    LaunchConstraint,
    Portfolio,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
)
from publisher.planning.apply import apply
from publisher.planning.plan import Plan, plan
from publisher.publishing.template_bucket import TemplateBucket
from tests.account import TEMPLATE, Account
from tests.samples import stored

PRODUCTS, VERSIONS, PORTFOLIOS = 350, 5, 3


def catalog(products: int, version: int) -> Catalog:
    """Products spread over three portfolios, each with a launch role, at their n-th version."""
    found: list[Resource] = [
        Portfolio(name=f"p{n}", display_name=f"P{n}", provider_name="Platform") for n in range(PORTFOLIOS)
    ]
    for n in range(products):
        name, portfolio = f"product-{n:03}", f"p{n % PORTFOLIOS}"
        digest = f"sha256:{n:06x}{version:06x}" + "0" * 52
        artifact = ProvisioningArtifact(product=name, version=f"{version}.0.0", digest=digest)
        found += [
            Product(name=name, family="family", display_name=name, owner="Platform"),
            artifact,
            stored(artifact),
            ProductAssociation(portfolio=portfolio, product=name),
            LaunchConstraint(portfolio=portfolio, product=name, local_role_name=f"launch-{name}"),
        ]
    return Catalog.of(found)


@contextmanager
def empty_account() -> Iterator[Account]:
    """A new account in moto."""
    install()
    with mock_aws():
        account = Account(clock=Clock())
        account.build.bucket()
        yield account


def target(account: Account) -> ServiceCatalog:
    """A publisher that starts from nothing."""
    bucket = TemplateBucket(account.aws, defaultdict(TEMPLATE.encode))
    return ServiceCatalog(account.aws, bucket=bucket)


def calls(account: Account, work: Callable[[], object]) -> int:
    """How many calls of Service Catalog some work makes."""
    before = Counter(account.aws.calls)
    work()
    made = account.aws.calls - before
    return sum(count for name, count in made.items() if name.startswith("servicecatalog:"))


def publish(account: Account, desired: Catalog) -> None:
    """Plans and applies."""
    publisher = target(account)
    planned = plan(desired, publisher.observe(), target="bench")
    errors = [str(outcome.error) for outcome in apply(planned, publisher) if outcome.error]
    assert errors == [], errors[0]


def planned(account: Account, desired: Catalog, *, fast: bool = False) -> Plan:
    """Only plans."""
    return plan(desired, target(account).observe(assumed=desired if fast else None), target="bench")


def show(what: str, products: int, account: Account, work: Callable[[], object]) -> None:
    """One line: calls, calls a product, seconds, and the most memory until then."""
    began = time.perf_counter()
    made = calls(account, work)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{what:32} {made:7} calls {made / products:6.1f} a product {seconds:8.1f} s {memory:7.0f} MB\n"
    )
    sys.stdout.flush()


def main(products: int) -> None:
    """A first sync, the versions after it, and plans with nothing to do."""
    sys.stdout.write(f"{products} products x {VERSIONS} versions in {PORTFOLIOS} portfolios\n")
    with empty_account() as account:
        for version in range(1, VERSIONS + 1):
            show(
                f"sync of version {version}",
                products,
                account,
                partial(publish, account, catalog(products, version)),
            )
        last = catalog(products, VERSIONS)
        show("plan, nothing to do", products, account, partial(planned, account, last))
        show("plan --fast", products, account, partial(planned, account, last, fast=True))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PRODUCTS)
