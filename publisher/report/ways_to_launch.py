"""How to launch a product: in the console, in SageMaker Studio, with publisher, with the AWS CLI or boto3."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.declarations.form import Form
from publisher.declarations.studio_products import FILLED_IN
from publisher.launch.request import deploy_role
from publisher.model import (
    VISIBLE,
    Catalog,
    ExecutionRolePolicy,
    Product,
    ProductAssociation,
    ProjectTemplate,
    ProvisioningArtifact,
    StudioDomain,
    TagOptionAssociation,
    precedence,
)
from publisher.model.sagemaker_projects import LOCATION_TAG
from publisher.report.access import portfolio_title
from publisher.report.config_skeleton import config_skeleton
from publisher.templates.interface import Interface, Parameter

# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
_STUDIO_PATH = "In SageMaker Studio choose Deployments, Projects, Create project, and Organization templates"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where SageMaker reads the template of a project, in `facts` of term and value, and the steps there."""

    title: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Ways:
    """`version` is what is launched by default, empty if nothing can be. `config` is a file to start from.

    `console` are steps; `studio` are places, none if Studio does not show the product. `blueprint` says
    that account vending makes it, not people, `for_studio` that only SageMaker makes a project of it.
    """

    version: str
    portfolios: tuple[str, ...]
    console: tuple[str, ...]
    studio: tuple[Place, ...]
    config_path: str
    config: str
    commands: tuple[tuple[str, str], ...]
    cli: str
    boto3: str
    blueprint: bool = False
    for_studio: bool = False


def ways(
    catalog: Catalog,
    product: str,
    *,
    interface: Interface | None = None,
    form: Form | None = None,
    axes: Mapping[str, str] | None = None,
    blueprint: bool = False,
) -> Ways:
    """Those of a product of a catalog. `interface` is that of the version shown, None if it is not known.

    `form` and `axes` are those of its declarations, `blueprint` whether account vending makes it.
    """
    found = catalog.resources.get(("product", product))
    shown = found.display_name if isinstance(found, Product) else product
    version = _newest(catalog, product)
    held = [it.portfolio for it in catalog if isinstance(it, ProductAssociation) and it.product == product]
    portfolios = tuple(sorted(portfolio_title(catalog, it) for it in held))
    parameters = tuple(interface.parameters.values()) if interface else ()
    path = "configs/my-launch.yaml"
    required = [it for it in parameters if it.required]
    return Ways(
        version=version,
        portfolios=portfolios,
        console=tuple(_console(catalog, product, shown, version, portfolios, parameters)),
        studio=tuple(_studio(catalog, found, shown)) if isinstance(found, Product) else (),
        config_path=path,
        config=config_skeleton(product, interface, form=form, axes=axes),
        commands=tuple(_commands(path, form)),
        cli=_cli(shown, version, portfolios, required),
        boto3=_boto3(shown, version, portfolios, required),
        blueprint=blueprint,
        for_studio=any(it.name in FILLED_IN for it in parameters),
    )


def _newest(catalog: Catalog, product: str) -> str:
    """The newest version that can be launched; empty if there is none."""
    versions = [
        it.version
        for it in catalog
        if isinstance(it, ProvisioningArtifact) and it.product == product and it.launchable
    ]
    return max(versions, key=precedence, default="")


def _console(
    catalog: Catalog,
    product: str,
    shown: str,
    version: str,
    portfolios: Sequence[str],
    parameters: Sequence[Parameter],
) -> Iterator[str]:
    yield "Sign in as somebody who may launch it, choose the Region, and open Service Catalog, Products."
    yield f"Choose “{shown}”, then Launch product."
    # https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html
    yield "Enter a name: letters, digits and . _ -, a letter or digit first. It cannot change later."
    if len(portfolios) > 1:
        yield f"Choose through which portfolio: {_or(portfolios)}."
    yield f"Choose version {version}."
    if asked := [it for it in parameters if it.required]:
        labels = [it.label or it.name for it in asked]
        words = ", ".join(
            label if labels.count(label) == 1 else f"{label} ({it.name})"
            for label, it in zip(labels, asked, strict=True)
        )
        more = (
            f"; the other {len(parameters) - len(asked)} have defaults"
            if len(parameters) > len(asked)
            else ""
        )
        yield f"Fill in the parameters: {words}{more}."
    elif parameters:
        yield "Look at the parameters: all have defaults."
    if keys := sorted(_tag_keys(catalog, product)):
        yield f"Choose the tags: {', '.join(keys)}."
    yield "Choose Launch product. It is ready when its status under Provisioned products is Available."


def _tag_keys(catalog: Catalog, product: str) -> set[str]:
    owners = {("product", product)} | {
        ("portfolio", it.portfolio)
        for it in catalog
        if isinstance(it, ProductAssociation) and it.product == product
    }
    return {it.tag_key for it in catalog if isinstance(it, TagOptionAssociation) and it.owner in owners}


def _studio(catalog: Catalog, product: Product, shown: str) -> Iterator[Place]:
    placed = [it for it in catalog if isinstance(it, ProjectTemplate) and it.product == product.name]
    if VISIBLE in product.tags:
        yield Place(
            title="From Service Catalog",
            facts=(("Listed for", "users whose execution role may launch the product"),),
            steps=(
                f"{_STUDIO_PATH}.",
                f"Choose “{shown}”, then Next; in Studio Classic, Select project template.",
                "Enter the project's name, which is the launch's, and the parameters; "
                f"SageMaker fills in {' and '.join(FILLED_IN)}. Then create the project.",
            ),
        )
    for location in sorted({it.location for it in placed}, key=str):
        there = [it for it in placed if it.location == location]
        visible = sorted({it.version for it in there if it.visible}, key=precedence)
        domains = sorted(
            it.domain_id for it in catalog if isinstance(it, StudioDomain) and it.location == str(location)
        )
        portfolios = {it.portfolio for it in there}
        roles = sorted(
            it.role_arn
            for it in catalog
            if isinstance(it, ExecutionRolePolicy) and it.portfolio in portfolios
        )
        role = deploy_role(product.name)
        # Of files without a target, the target's variables name them.
        none = (
            "those that the target in configs/targets.yaml names"
            if "{" in location.bucket
            else "none is named"
        )
        yield Place(
            title="From its template in S3",
            facts=(
                ("Templates", f"{location}{product.name}/"),
                ("Version shown", ", ".join(visible) or "none"),
                ("Domains that list it", ", ".join(domains) or none),
                ("By their tag", LOCATION_TAG),
                ("Execution roles that may use it", ", ".join(roles) or none),
                ("Role to name", role),
            ),
            steps=(
                f"{_STUDIO_PATH}, then S3 Templates.",
                f"Choose {product.name}, then Next.",
                f"Enter the project's name, the parameters, and the ARN of the role {role}. Then create the "
                "project.",
            ),
        )


def _commands(path: str, form: Form | None) -> Iterator[tuple[str, str]]:
    """(command, what it does), for whoever reads the page: without the options of who writes it."""
    words: dict[tuple[str, ...], str] = {("validate", path): "finds what is wrong with the file"}
    if form is not None and form.file.content is not None:
        words["seed", path] = "prepares the bucket that it reads its sources from, if it reads any"
    words["preflight", path] = "checks the account, and writes nothing"
    words["report", path] = "writes a page of what would be launched, to approve it"
    words["launch", path] = "launches it, and waits"
    if form is not None and form.file.outputs.alerts is not None:
        words["alerts", path, "--wait"] = "waits until the recipient of alerts has confirmed"
    return ((shlex.join(("publisher", *some)), what) for some, what in words.items())


def _value(parameter: Parameter) -> str:
    return f"<{parameter.name}>"


def _shorthand(parameter: Parameter) -> str:
    """A value on the command line, in quotes where it can have commas.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
    """
    value = _value(parameter)
    return f'"{value}"' if parameter.type.startswith(("List<", "CommaDelimitedList")) else value


def _cli(shown: str, version: str, portfolios: Sequence[str], required: Collection[Parameter]) -> str:
    lines = [
        "aws servicecatalog provision-product",
        f"--product-name {shlex.quote(shown)}",
        f"--provisioning-artifact-name {shlex.quote(version)}",
        *(f"--path-name {shlex.quote(it)}" for it in portfolios[:1]),
        "--provisioned-product-name '<name>'",
    ]
    if required:
        pairs = (shlex.quote(f"Key={it.name},Value={_shorthand(it)}") for it in required)
        lines.append("--provisioning-parameters " + " \\\n    ".join(pairs))
    return " \\\n  ".join(lines) + "\n"


def _boto3(shown: str, version: str, portfolios: Sequence[str], required: Collection[Parameter]) -> str:
    named = {"ProductName": shown, "ProvisioningArtifactName": version}
    named |= {"PathName": portfolios[0]} if portfolios else {}
    lines = [f"    {key}={json.dumps(text)}," for key, text in named.items()]
    lines.append('    ProvisionedProductName="<name>",')
    if required:
        pairs = [json.dumps({"Key": it.name, "Value": _value(it)}) for it in required]
        lines += ["    ProvisioningParameters=[", *(f"        {pair}," for pair in pairs), "    ],"]
    body = "\n".join(lines)
    return f'import boto3\n\nboto3.client("servicecatalog").provision_product(\n{body}\n)\n'


def _or(names: Sequence[str]) -> str:
    return " or ".join(f"“{name}”" for name in names)
