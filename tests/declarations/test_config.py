from __future__ import annotations

from pathlib import Path

import pytest

from publisher.declarations import LaunchConfig, read_config
from publisher.errors import InputError
from tests.conftest import cases

GOOD = Path(__file__).parent / "good"
BANK = "globalbank-prod-c001-us-west-2-demand-forecasting-ml"

_BANK_NAMES = {
    "CompanyPrefix": "globalbank",
    "Environment": "prod",
    "TenantId": "c001",
    "UseCase": "demand-forecasting",
}


def config(name: str) -> LaunchConfig:
    return read_config(GOOD / "configs" / f"{name}.yaml", root=GOOD)


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
                "EndpointPrivateDns": "false",
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
    found = config(name)
    assert (found.product, found.ml_name, found.parameters()) == (product, ml_name, parameters)
    assert (found.path, found.file_name) == (f"configs/{name}.yaml", f"{name}.yaml")


def test_tags() -> None:
    found = config("edge-prod-0012-us-west-2-fraud-detection-ml-s3-workload")
    assert found.tags == {"cost_center": "1234", "Größe": "über alles"}


def test_a_wrong_file_raises_all_its_problems() -> None:
    bad = Path(__file__).parent / "bad"
    with pytest.raises(
        InputError, match=r"^4 problems, the first: configs/several\.yaml:1:99: P105"
    ) as caught:
        read_config(bad / "configs" / "several.yaml", root=bad)
    assert len(caught.value.problems) == 4
    assert caught.value.exit_code == 2
