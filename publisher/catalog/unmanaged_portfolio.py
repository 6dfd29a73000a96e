"""An unmanaged portfolio, read as if it were managed, and the writes that make it managed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.aws.published_template import template_text
from publisher.aws.waiting import Clock
from publisher.catalog.engine import Answer, Request, call, found_or_none
from publisher.catalog.kinds import constraint as constraints
from publisher.catalog.kinds import portfolio as portfolios
from publisher.catalog.kinds import portfolio_share as shares
from publisher.catalog.kinds import principal as principals
from publisher.catalog.kinds import product as products
from publisher.catalog.kinds import provisioning_artifact as artifacts
from publisher.catalog.kinds import tag_option as options
from publisher.catalog.kinds.budget_association import budgets
from publisher.catalog.observe import Observer
from publisher.catalog.owners import tag_list
from publisher.catalog.ownership import OwnershipWrite, refuse_too_long
from publisher.catalog.unmanaged_actions import read_actions
from publisher.errors import InputError, Refused, command
from publisher.model import (
    Catalog,
    Key,
    NamedConstraint,
    Portfolio,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    Unmanaged,
    distinct_names,
    precedence,
    short_digest,
)
from publisher.stopping import Pool

# A name for a display name, other than those that are taken.
Naming = Callable[[str, Collection[str]], str]
_ADOPTABLE_TYPE = "CLOUD_FORMATION_TEMPLATE"


@dataclass(frozen=True, kw_only=True)
class _Version:
    """The version of a product that plans compare with: its resource, id, description and template."""

    resource: ProvisioningArtifact
    id: str
    description: str
    template: str


@dataclass(frozen=True, kw_only=True)
class UnmanagedPortfolio:
    """A portfolio with everything that can be adopted; `omitted` describes what cannot."""

    portfolio: Portfolio
    portfolio_id: str
    catalog: Catalog
    product_ids: Mapping[str, str]
    versions: Mapping[str, _Version]
    named: tuple[OwnershipWrite, ...]
    omitted: tuple[str, ...]

    @property
    def templates(self) -> dict[str, str]:
        """The published templates, by product."""
        return {name: it.template for name, it in self.versions.items()}

    def ownership_writes(self, digests: Mapping[str, str]) -> list[OwnershipWrite]:
        """The writes, the portfolio's own last; `digests` has those of the published templates."""
        found: list[OwnershipWrite] = []
        for name, version in sorted(self.versions.items()):
            digest = short_digest(digests.get(name, ""))
            if version.description.endswith(digest):
                continue
            request: Request = {
                "ProductId": self.product_ids[name],
                "ProvisioningArtifactId": version.id,
                "Description": f"{version.description} {digest}".strip(),
            }
            found.append(
                OwnershipWrite(f"version of {name}: {digest}", "update_provisioning_artifact", request)
            )
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

    def __init__(self, aws: Aws, *, clock: Clock | None = None) -> None:
        self._aws, self._clock = aws, clock or Clock()
        self._client: Any = aws.client("servicecatalog")
        self._omitted: list[str] = []

    def read(
        self,
        portfolio_id: str,
        *,
        portfolio_name: Naming,
        product_name: Naming,
        action_name: Naming,
        families: Collection[str] = (),
    ) -> UnmanagedPortfolio:
        """A portfolio with its contents; `families` are those that the files declare.

        Raises InputError when not found, Refused when it, or a product of no declared family, is managed.
        """
        self._omitted = []
        with aws_errors(f"cannot read the portfolio {portfolio_id}"):
            answer = self._described(portfolio_id)
            managed, ids = self._managed()
            taken = {name for kind, name, *_ in ids if kind == "portfolio"}
            portfolio, found = self._portfolio(portfolio_id, answer, lambda it: portfolio_name(it, taken))
            held = self._products(portfolio_id, product_name, ids)
            names = {id_: product.name for id_, (product, _) in held.items()}
            found += [ProductAssociation(portfolio=portfolio.name, product=it) for it in names.values()]
            kept = _in_portfolios(managed)
            marked = [it for it, described in held.values() if products.product(described).name]
            # Without their files: what no run of adopt can have marked.
            others = [it for it in marked if it.family not in families]
            _refuse_others(
                it.name
                for it in others
                if it.name in kept or it.family != it.name or product_name(it.name, ()) != it.name
            )
            # What is in no managed portfolio was marked by a run that did not finish.
            new = {
                id_: it for id_, it in held.items() if it[0].name not in kept and it[0].family == it[0].name
            }
            for product, described in new.values():
                found += [product, *self._attached(("product", product.name), described)]
            versions = {product.name: self._newest(id_, product.name) for id_, (product, _) in new.items()}
            constrained, named = self._constraints(portfolio, portfolio_id, names)
            for id_, (product, _) in sorted(new.items(), key=lambda it: it[1][0].name):
                published = distinct_names(artifacts.listed(self._client, id_))
                actions = read_actions(self._client, product.name, id_, published, action_name)
                found += actions.found
                named += actions.writes
                self._omitted += actions.omitted
        found += [*constrained, *(it.resource for it in versions.values())]
        return UnmanagedPortfolio(
            portfolio=portfolio,
            portfolio_id=portfolio_id,
            catalog=Catalog.of(found),
            product_ids={product.name: id_ for id_, (product, _) in new.items()},
            versions=versions,
            named=tuple(named),
            omitted=tuple(self._omitted),
        )

    def check(self, writes: Iterable[OwnershipWrite]) -> None:
        """Raises Refused when the API would not take one of the writes."""
        refuse_too_long(self._client, writes)

    def write(self, write: OwnershipWrite) -> None:
        """Makes one write; repeating it changes nothing."""
        with aws_errors(f"cannot adopt {write.label}"):
            getattr(self._client, write.operation)(**write.request)

    def _described(self, id_: str) -> Answer:
        """The portfolio. Raises InputError when not found, Refused when managed or another account's."""
        answer: Answer | None = found_or_none(lambda: call(self._client, "describe", "portfolio", id_))
        if answer is None:
            raise InputError(
                f"portfolio '{id_}' not found", hint="use the portfolio's id, such as port-abcd1234"
            )
        if owner := self._foreign(answer["PortfolioDetail"].get("ARN", "")):
            raise Refused(
                f"the portfolio {id_} belongs to account {owner}, which shares it",
                hint=f"adopt it in account {owner}",
            )
        if name := portfolios.portfolio(answer).name:
            raise Refused(f"the portfolio {id_} is already managed: {name}", hint=f"run {command('plan')}")
        return answer

    def _foreign(self, arn: str) -> str:
        """The account of a resource, if it is another one."""
        account = (arn.split(":") + [""] * 5)[4]
        return account if account not in ("", self._aws.account_id) else ""

    def _managed(self) -> tuple[Catalog, Mapping[Key, str]]:
        """What is managed already, with ids. Raises Refused for duplicates."""
        with Pool() as pool:
            return Observer(self._client, pool, self._clock).observe()

    def _portfolio(
        self, id_: str, answer: Answer, naming: Callable[[str], str]
    ) -> tuple[Portfolio, list[Resource]]:
        portfolio = portfolios.portfolio(answer)
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

    def _attached(self, owner: tuple[str, str], answer: Answer) -> list[Resource]:
        return [*(it for it, _ in options.observed(owner, answer)), *budgets(owner, answer)]

    def _products(
        self, portfolio_id: str, naming: Naming, ids: Mapping[Key, str]
    ) -> dict[str, tuple[Product, Answer]]:
        """The adoptable products by id, with their descriptions; those that are managed keep their names."""
        taken = {key[1] for key in ids if key[0] == "product"}
        found = {}
        for id_ in sorted(products.views(self._client, PortfolioId=portfolio_id)):
            answer = call(self._client, "describe", "product", id_)
            product = products.product(answer)
            if reason := self._reason(id_, product, answer["ProductViewDetail"]):
                self._omitted.append(f"the product '{product.display_name}' ({id_}): {reason}")
                continue
            if not product.name:
                name = naming(product.display_name, taken)
                taken.add(name)
                product = replace(product, name=name, family=name)
            found[id_] = (product, answer)
        return found

    def _reason(self, id_: str, product: Product, detail: Answer) -> str:
        """Why a product cannot be adopted; empty when it can."""
        if owner := self._foreign(detail.get("ProductARN", "")):
            return f"it belongs to account {owner}"
        if product.product_type != _ADOPTABLE_TYPE:
            return f"its type is {product.product_type}"
        if detail.get("SourceConnection"):
            # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/git-sync.html
            return "a connected repository publishes its versions"
        versions = artifacts.observed(product.name, artifacts.listed(self._client, id_))
        if not any(version.launchable for version, _ in versions):
            return "it has no launchable version"
        return ""

    def _newest(self, product_id: str, name: str) -> _Version:
        """The version that plans compare with."""
        details = {str(it["Id"]): it for it in artifacts.listed(self._client, product_id)}
        named = artifacts.observed(name, list(details.values()))
        launchable = [(it, id_) for it, id_ in named if it.launchable]
        version, id_ = max(launchable, key=lambda it: precedence(it[0].version))
        # Of those of the same second the last one.
        latest, latest_id = max(reversed(launchable), key=lambda it: _created(details[it[1]]))
        if latest_id != id_:
            self._omitted.append(
                f"the version '{latest.version}' of the product {name}: it is newer than"
                f" '{version.version}', but its version is lower"
            )
        return _Version(
            resource=version,
            id=id_,
            description=details[id_].get("Description") or "",
            template=template_text(self._aws, product_id=product_id, version_id=id_),
        )

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


def _refuse_others(names: Iterable[str]) -> None:
    """Raises Refused when there are products whose files are in another project."""
    if found := sorted(names):
        listed = ", ".join(f"'{it}'" for it in found)
        raise Refused(
            f"products of this portfolio are managed by another project: {listed}",
            hint="adopt in the project that has their files, or remove them from the portfolio",
        )


def _in_portfolios(managed: Catalog) -> set[str]:
    """The products in managed portfolios."""
    return {it.product for it in managed if isinstance(it, ProductAssociation)}


def _created(detail: Answer) -> float:
    created = detail.get("CreatedTime")
    return created.timestamp() if created else 0.0


def _by_name(detail: Mapping[str, Any]) -> tuple[bool, str, str, str]:
    unnamed, description = constraints.slot(detail) is None, detail.get("Description") or ""
    return unnamed, detail["Type"], description, detail["ConstraintId"]


def _free_name(constraint: NamedConstraint, found: Iterable[Resource]) -> str:
    taken = {it.key for it in found}
    number = 1
    while replace(constraint, name=f"{constraint.type.lower()}-{number}").key in taken:
        number += 1
    return f"{constraint.type.lower()}-{number}"
