"""The detail of each kind of change in a plan's line: what differs."""

from __future__ import annotations

from dataclasses import replace

from publisher.model import (
    NotificationConstraint,
    PortfolioShare,
    Resource,
    ResourceUpdateConstraint,
    ServiceAction,
    StackSetConstraint,
    StoredContent,
    TagOption,
)
from publisher.planning.changes import Create, Delete, Update
from publisher.report.plan_rows import detail
from tests.conftest import cases
from tests.samples import launch, ml, product, stored, template, version

A, B = (f"arn:aws:sns:us-west-2:111111111111:{name}" for name in "ab")
NOTIFICATION = NotificationConstraint(
    portfolio="ml", product="studio", name="operations", notification_arns=(A,)
)
STACK_SET = StackSetConstraint(
    portfolio="ml",
    product="studio",
    account_list=("111111111111", "222222222222"),
    region_list=("eu-west-1", "us-west-2"),
    admin_role="arn:aws:iam::111111111111:role/admin",
    execution_role="execution",
)
MANY = tuple(f"{number:012}" for number in range(1, 9))
SHARE = PortfolioShare(portfolio="ml", share_type="ORGANIZATION", principal_id="o-abcdefghij")
ACTION = ServiceAction(
    name="studio/restart",
    display_name="Restart",
    definition=(("Name", "AWS-RestartEC2Instance"), ("Version", "1")),
)
LONG = "A text that begins as the other one does and goes on, "


@cases(
    ("new", "words"),
    {
        "version": (version(), "sha256:aaaaaaaaaaaa…"),
        "template": (stored(version()), "80 B"),
        "larger template": (replace(stored(version()), size=12_345), "12 kB"),
        "starting content": (StoredContent(object_key="content/a.zip", size=1_999_900), "2 MB"),
        "product": (product("studio"), ""),
        "launch role": (launch(), "launch-studio"),
        "rules with a description": (template(), "Small ones."),
        "rules": (template(rules='{"A":1}', description=""), '{"A":1}'),
        "topics": (NOTIFICATION, A),
        "tag updates": (
            ResourceUpdateConstraint(
                portfolio="ml", product="studio", tag_update_on_provisioned_product="ALLOWED"
            ),
            "ALLOWED",
        ),
        "stack sets": (
            replace(STACK_SET, account_list=MANY),
            "000000000001 000000000002 000000000003 and 5 more in eu-west-1 us-west-2",
        ),
        "share": (SHARE, ""),
        "share of everything": (
            replace(SHARE, share_principals=True, share_tag_options=True),
            "with principals and TagOptions",
        ),
        "TagOption": (TagOption(tag_key="a", value="b"), ""),
        "inactive TagOption": (TagOption(tag_key="a", value="b", active=False), "inactive"),
        "service action": (ACTION, "AWS-RestartEC2Instance"),
        "portfolio": (ml, ""),
    },
)
def test_something_new(new: Resource, words: str) -> None:
    assert detail(Create(new)) == words
    assert detail(Delete(new)) == ""


@cases(
    ("before", "after", "words"),
    {
        "texts": (
            ml,
            replace(ml, display_name="M\x1b[2JL", description=""),
            'display_name: ML -> M\\x1b[2JL, description: All. -> ""',
        ),
        "white space": (
            replace(ml, description="One\ntwo."),
            replace(ml, description="One two."),
            "description: only whitespace differs",
        ),
        "the end of long texts": (
            replace(ml, description=f"{LONG}to the left."),
            replace(ml, description=f"{LONG}to the right, and on and on, {LONG}"),
            "description: … on, to the left. -> … on, to the right, and on and on, A text that begins as th…",
        ),
        "tags": (ml, replace(ml, tags=()), "tags: {team=a} -> {}"),
        "rules": (
            template(rules='{"Region":{"Assertions":[{"Assert":{"Fn::Contains":[["a"],{"Ref":"Size"}]}}]}}'),
            template(),
            'rules: …tains":[["a"],{"Ref":"Size"}]}}]}} -> …tains":[["a","b"],{"Ref":"Size"}]}}]}}',
        ),
        "topics": (
            NOTIFICATION,
            replace(NOTIFICATION, notification_arns=(A, B)),
            f"notification_arns: adds {B}",
        ),
        "accounts and Regions": (
            STACK_SET,
            replace(STACK_SET, account_list=MANY, region_list=("us-west-2",)),
            "account_list: adds 000000000001 000000000002 000000000003 and 5 more, "
            "removes 111111111111 222222222222, "
            "region_list: {eu-west-1 us-west-2} -> {us-west-2}",
        ),
        "service action": (
            ACTION,
            replace(ACTION, definition=(("Name", "AWS-RestartEC2Instance"), ("Version", "2"))),
            "definition: {Name=AWS-RestartEC2Instance Version=1} -> {Name=AWS-RestartEC2Instance Version=2}",
        ),
    },
)
def test_a_difference(before: Resource, after: Resource, words: str) -> None:
    assert detail(Update(before, after)) == words
