"""An unmanaged portfolio, read as if it were managed, and the writes that make it managed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.aws.calls import ClientError, aws_errors, error_code
from publisher.aws.clients import Aws
from publisher.catalog.engine import Request, call
from publisher.catalog.kinds import constraint as constraints
from publisher.catalog.kinds import portfolio as portfolios
from publisher.catalog.kinds import portfolio_share as shares
from publisher.catalog.kinds import principal as principals
from publisher.catalog.kinds import product as products
from publisher.catalog.kinds import provisioning_artifact as artifacts
from publisher.catalog.kinds import tag_option as options
from publisher.catalog.kinds.budget_association import budgets
from publisher.catalog.owners import tag_list
from publisher.catalog.published_template import template_text
from publisher.catalog.unmanaged_actions import OwnershipWrite, read_actions
from publisher.errors import InputError, Refused
from publisher.model import (
    Catalog,
    NamedConstraint,
    Portfolio,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    Unmanaged,
    precedence,
    short_digest,
)

Naming = Callable[[str], str]
ActionNaming = Callable[[str, Collection[str]], str]
_ADOPTABLE_TYPE = "CLOUD_FORMATION_TEMPLATE"


@dataclass(frozen=True, kw_only=True)
class UnmanagedPortfolio:
    """A portfolio with everything that can be adopted; `omitted` describes what cannot."""

    portfolio: Portfolio
    portfolio_id: str
    catalog: Catalog
    templates: Mapping[str, str]
    product_ids: Mapping[str, str]
    version_ids: Mapping[str, tuple[str, str]]
    named: tuple[OwnershipWrite, ...]
    omitted: tuple[str, ...]

    def ownership_writes(self, digests: Mapping[str, str]) -> list[OwnershipWrite]:
        """The writes, the portfolio's own last; `digests` has the digest of each product's template."""
        found: list[OwnershipWrite] = []
        for name, (version_id, description) in sorted(self.version_ids.items()):
            digest = short_digest(digests[name])
            if description.endswith(digest):
                continue
            request: Request = {"ProductId": self.product_ids[name], "ProvisioningArtifactId": version_id}
            request["Description"] = f"{description} {digest}".strip()
            label = f"version of {name}: {digest}"
            found.append(OwnershipWrite(label, "update_provisioning_artifact", request))
        found += self.named
        for name, id_ in sorted(self.product_ids.items()):
            request = {
                "Id": id_,
                "AddTags": tag_list({products.PRODUCT_TAG: name, products.FAMILY_TAG: name}),
            }
            found.append(OwnershipWrite(f"product {name} ({id_})", "update_product", request))
        name, id_ = self.portfolio.name, self.portfolio_id
        request = {"Id": id_, "AddTags": tag_list({portfolios.PORTFOLIO_TAG: name})}
        return [*found, OwnershipWrite(f"portfolio {name} ({id_})", "update_portfolio", request)]


class UnmanagedPortfolios:
    """Reads unmanaged portfolios of one target, and makes them managed."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._client: Any = aws.client("servicecatalog")
        self._omitted: list[str] = []

    def read(
        self, portfolio_id: str, *, portfolio_name: Naming, product_name: Naming, action_name: ActionNaming
    ) -> UnmanagedPortfolio:
        """A portfolio with its contents. Raises InputError when not found, Refused when it is managed."""
        self._omitted = []
        with aws_errors(f"cannot read the portfolio {portfolio_id}"):
            portfolio, found = self._portfolio(portfolio_id, portfolio_name)
            held = self._products(portfolio_id, product_name)
            names = {id_: product.name for id_, (product, _) in held.items()}
            found += [ProductAssociation(portfolio=portfolio.name, product=it) for it in names.values()]
            # Managed products already have files and ownership tags.
            new = {id_: it for id_, it in held.items() if not products.product(it[1]).name}
            for product, answer in new.values():
                found += [product, *self._attached(("product", product.name), answer)]
            versions = {product.name: self._newest(id_, product.name) for id_, (product, _) in new.items()}
            constrained, named = self._constraints(portfolio, portfolio_id, names)
            for id_, (product, _) in sorted(new.items(), key=lambda it: it[1][0].name):
                published = {it["Id"]: it["Name"] for it in self._versions(id_)}
                actions = read_actions(self._client, product.name, id_, published, action_name)
                found += actions.found
                named += actions.writes
                self._omitted += actions.omitted
        found += [*constrained, *(version for version, *_ in versions.values())]
        return UnmanagedPortfolio(
            portfolio=portfolio,
            portfolio_id=portfolio_id,
            catalog=Catalog.of(found),
            templates={name: template for name, (_, _, _, template) in versions.items()},
            product_ids={product.name: id_ for id_, (product, _) in new.items()},
            version_ids={name: (id_, text) for name, (_, id_, text, _) in versions.items()},
            named=tuple(named),
            omitted=tuple(self._omitted),
        )

    def write(self, write: OwnershipWrite) -> None:
        """Makes one write; repeating it changes nothing."""
        with aws_errors(f"cannot adopt {write.label}"):
            getattr(self._client, write.operation)(**write.request)

    def _portfolio(self, id_: str, naming: Naming) -> tuple[Portfolio, list[Resource]]:
        try:
            answer = call(self._client, "describe", "portfolio", id_)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            raise InputError(
                f"portfolio '{id_}' not found", hint="use the portfolio's id, such as port-abcd1234"
            ) from None
        portfolio = portfolios.portfolio(answer)
        if key := portfolio.name:
            raise Refused(f"the portfolio {id_} is already managed: {key}", hint="run publisher plan")
        portfolio = replace(portfolio, name=naming(portfolio.display_name))
        found: list[Resource] = [portfolio, *self._attached(("portfolio", portfolio.name), answer)]
        for principal in principals.observed(self._client, portfolio.name, id_):
            if isinstance(principal, Unmanaged):
                self._omitted.append(f"the principal {principal.id} of a deleted role or user")
            else:
                found.append(principal)
        for type_ in shares.SHARE_TYPES:
            found += shares.observed(self._client, portfolio.name, id_, type_)
        return portfolio, found

    def _attached(self, owner: tuple[str, str], answer: Mapping[str, Any]) -> list[Resource]:
        return [*(it for it, _ in options.observed(owner, answer)), *budgets(owner, answer)]

    def _products(self, portfolio_id: str, naming: Naming) -> dict[str, tuple[Product, Mapping[str, Any]]]:
        """The adoptable products by id, with their descriptions."""
        found = {}
        for id_ in sorted(products.views(self._client, PortfolioId=portfolio_id)):
            answer = call(self._client, "describe", "product", id_)
            product = products.product(answer)
            what = f"the product '{product.display_name}' ({id_})"
            if product.product_type != _ADOPTABLE_TYPE:
                self._omitted.append(f"{what}: its type is {product.product_type}")
                continue
            if not any(it["Active"] for it in self._versions(id_)):
                self._omitted.append(f"{what}: it has no launchable version")
                continue
            if not product.name:
                name = naming(product.display_name)
                product = replace(product, name=name, family=name)
            found[id_] = (product, answer)
        return found

    def _versions(self, product_id: str) -> list[Mapping[str, Any]]:
        return [
            {**it, "Active": it.get("Active", True) and it.get("Guidance") != "DEPRECATED"}
            for it in artifacts.listed(self._client, product_id)
        ]

    def _newest(self, product_id: str, name: str) -> tuple[ProvisioningArtifact, str, str, str]:
        """(version, its id, its description, its template) of the version that plans compare with."""
        launchable = [it for it in self._versions(product_id) if it["Active"]]
        detail = max(launchable, key=lambda it: precedence(it["Name"]))
        latest = max(launchable, key=lambda it: it["CreatedTime"])
        if latest["Id"] != detail["Id"]:
            self._omitted.append(
                f"the version '{latest['Name']}' of the product {name}: it is newer than"
                f" '{detail['Name']}', but its version is lower"
            )
        template = template_text(self._aws, product_id=product_id, version_id=detail["Id"])
        version = artifacts.artifact(name, detail)
        return version, detail["Id"], detail.get("Description") or "", template

    def _constraints(
        self, portfolio: Portfolio, portfolio_id: str, names: Mapping[str, str]
    ) -> tuple[list[Resource], list[OwnershipWrite]]:
        """The constraints, and the writes for those that get a name."""
        found: list[Resource] = []
        writes: list[OwnershipWrite] = []
        details = constraints.listed(self._client, PortfolioId=portfolio_id)
        # Named ones come first, so that no new name is already used.
        for detail in sorted(details, key=_by_name):
            if detail["ProductId"] not in names:
                continue
            id_, product = detail["ConstraintId"], names[detail["ProductId"]]
            if detail["Type"] not in constraints.TYPES:
                what = f"the constraint {id_} of the product {product}"
                self._omitted.append(f"{what}: its type is {detail['Type']}")
                continue
            described = call(self._client, "describe", "constraint", id_)
            resource = constraints.constraint(portfolio.name, product, described)
            if constraints.slot(detail) is None and isinstance(resource, NamedConstraint):
                resource = replace(resource, name=_free_name(resource, found))
                request = {"Id": id_, "Description": constraints.fields(resource)["Description"]}
                label = f"constraint {resource.label} ({id_})"
                writes.append(OwnershipWrite(label, "update_constraint", request))
            found.append(resource)
        return found, writes


def _by_name(detail: Mapping[str, Any]) -> tuple[bool, str, str, str]:
    unnamed, description = constraints.slot(detail) is None, detail.get("Description") or ""
    return unnamed, detail["Type"], description, detail["ConstraintId"]


def _free_name(constraint: NamedConstraint, found: Iterable[Resource]) -> str:
    taken = {it.key for it in found}
    number = 1
    while replace(constraint, name=f"{constraint.type.lower()}-{number}").key in taken:
        number += 1
    return f"{constraint.type.lower()}-{number}"
