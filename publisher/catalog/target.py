"""Service Catalog of one account and Region as a target: observes, and dispatches each change to its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.aws.published_template import template_text
from publisher.aws.waiting import Clock
from publisher.catalog.engine import Bucket, Engine, list_all
from publisher.catalog.kind import Kind
from publisher.catalog.kinds import KINDS
from publisher.catalog.kinds.portfolio import PortfolioKind
from publisher.catalog.kinds.principal import existing
from publisher.catalog.observe import Observer
from publisher.catalog.ownership import AsWritten, OwnershipWrite
from publisher.catalog.together import Together
from publisher.errors import AwsError
from publisher.model import Catalog, Launch, Portfolio, Resource
from publisher.stopping import READERS, Pool


class ServiceCatalog:
    """One target. `bucket` stores its templates and starting content."""

    def __init__(
        self, aws: Aws, *, bucket: Bucket, clock: Clock | None = None, workers: int = READERS
    ) -> None:
        self._engine = Engine(aws, bucket=bucket, clock=clock)
        self._workers = workers

    def observe(self, *, assumed: Catalog | None = None, written: Sequence[OwnershipWrite] = ()) -> Catalog:
        """Everything managed at the target, or once these writes are made. Raises Refused for duplicates.

        With an assumed catalog the read is fast: Active, Guidance and parameters of constraints are taken
        from it.
        """
        engine = self._engine
        client = AsWritten(engine.client, written) if written else engine.client
        with aws_errors("cannot read the catalog"), Pool(self._workers) as pool:
            catalog, engine.ids = Observer(client, pool, engine.clock, assumed=assumed).observe()
        return catalog

    def launches(self) -> tuple[Launch, ...]:
        """The launches of managed products in this account; observe first.

        Launches in accounts that a portfolio is shared with are not visible from here.
        """
        names = {id_: key for key, id_ in self._engine.ids.items()}
        listing, account = "scan_provisioned_products", {"Key": "Account", "Value": "self"}
        with aws_errors("cannot read launches"):
            found = list_all(self._engine.client, listing, "ProvisionedProducts", AccessLevelFilter=account)
        return tuple(
            Launch(
                name=one.get("Name") or one["Id"],
                product=names[one["ProductId"]][1],
                version=names.get(one.get("ProvisioningArtifactId", ""), ("", "", ""))[2],
            )
            for one in sorted(found, key=lambda one: str(one.get("Name")))
            if one.get("ProductId") in names
        )

    def dead_principals(self, observed: Catalog) -> frozenset[str] | None:
        """The unique ids of deleted principals; None when IAM cannot be read, so that none is certain."""
        ids = {it.id for it in observed.unmanaged if it.kind == "deleted principal"}
        try:
            with aws_errors("cannot read IAM"):
                return frozenset(ids - existing(self._engine.aws.client("iam"), ids))
        except AwsError:
            return None

    def template(self, product: str, version: str) -> str:
        """The text of an observed version's template."""
        with aws_errors(f"cannot read the template of {product} {version}"):
            return template_text(
                self._engine.aws,
                product_id=self._engine.id_of("product", product),
                version_id=self._engine.id_of("provisioning-artifact", product, version),
            )

    def create(self, desired: Resource, includes: Sequence[Resource] = ()) -> Together[Any] | None:
        """Creates a resource whose parents exist, and `includes` in the same write.

        Answers what confirms it together with others, unless a read did.
        """
        with aws_errors(f"cannot create {desired.kind} {desired.label}"):
            return self._kind(desired).create(desired, includes)

    def update(self, observed: Resource, desired: Resource) -> None:
        """Updates a resource in place."""
        with aws_errors(f"cannot update {desired.kind} {desired.label}"):
            self._kind(desired).update(observed, desired)

    def delete(self, observed: Resource, includes: Sequence[Resource] = ()) -> None:
        """Deletes an empty resource after `includes`; one that is already gone is no error."""
        with aws_errors(f"cannot delete {observed.kind} {observed.label}"):
            self._kind(observed).delete(observed, includes)

    def finish(self, portfolio: Portfolio) -> None:
        """Marks a new portfolio as finished."""
        with aws_errors(f"cannot mark {portfolio.kind} {portfolio.label} as finished"):
            PortfolioKind(self._engine).finish(portfolio)

    def _kind(self, resource: Resource) -> Kind[Any]:
        return KINDS[type(resource)](self._engine)
