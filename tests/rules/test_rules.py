from __future__ import annotations

from dataclasses import replace

from publisher.errors import Where
from publisher.model import (
    LaunchConstraint,
    NotificationConstraint,
    Owner,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    Resource,
    ServiceAction,
    ShareType,
    StackSetConstraint,
    TagOption,
    TagOptionAssociation,
)
from publisher.rules import EVERYWHERE, RULES, Placed, Target, check
from tests.conftest import cases

TARGET = Target(account_id="111111111111", region="us-west-2", partition="aws")
PATTERN = Principal(portfolio="ml", principal_arn="arn:aws:iam:::role/ml-*", principal_type="IAM_PATTERN")


def placed(*resources: Resource) -> list[Placed]:
    return [
        Placed(resource=resource, where=Where(path="portfolio/ml.yaml", line=n))
        for n, resource in enumerate(resources, start=1)
    ]


def portfolios(count: int) -> list[Resource]:
    return [Portfolio(name=f"p{n}", display_name="P", provider_name="P") for n in range(count)]


def products(count: int) -> list[Resource]:
    return [Product(name=f"p{n}", family="p", display_name="P", owner="P") for n in range(count)]


def options(owner: Owner, key: str, *values: str, active: bool = True) -> list[Resource]:
    """TagOptions, each followed by its association."""
    return [
        it
        for value in values
        for it in (
            TagOption(tag_key=key, value=value, active=active),
            TagOptionAssociation(owner=owner, tag_key=key, value=value),
        )
    ]


def actions(count: int) -> list[Resource]:
    return [ServiceAction(name=f"f/a{n}", display_name="A", definition=()) for n in range(count)]


def share(share_type: ShareType, node: str, *, principals: bool = False) -> PortfolioShare:
    return PortfolioShare(
        portfolio="ml", share_type=share_type, principal_id=node, share_principals=principals
    )


def topics(*arns: str) -> NotificationConstraint:
    return NotificationConstraint(portfolio="ml", product="p", name="n", notification_arns=arns)


def stack_set(region: str = "eu-west-1", partition: str = "aws") -> StackSetConstraint:
    return StackSetConstraint(
        portfolio="ml",
        product="p",
        account_list=("222222222222",),
        region_list=(region,),
        admin_role=f"arn:{partition}:iam::111111111111:role/x",
        execution_role="x",
    )


ML, P = ("portfolio", "ml"), ("product", "p")
IN_ML = ProductAssociation(portfolio="ml", product="p")
NUMBERS = [f"v{n}" for n in range(26)]
LAUNCH_BY_ARN = LaunchConstraint(portfolio="ml", product="p", role_arn="arn:aws:iam::111111111111:role/x")
AT = "111111111111/us-west-2"
REMEDY = (
    "if the account has more, which publisher plan looks up, write quotas: {{{}: <number>}} in "
    "configs/targets.yaml; else request an increase in Service Quotas"
)


@cases(
    ("resources", "problems"),
    {
        "nothing": ([], []),
        "full": ([*portfolios(100), *products(350)], []),
        "portfolios": (
            portfolios(101),
            [
                f"portfolio/ml.yaml:101:1: P201 warning: 101 portfolios in a Region, but AWS's default "
                f"quota (L-C6458716) is 100 | {REMEDY.format('portfolios')}"
            ],
        ),
        "products": (
            products(351),
            [
                f"portfolio/ml.yaml:351:1: P202 warning: 351 products in a Region, but AWS's default "
                f"quota (L-764CF6A1) is 350 | {REMEDY.format('products')}"
            ],
        ),
        "same principal": (
            [PATTERN, PATTERN],
            [
                "portfolio/ml.yaml:2:1: P203 at 111111111111/us-west-2, principal "
                "'arn:aws:iam:::role/ml-*' duplicates the one at portfolio/ml.yaml:1:1 | keep one of "
                "the two"
            ],
        ),
        "other partition": (
            [LaunchConstraint(portfolio="ml", product="p", role_arn="arn:aws-cn:iam::111111111111:role/x")],
            [
                "portfolio/ml.yaml:1:1: P204 'arn:aws-cn:iam::111111111111:role/x' is not in partition "
                "'aws' of 111111111111/us-west-2 | write arn:{partition}:…"
            ],
        ),
        "no ARN": ([LaunchConstraint(portfolio="ml", product="p", local_role_name="x")], []),
        "good ARNs": ([topics("arn:aws:sns:us-west-2:111111111111:a"), stack_set()], []),
        "partition of a stack set's role": (
            [stack_set(partition="aws-cn")],
            [
                "portfolio/ml.yaml:1:1: P204 'arn:aws-cn:iam::111111111111:role/x' is not in partition "
                "'aws' of 111111111111/us-west-2 | write arn:{partition}:…"
            ],
        ),
        "topics elsewhere": (
            [topics("arn:aws:sns:eu-west-1:111111111111:a", "operations")],
            [
                "portfolio/ml.yaml:1:1: P205 'arn:aws:sns:eu-west-1:111111111111:a' is not a topic in "
                "the Region of 111111111111/us-west-2 | write "
                "arn:{partition}:sns:{region}:{account_id}:<topic>, or fix the target's variable",
                "portfolio/ml.yaml:1:1: P205 'operations' is not a topic in the Region of "
                "111111111111/us-west-2 | write arn:{partition}:sns:{region}:{account_id}:<topic>, or "
                "fix the target's variable",
            ],
        ),
        "as many TagOptions as there may be": (
            options(ML, "stage", *NUMBERS[:25]) + options(P, "stage", *NUMBERS[:25]) + [IN_ML],
            [],
        ),
        "too many TagOptions": (
            options(ML, "a", *NUMBERS[:25]) + options(ML, "b", "x"),
            [
                "portfolio/ml.yaml:52:1: P206 portfolio 'ml' has 26 TagOptions, at most 25 are allowed "
                "| remove values or keys"
            ],
        ),
        "too many values": (
            options(ML, "a", *NUMBERS[:20]) + options(P, "a", *NUMBERS[15:]),
            [
                "portfolio/ml.yaml:61:1: P207 TagOption key 'a' has 26 values in all files, at most 25 "
                "are allowed | remove values"
            ],
        ),
        "active and inactive": (
            options(ML, "a", "x") + options(P, "a", "x", active=False),
            [
                "portfolio/ml.yaml:3:1: P208 TagOption 'a=x' is inactive here but active at "
                "portfolio/ml.yaml:1:1 | make both active or both inactive"
            ],
        ),
        "a common value": ([*options(ML, "a", "x", "y"), *options(P, "a", "y", "z"), IN_ML], []),
        "not in that portfolio": ([*options(ML, "a", "x"), *options(P, "a", "z")], []),
        "no common value": (
            [*options(ML, "a", "x"), *options(P, "a", "z"), IN_ML],
            [
                "portfolio/ml.yaml:4:1: P209 'p' and portfolio 'ml' have no common value for TagOption 'a', "
                "so launches would be refused | add a common value, or remove one of "
                "the keys"
            ],
        ),
        "a tag and a TagOption": (
            [
                Portfolio(name="ml", display_name="P", provider_name="P", tags=(("a", "1"), ("b", "2"))),
                *options(ML, "b", "x"),
            ],
            [
                "portfolio/ml.yaml:3:1: P210 warning: 'b' is both a tag and a TagOption of 'ml' | "
                "remove the tag or the TagOption"
            ],
        ),
        "as many service actions as there may be": (actions(200), []),
        "too many service actions": (
            actions(201),
            [
                "portfolio/ml.yaml:201:1: P211 201 service actions, at most 200 are allowed in a Region"
                " | remove some of them, or publish them to another account or Region"
            ],
        ),
        "good shares": (
            [share("ACCOUNT", "222222222222"), share("ORGANIZATIONAL_UNIT", "ou-ab12-cdefgh34"), PATTERN],
            [],
        ),
        "share with itself": (
            [share("ACCOUNT", "111111111111")],
            [
                "portfolio/ml.yaml:1:1: P212 '111111111111' owns the portfolio at 111111111111/us-"
                "west-2 and cannot be a recipient | remove the share"
            ],
        ),
        "a shared portfolio's role": (
            [share("ACCOUNT", "222222222222"), LAUNCH_BY_ARN],
            [
                "portfolio/ml.yaml:2:1: P213 warning: 'ml' is shared, but its launch role is in a single "
                "account | use local_role_name, a role in every launching account"
            ],
        ),
        "principals nobody can use": (
            [share("ORGANIZATION", "o-abcdefghij", principals=True)],
            [
                "portfolio/ml.yaml:1:1: P214 warning: 'ml' shares its principals, but none of them is an "
                "IAM_PATTERN | add a pattern: a full role ARN has no effect in other accounts"
            ],
        ),
        "stacks in another partition": (
            [stack_set(region="cn-north-1")],
            [
                "portfolio/ml.yaml:1:1: P215 'cn-north-1' is not in partition 'aws' of 111111111111/us-"
                "west-2 | publish it only to targets in that partition"
            ],
        ),
        "an organization and a part of it": (
            [share("ORGANIZATION_MEMBER_ACCOUNT", "222222222222"), share("ORGANIZATION", "o-abcdefghij")],
            [
                "portfolio/ml.yaml:1:1: P216 '222222222222' is part of the organization that gets 'ml' "
                "at portfolio/ml.yaml:2:1 | keep one of them"
            ],
        ),
        "roles of another account": (
            [
                Principal(
                    portfolio="ml", principal_arn="arn:aws:iam::999999999999:role/x", principal_type="IAM"
                ),
                ServiceAction(
                    name="f/a",
                    display_name="A",
                    definition=(("AssumeRole", "arn:aws:iam::999999999999:role/y"),),
                ),
                PATTERN,
                LAUNCH_BY_ARN,
                topics("arn:aws:sns:us-west-2:999999999999:a"),
            ],
            [
                "portfolio/ml.yaml:1:1: P218 'arn:aws:iam::999999999999:role/x' is in a different "
                "account than 111111111111/us-west-2 | use {account_id}, or a pattern without an "
                "account",
                "portfolio/ml.yaml:2:1: P218 'arn:aws:iam::999999999999:role/y' is in a different "
                "account than 111111111111/us-west-2 | use {account_id}, or a pattern without an "
                "account",
            ],
        ),
    },
)
def test_rules(resources: list[Resource], problems: list[str]) -> None:
    found = check(placed(*resources), TARGET)
    assert [f"{problem} | {problem.hint}" for problem in found] == problems


def test_quotas_of_the_targets_file_count() -> None:
    resources = placed(*products(351), *portfolios(2))
    assert list(check(resources, replace(TARGET, quotas=(("products", 351), ("portfolios", 2))))) == []
    (problem,) = check(resources, replace(TARGET, quotas=(("products", 360), ("portfolios", 1))))
    assert str(problem) == (
        "portfolio/ml.yaml:353:1: P201 2 portfolios in a Region, at most 1 are allowed at "
        "111111111111/us-west-2 by quotas.portfolios in configs/targets.yaml"
    )


def test_a_place_is_reported_once() -> None:
    where = Where(path="portfolio/ml.yaml", line=3)
    arn = "arn:aws-cn:iam::111111111111:role/x"
    constraints = [
        Placed(resource=LaunchConstraint(portfolio="ml", product=name, role_arn=arn), where=where)
        for name in ("a", "b")
    ]
    assert [problem.rule for problem in check(constraints, TARGET)] == ["P204"]


def test_placeholders() -> None:
    arn = "arn:{partition}:iam::{account_id}:role/x-{region}"
    assert TARGET.fill(arn) == "arn:aws:iam::111111111111:role/x-us-west-2"


def test_ids_are_in_order() -> None:
    assert [rule.id for rule in RULES] == sorted({rule.id for rule in RULES})


def test_rules_about_a_target_are_left_out_without_one() -> None:
    resources = placed(share("ACCOUNT", TARGET.account_id), LAUNCH_BY_ARN)
    assert [problem.rule for problem in check(resources, TARGET, EVERYWHERE)] == ["P213"]


def test_a_tag_key_of_portfolio_and_product() -> None:
    def at(path: str, line: int) -> Where:
        return Where(path=path, line=line)

    portfolio = Portfolio(name="ml", display_name="P", provider_name="P")
    product = Product(name="p", family="p", display_name="P", owner="P")
    found = check(
        [
            Placed(
                resource=portfolio,
                where=at("ml.yaml", 1),
                places={"a": at("ml.yaml", 2), "b": at("ml.yaml", 3)},
            ),
            Placed(
                resource=product, where=at("p.yaml", 1), places={"b": at("p.yaml", 5), "c": at("p.yaml", 6)}
            ),
            *placed(IN_ML),
        ],
        TARGET,
    )
    assert [f"{it} | {it.hint}" for it in found] == [
        "p.yaml:5:1: P217 warning: 'b' is also a tag of portfolio 'ml'; launches get both, and can "
        "fail | remove one of them"
    ]


def test_warnings() -> None:
    assert [rule.id for rule in RULES if rule.severity == "warning"] == ["P210", "P213", "P214", "P217"]


@cases(
    ("arn", "filled"),
    {
        "ARN": ("arn:{partition}:sns:{region}:{account_id}:a", "arn:aws:sns:us-west-2:111111111111:a"),
        "variable": ("{variables.topic}", "arn:us-west-2"),
        "variable that is not set": ("{variables.other}", None),
    },
)
def test_a_text_is_resolved(arn: str, filled: str | None) -> None:
    assert replace(TARGET, variables=(("topic", "arn:{region}"),)).resolve(arn) == filled
