"""TagOptions: those of others, interrupted deletions, and owners full of tags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.errors import AwsError
from publisher.model import (
    RESERVED_TAGS,
    Catalog,
    Portfolio,
    Product,
    TagOption,
)
from publisher.planning.changes import Create, Update
from publisher.planning.plan import plan
from tests.catalog.conftest import Account
from tests.catalog.kind_samples import PORTFOLIO, STUDIO, option, tagged, writes
from tests.conftest import cases
from tests.samples import as_observed, ml, product, put, whole

MANY_TAGS = tuple((f"key-{n:02}", "value") for n in range(20 - RESERVED_TAGS))


@cases(
    ("full", "operation"),
    {
        "portfolio": (replace(ml, tags=MANY_TAGS), "UpdatePortfolio"),
        "product": (replace(product("studio"), tags=MANY_TAGS), "UpdateProduct"),
    },
)
def test_publisher_needs_the_tags_that_it_reserves(
    account: Account, full: Portfolio | Product, operation: str
) -> None:
    """A portfolio that is not finished, and a TagOption that is being deleted, take all of them."""
    desired = put(whole("studio"), full)
    owner = ("product", "studio") if isinstance(full, Product) else PORTFOLIO
    target = account.observing(put(desired, option(), tagged(owner=owner)))
    unfinished = [{"Key": "publisher:unfinished", "Value": "true"}]
    portfolio_id = target._engine.id_of(*PORTFOLIO)
    account.catalog.update_portfolio(Id=portfolio_id, AddTags=unfinished)
    counts: list[int] = []
    account.after(operation, lambda parsed: counts.append(len(parsed["Tags"])))
    target.delete(option(), includes=(tagged(owner=owner),))
    assert counts == [20, 19]


@pytest.mark.parametrize("owner", [PORTFOLIO, STUDIO])
def test_tag_options_of_an_owner_full_of_tags_are_pruned(account: Account, owner: tuple[str, str]) -> None:
    """One at a time: the owner has room for the tag of one."""
    full = put(whole("studio"), replace(ml, tags=MANY_TAGS), product("studio", tags=MANY_TAGS))
    values = ("dev", "prod", "qa", "test")
    account.converge(put(full, *map(option, values), *(tagged(value, owner) for value in values)))
    account.converge(full, prune=True)
    assert account.target().observe() == as_observed(full)
    assert account.catalog.list_tag_options()["TagOptionDetails"] == []


@cases(
    ("there", "desired", "hint"),
    {
        "inactive": (False, True, "ask its owner to make it active, or make it inactive in the files"),
        "active": (True, False, "ask its owner to make it inactive, or make it active in the files"),
    },
)
def test_a_tag_option_of_others_keeps_its_state(
    account: Account, there: bool, desired: bool, hint: str
) -> None:
    client = account.catalog
    portfolio = account.build.portfolio("T", principal="")
    id_ = client.create_tag_option(Key="stage", Value="dev")["TagOptionDetail"]["Id"]
    client.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=id_)
    client.update_tag_option(Id=id_, Active=there)
    with pytest.raises(AwsError) as raised:
        account.target().create(TagOption(tag_key="stage", value="dev", active=desired))
    state = "active" if there else "inactive"
    assert raised.value.message == (
        f"the TagOption stage=dev exists, is {state}, and {portfolio} (unmanaged) uses it"
    )
    assert raised.value.hint == hint
    assert client.describe_tag_option(Id=id_)["TagOptionDetail"]["Active"] is there


def test_a_tag_option_that_others_share_needs_to_be_allowed(account: Account) -> None:
    account.converge(Catalog.of([ml, option(), tagged()]))
    client = account.catalog
    (detail,) = client.list_tag_options()["TagOptionDetails"]
    portfolio = account.build.portfolio("T", principal="")
    client.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=detail["Id"])
    desired = Catalog.of([ml, replace(option(), active=False), tagged()])
    (change,) = plan(desired, account.target().observe(), target="t").changes
    assert change.needs == "tag-option"
    client.disassociate_tag_option_from_resource(ResourceId=portfolio, TagOptionId=detail["Id"])
    (change,) = plan(desired, account.target().observe(), target="t").changes
    assert change.needs is None


def test_a_tag_option_that_is_there_is_taken_over(account: Account) -> None:
    made = account.catalog.create_tag_option(Key="stage", Value="dev")["TagOptionDetail"]["Id"]
    account.catalog.update_tag_option(Id=made, Active=False)
    desired = put(whole("studio"), option(), tagged())
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)
    assert [it["Id"] for it in account.catalog.list_tag_options()["TagOptionDetails"]] == [made]


def interrupted(account: Account, *, before: str = "") -> tuple[Catalog, str]:
    """What is there after a run that was stopped at a call while it deleted a TagOption; its tag."""
    there = Catalog.of([ml, option(), tagged()])
    target = account.observing(there)
    tag = f"publisher:leaving:{target._engine.id_of(*option().key)}"
    account.fail(before, "AccessDeniedException", 1)
    with pytest.raises(AwsError, match=f"{before} answered AccessDeniedException"):
        target.delete(option(), includes=(tagged(),))
    return there, tag


@pytest.mark.parametrize("before", ["DisassociateTagOptionFromResource", "DeleteTagOption"])
def test_an_interrupted_deletion_of_a_tag_option(account: Account, before: str) -> None:
    _, tag = interrupted(account, before=before)
    found = account.target().observe()
    assert found.interrupted == {option().key: (PORTFOLIO, tag)}
    assert found.resources[ml.key] == replace(ml, tags=((tag, "true"), *ml.tags))
    assert writes(account, Catalog.of([ml])) == {}
    made = writes(account, Catalog.of([ml]), prune=True)
    assert made.pop("DisassociateTagOptionFromResource") == 1
    assert made == {"UpdatePortfolio": 2, "DeleteTagOption": 1}
    assert account.target().observe() == Catalog.of([ml])


@pytest.mark.parametrize("before", ["DisassociateTagOptionFromResource", "DeleteTagOption"])
def test_a_tag_option_that_is_desired_again(account: Account, before: str) -> None:
    """The plan shows that its tag is removed."""
    there, tag = interrupted(account, before=before)
    marked = replace(ml, tags=((tag, "true"), *ml.tags))
    changes = plan(there, account.target().observe(), target="t").changes
    assert changes == (Update(marked, ml), *([Create(tagged())] if before == "DeleteTagOption" else []))
    assert sum(writes(account, there).values()) == len(changes)
    assert account.target().observe() == there


def test_the_tag_of_a_tag_option_that_others_use_is_undeclared(account: Account) -> None:
    interrupted(account, before="DisassociateTagOptionFromResource")
    (detail,) = account.catalog.list_tag_options()["TagOptionDetails"]
    theirs = account.build.portfolio("Theirs", principal="")
    account.catalog.associate_tag_option_with_resource(ResourceId=theirs, TagOptionId=detail["Id"])
    assert account.target().observe().interrupted == {}
    assert writes(account, Catalog.of([ml]), prune=True) == {
        "UpdatePortfolio": 1,
        "DisassociateTagOptionFromResource": 1,
    }
    assert account.target().observe() == Catalog.of([ml])


def test_a_tag_option_needs_its_last_association(account: Account) -> None:
    with pytest.raises(ValueError, match="with its last association"):
        account.target().delete(option())


def test_a_tag_option_used_elsewhere_is_observed(account: Account) -> None:
    desired = put(whole("studio"), option(), tagged())
    account.converge(desired)
    foreign = account.build.portfolio("Theirs", principal="")
    (detail,) = account.catalog.list_tag_options()["TagOptionDetails"]
    account.catalog.associate_tag_option_with_resource(ResourceId=foreign, TagOptionId=detail["Id"])
    assert account.target().observe().used_elsewhere == {option().key}


def test_a_tag_option_used_elsewhere_is_observed_on_every_page(account: Account) -> None:
    """AWS names the token of the next page otherwise in this listing than in others."""
    managed = [replace(ml, name=f"ml-{n:02}") for n in range(20)]
    tags = [tagged(owner=("portfolio", it.name)) for it in managed]
    account.converge(Catalog.of([*managed, option(), *tags]))
    # Listed by id, so after the portfolios.
    foreign = account.build.product("Theirs")
    (detail,) = account.catalog.list_tag_options()["TagOptionDetails"]
    account.catalog.associate_tag_option_with_resource(ResourceId=foreign, TagOptionId=detail["Id"])
    assert account.target().observe().used_elsewhere == {option().key}
