"""A project whose products get launch roles of their own, and commands that run on it.

Tests import all of its fixtures, which need each other in place of those in conftest.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import main
from tests.account import ACCOUNT
from tests.bootstrap.account import Account
from tests.conftest import write_files

PRODUCT = """
family: topic
version: "1.0.0"
display_name: "Topic {kind}"
owner: ML
axes:
  kind: {plain: plain, key: with a key}
combinations:
  - {kind: [plain, key]}
template: template/main.yaml.j2
"""
EXISTING = """
family: theirs
version: "1.0.0"
display_name: Theirs
owner: ML
template: template/main.yaml.j2
launch_role: their-role
"""
TEMPLATE = """
Resources:
  Topic:
    Type: AWS::SNS::Topic
{% if kind == "key" %}
    Properties:
      KmsMasterKeyId: alias/mine
{% endif %}
"""
PORTFOLIO = """
display_name: ML
provider_name: ML
regions: [us-west-2, eu-west-1]
products:
  - product: topic-*
    constraints:
      - type: LAUNCH
"""
BUCKET = f"publisher-{ACCOUNT}-us-west-2"


@pytest.fixture
def account(moto: None, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(
        tmp_path,
        {
            "products/topic/product.yaml": PRODUCT,
            "products/topic/template/main.yaml.j2": TEMPLATE,
            "products/theirs/product.yaml": EXISTING,
            "products/theirs/template/main.yaml.j2": TEMPLATE.partition("{%")[0],
            "portfolio/ml.yaml": PORTFOLIO,
        },
    )


class Run:
    """Runs command lines on a project."""

    def __init__(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.project, self._capsys = project, capsys

    def __call__(self, *words: str, region: str = "us-west-2", **injected: Any) -> tuple[int, str, str]:
        """(exit code, result, progress)"""
        code = main(["-C", str(self.project), "--region", region, *words], **injected)
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def json(self, *words: str, region: str = "us-west-2") -> Any:
        code, out, err = self("--json", *words, region=region)
        assert code == 0, out + err
        return json.loads(out)


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(project, capsys)
