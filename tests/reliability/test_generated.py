"""Generated catalogs and edits of them: what is applied is what is observed, and nothing else is touched."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.model import (
    Catalog,
    LaunchConstraint,
    Portfolio,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    StoredTemplate,
    TagOption,
    TagOptionAssociation,
    TemplateConstraint,
)
from publisher.planning.changes import action, subject
from publisher.planning.plan import plan
from tests.conftest import WHOLE
from tests.reliability.conftest import Hub
from tests.samples import RULES, as_observed, digest, stored

PORTFOLIOS, PRODUCTS = ("lab", "ml"), ("notebook", "stack", "studio")
texts = st.sampled_from(["", "One.", "Two."])
tags = st.sampled_from([(), (("team", "a"),), (("cost", "1"), ("team", "b"))])
rules = st.sampled_from([RULES, RULES.replace('"b"', '"c"')])
pure = settings(max_examples=1000 if WHOLE else 40, database=None, derandomize=not WHOLE)
few = settings(
    max_examples=150 if WHOLE else 6,
    database=None,
    derandomize=not WHOLE,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def catalogs(draw: st.DrawFn, number: int = 1) -> Catalog:
    """Some portfolios and products with what can be in them; contents are published as version `number`."""
    resources: list[Resource] = []
    for name in draw(st.sets(st.sampled_from(PRODUCTS))):
        resources.append(
            Product(
                name=name,
                family="family",
                display_name=name.title(),
                owner="Platform",
                description=draw(texts),
                tags=draw(tags),
            )
        )
        letter = draw(st.sampled_from("abc"))
        version = ProvisioningArtifact(product=name, version=f"{number}.0.0", digest=digest(letter))
        resources += [version, stored(version)]
    products = sorted(it.name for it in resources if isinstance(it, Product))
    for name in draw(st.sets(st.sampled_from(PORTFOLIOS))):
        resources.append(
            Portfolio(
                name=name,
                display_name=name.upper(),
                provider_name="Platform",
                description=draw(texts),
                tags=draw(tags),
            )
        )
        for role in draw(st.sets(st.sampled_from("ab"))):
            arn = f"arn:aws:iam:::role/{role}-*"
            resources.append(Principal(portfolio=name, principal_arn=arn, principal_type="IAM_PATTERN"))
        for value in draw(st.sets(st.sampled_from(["dev", "prod"]))):
            resources.append(TagOption(tag_key="stage", value=value))
            owner = ("portfolio", name)
            resources.append(TagOptionAssociation(owner=owner, tag_key="stage", value=value))
        for product in products:
            resources += draw(placed(name, product)) if draw(st.booleans()) else []
    return Catalog.of(resources)


@st.composite
def placed(draw: st.DrawFn, portfolio: str, product: str) -> list[Resource]:
    """A product in a portfolio, with constraints."""
    found: list[Resource] = [ProductAssociation(portfolio=portfolio, product=product)]
    if draw(st.booleans()):
        role = draw(st.sampled_from(["launch-a", "launch-b"]))
        found.append(
            LaunchConstraint(
                portfolio=portfolio, product=product, local_role_name=role, description=draw(texts)
            )
        )
    for name in draw(st.sets(st.sampled_from(["big", "small"]))):
        found.append(
            TemplateConstraint(
                portfolio=portfolio,
                product=product,
                name=name,
                rules=draw(rules),
                description=draw(texts).removesuffix("."),
            )
        )
    return found


def without_versions(catalog: Catalog) -> dict[Any, Resource]:
    kinds = (ProvisioningArtifact, StoredTemplate)
    return {key: it for key, it in catalog.resources.items() if not isinstance(it, kinds)}


@given(catalogs())
@pure
def test_a_plan_of_equal_catalogs_is_empty(catalog: Catalog) -> None:
    assert plan(catalog, as_observed(catalog), target="t", prune=True).changes == ()


@given(catalogs(2), catalogs())
@pure
def test_a_plan_without_prune_only_adds_and_changes_what_the_files_name(
    desired: Catalog, observed: Catalog
) -> None:
    result = plan(desired, as_observed(observed), target="t")
    assert "delete" not in map(action, result.changes)
    assert all(subject(it).key in desired for it in result.changes)


@few
@given(edits=st.tuples(catalogs(1), catalogs(2), catalogs(3)))
def test_any_sequence_of_edits_converges_and_changes_nothing_unmanaged(
    account: Hub, edits: tuple[Catalog, ...]
) -> None:
    there = account.fresh()
    others = there.unmanaged()
    for desired in edits:
        publisher = there.publisher()
        publisher.converge(desired)
        observed = publisher.target.observe()
        assert without_versions(observed) == without_versions(desired)
        assert plan(desired, observed, target="t", prune=True).changes == ()
        contents = {it.product: it.short_digest for it in desired if isinstance(it, ProvisioningArtifact)}
        newest = {it.product: it.digest for it in observed if isinstance(it, ProvisioningArtifact)}
        assert contents.keys() == newest.keys()
        assert others() == []


@few
@given(first=catalogs(1), second=catalogs(2))
def test_edits_end_where_a_first_sync_would(account: Hub, first: Catalog, second: Catalog) -> None:
    at_once = account.fresh()
    at_once.publisher().converge(second)
    expected = without_versions(at_once.publisher().target.observe())
    in_steps = account.fresh()
    for desired in (first, second):
        in_steps.publisher().converge(desired)
    assert without_versions(in_steps.publisher().target.observe()) == expected


def test_the_generator_makes_every_kind() -> None:
    seen: set[str] = set()

    @given(catalogs())
    @settings(database=None, derandomize=True)
    def collect(catalog: Catalog) -> None:
        seen.update(type(it).__name__ for it in catalog)

    collect()
    assert seen >= {
        "Portfolio",
        "Product",
        "Principal",
        "TagOption",
        "LaunchConstraint",
        "TemplateConstraint",
    }
