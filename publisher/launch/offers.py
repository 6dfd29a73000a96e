"""The product as the caller may launch it: found without its tags, which an end user cannot read.

Names are not unique in Service Catalog. Among products of one name ours is the one whose launches run as our
launch role; among several ways to it the one through a portfolio of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from publisher.aws.clients import Aws
from publisher.errors import InputError, Refused
from publisher.launch.calls import asking, pages
from publisher.launch.request import LaunchRequest
from publisher.model import precedence

_DEPRECATED = "DEPRECATED"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A version or a launch path; `guidance` is a version's."""

    id: str
    name: str
    guidance: str = ""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A product that the caller may launch: its active versions, and the portfolios that offer it."""

    product_id: str
    name: str
    versions: tuple[Named, ...]
    paths: tuple[Named, ...]


def offer_of(aws: Aws, wanted: LaunchRequest, *, tell: Callable[[str], None]) -> Offer:
    """What the caller is offered of the wanted product. Raises Refused, AwsError."""
    client = aws.client("servicecatalog")
    with asking(f"{wanted.product}: cannot read the catalog"):
        visible = list(pages(client.search_products, "ProductViewSummaries", PageSize=20))
        named = [view for view in visible if view["Name"] == wanted.display_name]
        if len(named) == 1:
            return _offer(client, named[0])
        if visible and not named:
            tell(f"{wanted.product}: looking for the role {wanted.role} in {len(visible)} products")
        ours = [
            offer
            for offer in (_offer(client, view) for view in named or visible)
            if _runs_as(client, offer, wanted.role)
        ]
    if len(ours) > 1:
        ids = ", ".join(sorted(offer.product_id for offer in ours))
        raise Refused(
            f"{wanted.product}: the catalog holds it {len(ours)} times: {ids}",
            hint="an administrator deletes all but one, or takes them out of the portfolios you may use",
        )
    if not ours:
        raise _not_offered(aws, wanted, visible)
    return ours[0]


def version_of(offer: Offer, product: str, name: str = "") -> Named:
    """The version of this name, or the newest that is not deprecated. Raises InputError, Refused."""
    good = sorted(
        (it for it in offer.versions if it.guidance != _DEPRECATED), key=lambda it: precedence(it.name)
    )
    names = ", ".join(dict.fromkeys(it.name for it in good)) or "none"
    if not name and not good:
        raise Refused(
            f"{product}: it has no version that can be launched",
            hint="every version is deprecated or inactive: an administrator publishes a new one",
        )
    wanted = name or good[-1].name
    found = [it for it in offer.versions if it.name == wanted]
    if not found:
        raise InputError(
            f"{product}: there is no version '{name}' to launch", hint=f"versions to launch: {names}"
        )
    if len(found) > 1:
        ids = ", ".join(sorted(it.id for it in found))
        raise Refused(
            f"{product}: two versions are called {wanted}: {ids}", hint="an administrator deletes one of them"
        )
    if found[0].guidance == _DEPRECATED:
        raise Refused(
            f"{product}: version {wanted} is deprecated, it takes no new launches",
            hint=f"versions to launch: {names}",
        )
    return found[0]


def path_of(offer: Offer, wanted: LaunchRequest, portfolio: str = "") -> Named:
    """The way through this portfolio (name or path's id), or through the only one of ours. Raises Refused."""
    if portfolio:
        paths = [path for path in offer.paths if portfolio in (path.name, path.id)]
    elif len(offer.paths) == 1:
        return offer.paths[0]
    else:
        paths = [path for path in offer.paths if path.name in wanted.portfolios] or list(offer.paths)
    if len(paths) == 1:
        return paths[0]
    offered = ", ".join(sorted(f"{path.name} ({path.id})" for path in offer.paths))
    if not paths:
        raise InputError(
            f"{wanted.product}: no portfolio '{portfolio}' offers it to you", hint=f"--portfolio: {offered}"
        )
    raise Refused(
        f"{wanted.product}: {len(paths)} portfolios offer it to you",
        hint=f"choose one with --portfolio, by name or id: {offered}",
    )


def _offer(client: Any, view: dict[str, Any]) -> Offer:
    answer = client.describe_product(Id=view["ProductId"])
    return Offer(
        product_id=view["ProductId"],
        name=view["Name"],
        versions=tuple(_named(answer.get("ProvisioningArtifacts", ()))),
        paths=tuple(_named(answer.get("LaunchPaths", ()))),
    )


def _named(entries: Iterable[dict[str, Any]]) -> Iterator[Named]:
    for entry in entries:
        yield Named(id=entry["Id"], name=entry.get("Name") or "", guidance=entry.get("Guidance") or "")


def _runs_as(client: Any, offer: Offer, role: str) -> bool:
    """Whether launches by any path run as this role; no version, no launch."""
    for path in offer.paths if offer.versions else ():
        answer = client.describe_provisioning_parameters(
            ProductId=offer.product_id, ProvisioningArtifactId=offer.versions[-1].id, PathId=path.id
        )
        instructions = {it["Type"]: it["Value"] for it in answer.get("UsageInstructions", ())}
        # LocalRoleName, or the role's ARN.
        if instructions.get("launchAsRole", "").rpartition("/")[2] == role:
            return True
    return False


def _not_offered(aws: Aws, wanted: LaunchRequest, visible: list[Any]) -> Refused:
    place = f"{aws.account_id}/{aws.region}"
    others = f"{len(visible)} others" if visible else "no others"
    through = f" of {' or '.join(wanted.portfolios)}" if wanted.portfolios else ""
    return Refused(
        f"{wanted.product}: no portfolio in {place} offers it to {aws.identity[1]}; offered are {others}",
        hint=f"publisher sync publishes it; your role must be among the principals{through}",
    )
