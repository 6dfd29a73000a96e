from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.errors import Refused
from publisher.model import (
    BudgetAssociation,
    Catalog,
    Key,
    Launch,
    Resource,
    Retention,
    RetirementStep,
    ServiceAction,
    ServiceActionAssociation,
    StoredContent,
    TagOption,
    TagOptionAssociation,
)
from publisher.planning.changes import Delete, Update, change_document, subject
from publisher.planning.plan import Plan, plan
from tests.samples import association, launch, product, stored, template, version, whole

OWNER = ("product", "studio")
ATTACHED = (
    TagOption(tag_key="a", value="b"),
    TagOptionAssociation(owner=OWNER, tag_key="a", value="b"),
    BudgetAssociation(owner=OWNER, budget_name="c"),
    ServiceActionAssociation(product="studio", version="1.0.0", action="studio/restart"),
)
SEEN = replace(version(), digest=version().short_digest)
THERE = Catalog.of([*whole("studio", "notebook"), SEEN, *ATTACHED])


def retiring(step: RetirementStep, there: Catalog = THERE, launches: tuple[Launch, ...] = ()) -> Plan:
    """The plan when `studio` is at this step: the files declare no more than that leaves."""
    gone: set[Key] = set()
    if step != "deprecate":
        gone |= {association().key, launch().key, template().key}
    if step == "delete":
        gone |= {product("studio").key, version().key, *(it.key for it in ATTACHED)}
    desired = Catalog.of(
        (it for it in [*whole("studio", "notebook"), *ATTACHED] if it.key not in gone),
        retention={"studio": Retention(retire=step)},
    )
    return plan(desired, there, target="t", launches=launches)


def test_retirement_starts_with_deprecation() -> None:
    assert retiring("deprecate").changes == (Update(SEEN, replace(SEEN, guidance="DEPRECATED")),)


def test_then_it_leaves_the_portfolios() -> None:
    planned = retiring("disassociate")
    assert set(planned.changes) == {
        Update(SEEN, replace(SEEN, guidance="DEPRECATED")),
        Delete(launch()),
        Delete(template()),
        Delete(association()),
    }
    assert planned.kept == ()


def test_then_it_is_deleted_with_what_it_has() -> None:
    planned = retiring("delete")
    assert [change_document(change)["key"][0] for change in planned.changes] == [
        "constraint",
        "constraint",
        "budget-association",
        "tag-option",
        "product-association",
        "service-action-association",
        "product",
    ]
    assert planned.kept == ()


def test_what_only_a_product_that_is_not_there_needs_is_not_made() -> None:
    content = StoredContent(object_key="content/a.zip", size=1)
    own = version("old", letter="b")
    retired: list[Resource] = [
        *(product("old"), own, replace(stored(own), content=(content.object_key,)), content),
        TagOption(tag_key="a", value="b"),
        TagOptionAssociation(owner=("product", "old"), tag_key="a", value="b"),
        ServiceAction(name="old/restart", display_name="Restart", definition=()),
        ServiceActionAssociation(product="old", version="", action="old/restart"),
    ]
    there = Catalog.of([*whole("notebook"), replace(version("notebook"), digest=SEEN.digest)])
    files = Catalog.of([*whole("notebook"), *retired], retention={"old": Retention(retire="deprecate")})
    assert plan(files, there, target="t").changes == ()
    shared = TagOptionAssociation(owner=("product", "notebook"), tag_key="a", value="b")
    more = replace(files, resources={**files.resources, shared.key: shared})
    assert [subject(it).kind for it in plan(more, there, target="t").changes] == [
        "TagOption",
        "TagOptionAssociation",
    ]


@pytest.mark.parametrize(
    ("step", "what"), [("disassociate", "ProductAssociation ml / studio"), ("delete", "Product studio")]
)
def test_not_while_launches_use_it(step: RetirementStep, what: str) -> None:
    launches = (
        Launch(name="b", product="studio", version="1.0.0"),
        Launch(name="a", product="studio", version=""),
        Launch(name="c", product="notebook", version="1.0.0"),
    )
    planned = retiring(step, launches=launches)
    with pytest.raises(Refused, match=rf"^t: {what} is used by a, b$"):
        planned.refuse_used()
    retiring(step, launches=launches[2:]).refuse_used()


@pytest.mark.parametrize("step", ["deprecate", "disassociate", "delete"])
def test_what_is_not_there_is_not_made_to_be_retired(step: RetirementStep) -> None:
    there = Catalog.of([*(it for it in THERE if "studio" not in it.key), ATTACHED[0]])
    planned = retiring(step, there)
    assert planned.changes == ()


@pytest.mark.parametrize("step", ["disassociate", "delete"])
def test_each_needs_to_be_allowed(step: RetirementStep) -> None:
    with pytest.raises(Refused, match="needs --allow delete"):
        retiring(step).refuse_unallowed(())


def test_an_interrupted_deletion_of_a_tag_option_is_finished() -> None:
    """Its association with the product is gone already."""
    option, last, *_ = ATTACHED
    there = Catalog.of(it for it in THERE if it != last)
    there = replace(there, interrupted={option.key: (OWNER, "publisher:leaving:tag-1")})
    assert Delete(option, includes=(last,)) in retiring("delete", there).changes


def test_other_products_stay() -> None:
    keys = [change_document(change)["key"] for change in retiring("delete").changes]
    assert not [key for key in keys if "notebook" in key]
