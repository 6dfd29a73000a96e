"""Provisions a product: everything that can be refused is refused before the one call that writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.clients import Aws, token
from publisher.errors import AwsError, Refused
from publisher.launch.calls import asking, widest
from publisher.launch.events import Events
from publisher.launch.offers import Named, offer_of, path_of, version_of
from publisher.launch.progress import Operation
from publisher.launch.provisioned import Provisioned, find
from publisher.launch.request import LaunchRequest, check_place
from publisher.launch.requirements import check

_ENDED = frozenset({"SUCCEEDED", "FAILED"})
_REPLAYS = 20


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A launch that nothing speaks against: which version of which product, by which path."""

    wanted: LaunchRequest
    product_id: str
    version: Named
    path: Named
    observed: str


def prepare(
    aws: Aws, wanted: LaunchRequest, *, version: str = "", portfolio: str = "", tell: Callable[[str], None]
) -> Launch:
    """Everything up to the call that writes. Raises Refused, InputError, AwsError."""
    check_place(aws, wanted)
    held = find(aws, wanted.name)
    if held is not None:
        raise _held(wanted, held)
    offer = offer_of(aws, wanted, tell=tell)
    chosen = version_of(offer, wanted.product, version)
    path = path_of(offer, wanted, portfolio)
    client = aws.client("servicecatalog")
    with asking(f"{wanted.product}: cannot read the parameters of version {chosen.name}"):
        answer = client.describe_provisioning_parameters(
            ProductId=offer.product_id, ProvisioningArtifactId=chosen.id, PathId=path.id
        )
    check(wanted, chosen.name, answer)
    return Launch(
        wanted=wanted,
        product_id=offer.product_id,
        version=chosen,
        path=path,
        observed=_last_record(client, offer.product_id),
    )


def provision(aws: Aws, launch: Launch) -> Operation:
    """Starts the launch. Raises Refused, AwsError."""
    wanted = launch.wanted
    try:
        with asking(
            f"{wanted.name}: cannot launch {wanted.product} {launch.version.name}",
            hint=f"mend {wanted.path}, or what its values name, then launch again",
        ):
            record = _provision(aws, launch)
    except AwsError as error:
        if error.aws_code == "DuplicateResourceException":
            raise Refused(
                f"{wanted.name}: somebody else's launch holds this name in {aws.account_id}/{aws.region}",
                hint="another use_case or workload in the config makes another name",
            ) from error
        raise
    stack = f"SC-{aws.account_id}-{record['ProvisionedProductId']}"
    return Operation(
        record_id=record["RecordId"],
        name=wanted.name,
        doing="launch",
        stack=stack,
        remedy=f"publisher terminate {wanted.path} --force removes what is left; then launch again",
        look=f"publisher outputs {wanted.path}",
        events=Events(aws, stack),
    )


def _provision(aws: Aws, launch: Launch) -> Mapping[str, Any]:
    """A token that was used before answers an old record: of something that is gone, since nothing is there.

    What was observed is part of the token, so that record goes into the next one.
    """
    client = aws.client("servicecatalog")
    observed = launch.observed
    for _ in range(_REPLAYS):
        record: Mapping[str, Any] = client.provision_product(**_request(aws, launch, observed))[
            "RecordDetail"
        ]
        if record["Status"] not in _ENDED:
            return record
        observed = record["RecordId"]
    raise AwsError(
        f"{launch.wanted.name}: Service Catalog answers with launches of the past, the last is {observed}",
        hint="another tag in the config makes it another request",
    )


def _request(aws: Aws, launch: Launch, observed: str) -> dict[str, Any]:
    wanted = launch.wanted
    request: dict[str, Any] = {
        "ProductId": launch.product_id,
        "ProvisioningArtifactId": launch.version.id,
        "PathId": launch.path.id,
        "ProvisionedProductName": wanted.name,
        "ProvisioningParameters": [
            {"Key": key, "Value": value} for key, value in sorted(wanted.parameters.items())
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(wanted.all_tags.items())],
    }
    content = json.dumps(request, sort_keys=True)
    place = f"{aws.account_id}/{aws.region}"
    return request | {"ProvisionToken": token("ProvisionProduct", place, content, observed)}


def _last_record(client: Any, product_id: str) -> str:
    """The latest that was done to launches of the product, as far as the caller sees it.

    The first page will do: a termination that is not on it is met again by its own record, see above.
    """

    def read(level: Mapping[str, str]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = client.list_record_history(
            AccessLevelFilter=level, SearchFilter={"Key": "product", "Value": product_id}, PageSize=20
        )["RecordDetails"]
        return found

    with asking(f"{product_id}: cannot read what was launched before"):
        records = widest(read) or []
    latest = max(records, key=lambda it: (it["CreatedTime"], it["RecordId"]), default=None)
    return str(latest["RecordId"]) if latest else ""


def _held(wanted: LaunchRequest, held: Provisioned) -> Refused:
    """Why nothing can be launched under a name that is taken."""
    what = f"{held}, {held.status}"
    if held.config and held.config != wanted.config:
        return Refused(
            f"{wanted.name}: the config '{held.config}' holds this name: {what}",
            hint="configs with the same ml_name are alternatives, one at a time: "
            f"publisher terminate configs/{held.config}.yaml --force, or change use_case or workload",
        )
    if not held.config:
        return Refused(
            f"{wanted.name}: a launch that was made without a config holds this name: {what}",
            hint="terminate it where it was launched, or change use_case or workload of the config",
        )
    if held.status == "UNDER_CHANGE":
        return Refused(
            f"{wanted.name}: it is being changed already: {what}",
            hint=f"publisher outputs {wanted.path} tells how far it is",
        )
    if held.status in ("ERROR", "TAINTED"):
        return Refused(
            f"{wanted.name}: it is launched from this config already: {what}: {held.reason or 'no reason'}",
            hint=f"publisher terminate {wanted.path} --force, then launch again",
        )
    return Refused(
        f"{wanted.name}: it is launched from this config already: {what}",
        hint=f"publisher outputs {wanted.path} shows it, "
        f"publisher terminate {wanted.path} --force removes it",
    )
