"""Every kind of resource that a portfolio can hold, written and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast, get_args

import pytest

from publisher.catalog.kinds import KINDS
from publisher.catalog.unmanaged_portfolio import UnmanagedPortfolios
from publisher.errors import AwsError, Refused
from publisher.model import (
    RESERVED_TAGS,
    BudgetAssociation,
    Catalog,
    LaunchConstraint,
    NotificationConstraint,
    Permission,
    Portfolio,
    PortfolioShare,
    Product,
    Resource,
    ResourceUpdateConstraint,
    Retention,
    RetirementStep,
    ServiceAction,
    ServiceActionAssociation,
    ShareType,
    StackSetConstraint,
    TagOption,
    TagOptionAssociation,
    Unmanaged,
)
from publisher.planning.apply import apply
from publisher.planning.changes import Create, Update
from publisher.planning.plan import plan
from tests.catalog.conftest import Account
from tests.catalog.test_target import READS
from tests.conftest import cases, raising
from tests.samples import as_observed, launch, ml, pattern, product, put, template, version, whole, without


def test_every_kind_of_resource_has_its_file() -> None:
    assert KINDS.keys() == set(get_args(Resource))


TOPICS = ("arn:aws:sns:us-west-2:123456789012:a", "arn:aws:sns:us-west-2:123456789012:b")
STUDIO, PORTFOLIO = ("product", "studio"), ("portfolio", "ml")
MANY_TAGS = tuple((f"key-{n:02}", "value") for n in range(20 - RESERVED_TAGS))
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


def option(value: str = "dev", *, active: bool = True) -> TagOption:
    return TagOption(tag_key="stage", value=value, active=active)


def tagged(value: str = "dev", owner: tuple[str, str] = PORTFOLIO) -> TagOptionAssociation:
    return TagOptionAssociation(owner=owner, tag_key="stage", value=value)


def share(share_type: ShareType, principal_id: str, **flags: bool) -> PortfolioShare:
    return PortfolioShare(portfolio="ml", share_type=share_type, principal_id=principal_id, **flags)


ACTION = ServiceAction(
    name="studio/restart",
    display_name="Restart",
    definition=(("AssumeRole", "LAUNCH_ROLE"), ("Name", "AWS-RestartEC2Instance"), ("Version", "1")),
    description="Restarts it.",
)


def acting(number: str = "1.0.0") -> ServiceActionAssociation:
    return ServiceActionAssociation(product="studio", version=number, action="studio/restart")


def writes(account: Account, desired: Catalog, *, prune: bool = False) -> dict[str, int]:
    calls = account.calls(lambda: account.converge(desired, prune=prune))
    return {name: n for name, n in calls.items() if not name.startswith(READS)}


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
        portfolio_name=lambda _: "ml",
        product_name=lambda _: "studio",
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


class Company:
    """An organization of the account, with one unit."""

    def __init__(self, account: Account, *, access: bool = True) -> None:
        client = account.aws.client("organizations")
        self.id = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        root = client.list_roots()["Roots"][0]["Id"]
        unit = client.create_organizational_unit(ParentId=root, Name="ml")
        self.unit = unit["OrganizationalUnit"]["Id"]
        made = client.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
        self.member = made["AccountId"]
        if access:
            account.catalog.enable_aws_organizations_access()

    def parts(self, **flags: bool) -> list[PortfolioShare]:
        """The unit, and the account that is not in it."""
        return [
            share("ORGANIZATIONAL_UNIT", self.unit, **flags),
            share("ORGANIZATION_MEMBER_ACCOUNT", self.member),
        ]

    def whole(self, **flags: bool) -> list[PortfolioShare]:
        """All of it."""
        return [share("ORGANIZATION", self.id, **flags)]


@cases("recipients", {"parts": (Company.parts), "whole": (Company.whole)})
def test_shares_in_an_organization(account: Account, recipients: Callable[..., list[PortfolioShare]]) -> None:
    company = Company(account)
    desired = put(whole("studio"), *recipients(company))
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)
    more = put(whole("studio"), *recipients(company, share_principals=True))
    assert writes(account, more) == {"UpdatePortfolioShare": 1}
    assert account.target().observe() == as_observed(more)
    account.converge(whole("studio"), prune=True)
    assert account.target().observe() == as_observed(whole("studio"))


def test_an_account_that_has_the_portfolio_from_its_organization_is_no_failure(account: Account) -> None:
    company = Company(account)
    desired = put(whole("studio"), *company.whole(), *company.parts())
    account.converge(desired)
    assert account.target().observe() == as_observed(desired)


def test_sharing_again_what_is_shared_with_other_flags(account: Account) -> None:
    first, second = account.observing(Catalog.of([ml])), account.observing()
    first.create(share("ACCOUNT", "222222222222"))
    second.create(share("ACCOUNT", "222222222222", share_tag_options=True))
    shared = share("ACCOUNT", "222222222222", share_tag_options=True)
    assert account.target().observe() == Catalog.of([ml, shared])


def test_an_account_shares_one_thing_at_a_time(account: Account) -> None:
    """While another action goes on the answer is InvalidStateException."""
    target = account.observing(Catalog.of([ml]))
    account.fail("CreatePortfolioShare", "InvalidStateException", 5)
    target.create(share("ACCOUNT", "222222222222"))
    assert account.ticks.seconds >= 0.25 + 0.5 + 1 + 2 + 2


def test_an_organization_without_trusted_access(account: Account) -> None:
    company = Company(account, access=False)
    target = account.observing(Catalog.of([ml]))
    shared = share("ORGANIZATION", company.id)
    with raising(
        AwsError,
        f"PortfolioShare {shared.label} needs Service Catalog's access to the organization",
        "in the organization's management account, run aws servicecatalog enable-aws-organizations-access",
    ):
        target.create(shared)


@cases(
    ("details", "reasons"),
    {
        "accounts": (
            {"ShareErrors": [{"Accounts": ["333333333333"], "Error": "Throttling", "Message": "later"}]},
            "333333333333: Throttling later",
        ),
        "nothing": ({}, "no reason given"),
    },
)
def test_errors_of_a_share_are_read_back(account: Account, details: dict[str, Any], reasons: str) -> None:
    company = Company(account)
    target = account.observing(Catalog.of([ml]))

    account.after(
        "DescribePortfolioShareStatus",
        lambda parsed: parsed.update(Status="COMPLETED_WITH_ERRORS", ShareDetails=details),
    )
    shared = share("ORGANIZATION", company.id)
    with raising(AwsError, f"PortfolioShare {shared.label} ended with COMPLETED_WITH_ERRORS: {reasons}"):
        target.create(shared)


def test_a_share_that_does_not_end(account: Account) -> None:
    company = Company(account)
    target = account.observing(Catalog.of([ml]))
    account.after("DescribePortfolioShareStatus", lambda parsed: parsed.update(Status="IN_PROGRESS"))
    shared = share("ORGANIZATION", company.id)
    with pytest.raises(AwsError, match="has not finished after 300 s"):
        target.create(shared)


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
