"""The page of a plan: access first, in words, and all of what an approval is about."""

from __future__ import annotations

import re
from dataclasses import replace

from publisher.errors import Refused
from publisher.impact import Change as TemplateChange
from publisher.model import (
    Catalog,
    ExecutionRolePolicy,
    LaunchConstraint,
    Portfolio,
    PortfolioShare,
    Principal,
    Resource,
    StudioDomain,
    TagOption,
    Unmanaged,
)
from publisher.planning.changes import Create, Delete, Update
from publisher.planning.plan import Missing, Plan, plan
from publisher.planning.template_changes import ComparedVersion, TemplateChanges
from publisher.planning.unfit_roles import UnfitRole
from publisher.report.plan_access import access_words
from publisher.report.plan_page import PlanPage, plan_html, plan_page
from tests.conftest import cases
from tests.samples import (
    STACK_SET,
    TARGET,
    association,
    launch,
    ml,
    pattern,
    product,
    template,
    version,
    whole,
)

OTHER = "222222222222/eu-west-1"
HOSTILE = "<script>alert(1)</script>" + "x" * 60
SHARE = PortfolioShare(portfolio="ml", share_type="ACCOUNT", principal_id="333333333333")
UNIT = replace(SHARE, share_type="ORGANIZATIONAL_UNIT", principal_id="ou-ab12-cdefgh34")
MANY = tuple(f"{number:012}" for number in range(1, 9))
DOMAIN = StudioDomain(
    portfolio="ml",
    domain_arn="arn:aws:sagemaker:us-west-2:111111111111:domain/d-abcdefghij12",
    location="s3://templates/studio/",
)
ROLE_POLICY = ExecutionRolePolicy(
    portfolio="ml", role_arn="arn:aws:iam::111111111111:role/studio-user", document='{"Statement":[]}'
)
ANALYST = Principal(
    portfolio="ml", principal_arn="arn:aws:iam::111111111111:role/team/analyst", principal_type="IAM"
)
OPTION = TagOption(tag_key="stage", value="prod")


@cases(
    ("change", "words"),
    {
        "a pattern": (
            Create(pattern, "principal-pattern"),
            "Every role of the account with a name that begins with ml-team- can launch what is in the "
            "portfolio ml.",
        ),
        "a role": (
            Create(ANALYST),
            "The role analyst of account 111111111111, with the path /team/ can launch what is in the "
            "portfolio ml.",
        ),
        "a share": (
            Create(SHARE, "share"),
            "The portfolio ml is shared with account 333333333333, which must accept the share; who may "
            "launch there is "
            "decided there.",
        ),
        "a share of more": (
            Update(UNIT, replace(UNIT, share_principals=True), "share"),
            "The portfolio ml is shared further with every account of the organizational unit "
            "ou-ab12-cdefgh34; who may "
            "launch here by a pattern may do so there.",
        ),
        "a launch role": (
            Update(launch(), launch(role="admin"), "launch-role"),
            "Launches of studio from the portfolio ml run as the role admin of the account that launches. "
            "Before, they run "
            "as the role launch-studio of the account that launches.",
        ),
        "a role by its ARN": (
            Update(
                launch(),
                LaunchConstraint(
                    portfolio="ml", product="studio", role_arn="arn:aws:iam::444444444444:role/hub"
                ),
                "launch-role",
            ),
            "Launches of studio from the portfolio ml run as the role hub of account 444444444444. "
            "Before, they run as the "
            "role launch-studio of the account that launches.",
        ),
        "all accounts of a stack set": (
            Update(STACK_SET, replace(STACK_SET, account_list=("1", "2", *MANY)), "launch-role"),
            f"Launches of studio from the portfolio ml are stacks in the accounts 1, 2, {', '.join(MANY)}, "
            "in us-west-2, made by arn:a as the role e there; users cannot change single stacks. New are "
            f"{', '.join(MANY)}.",
        ),
        "a stack set instead of a role": (
            Update(launch(), STACK_SET, "launch-role"),
            "Launches of studio from the portfolio ml are stacks in the accounts 1, 2, in us-west-2, made by "
            "arn:a as the role e there; users cannot change single stacks. Before, they run as the role "
            "launch-studio of the account that launches.",
        ),
        "a role of somebody else": (
            Create(ROLE_POLICY, "execution-role"),
            "Who works with the role studio-user can make SageMaker projects from the portfolio ml: it gets "
            "the inline policy publisher-ml.",
        ),
        "a domain": (
            Create(DOMAIN, "studio-domain"),
            "Users of the SageMaker domain d-abcdefghij12 find the project templates of the portfolio ml in "
            "s3://templates/studio/.",
        ),
        "a TagOption that others use": (
            Update(replace(OPTION, active=False), OPTION, "tag-option"),
            "The TagOption stage=prod can be chosen, also in portfolios and of products that are not managed "
            "by publisher.",
        ),
    },
)
def test_who_gets_what(change: Create | Update, words: str) -> None:
    assert access_words(change) == words


def test_products_that_launch_as_the_same_role_stand_together() -> None:
    names = ("studio", "notebook", "other")
    desired = Catalog.of([*whole(*names), *(launch(it, role="admin") for it in names[:2])])
    observed = Catalog.of([*whole(*names[:2]), *(launch(it, role=f"launch-{it}") for it in names)])
    shown = page(plan(desired, observed, target=TARGET)).access
    assert [it.words for it in shown] == [
        "Launches of 2 products from the portfolio ml run as the role admin of the account that launches.",
        "Launches of other from the portfolio ml run as the role launch-studio of the account that "
        "launches. Before, they "
        "run as the role launch-other of the account that launches.",
    ]
    assert [it.before for it in shown[0].changes] == [
        "Before, they run as the role launch-notebook of the account that launches.",
        "Before, they run as the role launch-studio of the account that launches.",
    ]


def everything(target: str = TARGET) -> Plan:
    """A plan with a change of each sort, for the account and Region."""
    new = Portfolio(name="new", display_name=HOSTILE, provider_name="Platform", description="<b>")
    desired: list[Resource] = [
        *whole("studio", "notebook"),
        launch(role="admin"),
        SHARE,
        new,
        replace(pattern, portfolio="new", principal_arn="arn:aws:iam:::role/<script>*"),
        replace(template("notebook"), description=HOSTILE),
        DOMAIN,
    ]
    observed: list[Resource] = [
        *(it for it in whole("studio") if it not in (pattern,)),
        product("gone"),
        version("gone"),
        association("gone"),
    ]
    found = plan(Catalog.of(desired), Catalog.of(observed), target=target, prune=True)
    step = ComparedVersion(
        product="studio", published="1.0.0", version="2.0.0", published_digest="a", digest="b"
    )
    changes = (
        TemplateChange(subject="resource", action="change", effect="none", level="safe", path="A.B"),
        TemplateChange(
            subject="resource",
            action="change",
            effect="replacement",
            level="critical",
            path="Resources.Files.BucketName",
            before="a",
            after=HOSTILE,
            reason="BucketName is create-only",
            at_stake="data",
        ),
    )
    return replace(
        found,
        unmanaged=(Unmanaged(portfolio="ml", kind="product", id="prod-1", name=HOSTILE),),
        template_changes=(TemplateChanges(versions=(step,), changes=changes),),
    )


def page(*plans: Plan, saved: str = "plan.json") -> PlanPage:
    return plan_page(plans, ["ml", "new"], content="c" * 64, options=["--prune"], saved=saved)


def test_what_needs_a_permission_comes_first_and_nothing_is_lost() -> None:
    shown = page(everything(), everything(OTHER))
    assert [(it.changes[0].kind, it.needs) for it in shown.access] == [
        ("Constraint", "launch-role"),
        ("Principal", "principal-pattern"),
        ("PortfolioShare", "share"),
        ("StudioDomain", "studio-domain"),
        ("Principal", ""),
    ]
    assert [it.label for it in shown.deletions] == ["ml / gone", "gone"]
    assert (shown.count, shown.changes_in_words) == (26, "26 changes in 2 targets.")
    assert shown.worst == "critical"
    # A domain is its owner's, whose command stands beside it.
    command = (
        "publisher sync plan.json --allow delete --allow launch-role --allow principal-pattern --allow share"
    )
    assert shown.apply == command
    assert [it.command.split()[:3] for it in shown.access if it.command] == [["aws", "sagemaker", "add-tags"]]


def test_values_are_shown_in_full() -> None:
    long = "a text that goes on, " * 20
    shown = page(plan(Catalog.of([replace(ml, description=long)]), Catalog.of([ml]), target=TARGET))
    assert shown.others[0][0].values == (("description", "All.", long),)


def test_a_change_of_some_targets_names_them() -> None:
    one = plan(Catalog.of([ml, pattern]), Catalog.of([ml]), target=TARGET)
    other = plan(Catalog.of([ml]), Catalog.of([ml]), target=OTHER)
    text = plan_html(page(one, other)).decode()
    assert re.findall(r'<p class="quiet">(\d{12}/[a-z0-9-]+)</p>', text) == [TARGET]


def test_what_stops_a_sync_is_said_once() -> None:
    roles = [
        UnfitRole(name=f"launch-{it}", state="missing", published=(it,)) for it in ("studio", "notebook")
    ]
    lacking = UnfitRole(
        name="launch-other", state="outdated", missing_actions=("s3:GetObject",), published=("other",)
    )
    missing = Missing(
        message="role 'x' not found", hint="create it", resources=(launch(), launch("notebook"))
    )
    used = Delete(product("gone"), used_by=("launch of gone",))
    stopped = replace(
        everything(),
        changes=(used,),
        roles=(*roles, lacking),
        missing=(missing,),
        blocked=Refused("no", hint="do so"),
    )
    shown = page(stopped)
    assert [it.text for it in shown.stops] == [
        "no; do so",
        "Constraint ml / studio LAUNCH, ml / notebook LAUNCH: role 'x' not found; create it",
        "LaunchRole launch-studio, launch-notebook: does not exist; run publisher bootstrap first",
        "LaunchRole launch-other: is out of date, lacks s3:GetObject; run publisher bootstrap first",
        "Product gone: used by launch of gone",
    ]
    assert [it.word for it in shown.notices] == ["note"]
    assert b"Sync cannot apply all of this plan as it is." in plan_html(shown)


def test_names_stay_text_and_the_same_plan_gives_the_same_bytes() -> None:
    text = plan_html(page(everything())).decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert text.encode() == plan_html(page(everything()))
    assert len(re.findall("<h1", text)) == 1


def test_nothing_to_approve() -> None:
    text = plan_html(page(plan(Catalog.of([ml]), Catalog.of([ml]), target=TARGET), saved="")).decode()
    assert "<strong>No changes.</strong>" in text
    assert "This plan was not saved." in text
