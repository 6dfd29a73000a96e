from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from publisher.aws.clients import Aws
from publisher.errors import AwsError, Refused
from publisher.model import (
    Catalog,
    Launch,
    LaunchConstraint,
    Principal,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    Unmanaged,
)
from publisher.planning.apply import apply
from publisher.planning.plan import plan
from tests.account import TEMPLATE
from tests.catalog.conftest import Account
from tests.conftest import cases, raising
from tests.samples import (
    RULES,
    as_observed,
    association,
    launch,
    ml,
    pattern,
    product,
    put,
    template,
    version,
    whole,
    without,
)

READS = ("Describe", "List", "Search", "Get", "Head")


def test_apply_then_observe_is_the_desired_catalog(account: Account) -> None:
    desired = whole("notebook", "studio")
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)


def test_a_second_sync_only_reads(account: Account) -> None:
    account.converge(whole("notebook", "studio"))
    calls = account.calls(lambda: account.converge(whole("notebook", "studio")))
    assert [name for name in calls if not name.startswith(READS)] == []


def test_the_calls_of_a_full_read(account: Account) -> None:
    account.converge(whole("notebook", "studio"))
    assert account.calls(account.target().observe) == {
        "ListPortfolios": 1,
        "SearchProductsAsAdmin": 2,
        "DescribePortfolio": 1,
        "DescribeProductAsAdmin": 2,
        "ListProvisioningArtifacts": 2,
        "ListPrincipalsForPortfolio": 1,
        "ListConstraintsForPortfolio": 1,
        "DescribeConstraint": 4,
        "DescribePortfolioShares": 4,
        "ListServiceActions": 1,
    }


def test_listings_of_several_pages(account: Account) -> None:
    names = [f"product-{n:02}" for n in range(23)]
    desired = whole(*names)
    account.converge(desired)
    calls = account.calls(lambda: account.target().observe())
    assert (calls["SearchProductsAsAdmin"], calls["ListConstraintsForPortfolio"]) == (4, 3)
    assert account.target().observe() == as_observed(desired)


@cases(
    ("changed", "writes"),
    {
        "portfolio": (
            replace(ml, display_name="Machine learning", description="", tags=(("cost", "1"), ("team", "b"))),
            {"UpdatePortfolio": 1},
        ),
        "product": (
            replace(
                product("studio"),
                display_name="Studio!",
                owner="Others",
                description="New.",
                distributor="D",
                support_description="Ask.",
                support_email="a@example.com",
                support_url="https://example.com",
                tags=(("a", "b"),),
            ),
            {"UpdateProduct": 1},
        ),
        "launch role": (launch(role="another"), {"UpdateConstraint": 1}),
        "rules and description": (
            template(rules=RULES.replace("Region", "Zone"), description=""),
            {"UpdateConstraint": 1},
        ),
        "another version": (version(number="1.1.0", letter="b"), {"CreateProvisioningArtifact": 1}),
        "inactive": (replace(version(), active=False), {"UpdateProvisioningArtifact": 1}),
    },
)
def test_a_change_in_the_files_is_one_write(
    account: Account, changed: Resource, writes: dict[str, int]
) -> None:
    account.converge(whole("studio"))
    desired = whole("studio")
    if isinstance(changed, ProvisioningArtifact):
        desired = without(desired, version().key)
    desired = put(desired, changed)
    calls = account.calls(lambda: account.converge(desired))
    assert {name: n for name, n in calls.items() if not name.startswith(READS)} == writes
    kept = put(as_observed(whole("studio")), *as_observed(desired))
    assert account.target().observe() == kept


def test_the_template_of_a_version(account: Account) -> None:
    target = account.observing(whole("studio"))
    assert target.template("studio", "1.0.0") == TEMPLATE
    with raising(AwsError, "provisioning-artifact studio 2.0.0 not found at this target"):
        target.template("studio", "2.0.0")


def test_a_product_in_two_portfolios(account: Account) -> None:
    other = replace(ml, name="other")
    desired = put(whole("studio"), other, ProductAssociation(portfolio="other", product="studio"))
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)


def test_a_product_is_created_with_its_first_real_version(account: Account) -> None:
    account.converge(whole("studio"))
    (view,) = account.catalog.search_products_as_admin()["ProductViewDetails"]
    product_id = view["ProductViewSummary"]["ProductId"]
    (detail,) = account.catalog.list_provisioning_artifacts(ProductId=product_id)[
        "ProvisioningArtifactDetails"
    ]
    assert (detail["Name"], detail["Description"]) == ("1.0.0", "studio 1.0.0 sha256:aaaaaaaaaaaa")
    assert account.catalog.describe_product_as_admin(Id=product_id)["Tags"] == [
        {"Key": "publisher:family", "Value": "studio"},
        {"Key": "publisher:product", "Value": "studio"},
    ]


def test_a_new_portfolio_is_marked_until_all_of_it_is_done(account: Account) -> None:
    target = account.target()
    planned = plan(Catalog.of([ml, pattern]), target.observe(), target="t")
    marks = [account.target().observe().unfinished for _ in apply(planned, target, workers=1)]
    assert marks == [{ml.key}, {ml.key}, set()]
    assert account.target().observe() == Catalog.of([ml, pattern])


def test_prune_deletes_what_is_managed_and_keeps_the_rest(account: Account) -> None:
    foreign = account.build.portfolio("ML", principal="")
    account.converge(whole("studio"))
    account.converge(Catalog(), prune=True)
    assert account.target().observe() == Catalog()
    assert [it["Id"] for it in account.catalog.list_portfolios()["PortfolioDetails"]] == [foreign]


def test_what_was_deleted_is_made_again(account: Account) -> None:
    desired = whole("studio")
    account.converge(desired)
    account.converge(Catalog(), prune=True)
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)


def test_deleting_a_version_that_is_not_the_last(account: Account) -> None:
    account.converge(whole("studio"))
    target = account.observing(put(whole("studio"), version(number="1.1.0", letter="b")))
    target.delete(version())
    assert version().key not in account.target().observe()
    target.delete(version())


def test_unmanaged_products_and_constraints_are_observed(account: Account) -> None:
    desired = whole("studio")
    account.converge(desired)
    client = account.catalog
    (portfolio_id,) = [it["Id"] for it in client.list_portfolios()["PortfolioDetails"]]
    (view,) = client.search_products_as_admin()["ProductViewDetails"]
    made = client.create_constraint(
        PortfolioId=portfolio_id,
        ProductId=view["ProductViewSummary"]["ProductId"],
        Type="TEMPLATE",
        Parameters=f'{{"Rules": {RULES}}}',
        Description="made by hand",
    )
    foreign = account.build.product("Studio", portfolio=portfolio_id, role="x")
    theirs = Unmanaged(portfolio="ml", kind="product", id=foreign, name="Studio")
    id_ = made["ConstraintDetail"]["ConstraintId"]
    by_hand = Unmanaged(portfolio="ml", kind="constraint", id=id_, name="studio")
    assert account.target().observe() == replace(as_observed(desired), unmanaged=(by_hand, theirs))
    assert theirs.label == f"ml / {foreign} 'Studio'"


def test_a_fast_read_makes_one_call_a_product_and_none_a_constraint(account: Account) -> None:
    desired = whole("notebook", "studio")
    account.converge(desired)
    target = account.target()
    calls = account.calls(lambda: target.observe(assumed=desired))
    assert (calls["DescribeProductAsAdmin"], calls["ListProvisioningArtifacts"]) == (2, 0)
    assert (calls["ListConstraintsForPortfolio"], calls["DescribeConstraint"]) == (1, 0)
    assert target.observe(assumed=desired) == as_observed(desired)


def test_a_fast_read_does_not_see_active_and_parameters(account: Account) -> None:
    desired = whole("studio")
    changed = put(without(desired, launch().key), launch(role="another"), version(active=False))
    account.converge(changed)
    assert account.target().observe(assumed=desired) == as_observed(desired)
    assert account.target().observe() == as_observed(changed)
    assert account.target().observe(assumed=Catalog()) == without(
        as_observed(desired), launch().key, template().key
    )


def test_what_has_been_launched(account: Account) -> None:
    target = account.observing(without(whole("studio"), launch().key, template().key))
    assert target.launches() == ()
    account.launch("churn", product="studio")
    assert target.launches() == (Launch(name="churn", product="studio", version="1.0.0"),)


def test_duplicates_are_refused(account: Account) -> None:
    tags = [{"Key": "publisher:portfolio", "Value": "ml"}]
    ids = sorted(account.build.portfolio("ML", principal="", Tags=tags) for _ in range(2))
    with raising(
        Refused,
        f"Portfolio ml exists 2 times: {ids[0]}, {ids[1]}",
        "keep one: delete the others, or remove their tag publisher:portfolio or publisher:product",
    ):
        account.target().observe()


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize("n", range(1, 8))
def test_a_run_killed_at_any_write_is_finished_by_the_next(account: Account, n: int, moment: str) -> None:
    """Kills a first sync at its n-th writing call: before it is sent, or when its answer has come."""
    desired = whole("studio")
    aws = Aws(region="us-west-2")
    writes: list[str] = []

    def die(model: Any, **_: object) -> None:
        if not model.name.startswith(READS):
            writes.append(model.name)
            if len(writes) == n:
                raise Killed

    aws.client("servicecatalog").meta.events.register(f"{moment}.service-catalog", die)
    with pytest.raises(Killed):
        account.converge(desired, aws=aws)
    ids = _ids(account)
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)
    assert ids <= _ids(account)


def test_the_writes_of_a_first_sync(account: Account) -> None:
    calls = account.calls(lambda: account.converge(whole("studio")))
    assert {name: n for name, n in calls.items() if not name.startswith(READS)} == {
        "CreatePortfolio": 1,
        "CreateProduct": 1,
        "AssociateProductWithPortfolio": 1,
        "CreateConstraint": 2,
        "AssociatePrincipalWithPortfolio": 1,
        "UpdatePortfolio": 1,
    }


def _ids(account: Account) -> set[str]:
    client = account.catalog
    products = client.search_products_as_admin()["ProductViewDetails"]
    portfolios = client.list_portfolios()["PortfolioDetails"]
    return {it["ProductViewSummary"]["ProductId"] for it in products} | {it["Id"] for it in portfolios}


def test_a_lost_reply_makes_no_duplicate(account: Account) -> None:
    """The first answer to every write gets lost; botocore sends the same request again."""
    aws = Aws(region="us-west-2")
    lost: set[str] = set()

    def again(operation: Any, response: Any, **_: object) -> float | None:
        if operation.name.startswith(READS) or operation.name in lost or response is None:
            return None
        lost.add(operation.name)
        return 0.0

    aws.client("servicecatalog").meta.events.register("needs-retry.service-catalog", again)
    account.converge(whole("studio"), aws=aws)
    assert "CreatePortfolio" in lost
    assert account.target().observe() == as_observed(whole("studio"))


def test_two_publishers_at_once_make_no_duplicates(account: Account) -> None:
    """Both have seen an empty account before either writes."""
    desired = whole("notebook", "studio")
    first, second = account.target(), account.target()
    plans = [plan(desired, target.observe(), target="t") for target in (first, second)]
    for target, planned in zip((first, second), plans, strict=True):
        assert {outcome.status for outcome in apply(planned, target, workers=2)} == {"done"}
    assert account.target().observe() == as_observed(desired)


def test_another_publisher_took_the_launch_slot(account: Account) -> None:
    """The other's has another token; AWS refuses a second LAUNCH; so the one that is there is changed."""
    first, second = account.observing(without(whole("studio"), launch().key)), account.observing()
    first.create(replace(launch(), local_role_name="launch-first"))
    second.create(launch())
    (there,) = [it for it in account.target().observe() if isinstance(it, LaunchConstraint)]
    assert there == launch()


def test_a_duplicate_that_is_not_in_the_slot_is_an_error(account: Account) -> None:
    target = account.observing(without(whole("studio"), launch().key))
    account.fail("CreateConstraint", "DuplicateResourceException")
    with pytest.raises(AwsError, match=r"cannot create Constraint ml / studio LAUNCH.*DuplicateResource"):
        target.create(launch())


def test_a_call_is_repeated_while_its_parents_are_not_visible(account: Account) -> None:
    account.converge(without(whole("studio"), association().key, launch().key, template().key))
    account.fail("AssociateProductWithPortfolio", "ResourceNotFoundException", 5)
    before = account.ticks.seconds
    account.converge(without(whole("studio"), launch().key, template().key))
    assert account.ticks.seconds - before == 0.25 + 0.5 + 1 + 2 + 2


def test_parents_that_stay_invisible(account: Account) -> None:
    target = account.observing(Catalog.of([ml]))
    account.fail("AssociatePrincipalWithPortfolio", "ResourceNotFoundException")
    with raising(
        AwsError,
        f"cannot create Principal {pattern.label}: "
        "AssociatePrincipalWithPortfolio answered ResourceNotFoundException: not now",
    ):
        target.create(pattern)
    assert 60 <= account.ticks.seconds < 70


def test_a_role_that_is_a_moment_old(account: Account) -> None:
    role_arn = account.aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"][
        "Arn"
    ]
    by_arn = replace(launch(), local_role_name="", role_arn=role_arn)
    account.fail("CreateConstraint", "InvalidParametersException", 2)
    account.converge(put(without(whole("studio"), template().key), by_arn))
    assert by_arn.key in account.target().observe()


def test_what_is_listed_but_not_yet_readable_is_waited_for(account: Account) -> None:
    account.converge(whole("studio"))
    account.fail("DescribeProductAsAdmin", "ResourceNotFoundException", 3)
    assert account.target().observe() == as_observed(whole("studio"))


def test_what_stays_unreadable_has_been_deleted(account: Account) -> None:
    account.converge(whole("studio"))
    account.fail("DescribeConstraint", "ResourceNotFoundException")
    assert account.target().observe() == without(as_observed(whole("studio")), launch().key, template().key)


def test_a_write_that_no_read_confirms(account: Account) -> None:
    target = account.observing(Catalog.of([ml]))
    account.after("DescribePortfolio", lambda parsed: parsed["PortfolioDetail"].update(DisplayName="old"))
    with raising(
        AwsError,
        "Portfolio ml was written, but no read showed it within 240 s",
        "run publisher sync again: it continues from there",
    ):
        target.update(ml, replace(ml, description=""))


def test_a_constraint_that_fails(account: Account) -> None:
    account.after("DescribeConstraint", lambda parsed: parsed.update(Status="FAILED"))
    target = account.target()
    planned = plan(without(whole("studio"), template().key), target.observe(), target="t")
    errors = [str(outcome.error) for outcome in apply(planned, target) if outcome.status == "failed"]
    assert errors == ["Constraint ml / studio LAUNCH has the status FAILED"]
    assert replace(launch(), status="FAILED") in list(account.target().observe())


def test_a_constraint_that_takes_its_time(account: Account) -> None:
    statuses = iter(["CREATING", "CREATING", "AVAILABLE", "AVAILABLE"])
    account.after("DescribeConstraint", lambda parsed: parsed.update(Status=next(statuses)))
    account.converge(without(whole("studio"), template().key))
    assert next(statuses) == "AVAILABLE"


def test_a_delete_that_comes_too_late(account: Account) -> None:
    target = account.observing(whole("studio"))
    account.fail("DeletePortfolio", "ResourceInUseException")
    with pytest.raises(AwsError, match="cannot delete Portfolio ml: DeletePortfolio answered ResourceInUse"):
        target.delete(ml)


def test_a_delete_that_has_no_effect(account: Account) -> None:
    target = account.observing(Catalog.of([ml, pattern]))
    account.fail("DisassociatePrincipalFromPortfolio", "ResourceNotFoundException", 1)
    with pytest.raises(AwsError, match="was deleted, but still exists"):
        target.delete(pattern)


@cases(
    "resource",
    {
        "no product": (version()),
        "no portfolio": (association()),
        "no association": (launch()),
        "no portfolio for a principal": (pattern),
    },
)
def test_a_parent_that_is_not_there(account: Account, resource: Any) -> None:
    target = account.observing()
    with pytest.raises(AwsError, match="not found at this target"):
        target.create(resource)


def test_a_product_needs_its_version(account: Account) -> None:
    with pytest.raises(ValueError, match="with its first version"):
        account.target().create(product("studio"))


def test_associations_have_nothing_to_update(account: Account) -> None:
    assert account.calls(lambda: account.target().update(association(), association())) == {}


def test_a_principal_of_a_deleted_role_is_reported(account: Account) -> None:
    account.converge(Catalog.of([ml]))
    iam = account.aws.client("iam")
    role = iam.create_role(RoleName="gone", AssumeRolePolicyDocument="{}")["Role"]
    account.converge(
        Catalog.of([ml, Principal(portfolio="ml", principal_arn=role["Arn"], principal_type="IAM")])
    )
    iam.delete_role(RoleName="gone")
    dead = Unmanaged(portfolio="ml", kind="deleted principal", id=role["RoleId"])
    assert account.target().observe() == Catalog({ml.key: ml}, unmanaged=(dead,))
    assert dead.label == f"ml / {role['RoleId']}"


@pytest.mark.parametrize("publishers", [2, 4])
def test_publishers_at_once_end_in_one_catalog(account: Account, publishers: int) -> None:
    desired = whole("notebook", "studio")

    def publish(_: int) -> set[str]:
        target = account.target()
        planned = plan(desired, target.observe(), target="t")
        return {str(outcome.error) for outcome in apply(planned, target, workers=2) if outcome.error}

    with ThreadPoolExecutor(publishers) as pool:
        assert set().union(*pool.map(publish, range(publishers))) == set()
    assert account.target().observe() == as_observed(desired)
