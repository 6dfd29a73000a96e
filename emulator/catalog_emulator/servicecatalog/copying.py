"""Copies of products, of this account's and of those that others share with it.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CopyProduct.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from moto.core.utils import utcnow
from moto.servicecatalog.models import servicecatalog_backends

from catalog_emulator.servicecatalog.artifacts import Artifacts
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, ResourceNotFoundException
from catalog_emulator.servicecatalog.limits import PRODUCTS, VERSIONS_PER_PRODUCT
from catalog_emulator.servicecatalog.values import Answer, Artifact, CopiedProduct, Product

_ARN = re.compile(r"arn:[a-z0-9-]+:catalog:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):product/(?P<id>[\w-]+)")


class Copying(Artifacts):
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
        """CopyProduct: into a new product, or into one that there is."""
        source = self._source_product(source_product_arn)
        versions = self._versions(source, source_provisioning_artifact_identifiers)
        target = None if target_product_id is None else self.product(target_product_id)
        if target is not None and target_product_name is not None:
            raise InvalidParametersException("Specify either TargetProductId or TargetProductName.")
        if target is not None and (target is source or target.type != source.type):
            raise InvalidParametersException(
                f"Product {source.id} of type {source.type} cannot be copied to product {target.id} "
                f"of type {target.type}."
            )
        token = self.new_id("copyproduct")
        problem = self._no_room(target, versions)
        if problem is None:
            target = target or self._empty_copy(source, target_product_name)
            target.source_id = source.id
            if "CopyTags" in copy_options:
                target.tags |= source.tags
            for version in versions:
                copied = replace(version, id=self.new_id("pa"), created=utcnow())
                target.artifacts[copied.id] = copied
        self.copies[token] = CopiedProduct(target_id=target.id if target else None, problem=problem)
        return {"CopyProductToken": token}

    def describe_copy_product_status(self, *, copy_product_token: str) -> Answer:
        """DescribeCopyProductStatus."""
        copied = self._found(self.copies, "Copy", copy_product_token)
        answer: Answer = {
            "CopyProductStatus": "SUCCEEDED" if copied.problem is None else "FAILED",
            "StatusDetail": copied.problem,
            "TargetProductId": copied.target_id,
        }
        return {name: value for name, value in answer.items() if value is not None}

    def _source_product(self, arn: str) -> Product:
        parts = _ARN.fullmatch(arn)
        if parts is None:
            raise InvalidParametersException(f"Not the ARN of a product: {arn}")
        elsewhere: Any = servicecatalog_backends[self.account_id][parts["region"]]
        if parts["account"] == self.account_id:
            product: Product = elsewhere.product(parts["id"])
            return product
        shared: dict[str, Product] = {offer.product.arn: offer.product for offer in elsewhere.offers()}
        if arn not in shared:
            raise ResourceNotFoundException(f"Product {parts['id']} not found.")
        return shared[arn]

    def _versions(self, source: Product, wanted: Sequence[Mapping[str, str]] | None) -> list[Artifact]:
        if wanted is None:
            return list(source.artifacts.values())
        return [self.artifact(source, one.get("Id", "")) for one in wanted]

    def _no_room(self, target: Product | None, versions: Sequence[Artifact]) -> str | None:
        # LimitExceededException is not among the errors of this operation.
        if target is None and len(self.products) >= PRODUCTS:
            return f"You have reached the limit of {PRODUCTS} products."
        if target is not None and len(target.artifacts) + len(versions) > VERSIONS_PER_PRODUCT:
            return f"A product can have {VERSIONS_PER_PRODUCT} provisioning artifacts."
        return None

    def _empty_copy(self, source: Product, name: str | None) -> Product:
        identifier = self.new_id("prod")
        made = Product(
            id=identifier,
            view_id=self.new_id("prodview"),
            arn=self.arn("product", identifier),
            type=source.type,
            fields={**source.fields, "Name": name or source.name},
        )
        self.products[identifier] = made
        return made
