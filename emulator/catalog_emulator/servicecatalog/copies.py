"""Copies of products: the account's own, and those that other accounts share with it.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CopyProduct.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from moto.core.utils import utcnow

from catalog_emulator.servicecatalog.artifacts import artifact_of
from catalog_emulator.servicecatalog.exceptions import InvalidParameters, NotFound
from catalog_emulator.servicecatalog.state import find, present, state_of
from catalog_emulator.servicecatalog.values import Answer, Artifact, CopiedProduct, Product
from catalog_emulator.servicecatalog.visible_portfolios import Operations, VisiblePortfolios

_ARN = re.compile(r"arn:[a-z0-9-]+:catalog:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):product/(?P<id>[\w-]+)")


class ProductCopies(Operations):
    """Operations that copy products."""

    def copy_product(
        self,
        *,
        source_product_arn: str,
        target_product_id: str | None = None,
        target_product_name: str | None = None,
        source_provisioning_artifact_identifiers: Sequence[Mapping[str, str]] | None = None,
        copy_options: Sequence[str] = (),
    ) -> Answer:
        source = self._source_product(source_product_arn)
        versions = self._versions(source, source_provisioning_artifact_identifiers)
        target = None if target_product_id is None else self._state.product(target_product_id)
        if target is not None and target_product_name is not None:
            raise InvalidParameters("Specify either TargetProductId or TargetProductName.")
        if target is not None and (target is source or target.type != source.type):
            raise InvalidParameters(
                f"Product {source.id} of type {source.type} cannot be copied to product {target.id} "
                f"of type {target.type}."
            )
        token = self._state.new_id("copyproduct")
        problem = self._quota_problem(target, versions)
        if problem is None:
            target = target or self._empty_copy(source, target_product_name)
            target.source_id = source.id
            if "CopyTags" in copy_options:
                target.tags |= source.tags
            for version in versions:
                copied = replace(version, id=self._state.new_id("pa"), created_time=utcnow())
                target.artifacts[copied.id] = copied
        self._state.copies[token] = CopiedProduct(target_id=target.id if target else None, problem=problem)
        return {"CopyProductToken": token}

    def describe_copy_product_status(self, *, copy_product_token: str) -> Answer:
        copied = find(self._state.copies, "Copy", copy_product_token)
        return present(
            CopyProductStatus="SUCCEEDED" if copied.problem is None else "FAILED",
            StatusDetail=copied.problem,
            TargetProductId=copied.target_id,
        )

    def _source_product(self, arn: str) -> Product:
        parts = _ARN.fullmatch(arn)
        if parts is None:
            raise InvalidParameters(f"Not the ARN of a product: {arn}")
        owner = state_of(parts["account"], parts["region"])
        if owner.account_id == self._state.account_id:
            return owner.product(parts["id"])
        here = VisiblePortfolios(state_of(self._state.account_id, parts["region"]))
        for association in here.associations(product_id=parts["id"]):
            if association.product.arn == arn:
                return association.product
        raise NotFound(f"Product {parts['id']} not found.")

    def _versions(self, source: Product, requested: Sequence[Mapping[str, str]] | None) -> list[Artifact]:
        if requested is None:
            return list(source.artifacts.values())
        return [artifact_of(source, one.get("Id", "")) for one in requested]

    def _quota_problem(self, target: Product | None, versions: Sequence[Artifact]) -> str | None:
        # LimitExceededException is not among the errors of this operation.
        name = "products" if target is None else "versions_per_product"
        there = len(self._state.products) + 1 if target is None else len(target.artifacts) + len(versions)
        quota = self._state.quotas.of(name)
        if there <= quota:
            return None
        if target is None:
            return f"You have reached the limit of {quota} products."
        return f"A product can have {quota} provisioning artifacts."

    def _empty_copy(self, source: Product, name: str | None) -> Product:
        identifier = self._state.new_id("prod")
        product = Product(
            id=identifier,
            view_id=self._state.new_id("prodview"),
            arn=self._state.arn("product", identifier),
            type=source.type,
            fields={**source.fields, "Name": name or source.name},
        )
        self._state.products[identifier] = product
        return product
