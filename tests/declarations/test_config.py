from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from publisher.declarations.config import parse_config
from publisher.declarations.form import parse_form, read_forms
from publisher.documents import parse, read
from publisher.errors import InputError
from publisher.launch.by_form import read_request, requests_of
from publisher.launch.request import LaunchRequest
from publisher.launch.template_checks import check_form
from tests.conftest import ROOT, cases

GOOD = Path(__file__).parent / "good"
BANK = "globalbank-prod-c001-us-west-2-demand-forecasting-ml"

_BANK_NAMES = {
    "CompanyPrefix": "globalbank",
    "Environment": "prod",
    "TenantId": "c001",
    "UseCase": "demand-forecasting",
}


def request(name: str) -> LaunchRequest:
    """By our own form, whose family is larger than that of the good files."""
    path = f"configs/{name}.yaml"
    config, _ = parse_config(read(GOOD / path, root=GOOD), read_forms(ROOT))
    assert config is not None
    requests, problems = requests_of([config])
    assert problems == []
    return requests[path]


@cases(
    ("name", "product", "ml_name", "parameters"),
    {
        "smallest": (
            "techcorp-dev-a001-us-west-2-customer-churn-ml-codecommit",
            "ml-project-starter-codecommit",
            "techcorp-dev-a001-us-west-2-customer-churn-ml",
            {
                "CompanyPrefix": "techcorp",
                "Environment": "dev",
                "TenantId": "a001",
                "UseCase": "customer-churn",
                "LogRetentionDays": "365",
            },
        ),
        "professional": (
            "edge-prod-0012-us-west-2-fraud-detection-ml-s3-workload",
            "ml-project-professional-s3",
            "edge-prod-0012-us-west-2-fraud-detection-realtime-ml",
            {
                "CompanyPrefix": "edge",
                "Environment": "prod",
                "TenantId": "0012",
                "UseCase": "fraud-detection",
                "Workload": "realtime",
                "LogRetentionDays": "30",
                "SourceBucket": "edge-sources",
                "SourcePrefix": "ml/fraud",
                "AlertsEmail": "ml-alerts@edge.example.com",
            },
        ),
        "names by convention": (
            f"{BANK}-s3-sgprov-ssm-rtb",
            "ml-project-enterprise-s3-sgprov-ssm",
            BANK,
            {
                **_BANK_NAMES,
                "LogRetentionDays": "731",
                "SourceBucket": "globalbank-sources",
                "VpcId": "/vpc/globalbank-prod-c001-us-west-2-vpc/VPCId",
                "SubnetIds": "/vpc/globalbank-prod-c001-us-west-2-vpc/PrivateSubnetIds",
                "SecurityGroupId": "/sg/globalbank-prod-c001-us-west-2-sg/app/SecurityGroupId",
                "EndpointPrivateDns": "true",
                "RouteTableIds": "rtb-0123456789abcdef0,rtb-01234567",
            },
        ),
        "names of its own": (
            f"{BANK}-codecommit-sgprov-ssm",
            "ml-project-enterprise-codecommit-sgprov-ssm",
            BANK,
            {
                **_BANK_NAMES,
                "LogRetentionDays": "365",
                "VpcId": "/network/vpc",
                "SubnetIds": "/network/subnets",
                "SecurityGroupId": "/network/group",
            },
        ),
        "direct": (
            f"{BANK}-codecommit-standalone-direct",
            "ml-project-enterprise-codecommit-standalone-direct",
            BANK,
            {
                **_BANK_NAMES,
                "LogRetentionDays": "365",
                "AlertsEmail": "ml-alerts@globalbank.example.com",
                "VpcId": "vpc-0123456789abcdef0",
                "SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
            },
        ),
    },
)
def test_what_a_config_launches(name: str, product: str, ml_name: str, parameters: dict[str, str]) -> None:
    found = request(name)
    assert (found.product, found.name, found.parameters) == (product, ml_name, parameters)
    assert (found.path, found.config) == (f"configs/{name}.yaml", name)


def test_tags() -> None:
    found = request("edge-prod-0012-us-west-2-fraud-detection-ml-s3-workload")
    assert found.tags == {"cost_center": "1234", "Größe": "über alles"}


def test_a_wrong_file_raises_all_its_problems(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent / "bad" / "configs", tmp_path / "configs")
    shutil.copytree(ROOT / "products", tmp_path / "products")
    with pytest.raises(
        InputError, match=r"^4 problems, the first: configs/several\.yaml:1:99: P105"
    ) as caught:
        read_request(tmp_path / "configs" / "several.yaml", "x", root=tmp_path)
    assert len(caught.value.problems) == 4
    assert caught.value.exit_code == 2


def test_the_examples_of_the_docs_are_right() -> None:
    page = (ROOT / "docs" / "declarations.md").read_text(encoding="utf-8")
    config, form = (
        next(it for it in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if f"{kind}.schema.json" in it)
        for kind in ("config", "form")
    )
    assert parse_config(parse(config, path="configs/x.yaml"), [])[1] == []
    found, problems = parse_form(parse(form, path="launch.yaml"), "store")
    assert found is not None
    assert [*problems, *check_form(found)] == []
