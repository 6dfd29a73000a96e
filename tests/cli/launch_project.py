"""A project with a launch config, an account that has the product, and commands that run on both.

Tests import all of its fixtures, which need each other in place of those in conftest.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publisher.aws.waiting import Clock
from tests.account import ACCOUNT, REGION
from tests.conftest import ROOT, Ran, Run, write_files
from tests.launch.account import EMAIL, PATH, TEMPLATE, Account
from tests.samples import Ticks

CONFIG = f"""\
client: {{company_name: Edge, company_prefix: edge, account_id: "{ACCOUNT}", tenant_id: "b001"}}
environment: {{env: prod, region: {REGION}}}
ml_product:
  tier: professional
  use_case: fraud
  source_control: s3
  s3_prefix: edge-source
  alerts_email: {EMAIL}
  log_retention_days: 90
tags: {{owner: ml}}
"""
FORM_FILE = "products/ml-project/launch.yaml"
FAMILY = """\
family: ml-project
version: "1.0.0"
display_name: "ML project: {tier}, {source_control}"
owner: ml
axes:
  tier: {professional: professional, starter: starter, enterprise: enterprise}
  source_control: {s3: S3, codeconnection: connection}
  vpc_mode: {none: "", standalone: standalone, sgprov: sgprov}
  vpc_source: {none: "", ssm: SSM, direct: direct}
combinations:
  - {tier: [professional, starter], source_control: [s3], vpc_mode: [none], vpc_source: [none]}
template: template/main.yaml.j2
"""
PORTFOLIO = """\
display_name: ML Platform
provider_name: ML
regions: [us-west-2]
products:
  - product: ml-project-*
    constraints: [{type: LAUNCH}]
"""
PUBLISHER = f"publisher --region {REGION}"
NEXT = (
    "next: ask its owner to follow the link in the email "
    "'AWS Notification - Subscription Confirmation';\n"
    f"      run {PUBLISHER} alerts {PATH} --wait to wait for it, --resend to resend the email\n"
)


@pytest.fixture
def account(moto: None, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(
        tmp_path,
        {
            PATH: CONFIG,
            "products/ml-project/product.yaml": FAMILY,
            FORM_FILE: (ROOT / FORM_FILE).read_text(),
            "products/ml-project/template/main.yaml.j2": TEMPLATE,
            "portfolio/ml.yaml": PORTFOLIO,
        },
    )


def clock(at_pauses: Callable[[], object] = lambda: None, *, times: int = 1) -> Clock:
    """Time passes only by sleeping, so many times as much, and something may happen then."""
    ticks = Ticks()

    def sleep(seconds: float) -> None:
        ticks.sleep(times * seconds)
        at_pauses()

    return Clock(now=ticks.now, sleep=sleep)


def interrupt() -> None:
    raise KeyboardInterrupt


Publisher = Callable[..., Ran]


@pytest.fixture
def publisher(run: Run, project: Path) -> Publisher:
    return lambda *words, **injected: run("-C", project, "--region", REGION, *words, **injected)


@pytest.fixture
def launched(account: Account, publisher: Publisher) -> Any:
    """A launch of the config; its document."""
    account.publish()
    ran = publisher("--json", "launch", PATH)
    assert ran.code == 0, ran.err or ran.out
    return ran.document
