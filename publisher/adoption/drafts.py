"""Files that declare an existing portfolio. Pure except for writing, which never overwrites."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, assert_never

import yaml
from pydantic import TypeAdapter, ValidationError

from publisher.declarations import PortfolioFile
from publisher.declarations.fields import Declared
from publisher.declarations.portfolio import Principal as DeclaredPrincipal
from publisher.declarations.portfolio import Share
from publisher.declarations.product import ProductFile
from publisher.declarations.product import ServiceAction as DeclaredAction
from publisher.declarations.schema import FOLDER as SCHEMAS
from publisher.declarations.schema import Kind, schema_text
from publisher.declarations.strings import SemanticVersion, name_of
from publisher.documents import contents, read, write_all
from publisher.model import (
    LAUNCH_ROLE,
    AnyConstraint,
    BudgetAssociation,
    Catalog,
    Constraint,
    LaunchConstraint,
    NotificationConstraint,
    Owner,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    ResourceUpdateConstraint,
    ServiceAction,
    StackSetConstraint,
    TagOption,
    TagOptionAssociation,
    TemplateConstraint,
    precedence,
)

TEMPLATE = "template.yaml"
_SCHEMAS: Mapping[Kind, str] = {"portfolio": "portfolio/", "product": "products/"}
# More than a template or declaration may have.
_MAX_BYTES = 1 << 24
_VERSION: TypeAdapter[str] = TypeAdapter(SemanticVersion)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A file to write: its path in the project and its text."""

    path: str
    text: str


def drafts(portfolio: Portfolio, catalog: Catalog, templates: Mapping[str, str], region: str) -> list[Draft]:
    """The files of a portfolio and its products; `templates` has each product's template."""
    found = [yaml_draft(f"portfolio/{portfolio.name}.yaml", _portfolio_fields(portfolio, catalog, region))]
    for name, template in sorted(templates.items()):
        product = catalog.resources["product", name]
        assert isinstance(product, Product)
        found.append(yaml_draft(f"products/{name}/product.yaml", _product_fields(product, catalog)))
        found.append(Draft(path=f"products/{name}/{TEMPLATE}", text=template))
    return found


def yaml_draft(path: str, document: Mapping[str, Any]) -> Draft:
    """A declaration with the line that names its schema for editors."""
    kind, up = ("product", "../..") if path.startswith("products/") else ("portfolio", "..")
    first = f"# yaml-language-server: $schema={up}/{SCHEMAS}/{kind}.schema.json\n"
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=110)
    return Draft(path=path, text=first + text)


def write(root: Path, files: Iterable[Draft]) -> tuple[list[str], list[str]]:
    """(written, kept) paths: those with other text are kept. Schemas that they name are written, too."""
    texts = {it.path: it.text.encode() for it in files}
    there = {path for path in texts if (root / path).exists()}
    fresh = {path: text for path, text in texts.items() if path not in there}
    kept = [
        path for path in texts if path in there and contents(root / path, limit=_MAX_BYTES) != texts[path]
    ]
    for kind, folder in _SCHEMAS.items():
        path = f"{SCHEMAS}/{kind}.schema.json"
        if any(it.startswith(folder) for it in fresh) and not (root / path).exists():
            fresh[path] = schema_text(kind).encode()
    write_all(root, fresh)
    return list(fresh), kept


def portfolios(root: Path) -> dict[str, str]:
    """The portfolios of the project, with their display names."""
    return {path.stem: _display_name(path, root) for path in sorted(root.glob("portfolio/*.yaml"))}


def families(root: Path) -> dict[str, str]:
    """The families of the project, with their display names."""
    return {
        path.parent.name: _display_name(path, root) for path in sorted(root.glob("products/*/product.yaml"))
    }


def naming(declared: Mapping[str, str]) -> Callable[[str, Collection[str]], str]:
    """Gives names that nothing else has: only files of the same display name may be of an earlier run."""

    def name(display_name: str, taken: Collection[str]) -> str:
        others = {it for it, existing in declared.items() if existing != display_name}
        return name_of(display_name, others | set(taken))

    return name


def _display_name(path: Path, root: Path) -> str:
    value = read(path, root=root).value
    return str(value.get("display_name", "")) if isinstance(value, dict) else ""


def _portfolio_fields(portfolio: Portfolio, catalog: Catalog, region: str) -> dict[str, Any]:
    """The content of a portfolio's file; the catalog has no other portfolio."""
    products = sorted(it.product for it in catalog if isinstance(it, ProductAssociation))
    return _declared(
        PortfolioFile,
        portfolio,
        regions=[region],
        tags=dict(portfolio.tags),
        principals=[_declared(DeclaredPrincipal, it) for it in catalog if isinstance(it, Principal)],
        shares=[_share(it) for it in catalog if isinstance(it, PortfolioShare)],
        products=[_entry(name, catalog) for name in products],
        **_attachments(catalog, ("portfolio", portfolio.name)),
    )


def _product_fields(product: Product, catalog: Catalog) -> dict[str, Any]:
    """The content of a product's file: a family of one product, whose template is a plain file."""
    roles = [
        it.local_role_name or it.role_arn.rpartition("/")[2]
        for it in catalog
        if isinstance(it, LaunchConstraint) and it.product == product.name
    ]
    versions = [
        it.version for it in catalog if isinstance(it, ProvisioningArtifact) and it.product == product.name
    ]
    return _declared(
        ProductFile,
        product,
        version=latest_semantic(versions),
        tags=dict(product.tags),
        service_actions=_actions(product.name, catalog),
        template=TEMPLATE,
        launch_role=roles[0] if roles else "",
        **_attachments(catalog, ("product", product.name)),
    )


def latest_semantic(versions: Iterable[str]) -> str:
    """The highest version among the names that a file can declare, or 1.0.0."""
    return max(filter(_declarable, versions), key=precedence, default="1.0.0")


def _declarable(name: str) -> bool:
    try:
        _VERSION.validate_python(name)
    except ValidationError:
        return False
    return True


def _entry(product: str, catalog: Catalog) -> dict[str, Any]:
    constraints = [_constraint(it) for it in catalog if isinstance(it, Constraint) and it.product == product]
    return {"product": product, **_filled({"constraints": constraints})}


def _constraint(constraint: AnyConstraint) -> dict[str, Any]:
    common = ("description", "portfolio", "product", "status")
    values = {it.name: getattr(constraint, it.name) for it in fields(constraint) if it.name not in common}
    match constraint:
        case TemplateConstraint():
            values["rules"] = json.loads(constraint.rules)
        case LaunchConstraint():
            values = _filled(values)
        case NotificationConstraint() | ResourceUpdateConstraint() | StackSetConstraint():
            values = {name: list(it) if isinstance(it, tuple) else it for name, it in values.items()}
        case _:
            assert_never(constraint)
    return {"type": constraint.type, **values, **_filled({"description": constraint.description})}


def _share(share: PortfolioShare) -> dict[str, Any]:
    who = "account_id" if share.share_type == "ACCOUNT" else "organization_node"
    return _declared(Share, share, **{who: share.principal_id})


def _attachments(catalog: Catalog, owner: Owner) -> dict[str, Any]:
    options: dict[str, dict[str, Any]] = {}
    for association in catalog:
        if isinstance(association, TagOptionAssociation) and association.owner == owner:
            option = catalog.resources["tag-option", association.tag_key, association.value]
            active = isinstance(option, TagOption) and option.active
            entry = options.setdefault(association.tag_key, {"key": association.tag_key})
            entry.setdefault("values" if active else "inactive", []).append(association.value)
    budgets = [it.budget_name for it in catalog if isinstance(it, BudgetAssociation) and it.owner == owner]
    return {"tag_options": list(options.values()), "budget": budgets[0] if budgets else ""}


def _actions(family: str, catalog: Catalog) -> dict[str, Any]:
    found = {}
    for action in catalog:
        if isinstance(action, ServiceAction) and action.name.partition("/")[0] == family:
            definition = dict(action.definition)
            role = definition["AssumeRole"]
            parameters = json.loads(definition.get("Parameters", "[]"))
            found[action.name.partition("/")[2]] = _declared(
                DeclaredAction,
                action,
                document=definition["Name"],
                document_version=definition["Version"],
                assume_role="" if role == LAUNCH_ROLE else role,
                parameters={it["Name"]: it["Type"] for it in parameters},
            )
    return found


def _declared(declaration: type[Declared], resource: Resource, **supplied: Any) -> dict[str, Any]:
    """The fields of a declaration, in their order, supplied or those of the resource; without defaults."""
    found = {}
    for name, field in declaration.model_fields.items():
        value = supplied.get(name, getattr(resource, name, None))
        if value and value != field.default:
            found[name] = value
    return found


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
