"""A portfolio that somebody else made, read as if it were ours, and the marks that make it so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from publisher.aws.calls import ClientError, aws_errors, error_code
from publisher.aws.clients import Aws
from publisher.catalog import attachments, shapes
from publisher.catalog.adopting_actions import read_actions
from publisher.catalog.attachments import SHARE_TYPES
from publisher.catalog.constraint_shapes import constraint, constraint_fields, constraint_slot
from publisher.catalog.observe import is_dead, pages, principal, shares
from publisher.catalog.ownership_tags import Mark
from publisher.errors import AwsError, InputError, Refused
from publisher.model import (
    Catalog,
    NamedConstraint,
    Portfolio,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    TagOption,
    precedence,
    short_digest,
)

Naming = Callable[[str], str]
NamingApart = Callable[[str, Collection[str]], str]
_KEPT_TYPE = "CLOUD_FORMATION_TEMPLATE"


@dataclass(frozen=True, kw_only=True)
class Adoptable:
    """A portfolio with all that can be taken over; `left` says what cannot."""

    portfolio: Portfolio
    portfolio_id: str
    catalog: Catalog
    templates: Mapping[str, str]
    product_ids: Mapping[str, str]
    version_ids: Mapping[str, tuple[str, str]]
    renamed: tuple[Mark, ...]
    left: tuple[str, ...]

    def marks(self, digests: Mapping[str, str]) -> list[Mark]:
        """The writes, the portfolio's own last; `digests` has the digest of each product's content."""
        found: list[Mark] = []
        for name, (version_id, description) in sorted(self.version_ids.items()):
            digest = short_digest(digests[name])
            if description.endswith(digest):
                continue
            found.append(
                Mark(
                    label=f"version of {name}: {digest}",
                    operation="update_provisioning_artifact",
                    request={
                        "ProductId": self.product_ids[name],
                        "ProvisioningArtifactId": version_id,
                        "Description": f"{description} {digest}".strip(),
                    },
                )
            )
        found += self.renamed
        for name, id_ in sorted(self.product_ids.items()):
            tags = shapes.tag_list({shapes.PRODUCT_TAG: name, shapes.FAMILY_TAG: name})
            found.append(
                Mark(
                    label=f"product {name} ({id_})",
                    operation="update_product",
                    request={"Id": id_, "AddTags": tags},
                )
            )
        tags = shapes.tag_list({shapes.PORTFOLIO_TAG: self.portfolio.name})
        request = {"Id": self.portfolio_id, "AddTags": tags}
        label = f"portfolio {self.portfolio.name} ({self.portfolio_id})"
        return [*found, Mark(label=label, operation="update_portfolio", request=request)]


class Adopter:
    """Reads portfolios of others at one target, and marks them."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._client: Any = aws.client("servicecatalog")
        self._left: list[str] = []

    def read(
        self, portfolio_id: str, *, portfolio_name: Naming, product_name: Naming, action_name: NamingApart
    ) -> Adoptable:
        """A portfolio and all in it. Raises InputError when there is none, Refused when it is ours."""
        self._left = []
        with aws_errors(f"cannot read the portfolio {portfolio_id}"):
            portfolio, found = self._portfolio(portfolio_id, portfolio_name)
            products = self._products(portfolio_id, product_name)
            names = {id_: product.name for id_, (product, _) in products.items()}
            found += [ProductAssociation(portfolio=portfolio.name, product=it) for it in names.values()]
            # What is ours already has files, and its marks.
            new = {id_: it for id_, it in products.items() if not shapes.product_key(it[1])}
            for product, answer in new.values():
                found += [product, *self._attached(("product", product.name), answer)]
            versions = {product.name: self._newest(id_, product.name) for id_, (product, _) in new.items()}
            constraints, renamed = self._constraints(portfolio, portfolio_id, names)
            for id_, (product, _) in sorted(new.items(), key=lambda it: it[1][0].name):
                published = {it["Id"]: it["Name"] for it in self._versions(id_)}
                actions = read_actions(self._client, product.name, id_, published, action_name)
                found += actions.found
                renamed += actions.marks
                self._left += actions.left
        found += [*constraints, *(version for version, *_ in versions.values())]
        return Adoptable(
            portfolio=portfolio,
            portfolio_id=portfolio_id,
            catalog=Catalog.of(found),
            templates={name: template for name, (_, _, _, template) in versions.items()},
            product_ids={product.name: id_ for id_, (product, _) in new.items()},
            version_ids={name: (id_, text) for name, (_, id_, text, _) in versions.items()},
            renamed=tuple(renamed),
            left=tuple(self._left),
        )

    def mark(self, mark: Mark) -> None:
        """Writes one mark; doing it again changes nothing."""
        with aws_errors(f"cannot mark {mark.label}"):
            getattr(self._client, mark.operation)(**mark.request)

    def _portfolio(self, id_: str, naming: Naming) -> tuple[Portfolio, list[Resource]]:
        try:
            answer = self._client.describe_portfolio(Id=id_)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            raise InputError(
                f"there is no portfolio '{id_}' here", hint="its id is like port-abcd1234"
            ) from None
        if key := shapes.portfolio_key(answer):
            raise Refused(f"the portfolio {id_} is ours already: {key}", hint="publisher plan shows it")
        portfolio = replace(shapes.portfolio(answer), name=naming(answer["PortfolioDetail"]["DisplayName"]))
        found: list[Resource] = [portfolio, *self._attached(("portfolio", portfolio.name), answer)]
        for one in pages(self._client, "list_principals_for_portfolio", "Principals", PortfolioId=id_):
            if is_dead(one):
                self._left.append(f"the principal {one['PrincipalARN']}, whose role is gone")
            else:
                found.append(principal(portfolio.name, one))
        for type_ in SHARE_TYPES:
            found += shares(self._client, portfolio.name, id_, type_)
        return portfolio, found

    def _attached(self, owner: tuple[str, str], answer: Mapping[str, Any]) -> list[Resource]:
        return [
            replace(it, used_elsewhere=False) if isinstance(it, TagOption) else it
            for it, _ in attachments.attached(owner, answer)
        ]

    def _products(self, portfolio_id: str, naming: Naming) -> dict[str, tuple[Product, Mapping[str, Any]]]:
        """The products that can be taken over, by id, with what describes them."""
        views = pages(
            self._client, "search_products_as_admin", "ProductViewDetails", PortfolioId=portfolio_id
        )
        found = {}
        for id_ in sorted(str(view["ProductViewSummary"]["ProductId"]) for view in views):
            answer = self._client.describe_product_as_admin(Id=id_)
            summary = answer["ProductViewDetail"]["ProductViewSummary"]
            if summary["Type"] != _KEPT_TYPE:
                self._left.append(f"the product '{summary['Name']}' ({id_}) of the type {summary['Type']}")
                continue
            if not any(it["Active"] for it in self._versions(id_)):
                self._left.append(
                    f"the product '{summary['Name']}' ({id_}), of which nothing can be launched"
                )
                continue
            product = shapes.product(answer)
            if not shapes.product_key(answer):
                name = naming(summary["Name"])
                product = replace(product, name=name, family=name)
            found[id_] = (product, answer)
        return found

    def _versions(self, product_id: str) -> list[Mapping[str, Any]]:
        answer = self._client.list_provisioning_artifacts(ProductId=product_id)
        return [
            it | {"Active": it.get("Active", True) and it.get("Guidance") != "DEPRECATED"}
            for it in answer["ProvisioningArtifactDetails"]
        ]

    def _newest(self, product_id: str, name: str) -> tuple[ProvisioningArtifact, str, str, str]:
        """(version, its id, its description, its template) of the version that plans compare with."""
        launchable = [it for it in self._versions(product_id) if it["Active"]]
        detail = max(launchable, key=lambda it: precedence(it["Name"]))
        latest = max(launchable, key=lambda it: it["CreatedTime"])
        if latest["Id"] != detail["Id"]:
            self._left.append(
                f"of the product {name} the version '{latest['Name']}': it is younger than"
                f" '{detail['Name']}', but comes before it by name"
            )
        described = self._client.describe_provisioning_artifact(
            ProductId=product_id, ProvisioningArtifactId=detail["Id"], Verbose=True
        )
        template = described["Info"].get("CloudFormationTemplate") or self._fetch(described["Info"])
        version = shapes.artifact(name, detail)
        return version, detail["Id"], detail.get("Description") or "", template

    def _fetch(self, info: Mapping[str, str]) -> str:
        """The template's text from where Service Catalog keeps it: Verbose is not documented to have it."""
        parts = urlsplit(info.get("TemplateUrl", ""))
        bucket, _, rest = parts.netloc.partition(".s3")
        path = unquote(parts.path).lstrip("/")
        if not rest:
            bucket, _, path = path.partition("/")
        if not bucket or not path:
            raise AwsError(
                "Service Catalog does not say where the template is", hint="write it to a file by hand"
            )
        version = parse_qs(parts.query).get("versionId")
        extra = {"VersionId": version[0]} if version else {}
        body = self._aws.client("s3").get_object(Bucket=bucket, Key=path, **extra)["Body"]
        return str(body.read().decode())

    def _constraints(
        self, portfolio: Portfolio, portfolio_id: str, names: Mapping[str, str]
    ) -> tuple[list[Resource], list[Mark]]:
        """The constraints, and the marks for those that get a name."""
        found: list[Resource] = []
        marks: list[Mark] = []
        details = pages(
            self._client, "list_constraints_for_portfolio", "ConstraintDetails", PortfolioId=portfolio_id
        )
        # Those that have names come first, so that no new name is one of theirs.
        for detail in sorted(details, key=_by_name):
            if detail["ProductId"] not in names:
                continue
            id_, product = detail["ConstraintId"], names[detail["ProductId"]]
            answer = self._client.describe_constraint(Id=id_)
            resource = constraint(portfolio.name, product, answer)
            if constraint_slot(detail) is None and isinstance(resource, NamedConstraint):
                resource = replace(resource, name=_free_name(resource, found))
                description = constraint_fields(resource)["Description"]
                marks.append(
                    Mark(
                        label=f"constraint {resource.label} ({id_})",
                        operation="update_constraint",
                        request={"Id": id_, "Description": description},
                    )
                )
            found.append(resource)
        return found, marks


def _by_name(detail: Mapping[str, Any]) -> tuple[bool, str, str, str]:
    return (
        constraint_slot(detail) is None,
        detail["Type"],
        detail.get("Description") or "",
        detail["ConstraintId"],
    )


def _free_name(constraint: NamedConstraint, found: Iterable[Resource]) -> str:
    taken = {it.key for it in found}
    number = 1
    while replace(constraint, name=f"{constraint.type.lower()}-{number}").key in taken:
        number += 1
    return f"{constraint.type.lower()}-{number}"
