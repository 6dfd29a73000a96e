"""Service Catalog of one account and Region as a target: observes, creates, updates, deletes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import Any, assert_never

from publisher.aws.calls import ClientError, aws_errors, error_code
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.catalog import shapes
from publisher.catalog.attaching import Attaching
from publisher.catalog.confirmation import Confirmer
from publisher.catalog.constraint_shapes import constraint_fields
from publisher.catalog.creating import Creator, Made
from publisher.catalog.observe import Observer, found_or_none, list_all
from publisher.catalog.pending_deletion import PendingDeletions
from publisher.catalog.sharing import Sharing
from publisher.model import (
    AnyConstraint,
    BudgetAssociation,
    Catalog,
    Constraint,
    Launch,
    LaunchConstraint,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
)

_STILL_USED = frozenset({"ResourceInUseException"})
_ROLE_NOT_YET = frozenset({"InvalidParametersException"})
_ROLE_SECONDS = 20


class ServiceCatalog:
    """One target. `template_url` stores a version's template and returns its URL."""

    def __init__(
        self,
        aws: Aws,
        *,
        template_url: Callable[[ProvisioningArtifact], str],
        clock: Clock | None = None,
        workers: int = 8,
    ) -> None:
        self._aws = aws
        self._template_url = template_url
        self._clock = clock or Clock()
        self._workers = workers

    @cached_property
    def _client(self) -> Any:
        return self._aws.client("servicecatalog")

    @cached_property
    def _confirmer(self) -> Confirmer:
        return Confirmer(self._client, self._clock)

    @cached_property
    def _creator(self) -> Creator:
        return Creator(self._client, self._confirmer, self._clock)

    @cached_property
    def _attaching(self) -> Attaching:
        return Attaching(self._client, self._confirmer, self._creator, lacks_budget=self._lacks_budget)

    def _lacks_budget(self, name: str) -> bool:
        """Whether the account certainly has no such budget; False without permission to read budgets.

        https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeBudget.html
        """
        try:
            self._aws.client("budgets").describe_budget(AccountId=self._aws.account_id, BudgetName=name)
        except ClientError as error:
            return error_code(error) == "NotFoundException"
        return False

    @cached_property
    def _sharing(self) -> Sharing:
        return Sharing(self._client, self._confirmer, self._clock)

    def observe(self, *, assumed: Catalog | None = None) -> Catalog:
        """Everything managed at the target. Raises Refused for duplicates.

        With an assumed catalog the read is fast: Active, Guidance and parameters of constraints are taken
        from it.
        """
        with aws_errors("cannot read the catalog"), ThreadPoolExecutor(self._workers) as pool:
            observation = Observer(self._client, pool, self._clock, assumed=assumed).observe()
        self._confirmer.ids = dict(observation.ids)
        self._attaching.pending = PendingDeletions(
            self._client, self._confirmer, observation.pending_deletions
        )
        return observation.catalog

    def launches(self) -> tuple[Launch, ...]:
        """The launches of managed products in this account; observe first.

        Launches in accounts that a portfolio is shared with are not visible from here.
        """
        names = {id_: key for key, id_ in self._confirmer.ids.items()}
        account = {"Key": "Account", "Value": "self"}
        with aws_errors("cannot read launches"):
            found = list_all(
                self._client,
                "scan_provisioned_products",
                "ProvisionedProducts",
                AccessLevelFilter=account,
            )
        return tuple(
            Launch(
                name=one["Name"],
                product=names[one["ProductId"]][1],
                version=names.get(one.get("ProvisioningArtifactId", ""), ("", "", ""))[2],
            )
            for one in sorted(found, key=lambda one: str(one["Name"]))
            if one.get("ProductId") in names
        )

    def create_product(self, product: Product, version: ProvisioningArtifact) -> None:
        """Creates a product together with its first version."""
        with aws_errors(f"cannot create {product.kind} {product.label}"):
            request = shapes.new_product(product, version, self._template_url(version))

            def create(token: str) -> Made:
                answer = self._client.create_product(**request, IdempotencyToken=token)
                self._confirmer.ids[version.key] = answer["ProvisioningArtifactDetail"]["Id"]
                view = answer["ProductViewDetail"]
                return Made.of(view["ProductViewSummary"]["ProductId"], answer, view)

            self._creator.create(product, request, create)
            self._confirmer.exists(version)
            self._in_state(version)

    def create(self, desired: Resource) -> None:
        """Creates one resource whose parents exist."""
        with aws_errors(f"cannot create {desired.kind} {desired.label}"):
            match desired:
                case Portfolio():
                    self._create_portfolio(replace(desired, unfinished=True))
                case Product():
                    raise ValueError("a product is created with its first version")
                case ProvisioningArtifact():
                    self._create_artifact(desired)
                case ProductAssociation():
                    self._associate(desired, self._client.associate_product_with_portfolio)
                case Principal():
                    self._associate(desired, self._client.associate_principal_with_portfolio)
                case Constraint():
                    self._create_constraint(desired)
                case PortfolioShare():
                    self._sharing.create(desired)
                case TagOption():
                    self._attaching.create_tag_option(desired)
                case ServiceAction():
                    self._attaching.create_action(desired)
                case TagOptionAssociation() | BudgetAssociation() | ServiceActionAssociation():
                    self._attaching.associate(desired)
                case _:
                    assert_never(desired)

    def update(self, observed: Resource, desired: Resource) -> None:
        """Updates a resource in place."""
        with aws_errors(f"cannot update {desired.kind} {desired.label}"):
            match desired:
                case Portfolio():
                    request = shapes.portfolio_fields(desired) | shapes.tag_changes(observed, desired)
                    self._update(desired, self._client.update_portfolio, request)
                case Product():
                    request = shapes.product_changes(observed, desired)
                    self._update(desired, self._client.update_product, request)
                case ProvisioningArtifact():
                    self._update_artifact(desired)
                case Constraint():
                    self._update_constraint(observed, desired)
                case PortfolioShare():
                    self._sharing.update(desired)
                case TagOption():
                    self._attaching.update_tag_option(desired)
                case ServiceAction():
                    self._attaching.update_action(desired)
                case BudgetAssociation():
                    # There is no update, and at most one budget.
                    self._attaching.refuse_missing_budget(desired)
                    self.delete(observed)
                    self._attaching.associate(desired)
                case ProductAssociation() | Principal() | TagOptionAssociation() | ServiceActionAssociation():
                    pass  # everything is in their key
                case _:
                    assert_never(desired)

    def delete(self, observed: Resource) -> None:
        """Deletes an empty resource; one that is already gone is no error."""
        with aws_errors(f"cannot delete {observed.kind} {observed.label}"):
            self._confirmer.retry_until(
                lambda: found_or_none(lambda: self._delete(observed)), codes=_STILL_USED
            )
            self._confirmer.gone(observed)

    def _associate(self, desired: ProductAssociation | Principal, associate: Callable[..., Any]) -> None:
        request = self._association(desired)
        self._confirmer.retry_until(lambda: associate(**request))
        self._confirmer.exists(desired)

    def _association(self, resource: ProductAssociation | Principal) -> dict[str, str]:
        """The request to associate, and to disassociate."""
        match resource:
            case ProductAssociation():
                return self._confirmer.place(resource)
            case Principal():
                return {
                    "PortfolioId": self._confirmer.id_of("portfolio", resource.portfolio),
                    "PrincipalARN": resource.principal_arn,
                    "PrincipalType": resource.principal_type,
                }
            case _:
                assert_never(resource)

    def _create_portfolio(self, desired: Portfolio) -> None:
        request = shapes.portfolio_fields(desired) | {"Tags": shapes.tag_list(shapes.tags(desired))}

        def create(token: str) -> Made:
            answer = self._client.create_portfolio(**request, IdempotencyToken=token)
            return Made.of(answer["PortfolioDetail"]["Id"], answer, answer["PortfolioDetail"])

        self._creator.create(desired, request, create)

    def _create_artifact(self, desired: ProvisioningArtifact) -> None:
        request = {
            "ProductId": self._confirmer.id_of("product", desired.product),
            "Parameters": shapes.artifact_parameters(desired, self._template_url(desired)),
        }

        def create(token: str) -> Made:
            answer = self._client.create_provisioning_artifact(**request, IdempotencyToken=token)
            detail = answer["ProvisioningArtifactDetail"]
            return Made.of(detail["Id"], answer, detail)

        self._creator.create(desired, request, create)
        self._in_state(desired)

    def _in_state(self, desired: ProvisioningArtifact) -> None:
        """Active and Guidance cannot be set at create."""
        if not desired.launchable:
            self._update_artifact(desired)

    def _create_constraint(self, desired: AnyConstraint) -> None:
        request = self._confirmer.place(desired) | constraint_fields(desired) | {"Type": desired.type}
        taken: list[str] = []

        def create(token: str) -> Made:
            try:
                answer = self._wait_for_role(
                    desired, lambda: self._client.create_constraint(**request, IdempotencyToken=token)
                )
            except ClientError as error:
                there = (
                    self._creator.slot_holder(desired)
                    if error_code(error) == "DuplicateResourceException"
                    else ""
                )
                if not there:
                    raise
                taken.append(there)
                return Made(id=there, age=0)
            return Made(id=answer["ConstraintDetail"]["ConstraintId"])

        self._creator.create(desired, request, create)
        if taken and not self._confirmer.shows(desired):
            self._change_constraint(desired)

    def _wait_for_role(self, desired: AnyConstraint, call: Callable[[], Any]) -> Any:
        """Service Catalog does not know a role that was created a moment ago."""
        if isinstance(desired, LaunchConstraint) and desired.role_arn:
            return self._confirmer.retry_until(call, codes=_ROLE_NOT_YET, seconds=_ROLE_SECONDS)
        return call()

    def _update(
        self,
        desired: Portfolio | Product | AnyConstraint,
        update: Callable[..., Any],
        request: shapes.Request,
    ) -> None:
        id_ = self._confirmer.id_of(*desired.key)
        self._confirmer.retry_until(lambda: update(Id=id_, **request))
        self._confirmer.equals(desired)

    def _update_constraint(self, observed: Resource, desired: AnyConstraint) -> None:
        """In place; a launch role and a stack set replace each other."""
        if isinstance(observed, type(desired)):
            self._change_constraint(desired)
        else:
            self.delete(observed)
            self._create_constraint(desired)

    def _change_constraint(self, desired: AnyConstraint) -> None:
        def update(**request: Any) -> Any:
            return self._wait_for_role(desired, lambda: self._client.update_constraint(**request))

        self._update(desired, update, constraint_fields(desired))

    def _update_artifact(self, desired: ProvisioningArtifact) -> None:
        request = self._artifact(desired) | {"Active": desired.active, "Guidance": desired.guidance}
        self._confirmer.retry_until(lambda: self._client.update_provisioning_artifact(**request))
        self._confirmer.equals(replace(desired, digest=desired.short_digest))

    def _artifact(self, resource: ProvisioningArtifact) -> shapes.Request:
        return {
            "ProductId": self._confirmer.id_of("product", resource.product),
            "ProvisioningArtifactId": self._confirmer.id_of(*resource.key),
        }

    def _delete(self, observed: Resource) -> Any:
        match observed:
            case Portfolio():
                return self._client.delete_portfolio(Id=self._confirmer.id_of(*observed.key))
            case Product():
                return self._client.delete_product(Id=self._confirmer.id_of(*observed.key))
            case ProvisioningArtifact():
                return self._attaching.delete_version(self._artifact(observed))
            case ProductAssociation():
                return self._client.disassociate_product_from_portfolio(**self._association(observed))
            case Principal():
                # With another PrincipalType the answer is "not found", which looks like success.
                return self._client.disassociate_principal_from_portfolio(**self._association(observed))
            case Constraint():
                return self._client.delete_constraint(Id=self._confirmer.id_of(*observed.key))
            case PortfolioShare():
                return self._sharing.delete(observed)
            case TagOption():
                return self._attaching.delete_tag_option(observed)
            case ServiceAction():
                return self._client.delete_service_action(Id=self._confirmer.id_of(*observed.key))
            case TagOptionAssociation() | BudgetAssociation() | ServiceActionAssociation():
                return self._attaching.disassociate(observed)
            case _:
                assert_never(observed)
