"""The products of a portfolio of which SageMaker Studio makes projects, and what these need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.product import DERIVED, Variant
from publisher.errors import Problem, Where, and_more, enumerated, quoted
from publisher.model import VISIBLE

if TYPE_CHECKING:
    from publisher.declarations.repository import Repository

# What SageMaker passes to the template of every project, and how much a project takes.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CfnCreateTemplateProvider.html
FILLED_IN = ("SageMakerProjectName", "SageMakerProjectId")
PARAMETERS_PER_PROJECT = 180


def placed_in_s3(portfolio: PortfolioFile, held: Iterable[Variant]) -> tuple[Variant, ...]:
    """Those of a portfolio's products whose templates are placed in S3, too, for SageMaker Studio."""
    return tuple(it for it in held if it.shown_in_studio) if portfolio.sagemaker_templates else ()


def placed_products(repository: Repository) -> tuple[str, ...]:
    """The keys of the products of all portfolios whose templates are placed in S3, sorted."""
    held = ((it, repository.variants_of(it)) for it in repository.portfolios)
    return tuple(sorted({it.key for portfolio, some in held for it in placed_in_s3(portfolio, some)}))


def check_studio(portfolio: PortfolioFile, variants: Iterable[Variant]) -> Iterator[Problem]:
    """Templates for S3 of which there are none, or whose projects no role could make."""
    where = portfolio.document.where("sagemaker_templates", key=True)
    if portfolio.sagemaker_templates is None:
        return
    held = [it for it in variants if any(entry.matches(it.key) for entry in portfolio.products)]
    placed = placed_in_s3(portfolio, held)
    if not placed:
        tag = '{"' + VISIBLE[0] + '": "' + VISIBLE[1] + '"}'
        yield Problem(
            rule="P145",
            where=where,
            message="no product of the portfolio is shown in SageMaker Studio, so no template is placed",
            hint=f"set tags: {tag} in the product.yaml of a family, or remove sagemaker_templates",
            severity="warning",
        )
    strange = [it for it in placed if it.family.launch_role != DERIVED]
    if strange:
        yield Problem(
            rule="P147",
            where=where,
            message=f"{quoted(strange[0].key)} has an existing launch role, so none can be derived for its "
            "projects",
            hint="set launch_role: derived in its product.yaml, or remove its tag for Studio",
            products=tuple(it.key for it in strange),
        )


def check_project_parameters(
    variants: Iterable[Variant], parameters: Mapping[str, Mapping[str, Any] | None]
) -> Iterator[Problem]:
    """Products for SageMaker Studio whose templates do not declare what SageMaker fills in, or too much.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
    """
    found: dict[tuple[Where, str, str], list[str]] = {}
    for variant in variants:
        known = parameters.get(variant.key) if variant.shown_in_studio else None
        if known is None:
            continue
        where = variant.family.document.where("tags", VISIBLE[0], key=True)
        if lacking := [name for name in FILLED_IN if name not in known]:
            message = f"has no parameter {quoted(lacking[0])}, which SageMaker fills in"
            hint = f"declare {enumerated(FILLED_IN)} in the template, or remove the tag"
            found.setdefault((where, message, hint), []).append(variant.key)
        if len(known) > PARAMETERS_PER_PROJECT:
            message = f"has {len(known)} parameters, a SageMaker project at most {PARAMETERS_PER_PROJECT}"
            found.setdefault((where, message, "split the product, or remove the tag"), []).append(variant.key)
    for (where, message, hint), keys in found.items():
        yield Problem(
            rule="P146",
            where=where,
            message=f"the template of {and_more([quoted(it) for it in keys])} {message}",
            hint=hint,
            products=tuple(keys),
        )
