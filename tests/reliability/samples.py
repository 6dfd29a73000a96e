"""A catalog with one of everything, and another in which everything of it has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from publisher.model import (
    RESERVED_TAGS,
    BudgetAssociation,
    Catalog,
    LaunchConstraint,
    NotificationConstraint,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
    ResourceUpdateConstraint,
    Retention,
    ServiceAction,
    ServiceActionAssociation,
    StackSetConstraint,
    StoredContent,
    StudioOrigin,
    TagOption,
    TagOptionAssociation,
    TemplateConstraint,
)
from tests.account import BUCKET
from tests.samples import RULES, digest, stored

# The unit of every account of these tests; see conftest.py.
UNIT = "ou-c1v8-11a7gwzt"
_TOPIC = "arn:aws:sns:us-west-2:123456789012:"
# A TagOption that only a product has.
_SIZE = (
    TagOption(tag_key="size", value="large"),
    TagOptionAssociation(owner=("product", "studio"), tag_key="size", value="large"),
)


def one_of_everything() -> Catalog:
    """Two products in one portfolio, one of them in a second one, with all that there is."""
    return _with_templates(
        [
            _portfolio("ml"),
            _portfolio("lab"),
            *_product("studio"),
            *_product("stack"),
            _in("ml", "studio"),
            _in("lab", "studio"),
            _in("ml", "stack"),
            LaunchConstraint(portfolio="ml", product="studio", local_role_name="launch-studio"),
            TemplateConstraint(portfolio="ml", product="studio", name="small", rules=RULES),
            NotificationConstraint(
                portfolio="ml", product="studio", name="ops", notification_arns=(f"{_TOPIC}a",)
            ),
            ResourceUpdateConstraint(
                portfolio="ml", product="studio", tag_update_on_provisioned_product="ALLOWED"
            ),
            StackSetConstraint(
                portfolio="ml",
                product="stack",
                account_list=("111111111111",),
                region_list=("us-west-2",),
                admin_role="arn:aws:iam::123456789012:role/admin",
                execution_role="execution",
            ),
            _principal("ml-team-*"),
            _principal("lab-*"),
            _role("lead"),
            *_external("1.0.0", "a"),
            _in("ml", "tool"),
            *_options("dev", "prod"),
            *_SIZE,
            PortfolioShare(portfolio="ml", share_type="ACCOUNT", principal_id="222222222222"),
            PortfolioShare(portfolio="ml", share_type="ORGANIZATIONAL_UNIT", principal_id=UNIT),
            BudgetAssociation(owner=("product", "studio"), budget_name="studio"),
            _action("Restart"),
            ServiceActionAssociation(product="studio", version="", action="studio/restart"),
            StudioOrigin(bucket=BUCKET),
            _placed("1.0.0", "a"),
        ]
    )


def everything_changed() -> Catalog:
    """Each kind is updated, added and taken away."""
    first = one_of_everything().resources
    gone: list[Resource] = [
        _in("lab", "studio"),
        _principal("lab-*"),
        _role("lead"),
        *_options("prod"),
        _portfolio("lab"),
        BudgetAssociation(owner=("product", "studio"), budget_name="studio"),
        _version("studio", "1.0.0", "a"),
        _external("1.0.0", "a")[1],
        _placed("1.0.0", "a"),
    ]
    changed: list[Resource] = [
        replace(_portfolio("ml"), description="Other.", tags=(("team", "b"),)),
        replace(
            _product("studio")[0],
            description="Other.",
            support_url="https://example.com/",
            tags=(("a", "b"),),
        ),
        _version("studio", "1.1.0", "b"),
        _external("1.1.0", "b")[1],
        _role("owner"),
        *_product("notebook"),
        _in("ml", "notebook"),
        LaunchConstraint(portfolio="ml", product="studio", local_role_name="launch-other"),
        TemplateConstraint(
            portfolio="ml",
            product="studio",
            name="small",
            rules=RULES.replace('"b"', '"c"'),
            description="Others.",
        ),
        NotificationConstraint(
            portfolio="ml", product="studio", name="ops", notification_arns=(f"{_TOPIC}a", f"{_TOPIC}b")
        ),
        ResourceUpdateConstraint(
            portfolio="ml", product="studio", tag_update_on_provisioned_product="NOT_ALLOWED"
        ),
        StackSetConstraint(
            portfolio="ml",
            product="stack",
            account_list=("111111111111", "222222222222"),
            region_list=("us-west-2",),
            admin_role="arn:aws:iam::123456789012:role/admin",
            execution_role="execution",
        ),
        _principal("ml-lead-*"),
        TagOption(tag_key="stage", value="dev", active=False),
        *_options("test"),
        PortfolioShare(
            portfolio="ml", share_type="ACCOUNT", principal_id="222222222222", share_tag_options=True
        ),
        PortfolioShare(
            portfolio="ml", share_type="ORGANIZATIONAL_UNIT", principal_id=UNIT, share_principals=True
        ),
        BudgetAssociation(owner=("portfolio", "ml"), budget_name="ml"),
        _action("Again"),
        _placed("1.1.0", "b"),
    ]
    keys = {it.key for it in gone}
    return _with_templates([*(it for key, it in first.items() if key not in keys), *changed])


def studio_retired() -> Catalog:
    """One of everything without one product, which is retired."""
    gone = {"studio/restart", *_SIZE[0].key[1:], "studio"}
    kept = [it for it in one_of_everything() if gone.isdisjoint(it.key)]
    return Catalog.of(kept, retention={"studio": Retention(retire="delete")})


def versions(newest: int, retention: Retention | None = None) -> Catalog:
    """A product with its newest version."""
    product = replace(_product("studio")[0], description=f"Newest: {newest}.")
    version = _version("studio", f"{newest}.0.0", "abcdef"[newest])
    kept = {"studio": retention} if retention else None
    return _with_templates([_portfolio("ml"), product, version, _in("ml", "studio")], retention=kept)


def tagged(*values: str) -> Catalog:
    """A portfolio with these values of a TagOption, and as many tags as it can have."""
    tags = tuple((f"key-{n:02}", "value") for n in range(20 - RESERVED_TAGS))
    return Catalog.of([replace(_portfolio("ml"), tags=tags), *_options(*values)])


def other_roles() -> Catalog:
    """The launch role of the one product has become a stack set, and the other way round."""
    first = one_of_everything().resources
    role, stack_set = (
        first["constraint", "ml", "studio", "LAUNCH"],
        first["constraint", "ml", "stack", "LAUNCH"],
    )
    assert isinstance(role, LaunchConstraint)
    assert isinstance(stack_set, StackSetConstraint)
    swapped: list[Resource] = [replace(role, product="stack"), replace(stack_set, product="studio")]
    return Catalog.of([*first.values(), *swapped])


def _with_templates(
    resources: Iterable[Resource], *, retention: Mapping[str, Retention] | None = None
) -> Catalog:
    """A catalog of these, with the template of each version and its starting content."""
    content = StoredContent(object_key=f"content/{'c' * 64}.zip", size=80)
    there = list(resources)
    templates = [
        replace(stored(it), content=(content.object_key,))
        for it in there
        if isinstance(it, ProvisioningArtifact)
    ]
    return Catalog.of([content, *templates, *there], retention=retention)


def _portfolio(name: str) -> Portfolio:
    return Portfolio(name=name, display_name=name.upper(), provider_name="Platform", description="All.")


def _product(name: str) -> tuple[Product, ProvisioningArtifact]:
    product = Product(name=name, family=name, display_name=name.title(), owner="Platform")
    return product, _version(name, "1.0.0", "a")


def _version(name: str, number: str, letter: str) -> ProvisioningArtifact:
    return ProvisioningArtifact(
        product=name, version=number, digest=digest(letter), description=f"{name} {number}"
    )


def _placed(number: str, letter: str) -> ProjectTemplate:
    return ProjectTemplate(
        portfolio="ml",
        bucket=BUCKET,
        prefix="projects",
        product="studio",
        version=number,
        digest=digest(letter),
    )


def _in(portfolio: str, product: str) -> ProductAssociation:
    return ProductAssociation(portfolio=portfolio, product=product)


def _principal(name: str) -> Principal:
    return Principal(portfolio="ml", principal_arn=f"arn:aws:iam:::role/{name}", principal_type="IAM_PATTERN")


def _role(name: str) -> Principal:
    return Principal(
        portfolio="ml", principal_arn=f"arn:aws:iam::123456789012:role/{name}", principal_type="IAM"
    )


def _external(number: str, letter: str) -> tuple[Product, ProvisioningArtifact]:
    product, _ = _product("tool")
    version = replace(_version("tool", number, letter), artifact_type="EXTERNAL")
    return replace(product, product_type="EXTERNAL"), version


def _options(*values: str) -> list[Resource]:
    return [
        it
        for value in values
        for it in (
            TagOption(tag_key="stage", value=value),
            TagOptionAssociation(owner=("portfolio", "ml"), tag_key="stage", value=value),
        )
    ]


def _action(title: str) -> ServiceAction:
    return ServiceAction(
        name="studio/restart",
        display_name=title,
        definition=(("AssumeRole", "LAUNCH_ROLE"), ("Name", "AWS-RestartEC2Instance"), ("Version", "1")),
    )
