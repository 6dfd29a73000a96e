"""Every kind of resource that a portfolio can hold, written and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast, get_args

import pytest

from publisher.catalog.kinds import KINDS
from publisher.catalog.unmanaged_portfolio import UnmanagedPortfolios
from publisher.errors import AwsError, Refused
from publisher.model import (
    BudgetAssociation,
    Catalog,
    LaunchConstraint,
    NotificationConstraint,
    Permission,
    Product,
    Resource,
    ResourceUpdateConstraint,
    Retention,
    RetirementStep,
    ServiceAction,
    ServiceActionAssociation,
    StackSetConstraint,
    Unmanaged,
)
from publisher.planning.apply import apply
from publisher.planning.plan import plan
from tests.catalog.conftest import Account
from tests.catalog.kind_samples import PORTFOLIO, STUDIO, option, share, tagged, writes
from tests.conftest import cases, raising
from tests.samples import as_observed, launch, pattern, product, put, template, version, whole, without


def test_every_kind_of_resource_has_its_file() -> None:
    assert KINDS.keys() == set(get_args(Resource))


TOPICS = ("arn:aws:sns:us-west-2:123456789012:a", "arn:aws:sns:us-west-2:123456789012:b")
WITHOUT_LAUNCH = without(whole("studio"), launch().key)


def notification(name: str = "operations", *topics: str) -> NotificationConstraint:
    return NotificationConstraint(
        portfolio="ml", product="studio", name=name, notification_arns=topics or TOPICS[:1]
    )


def resource_update(permission: Permission = "ALLOWED") -> ResourceUpdateConstraint:
    return ResourceUpdateConstraint(
        portfolio="ml", product="studio", tag_update_on_provisioned_product=permission
    )


STACK_SET = StackSetConstraint(
    portfolio="ml",
    product="studio",
    account_list=("111111111111", "222222222222"),
    region_list=("eu-west-1", "us-west-2"),
    admin_role="arn:aws:iam::123456789012:role/admin",
    execution_role="execution",
    description="Everywhere.",
)


ACTION = ServiceAction(
    name="studio/restart",
    display_name="Restart",
    definition=(("AssumeRole", "LAUNCH_ROLE"), ("Name", "AWS-RestartEC2Instance"), ("Version", "1")),
    description="Restarts it.",
)


def acting(number: str = "1.0.0") -> ServiceActionAssociation:
    return ServiceActionAssociation(product="studio", version=number, action="studio/restart")


@cases(
    ("start", "first", "second", "update"),
    {
        "notification": (
            whole("studio"),
            [notification("operations", *TOPICS), notification("audit")],
            [notification("operations"), replace(notification("audit"), description="Who audits.")],
            {"UpdateConstraint": 2},
        ),
        "resource update": (
            whole("studio"),
            [resource_update()],
            [resource_update("NOT_ALLOWED")],
            {"UpdateConstraint": 1},
        ),
        "stack set": (
            WITHOUT_LAUNCH,
            [STACK_SET],
            [replace(STACK_SET, account_list=("222222222222",), stack_instance_control="ALLOWED")],
            {"UpdateConstraint": 1},
        ),
        "TagOptions": (
            whole("studio"),
            [option(), tagged(), tagged(owner=STUDIO), option("prod"), tagged("prod")],
            [option(active=False), tagged(), tagged(owner=STUDIO), option("prod"), tagged("prod")],
            {"UpdateTagOption": 1},
        ),
        "a TagOption that begins inactive": (
            whole("studio"),
            [option("old", active=False), tagged("old")],
            [option("old"), tagged("old")],
            {"UpdateTagOption": 1},
        ),
        "service action": (
            whole("studio"),
            [ACTION, acting()],
            [replace(ACTION, display_name="Again", description=""), acting()],
            {"UpdateServiceAction": 1},
        ),
        "budgets": (
            whole("studio"),
            [
                BudgetAssociation(owner=PORTFOLIO, budget_name="a"),
                BudgetAssociation(owner=STUDIO, budget_name="b"),
            ],
            [
                BudgetAssociation(owner=PORTFOLIO, budget_name="b"),
                BudgetAssociation(owner=STUDIO, budget_name="b"),
            ],
            {"DisassociateBudgetFromResource": 1, "AssociateBudgetWithResource": 1},
        ),
        "share to an account": (
            whole("studio"),
            [share("ACCOUNT", "222222222222")],
            [share("ACCOUNT", "222222222222", share_tag_options=True)],
            {"UpdatePortfolioShare": 1},
        ),
    },
)
def test_each_kind_is_made_changed_and_pruned(
    account: Account, start: Catalog, first: list[Resource], second: list[Resource], update: dict[str, int]
) -> None:
    account.budgets("a", "b")
    account.converge(start)
    for resources in (first, second):
        desired = put(start, *resources)
        made = writes(account, desired)
        assert account.target().observe() == as_observed(desired)
        assert writes(account, desired) == {}
    assert made == update
    account.converge(start, prune=True)
    assert account.target().observe() == as_observed(start)


def test_a_whole_catalog_is_made_and_pruned_in_the_order_of_the_api(account: Account) -> None:
    account.budgets("a")
    desired = put(
        whole("studio"),
        notification(),
        resource_update(),
        option(),
        tagged(),
        tagged(owner=STUDIO),
        ACTION,
        acting(),
        BudgetAssociation(owner=STUDIO, budget_name="a"),
        share("ACCOUNT", "222222222222"),
    )
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)
    account.converge(Catalog(), prune=True)
    assert account.target().observe() == Catalog()
    assert account.catalog.list_tag_options()["TagOptionDetails"] == []
    assert account.catalog.list_service_actions()["ServiceActionSummaries"] == []


def test_a_stack_set_instead_of_a_launch_role(account: Account) -> None:
    """LAUNCH and STACKSET exclude each other: the one makes room for the other, as often as one likes."""
    role = whole("studio")
    stack_set = put(WITHOUT_LAUNCH, STACK_SET)
    for desired in (role, stack_set, role, stack_set, role):
        account.converge(desired)
        assert account.target().observe() == as_observed(desired)


def test_another_publisher_took_the_slot_of_a_notification(account: Account) -> None:
    first, second = account.observing(whole("studio")), account.observing()
    first.create(notification())
    second.create(notification())
    found = [it for it in account.target().observe() if isinstance(it, NotificationConstraint)]
    assert found == [notification()]


def test_a_constraint_of_a_new_type_is_unmanaged_and_omitted(account: Account) -> None:
    portfolio_id = account.build.portfolio()
    account.build.product("Studio", portfolio=portfolio_id, role="launch-studio")
    account.after("ListConstraintsForPortfolio", lambda it: it["ConstraintDetails"][0].update(Type="NEW"))
    portfolios = UnmanagedPortfolios(account.aws)
    read = portfolios.read(
        portfolio_id,
        portfolio_name=lambda *_: "ml",
        product_name=lambda *_: "studio",
        action_name=lambda name, _: name,
    )
    listed = account.catalog.list_constraints_for_portfolio(PortfolioId=portfolio_id)
    (id_,) = [it["ConstraintId"] for it in listed["ConstraintDetails"]]
    assert read.omitted == (f"the constraint {id_} of the product studio: its type is NEW",)
    for write in read.ownership_writes({"studio": version().digest}):
        portfolios.write(write)
    theirs = Unmanaged(portfolio="ml", kind="constraint", id=id_, name="studio")
    assert account.target().observe().unmanaged == (theirs,)


def test_a_notification_made_by_hand_is_unmanaged(account: Account) -> None:
    target = account.observing(whole("studio"))
    place = target._engine.place("ml", "studio")
    made = account.catalog.create_constraint(
        **place,
        Type="NOTIFICATION",
        Parameters=json.dumps({"NotificationArns": TOPICS[:1]}),
        Description="ours?",
    )
    id_ = made["ConstraintDetail"]["ConstraintId"]
    theirs = Unmanaged(portfolio="ml", kind="constraint", id=id_, name="studio")
    assert account.target().observe() == replace(as_observed(whole("studio")), unmanaged=(theirs,))


def test_a_missing_budget_is_reported_immediately(account: Account) -> None:
    target = account.observing(whole("studio"))
    start = account.ticks.seconds
    with raising(AwsError, "budget 'a' of product studio not found in the account"):
        target.create(BudgetAssociation(owner=STUDIO, budget_name="a"))
    assert account.ticks.seconds == start
    assert account.aws.calls["servicecatalog:AssociateBudgetWithResource"] == 1


def test_a_missing_budget_leaves_the_one_that_is_there(account: Account) -> None:
    account.budgets("a")
    there = put(whole("studio"), BudgetAssociation(owner=STUDIO, budget_name="a"))
    target = account.observing(there)
    with pytest.raises(AwsError, match="budget 'b' of product studio not found"):
        target.update(
            BudgetAssociation(owner=STUDIO, budget_name="a"), BudgetAssociation(owner=STUDIO, budget_name="b")
        )
    assert account.target().observe() == as_observed(there)


def test_a_missing_budget_without_permission_to_read_budgets(account: Account) -> None:
    account.converge(whole("studio"))
    account.fail("DescribeBudget", "AccessDeniedException", service="budgets")
    target = account.observing()
    with pytest.raises(AwsError, match="AssociateBudgetWithResource answered ResourceNotFoundException"):
        target.create(BudgetAssociation(owner=STUDIO, budget_name="a"))


def test_unmanaged_tag_options_and_actions_are_not_observed(account: Account) -> None:
    account.converge(whole("studio"))
    account.catalog.create_tag_option(Key="stage", Value="dev")
    account.catalog.create_service_action(
        Name="Theirs", DefinitionType="SSM_AUTOMATION", Definition={"Name": "Doc", "Version": "1"}
    )
    assert account.target().observe() == as_observed(whole("studio"))


def test_a_deprecated_first_version(account: Account) -> None:
    desired = without(whole("studio"), version().key)
    desired = put(desired, replace(version(), guidance="DEPRECATED"))
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)


def test_service_actions_follow_new_versions_and_leave_with_old_ones(account: Account) -> None:
    shared = replace(acting(), version="")
    newer = version(number="1.1.0", letter="b")
    account.converge(put(whole("studio"), ACTION, shared))
    account.converge(put(without(whole("studio"), version().key), newer, ACTION, shared))
    expected = put(whole("studio"), newer, ACTION, acting(), acting("1.1.0"))
    assert account.target().observe() == as_observed(expected)
    target = account.observing()
    target.delete(version())
    assert account.target().observe() == without(as_observed(expected), version().key, acting().key)


def test_retirement_step_by_step(account: Account) -> None:
    desired = put(whole("notebook", "studio"), pattern)
    account.converge(desired)
    account.launch("ours", product="studio")
    for step, keys in (
        ("deprecate", set()),
        ("disassociate", {("product-association", "ml", "studio"), launch().key, template().key}),
        ("delete", {product("studio").key, version().key}),
    ):
        desired = replace(
            without(desired, *keys), retention={"studio": Retention(retire=cast("RetirementStep", step))}
        )
        target = account.target()
        planned = plan(desired, target.observe(), target="t", launches=target.launches())
        if step == "disassociate":
            with pytest.raises(Refused, match="is used by ours"):
                planned.refuse_used()
            account.catalog.terminate_provisioned_product(ProvisionedProductName="ours")
        assert {outcome.status for outcome in apply(planned, target)} == {"done"}
    assert account.target().observe() == as_observed(whole("notebook"))


def test_a_product_for_another_engine(account: Account) -> None:
    external = replace(product("studio"), product_type="EXTERNAL")
    archived = replace(version(), artifact_type="EXTERNAL")
    desired = Catalog.of([external, archived])
    account.converge(desired)
    newer = replace(version(number="1.1.0", letter="b"), artifact_type="EXTERNAL")
    account.converge(Catalog.of([external, newer]))
    assert account.target().observe() == as_observed(Catalog.of([external, archived, newer]))


def test_launch_by_arn_becomes_launch_by_name_in_place(account: Account) -> None:
    role_arn = account.aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"][
        "Arn"
    ]
    by_arn = LaunchConstraint(portfolio="ml", product="studio", role_arn=role_arn)
    account.converge(put(whole("studio"), by_arn))
    assert writes(account, whole("studio")) == {"UpdateConstraint": 1}
    assert account.target().observe() == as_observed(whole("studio"))


def test_the_type_of_a_product_is_read(account: Account) -> None:
    account.converge(whole("studio"))
    (found,) = [it for it in account.target().observe() if isinstance(it, Product)]
    assert found.product_type == "CLOUD_FORMATION_TEMPLATE"
