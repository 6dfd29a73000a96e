"""plan and sync through a proxy that changes answers: done, or one clear line; never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from publisher.aws.clients import Aws
from tests.account import Builder
from tests.aws.proxy import Change, Proxy, Reply, proxy_of
from tests.cli.conftest import FAMILY, PORTFOLIO, ROLES, TEMPLATE
from tests.conftest import Local, Ran, Run, cases, whole, write_files
from tests.policies import allowing, trusting
from tests.samples import Ticks

BUCKET = "publisher-111111111111-us-west-2"
PAGE = b"<!DOCTYPE html><html><body><p>Please log in & accept</body></html>\n"
_LONGEST = 1500
DATE = "Sun, 29 Nov 2026 14:54:45 GMT"


@pytest.fixture
def proxy(local: Local) -> Iterator[Proxy]:
    with proxy_of(local.endpoint.url) as proxy:
        yield proxy


@pytest.fixture
def project(local: Local, tmp_path: Path) -> Path:
    Builder(local.client, bucket=BUCKET).bucket()
    trust = trusting(Service="servicecatalog.amazonaws.com")
    iam = local.client("iam")
    for role in ROLES:
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=allowing("*"))
    return write_files(
        tmp_path / "small",
        {
            "portfolio/ml.yaml": PORTFOLIO,
            "products/studio/product.yaml": FAMILY,
            "products/studio/template/main.yaml.j2": TEMPLATE,
            "products/studio/content/seed/README.md": "hello\n",
        },
    )


def through(proxy: Proxy, local: Local, run: Run, project: Path, *words: str) -> Ran:
    def connect(**options: Any) -> Aws:
        return Aws(**{**options, "endpoint_url": proxy.url, "region": "us-west-2"})

    return run(
        "-C",
        project,
        "--profile",
        local.endpoint.admin_profile,
        *words,
        connect=connect,
        clock=Ticks().clock(),
    )


def body(value: object) -> Change:
    """Another body, as JSON or as it is."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return partial(replace, body=data)


def page(status: int) -> Change:
    """A page of the proxy."""
    return lambda _: Reply(status, [("Content-Type", "text/html")], PAGE)


def member(**members: object) -> Change:
    """With another value of members."""
    return lambda reply: replace(reply, body=json.dumps(json.loads(reply.body) | members).encode())


HARMLESS: dict[str, Any] = {
    "no date": lambda reply: reply.header("Date"),
    "a date that is none": whole(lambda reply: reply.header("Date", "yesterday")),
    "a date without a zone": whole(lambda reply: reply.header("Date", DATE.removesuffix(" GMT"))),
    "two dates": lambda reply: reply.header("Date", DATE, DATE),
    "a date long ago": whole(lambda reply: reply.header("Date", "Thu, 01 Jan 1970 00:00:00 GMT")),
    "a date to come": lambda reply: reply.header("Date", "Fri, 31 Dec 9999 23:59:59 GMT"),
    "no type": lambda reply: reply.header("Content-Type"),
    "two types": whole(lambda reply: reply.header("Content-Type", "text/html", "text/plain")),
    "no request ID": whole(lambda reply: reply.header("x-amzn-RequestId")),
}


@cases("change", HARMLESS)
def test_headers_do_no_harm(change: Change, proxy: Proxy, local: Local, project: Path, run: Run) -> None:
    proxy.changes[""] = change
    ran = through(proxy, local, run, project, "sync", "--yes")
    assert (ran.code, "error" in ran.err) == (0, False)
    assert through(proxy, local, run, project, "plan", "--check").code == 0


UNUSABLE: dict[str, Change] = {
    "a page": page(200),
    "a page, accepted": page(202),
    "a page, moved": page(302),
    "a page, forbidden": page(403),
    "a page, authentication": page(407),
    "a page, bad gateway": page(502),
    "nothing": body(b""),
    "half of it": lambda reply: replace(reply, body=reply.body[: len(reply.body) // 2]),
    "less than promised": lambda reply: replace(reply, body=reply.body[:-9], promised=len(reply.body)),
    "a list": body([]),
    "a text": body("text"),
    "null": body(None),
    "another object": body({"error": "login"}),
    "no UTF-8": body(b"\xff\xfe\x00"),
    "deep": body(b"[" * 100_000),
}


@pytest.mark.slow
@cases(
    "operation",
    {
        "ListPortfolios": whole("ListPortfolios"),
        "SearchProductsAsAdmin": whole("SearchProductsAsAdmin"),
        "CreateProduct": whole("CreateProduct"),
        "GetCallerIdentity": "GetCallerIdentity",
    },
)
def test_answers_that_are_not_of_aws(
    operation: str, proxy: Proxy, local: Local, project: Path, run: Run
) -> None:
    for name, change in UNUSABLE.items():
        proxy.changes[operation] = change
        seen = len(proxy.seen)
        ran = through(proxy, local, run, project, "sync", "--yes")
        errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
        # What was created in spite of its answer is there in the next run.
        code = 0 if operation not in proxy.seen[seen:] else 1
        assert (name, ran.code, len(errors), "Traceback" in ran.err) == (name, code, code, False)
        assert max(map(len, ran.err.splitlines())) < _LONGEST
    proxy.changes.clear()
    assert through(proxy, local, run, project, "sync", "--yes").code == 0
    products = local.client("servicecatalog").search_products_as_admin()["ProductViewDetails"]
    assert len(products) == 2


@pytest.mark.slow
@cases(
    "change", {it: change if it in ("a page", "deep") else whole(change) for it, change in UNUSABLE.items()}
)
def test_roles_that_cannot_be_read_are_a_note(
    change: Change, proxy: Proxy, local: Local, project: Path, run: Run
) -> None:
    proxy.changes["GetAccountAuthorizationDetails"] = change
    ran = through(proxy, local, run, project, "--json", "plan")
    assert (ran.code, "Traceback" in ran.err) == (0, False)
    (plan,) = ran.document["plans"]
    (unknown,) = plan["unknown"]
    assert unknown.startswith("launch roles (")


@cases(
    ("operation", "change", "message"),
    {
        "a member of another type": (
            "ListPortfolios",
            member(PortfolioDetails="x"),
            "ListPortfolios answered what is not of its form (AttributeError)",
        ),
        "a member that is null": (
            "DescribePortfolio",
            member(PortfolioDetail=None),
            "DescribePortfolio answered without 'PortfolioDetail'",
        ),
        "a time that is none": (
            "DescribePortfolio",
            member(PortfolioDetail={"Id": "port-1", "CreatedTime": "soon"}),
            "DescribePortfolio answered what is not of its form (ValueError)",
        ),
        "parameters that are no JSON": (
            "DescribeConstraint",
            member(ConstraintParameters="{"),
            "DescribeConstraint answered no JSON object: '{'",
        ),
        "parameters that are no object": (
            "DescribeConstraint",
            member(ConstraintParameters="[]"),
            "DescribeConstraint answered no JSON object: '[]'",
        ),
    },
)
def test_members_that_are_wrong(
    operation: str, change: Change, message: str, proxy: Proxy, local: Local, project: Path, run: Run
) -> None:
    assert through(proxy, local, run, project, "sync", "--yes").code == 0
    proxy.changes[operation] = change
    ran = through(proxy, local, run, project, "plan")
    assert (ran.code, ran.err.splitlines()[-2]) == (1, f"error: {message}")
