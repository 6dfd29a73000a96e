"""The catalogue that people look at: a catalog of the files or of an account, by portfolio and by family."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

from publisher.declarations import Variant
from publisher.errors import counted
from publisher.impact.resolution import named
from publisher.model import (
    VISIBLE,
    AnyConstraint,
    BudgetAssociation,
    Catalog,
    Constraint,
    Key,
    Owner,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProjectTemplate,
    Resource,
    ServiceAction,
    ServiceActionAssociation,
    StudioDomain,
    TagOption,
    TagOptionAssociation,
    Unmanaged,
)
from publisher.planning.product_history import ProductHistory, ProductVersion
from publisher.report.filters import Choice, Facet
from publisher.report.product_contents import ProductContents, contents
from publisher.report.product_policies import product_policies
from publisher.report.role_policy import RolePolicy
from publisher.report.source import CatalogueSource
from publisher.templates.interface import Interface

R = TypeVar("R", bound=Resource)
# Labels are made for display names: ", standalone VPC".
_AROUND_LABELS = " ,;:-/()"
_RETIRED = {
    "deprecate": "being retired: no new launches",
    "disassociate": "being retired: removed from the portfolios",
    "delete": "being retired: will be deleted",
}


class Mark(NamedTuple):
    """A word beside a product that says what is special about it, and why it matters."""

    word: str
    level: Literal["note", "warning"]
    why: str


@dataclass(frozen=True, kw_only=True, order=True)
class AxisValue:
    """The value that a product has on an axis; the label is for people."""

    axis: str
    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class ProductView:
    """A product with everything about it. `shown` is the version that launches get, or else the newest.

    `actions` are those of `shown`. `content` has the names of its starting content, `retired` a step of
    retirement or nothing, and `declared` says whether the files have it, if there are files. `regions` are
    where it is: of the account, or those that its portfolios name.
    """

    product: Product
    history: ProductHistory = field(repr=False)
    axes: tuple[AxisValue, ...] = ()
    portfolios: tuple[Portfolio, ...] = ()
    constraints: tuple[AnyConstraint, ...] = ()
    tag_options: tuple[TagOption, ...] = ()
    budget: str = ""
    actions: tuple[ServiceAction, ...] = ()
    retired: str = ""
    declared: bool | None = None
    content: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The product key."""
        return self.product.name

    @property
    def shown(self) -> ProductVersion | None:
        """The version whose contents the page shows."""
        return self.history.shown

    @cached_property
    def interface(self) -> Interface | None:
        """That of its template, where it is known."""
        return None if self.history.template is None else Interface.of(named(self.history.template))

    @cached_property
    def contents(self) -> ProductContents | None:
        """What it asks, makes and gives, where its template is known."""
        template, interface = self.history.template, self.interface
        if template is None or interface is None:
            return None
        for_studio = VISIBLE in self.product.tags
        return contents(template, interface, self.constraints, for_studio=for_studio)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is special about it, what matters most first."""
        return tuple(self._marks())

    def _marks(self) -> Iterator[Mark]:
        if self.retired:
            yield Mark(word="retired", level="warning", why=_RETIRED[self.retired])
        elif self.shown is None or not self.shown.artifact.launchable:
            yield Mark(word="not launchable", level="warning", why="no version is available for new launches")
        if not self.portfolios and self.retired not in ("disassociate", "delete"):
            yield Mark(word="in no portfolio", level="warning", why="nobody can launch it")
        if self.declared is False:
            yield Mark(word="not in the files", level="note", why="only the account has it")
        if self.product.product_type == "EXTERNAL":
            yield Mark(
                word="EXTERNAL", level="note", why="its own engine makes the resources, e.g. Terraform"
            )


@dataclass(frozen=True, kw_only=True)
class FamilyView:
    """The products of a family, sorted by key."""

    name: str
    products: tuple[ProductView, ...]

    @property
    def description(self) -> str:
        """What all of them are, if they say the same."""
        some = {it.product.description for it in self.products}
        return some.pop() if len(some) == 1 else ""


@dataclass(frozen=True, kw_only=True)
class PortfolioView:
    """A portfolio with everything in it. `others` is what publisher does not manage.

    `regions` are those that its file names.
    """

    portfolio: Portfolio
    products: tuple[ProductView, ...] = ()
    principals: tuple[Principal, ...] = ()
    shares: tuple[PortfolioShare, ...] = ()
    tag_options: tuple[TagOption, ...] = ()
    budget: str = ""
    constraints: tuple[AnyConstraint, ...] = ()
    placed: tuple[ProjectTemplate, ...] = ()
    domains: tuple[StudioDomain, ...] = ()
    others: tuple[Unmanaged, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The portfolio's name, that of its file."""
        return self.portfolio.name


@dataclass(frozen=True, kw_only=True)
class CatalogueView:
    """All portfolios, and all products by family and by key, sorted."""

    source: CatalogueSource = field(repr=False)
    portfolios: tuple[PortfolioView, ...]
    families: tuple[FamilyView, ...]
    products: Mapping[str, ProductView]
    facets: tuple[Facet, ...]
    notes: tuple[str, ...] = ()
    _roles: dict[str, tuple[RolePolicy, ...]] = field(default_factory=dict, repr=False, compare=False)

    def roles(self, key: str) -> tuple[RolePolicy, ...]:
        """The policies of a product's roles, derived once."""
        if key not in self._roles:
            source = self.source
            template, variant = source.templates.get(key), source.variants.get(key)
            self._roles[key] = product_policies(source.catalog, key, template, variant)
        return self._roles[key]

    @property
    def summary(self) -> str:
        """How much there is, in words."""
        versions = sum(len(it.history.versions) for it in self.products.values())
        counts = {"portfolio": len(self.portfolios), "product": len(self.products), "version": versions}
        return ", ".join(counted(number, noun) for noun, number in counts.items())

    @property
    def classes(self) -> Mapping[str, str]:
        """The choices of each product by its key, as `f<facet>-<choice>`, by their places in `facets`."""
        if not self.facets:
            return {}
        places = {
            (facet.axis, choice.value): f"f{n}-{m}"
            for n, facet in enumerate(self.facets)
            for m, choice in enumerate(facet.choices)
        }
        return {
            key: " ".join(places[it.axis, it.value] for it in product.axes if (it.axis, it.value) in places)
            for key, product in self.products.items()
        }


def catalogue(source: CatalogueSource) -> CatalogueView:
    """The view of everything that a source has."""
    found = _Found(source.catalog)
    repository = source.declared
    variants = None if repository is None else source.variants
    files = repository.portfolios if repository and not source.target else ()
    regions = {it.name: tuple(it.regions) for it in files}
    if source.target:
        regions[""] = (source.target.rpartition("/")[2],)
    products = {it.name: _product(found, it, source.histories, variants, regions) for it in found.of(Product)}
    families: defaultdict[str, list[ProductView]] = defaultdict(list)
    for key, product in products.items():
        families[product.product.family or key].append(product)
    return CatalogueView(
        source=source,
        portfolios=tuple(
            _portfolio(found, it, products, regions.get(it.name, ())) for it in found.of(Portfolio)
        ),
        families=tuple(
            FamilyView(name=name, products=tuple(some)) for name, some in sorted(families.items())
        ),
        products=products,
        facets=tuple(_facets(products.values())),
        notes=(*source.notes, *_shared([it.history.notes for it in products.values()])),
    )


class _Found:
    """The resources of a catalog by their kind and owner, sorted by key."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._owned: defaultdict[Key, list[Resource]] = defaultdict(list)
        self._sorted = [it for _, it in sorted(catalog.resources.items())]
        for resource in self._sorted:
            for owner in resource.owners:
                self._owned[owner].append(resource)

    def of(self, kind: type[R], owner: Key | None = None) -> tuple[R, ...]:
        """The resources of a kind that belong to an owner."""
        some = self._sorted if owner is None else self._owned[owner]
        return tuple(it for it in some if isinstance(it, kind))

    def constraints(self, owner: Key) -> tuple[AnyConstraint, ...]:
        """The constraints of an owner."""
        return tuple(it for it in self._owned[owner] if isinstance(it, Constraint))

    def attached(self, owner: Owner) -> tuple[tuple[TagOption, ...], str]:
        """The TagOptions of an owner, and the name of its budget."""
        resources = self.catalog.resources
        keys = [("tag-option", it.tag_key, it.value) for it in self.of(TagOptionAssociation, owner)]
        options = tuple(it for key in keys if isinstance(it := resources.get(key), TagOption))
        budgets = self.of(BudgetAssociation, owner)
        return options, budgets[0].budget_name if budgets else ""


def _product(
    found: _Found,
    product: Product,
    histories: Mapping[str, ProductHistory],
    declared: Mapping[str, Variant] | None,
    regions: Mapping[str, Sequence[str]],
) -> ProductView:
    owner = ("product", product.name)
    history = histories.get(product.name) or ProductHistory(product=product.name)
    names = {
        it.action for it in found.of(ServiceActionAssociation, owner) if it.version in ("", history.current)
    }
    held = [("portfolio", it.portfolio) for it in found.of(ProductAssociation, owner)]
    options, budget = found.attached(owner)
    variant = (declared or {}).get(product.name)
    retention = found.catalog.retention.get(product.name)
    resources = found.catalog.resources
    places = [region for _, portfolio in (("", ""), *held) for region in regions.get(portfolio, ())]
    return ProductView(
        product=product,
        history=history,
        axes=tuple(_axes(variant)) if variant else (),
        portfolios=tuple(it for key in held if isinstance(it := resources.get(key), Portfolio)),
        constraints=found.constraints(owner),
        tag_options=options,
        budget=budget,
        actions=tuple(it for it in found.of(ServiceAction) if it.name in names) if names else (),
        retired=(retention.retire if retention else None) or "",
        declared=None if declared is None else variant is not None,
        content=tuple(sorted(variant.family.content)) if variant else (),
        regions=tuple(dict.fromkeys(places)),
    )


def _axes(variant: Variant) -> Iterator[AxisValue]:
    for axis, value in variant.axes.items():
        label = variant.family.file.axes.get(axis, {}).get(value, "").strip(_AROUND_LABELS)
        yield AxisValue(axis=axis, value=value, label=label or value)


def _portfolio(
    found: _Found, portfolio: Portfolio, products: Mapping[str, ProductView], regions: tuple[str, ...]
) -> PortfolioView:
    owner = ("portfolio", portfolio.name)
    options, budget = found.attached(owner)
    return PortfolioView(
        portfolio=portfolio,
        products=tuple(
            products[it.product] for it in found.of(ProductAssociation, owner) if it.product in products
        ),
        principals=found.of(Principal, owner),
        shares=found.of(PortfolioShare, owner),
        tag_options=options,
        budget=budget,
        constraints=found.constraints(owner),
        placed=found.of(ProjectTemplate, owner),
        domains=found.of(StudioDomain, owner),
        others=tuple(sorted(it for it in found.catalog.unmanaged if it.portfolio == portfolio.name)),
        regions=regions,
    )


def _shared(notes: Sequence[Sequence[str]]) -> Iterator[str]:
    """The notes that all histories have."""
    if notes:
        yield from (note for note in notes[0] if all(note in some for some in notes))


def _facets(products: Iterable[ProductView]) -> Iterator[Facet]:
    """The axes with more than one value, in the order of the families; labels that differ are left out."""
    counts: dict[str, Counter[str]] = {}
    labels: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for product in products:
        for it in product.axes:
            counts.setdefault(it.axis, Counter())[it.value] += 1
            labels[it.axis, it.value].add(it.label)
    for axis, values in counts.items():
        if len(values) > 1:
            named = {value: labels[axis, value] for value in values}
            choices = (
                Choice(value=value, label=min(some) if len(some) == 1 else value, count=values[value])
                for value, some in named.items()
            )
            yield Facet(axis=axis, choices=tuple(choices))
