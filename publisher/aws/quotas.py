"""The quotas of an account as Service Quotas has them. Knows no quota by name."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.aws.calls import or_none
from publisher.aws.listings import pages_of
from publisher.errors import AwsError

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

_UNKNOWN = "NoSuchResourceException"


def applied_quotas(
    aws: Aws, service: str, codes: Collection[str], *, region: str = ""
) -> Mapping[str, float]:
    """The values that count in the account, of those quotas that have one, by code. Raises ClientError.

    One is read by its code, several by the listing of their service. The whole account's are known in one
    `region` only.
    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
    """
    client = _client(aws, region)
    if len(codes) == 1:
        (code,) = codes
        answer = or_none(lambda: client.get_service_quota(ServiceCode=service, QuotaCode=code), _UNKNOWN)
        return {code: _value(answer["Quota"])} if answer else {}
    pages = or_none(lambda: [*pages_of(client, "list_service_quotas", ServiceCode=service)], _UNKNOWN)
    listed = [it for page in pages or () for it in page["Quotas"]]
    return {it["QuotaCode"]: _value(it) for it in listed if it["QuotaCode"] in codes}


def default_quota(aws: Aws, service: str, code: str, *, region: str = "") -> float | None:
    """AWS's default, which counts where an account has no value of its own. Raises ClientError."""
    read = partial(_client(aws, region).get_aws_default_service_quota, ServiceCode=service, QuotaCode=code)
    answer = or_none(read, _UNKNOWN)
    return _value(answer["Quota"]) if answer else None


def _value(quota: Mapping[str, Any]) -> float:
    """Raises AwsError for what is no number of things: JSON has NaN, and texts."""
    value = quota["Value"]
    if type(value) not in (int, float) or not 0 <= value < math.inf:
        raise AwsError(f"Service Quotas answered a value that is none: {value!r}", hint="try again later")
    return float(value)


def _client(aws: Aws, region: str) -> Any:
    return (aws.in_region(region) if region not in ("", aws.region) else aws).client("service-quotas")
