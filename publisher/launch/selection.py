"""Selects product, version and launch path as the caller sees them, without tags: end users cannot read them.

Names are not unique in Service Catalog: among products of one name it is the one whose launches run as the
requested launch role, among several paths the one through a portfolio of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.calls import aws_errors, pages
from publisher.aws.clients import Aws
from publisher.errors import InputError, Refused, command
from publisher.launch.request import LaunchRequest
from publisher.model import digest_in, distinct_names, precedence

DEPRECATED = "DEPRECATED"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A version or a launch path. `guidance` and `digest` (the short one of its template) are a version's."""

    id: str
    name: str
    guidance: str = ""
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class AvailableProduct:
    """A product that the caller may launch: its active versions, and the paths to it, one a portfolio."""

    id: str
    versions: tuple[Named, ...]
    paths: tuple[Named, ...]

    @property
    def current(self) -> list[str]:
        """The names of the versions that are not deprecated, the newest last."""
        return sorted((it.name for it in self.versions if it.guidance != DEPRECATED), key=precedence)

    @property
    def newest(self) -> str:
        """The version that is launched by default; empty if there is none."""
        return next(reversed(self.current), "")


def select_product(aws: Aws, request: LaunchRequest, *, report: Callable[[str], None]) -> AvailableProduct:
    """The requested product. Raises Refused, AwsError."""
    client = aws.client("servicecatalog")
    with aws_errors(f"{request.product}: cannot read the catalog"):
        visible = list(pages(client.search_products, "ProductViewSummaries", PageSize=20))
        named = [view for view in visible if view.get("Name") == request.display_name]
        if len(named) == 1:
            return described_product(aws, named[0]["ProductId"])
        if visible and not named:
            report(f"{request.product}: searching the available products for launch role {request.role}")
        described = [described_product(aws, view["ProductId"]) for view in named or visible]
        found = [product for product in described if _runs_as(client, product, request.role)]
    if len(found) > 1:
        ids = ", ".join(sorted(product.id for product in found))
        raise Refused(
            f"{request.product}: {len(found)} products match: {ids}",
            hint="ask an administrator to delete all but one, or to remove them from your portfolios",
        )
    if not found:
        raise _not_available(aws, request, len(visible))
    return found[0]


def select_version(product: AvailableProduct, key: str, name: str = "") -> Named:
    """The version of this name, or the newest that is not deprecated. Raises InputError, Refused."""
    if not name and not product.newest:
        raise Refused(
            f"{key}: no version can be launched",
            hint="every version is deprecated or inactive; ask an administrator to publish a new one",
        )
    found = version_named(product, key, name or product.newest)
    if found.guidance == DEPRECATED:
        raise Refused(
            f"{key}: version '{name}' is deprecated and cannot be launched", hint=_available(product)
        )
    return found


def version_named(product: AvailableProduct, key: str, name: str) -> Named:
    """The active version of this name, deprecated or not. Raises InputError."""
    found = next((it for it in product.versions if it.name == name), None)
    if found is None:
        raise InputError(f"{key}: version '{name}' not found", hint=_available(product))
    return found


def _available(product: AvailableProduct) -> str:
    return f"available versions: {', '.join(dict.fromkeys(product.current)) or 'none'}"


def select_path(product: AvailableProduct, request: LaunchRequest, portfolio: str = "") -> Named:
    """The path by this portfolio (display name or path id), or the only one of the project's portfolios.

    Raises InputError, Refused.
    """
    if portfolio:
        paths = [path for path in product.paths if portfolio in (path.name, path.id)]
    elif len(product.paths) == 1:
        return product.paths[0]
    else:
        declared = [path for path in product.paths if path.name in request.portfolios]
        paths = declared or list(product.paths)
    if len(paths) == 1:
        return paths[0]
    hint = "choose one with --portfolio, by name or id: " + ", ".join(
        sorted(f"{path.name} ({path.id})" for path in product.paths)
    )
    if not paths:
        raise InputError(f"{request.product}: not available through portfolio '{portfolio}'", hint=hint)
    raise Refused(f"{request.product}: available through {len(paths)} portfolios", hint=hint)


def described_product(aws: Aws, product_id: str) -> AvailableProduct:
    """A product by its id. Raises ClientError."""
    answer = aws.client("servicecatalog").describe_product(Id=product_id)
    return AvailableProduct(
        id=product_id,
        versions=_versions(answer.get("ProvisioningArtifacts", ())),
        paths=launch_paths(answer),
    )


def described_version(aws: Aws, product: AvailableProduct, version: Named, path: Named) -> Mapping[str, Any]:
    """The parameters, constraints and TagOptions of a version by a path. Raises AwsError."""
    with aws_errors(f"{product.id}: cannot read the parameters of version {version.name}"):
        answer: Mapping[str, Any] = aws.client("servicecatalog").describe_provisioning_parameters(
            ProductId=product.id, ProvisioningArtifactId=version.id, PathId=path.id
        )
    return answer


def launch_paths(answer: Mapping[str, Any]) -> tuple[Named, ...]:
    """The launch paths of a described product."""
    return tuple(Named(id=it["Id"], name=it.get("Name") or "") for it in answer.get("LaunchPaths", ()))


def _versions(entries: Collection[dict[str, Any]]) -> tuple[Named, ...]:
    """Of equal names the youngest has it."""
    names = distinct_names(entries)
    return tuple(
        Named(
            id=it["Id"],
            name=names[it["Id"]],
            guidance=it.get("Guidance") or "",
            digest=digest_in(it.get("Description") or ""),
        )
        for it in entries
    )


def _runs_as(client: Any, product: AvailableProduct, role: str) -> bool:
    """Whether launches by any path run as this role; without versions nothing can be launched."""
    for path in product.paths if product.versions else ():
        answer = client.describe_provisioning_parameters(
            ProductId=product.id, ProvisioningArtifactId=product.versions[-1].id, PathId=path.id
        )
        if launch_role_of(answer).rpartition("/")[2] == role:
            return True
    return False


def launch_role_of(answer: Mapping[str, Any]) -> str:
    """The LocalRoleName or ARN of the launch role, in an answer of DescribeProvisioningParameters."""
    instructions = {it["Type"]: it["Value"] for it in answer.get("UsageInstructions", ())}
    return str(instructions.get("launchAsRole", ""))


def _not_available(aws: Aws, request: LaunchRequest, visible: int) -> Refused:
    others = {0: "no other products are", 1: "1 other product is"}
    available = others.get(visible, f"{visible} other products are")
    portfolios = " or ".join(request.portfolios) or "its portfolio"
    principals = [it.replace("{partition}", aws.partition) for it in request.principals]
    admitted = ", ".join(dict.fromkeys(principals))
    use = f"choose a --profile of a role that {portfolios} admits ({admitted}), or " if admitted else ""
    ask = f"ask {request.owner or 'its owner'} to make your role a principal of {portfolios}"
    return Refused(
        f"{request.product}: not available to {aws.identity[1]} in {aws.account_id}/{aws.region}; "
        f"{available} available to you",
        hint=f"{use}{ask}; if it is not published, run {command('sync')}",
    )
