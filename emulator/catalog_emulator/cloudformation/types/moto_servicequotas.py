"""Quotas of more services than the VPC's, and GetAWSDefaultServiceQuota. Every quota has its default value.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

_list = ServiceQuotasBackend.list_aws_default_service_quotas


@cache
def _others() -> dict[str, list[list[Any]]]:
    rows: dict[str, list[list[Any]]] = yaml.safe_load(
        Path(__file__).with_name("default_quotas.yaml").read_text(encoding="utf-8")
    )
    return rows


def list_aws_default_service_quotas(self: ServiceQuotasBackend, service_code: str) -> list[dict[str, Any]]:
    """moto's own, with the caller's Region, and those of default_quotas.yaml."""
    if service_code not in _others():
        place = f"arn:aws:servicequotas:{self.region_name}::"
        return [{**it, "QuotaArn": f"{place}vpc/{it['QuotaCode']}"} for it in _list(self, service_code)]
    return [
        {
            "Adjustable": True,
            "GlobalQuota": bool(home),
            "QuotaArn": f"arn:aws:servicequotas:{self.region_name}::{service_code}/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "ServiceCode": service_code,
            "Unit": "None",
            "Value": float(value),
        }
        for code, name, value, *home in _others()[service_code]
        if not home or self.region_name in home
    ]


def get_service_quota(self: Any, service_code: str, quota_code: str) -> dict[str, Any]:
    """The quota with this code."""
    for quota in self.list_aws_default_service_quotas(service_code):
        if quota["QuotaCode"] == quota_code:
            found: dict[str, Any] = quota
            return found
    raise NoSuchResource


def get_aws_default_service_quota(self: ServiceQuotasResponse) -> str:
    """The same: no quota was increased."""
    request = json.loads(self.body)
    quota = self.backend.get_service_quota(request.get("ServiceCode"), request.get("QuotaCode"))
    return json.dumps({"Quota": quota})


ADDITIONS = {
    ServiceQuotasBackend: (list_aws_default_service_quotas, get_service_quota),
    ServiceQuotasResponse: (get_aws_default_service_quota,),
}
