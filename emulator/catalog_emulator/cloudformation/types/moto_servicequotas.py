"""Quotas of more services than the VPC's, as an account has them: by default, or after an increase.

An increase is granted at once, whatever it asks for; AWS grants some so, and others after a support case.
https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html
"""

import json
from functools import cache
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

import yaml
from moto.backends import get_backend
from moto.core.exceptions import JsonRESTError
from moto.core.utils import get_service_model
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from catalog_emulator.paging import page
from catalog_emulator.request_validation import validate

Quota = dict[str, Any]

_list = ServiceQuotasBackend.list_aws_default_service_quotas
_made = ServiceQuotasBackend.__init__
_MOST = 100
# Quotas of the whole account are known in one Region of a partition.
# https://docs.aws.amazon.com/servicequotas/latest/userguide/reference_iam-permissions.html
_HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@cache
def _others() -> dict[str, list[list[Any]]]:
    rows: dict[str, list[list[Any]]] = yaml.safe_load(
        Path(__file__).with_name("default_quotas.yaml").read_text(encoding="utf-8")
    )
    return rows


def applied(account_id: str, place: str, quota: str) -> int:
    """What counts for an account in a Region, or in a partition, of a quota by its service/code."""
    registry: Any = get_backend("service-quotas")
    service, _, code = quota.partition("/")
    return int(registry[account_id][_HOMES.get(place, place)].get_service_quota(service, code)["Value"])


def __init__(self: Any, region_name: str, account_id: str) -> None:
    """moto's own, without increases."""
    _made(self, region_name, account_id)
    self.requested = []


def list_aws_default_service_quotas(self: ServiceQuotasBackend, service_code: str) -> list[Quota]:
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


def applied_quotas(self: Any, service_code: str) -> list[Quota]:
    """The values that count."""
    granted = {(it["ServiceCode"], it["QuotaCode"]): it["DesiredValue"] for it in self.requested}
    return [
        {**it, "Value": granted.get((service_code, it["QuotaCode"]), it["Value"])}
        for it in self.list_aws_default_service_quotas(service_code)
    ]


def get_service_quota(self: Any, service_code: str, quota_code: str) -> Quota:
    """The quota with this code."""
    return _with_code(self.applied_quotas(service_code), quota_code)


def _with_code(quotas: list[Quota], code: str) -> Quota:
    for quota in quotas:
        if quota["QuotaCode"] == code:
            return quota
    raise NoSuchResource


def _request(response: Any, operation: str) -> Quota:
    request: Quota = json.loads(response.body or "{}")
    validate(get_service_model("service-quotas").operation_model(operation).input_shape, request)
    return request


def _paged(key: str, found: list[Quota], request: Quota) -> str:
    asked = json.dumps({k: v for k, v in request.items() if k not in ("MaxResults", "NextToken")})
    try:
        shown, token = page(found, request.get("MaxResults") or _MOST, request.get("NextToken"), asked)
    except ValueError as error:
        raise JsonRESTError("InvalidPaginationTokenException", "The token is invalid.") from error
    return json.dumps({key: shown, **({"NextToken": token} if token else {})})


def list_service_quotas(self: Any) -> str:
    """The applied values of a service, or of one of its quotas, in pages."""
    request = _request(self, "ListServiceQuotas")
    found = self.backend.applied_quotas(request["ServiceCode"])
    code = request.get("QuotaCode")
    return _paged("Quotas", [it for it in found if code in (None, it["QuotaCode"])], request)


def get_aws_default_service_quota(self: Any) -> str:
    """The value without increases."""
    request = _request(self, "GetAWSDefaultServiceQuota")
    quotas = self.backend.list_aws_default_service_quotas(request["ServiceCode"])
    return json.dumps({"Quota": _with_code(quotas, request["QuotaCode"])})


def request_service_quota_increase(self: Any) -> str:
    """It is granted at once."""
    request = _request(self, "RequestServiceQuotaIncrease")
    quota = self.backend.get_service_quota(request["ServiceCode"], request["QuotaCode"])
    desired = request["DesiredValue"]
    # JSON has texts for what is no number, and Python reads NaN.
    if isinstance(desired, str) or not desired > quota["Value"]:
        message = "You must provide a quota value greater than the current quota value."
        raise JsonRESTError("IllegalArgumentException", message)
    if not quota["Adjustable"]:
        raise JsonRESTError("IllegalArgumentException", "The quota is not adjustable.")
    requested = {
        "Id": uuid4().hex,
        "DesiredValue": float(desired),
        "Status": "APPROVED",
        "Created": time(),
        "LastUpdated": time(),
        "Requester": json.dumps({"accountId": self.current_account}),
        **{key: value for key, value in quota.items() if key not in ("Adjustable", "Value")},
    }
    self.backend.requested.append(requested)
    return json.dumps({"RequestedQuota": requested})


def get_requested_service_quota_change(self: Any) -> str:
    """A request by its id."""
    id_ = _request(self, "GetRequestedServiceQuotaChange")["RequestId"]
    for requested in self.backend.requested:
        if requested["Id"] == id_:
            return json.dumps({"RequestedQuota": requested})
    raise NoSuchResource


def list_requested_service_quota_change_history(self: Any) -> str:
    """The requests of all services, or of one, in pages."""
    return _history(self, _request(self, "ListRequestedServiceQuotaChangeHistory"))


def list_requested_service_quota_change_history_by_quota(self: Any) -> str:
    """The requests for one quota, in pages."""
    return _history(self, _request(self, "ListRequestedServiceQuotaChangeHistoryByQuota"))


def _history(response: Any, request: Quota) -> str:
    asked = {key: request[key] for key in ("ServiceCode", "QuotaCode", "Status") if key in request}
    found = [it for it in response.backend.requested if asked.items() <= it.items()]
    return _paged("RequestedQuotas", found, request)


ADDITIONS = {
    ServiceQuotasBackend: (
        __init__,
        list_aws_default_service_quotas,
        applied_quotas,
        get_service_quota,
    ),
    ServiceQuotasResponse: (
        list_service_quotas,
        get_aws_default_service_quota,
        request_service_quota_increase,
        get_requested_service_quota_change,
        list_requested_service_quota_change_history,
        list_requested_service_quota_change_history_by_quota,
    ),
}
