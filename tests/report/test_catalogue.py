"""The catalogue as values: what belongs to what, what is marked, by what products can be filtered."""

from __future__ import annotations

from dataclasses import replace

from publisher.declarations import load
from publisher.model import (
    BudgetAssociation,
    Catalog,
    Product,
    ProvisioningArtifact,
    Resource,
    Retention,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
    Unmanaged,
)
from publisher.planning.product_history import ProductHistory, ProductVersion
from publisher.report.catalogue import Mark, catalogue
from publisher.report.filters import Choice, Facet
from publisher.report.source import CatalogueSource
from tests.conftest import ROOT, cases
from tests.samples import association, launch, ml, pattern, product, put, template, version, whole, without

IN_ML = ("product-association", "ml", "studio")
NOT_LAUNCHABLE = ("not launchable", "no version is available for new launches")


def source(catalog: Catalog) -> CatalogueSource:
    """The catalog with a history of the versions in it."""
    versions = [it for it in catalog if isinstance(it, ProvisioningArtifact)]
    histories = {
        it.product: ProductHistory(
            product=it.product,
            versions=(ProductVersion(artifact=it, place="files"),),
            current=it.version,
            notes=("no git here", f"only {it.product}"),
        )
        for it in versions
    }
    return CatalogueSource(catalog=catalog, histories=histories)


def test_everything_stands_where_it_belongs() -> None:
    option = TagOption(tag_key="cost", value="1")
    tagged = TagOptionAssociation(owner=("portfolio", "ml"), tag_key="cost", value="1")
    budget = BudgetAssociation(owner=("product", "studio"), budget_name="monthly")
    actions = [ServiceAction(name=it, display_name=it, definition=()) for it in ("now", "later")]
    used = [
        ServiceActionAssociation(product="studio", version="1.0.0", action="now"),
        ServiceActionAssociation(product="studio", version="0.9.0", action="later"),
    ]
    other = Unmanaged(portfolio="ml", kind="product", id="prod-1", name="By hand")
    resources: list[Resource] = [option, tagged, budget, *actions, *used]
    catalog = replace(put(whole("studio", "canvas"), *resources), unmanaged=(other,))
    view = catalogue(source(catalog))
    studio, portfolio = view.products["studio"], view.portfolios[0]
    assert [*view.products] == ["canvas", "studio"]
    assert [(it.name, [one.key for one in it.products]) for it in view.families] == [
        ("studio", ["canvas", "studio"])
    ]
    assert (studio.portfolios, studio.constraints) == ((ml,), (launch(), template()))
    assert (studio.budget, studio.actions, studio.tag_options) == ("monthly", (actions[0],), ())
    assert (portfolio.principals, portfolio.tag_options, portfolio.others) == (
        (pattern,),
        (option,),
        (other,),
    )
    assert portfolio.products == (view.products["canvas"], studio)
    assert len(portfolio.constraints) == len([launch(), template()]) * 2
    assert (view.summary, view.notes) == ("1 portfolio, 2 products, 2 versions", ("no git here",))


@cases(
    ("catalog", "marks"),
    {
        "nothing special": (whole("studio"), []),
        "hidden version": (put(whole("studio"), version(active=False)), [NOT_LAUNCHABLE]),
        "no version": (Catalog.of([ml, product("studio"), association()]), [NOT_LAUNCHABLE]),
        "in no portfolio": (without(whole("studio"), IN_ML), [("in no portfolio", "nobody can launch it")]),
        "retired": (
            replace(
                put(whole("studio"), version(active=False)),
                retention={"studio": Retention(retire="deprecate")},
            ),
            [("retired", "being retired: no new launches")],
        ),
        "retired and out of the portfolios": (
            replace(without(whole("studio"), IN_ML), retention={"studio": Retention(retire="disassociate")}),
            [("retired", "being retired: removed from the portfolios")],
        ),
        "EXTERNAL": (
            put(whole("studio"), product("studio", product_type="EXTERNAL")),
            [("EXTERNAL", "its own engine makes the resources, e.g. Terraform")],
        ),
    },
)
def test_marks(catalog: Catalog, marks: list[tuple[str, str]]) -> None:
    shown = catalogue(source(catalog)).products["studio"]
    assert [(it.word, it.why) for it in shown.marks] == marks


def test_axes_come_from_the_files_and_an_account_may_have_other_products() -> None:
    keys = (
        "ml-project-starter-s3",
        "ml-project-starter-codecommit",
        "sagemaker-model-deploy-codecommit-account",
    )
    products = [Product(name=key, family=key, display_name="", owner="") for key in (*keys, "by-hand")]
    view = catalogue(CatalogueSource(catalog=Catalog.of(products), declared=load(ROOT, configs=False)))
    assert view.facets == (
        Facet(
            axis="source_control",
            choices=(
                Choice(value="codecommit", label="CodeCommit", count=2),
                Choice(value="s3", label="S3", count=1),
            ),
        ),
    )
    assert view.classes == {
        "by-hand": "",
        "ml-project-starter-codecommit": "f0-0",
        "ml-project-starter-s3": "f0-1",
        "sagemaker-model-deploy-codecommit-account": "f0-0",
    }
    mark = Mark(word="not in the files", level="note", why="only the account has it")
    assert [key for key, it in view.products.items() if mark in it.marks] == ["by-hand"]
    assert view.products["ml-project-starter-s3"].content == ("model-build", "model-deploy")
