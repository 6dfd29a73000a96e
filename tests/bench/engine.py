"""Prints what plans and syncs of a large catalog cost: `python -m tests.bench.engine [PRODUCTS]`.

In this process, without a network: the calls are the same anywhere, the seconds are moto's for the most part.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from catalog_emulator import install
from moto import mock_aws

from publisher.aws.clients import Aws
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

PRODUCTS, VERSIONS, PORTFOLIOS = 350, 5, 3
_BUCKET = "templates-of-bench"
_BODY = b"Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def catalog(products: int, version: int) -> Catalog:
    """Products spread over three portfolios, each with a launch role, at their n-th version."""
    found: list[Resource] = [
        Portfolio(name=f"p{n}", display_name=f"P{n}", provider_name="Platform") for n in range(PORTFOLIOS)
    ]
    for n in range(products):
        name, portfolio = f"product-{n:03}", f"p{n % PORTFOLIOS}"
        digest = f"sha256:{n:06x}{version:06x}" + "0" * 52
        found += [
            Product(name=name, family="family", display_name=name, owner="Platform"),
            ProvisioningArtifact(product=name, version=f"{version}.0.0", digest=digest),
            ProductAssociation(portfolio=portfolio, product=name),
            LaunchConstraint(portfolio=portfolio, product=name, local_role_name=f"launch-{name}"),
        ]
    return Catalog.of(found)


@contextmanager
def account() -> Iterator[Aws]:
    """A new account with a template."""
    before = {name: os.environ.get(name) for name in _KEYS}
    os.environ.update(dict.fromkeys(_KEYS, "bench"))
    install(strict=True)
    try:
        with mock_aws():
            aws = Aws(region="us-west-2")
            s3 = aws.client("s3")
            s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
            s3.put_object(Bucket=_BUCKET, Key="a.yaml", Body=_BODY)
            yield aws
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def target(aws: Aws) -> ServiceCatalog:
    """A publisher that starts afresh."""
    return ServiceCatalog(aws, template_url=lambda _: f"https://{_BUCKET}.s3.us-west-2.amazonaws.com/a.yaml")


def calls(aws: Aws, work: Callable[[], object]) -> int:
    """How many calls some work makes."""
    before = aws.calls.total()
    work()
    return aws.calls.total() - before


def publish(aws: Aws, desired: Catalog) -> None:
    """Plans and applies."""
    publisher = target(aws)
    planned = plan(desired, publisher.observe(), target="bench")
    errors = [str(outcome.error) for outcome in apply(planned, publisher) if outcome.error]
    assert errors == [], errors[0]


def planned(aws: Aws, desired: Catalog, *, fast: bool = False) -> Plan:
    """Only plans."""
    return plan(desired, target(aws).observe(assumed=desired if fast else None), target="bench")


def show(what: str, products: int, aws: Aws, work: Callable[[], object]) -> None:
    """One line: calls, calls a product, seconds, and the most memory until then."""
    began = time.perf_counter()
    made = calls(aws, work)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{what:32} {made:7} calls {made / products:6.1f} a product {seconds:8.1f} s {memory:7.0f} MB\n"
    )
    sys.stdout.flush()


def main(products: int) -> None:
    """A first sync, the versions after it, and plans with nothing to do."""
    sys.stdout.write(f"{products} products x {VERSIONS} versions in {PORTFOLIOS} portfolios\n")
    with account() as aws:
        for version in range(1, VERSIONS + 1):
            show(
                f"sync of version {version}", products, aws, partial(publish, aws, catalog(products, version))
            )
        last = catalog(products, VERSIONS)
        show("plan, nothing to do", products, aws, partial(planned, aws, last))
        show("plan --fast", products, aws, partial(planned, aws, last, fast=True))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PRODUCTS)
