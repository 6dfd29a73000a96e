"""What still uses bootstrap's stacks: launches with its roles, published products. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from publisher.aws.calls import aws_errors, pages
from publisher.aws.clients import Aws
from publisher.bootstrap.role_states import RoleState
from publisher.catalog.published_versions import published_products
from publisher.catalog.sagemaker_projects import projects
from publisher.errors import AwsError


def launches_with(aws: Aws, roles: Iterable[str]) -> tuple[str, ...]:
    """`name (role)` of each launch or project in the Region whose role is one of these, or unknown."""
    names = {*roles, ""}
    used = (*_launches(aws), *_projects(aws, names))
    return tuple(sorted(f"{name} ({role or 'role unknown'})" for name, role in used if role in names))


def with_launches(states: tuple[RoleState, ...], places: Iterable[Aws]) -> tuple[RoleState, ...]:
    """The states with the launches that lose something. Those of older versions may still need it.

    Reads launches only if a role loses something. Raises AwsError.
    """
    if not any(it.narrows for it in states):
        return states
    names = {it.name for it in states}
    used = [
        (role, f"{aws.region}/{name}")
        for aws in places
        for name, role in (*_launches(aws), *_projects(aws, names))
    ]
    found = {it.name: tuple(sorted(name for role, name in used if role == it.name)) for it in states}
    return tuple(replace(it, launches=found[it.name]) if it.narrows else it for it in states)


def launches_of_versions(versions: Mapping[str, Aws]) -> tuple[str, ...]:
    """Region/name of each launch that has one of these versions, by their ids; why they cannot be listed."""
    found: list[str] = []
    for aws in {id(it): it for it in versions.values()}.values():
        try:
            found += (
                f"{aws.region}/{it['Name']}"
                for it in _listed(aws)
                if it.get("ProvisioningArtifactId") in versions
            )
        except AwsError as error:
            found.append(f"{aws.region} ({error})")
    return tuple(sorted(found))


def _launches(aws: Aws) -> Iterator[tuple[str, str]]:
    """(name, role) of each launch in the Region; the role is empty where it is unknown."""
    client = aws.client("servicecatalog")
    for launch in _listed(aws):
        with aws_errors(f"cannot read the launch {launch['Name']}"):
            detail = client.describe_provisioned_product(Id=launch["Id"])["ProvisionedProductDetail"]
        yield launch["Name"], detail.get("LaunchRoleArn", "").rpartition("/")[2]


def _projects(aws: Aws, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """(name, role) of each SageMaker project of a template in S3, if one of these is a deploy role."""
    if not any(it.startswith("deploy-") for it in names):
        return
    with aws_errors(f"cannot read the SageMaker projects of {aws.account_id}/{aws.region}"):
        for project in projects(aws):
            for provider in project.get("TemplateProviderDetails") or ():
                arn = provider.get("CfnTemplateProviderDetail", {}).get("RoleARN", "")
                yield f"project {project['ProjectName']}", arn.rpartition("/")[2] or "no role"


def _listed(aws: Aws) -> Iterator[Any]:
    """Every launch in the Region."""
    with aws_errors(f"cannot list the launches of {aws.account_id}/{aws.region}"):
        yield from pages(
            aws.client("servicecatalog").search_provisioned_products,
            "ProvisionedProducts",
            AccessLevelFilter={"Key": "Account", "Value": "self"},
            PageSize=100,
        )


def published(aws: Aws) -> tuple[str, ...]:
    """The keys of the products in the Region that have our ownership tag."""
    return tuple(sorted(published_products(aws)))
