"""A small catalog that tests of the engine share, and a clock that passes only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from publisher.aws.waiting import Clock
from publisher.errors import Where
from publisher.model import (
    Catalog,
    Key,
    LaunchConstraint,
    Portfolio,
    Principal,
    Product,
    ProductAssociation,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
    StackSetConstraint,
    StoredContent,
    StoredTemplate,
    StudioOrigin,
    TemplateConstraint,
)
from publisher.planning.plan import Plan, plan

TARGET = "111111111111/us-west-2"
# Where the version of a family is written.
LINE = Where(path="products/studio/product.yaml", line=3, column=10)
PATTERN = "arn:aws:iam:::role/ml-team-*"
RULES = '{"Region":{"Assertions":[{"Assert":{"Fn::Contains":[["a","b"],{"Ref":"Size"}]}}]}}'

ml = Portfolio(
    name="ml", display_name="ML", provider_name="Platform", description="All.", tags=(("team", "a"),)
)
pattern = Principal(portfolio="ml", principal_arn=PATTERN, principal_type="IAM_PATTERN")
STACK_SET = StackSetConstraint(
    portfolio="ml",
    product="studio",
    account_list=("1", "2"),
    region_list=("us-west-2",),
    admin_role="arn:a",
    execution_role="e",
)
PLACED = ProjectTemplate(
    portfolio="ml", bucket="b", prefix="p", product="studio", version="1.0.0", digest="sha256:0"
)


def digest(letter: str) -> str:
    """The digest of content that a letter stands for."""
    return "sha256:" + letter * 64


def product(name: str, **fields: Any) -> Product:
    """A product of the family `studio`."""
    return Product(name=name, family="studio", display_name=name.title(), owner="Platform", **fields)


def version(
    name: str = "studio", number: str = "1.0.0", letter: str = "a", *, active: bool = True
) -> ProvisioningArtifact:
    """A version of a product, with some content."""
    return ProvisioningArtifact(
        product=name, version=number, digest=digest(letter), description=f"studio {number}", active=active
    )


def stored(version: ProvisioningArtifact) -> StoredTemplate:
    """The template of a version."""
    return StoredTemplate(object_key=version.template_key, size=80)


def association(name: str = "studio") -> ProductAssociation:
    """A product in the portfolio."""
    return ProductAssociation(portfolio="ml", product=name)


def launch(name: str = "studio", role: str = "launch-studio") -> LaunchConstraint:
    """The launch role of a product in the portfolio."""
    return LaunchConstraint(portfolio="ml", product=name, local_role_name=role)


def template(
    name: str = "studio", rules: str = RULES, description: str = "Small ones."
) -> TemplateConstraint:
    """Rules of a product in the portfolio."""
    return TemplateConstraint(
        portfolio="ml", product=name, name="small-only", rules=rules, description=description
    )


def whole(*names: str) -> Catalog:
    """A portfolio with these products and everything that belongs to them."""
    products = [
        resource
        for name in names
        for resource in (
            product(name),
            version(name),
            stored(version(name)),
            association(name),
            launch(name),
            template(name),
        )
    ]
    return Catalog.of([ml, pattern, *products])


def put(catalog: Catalog, *resources: Resource) -> Catalog:
    """A catalog with these resources too, or instead of those with the same key."""
    return Catalog.of([*catalog, *resources])


def without(catalog: Catalog, *keys: Key) -> Catalog:
    """A catalog without the resources of these keys."""
    return Catalog.of(it for it in catalog if it.key not in keys)


# What Service Catalog does not show.
IN_S3 = (ProjectTemplate, StudioOrigin)


def as_observed(desired: Catalog) -> Catalog:
    """A desired catalog as Service Catalog shows it: of digests only the start, and no stored objects."""
    return Catalog.of(
        replace(it, digest=it.short_digest) if isinstance(it, ProvisioningArtifact) else it
        for it in desired
        if not isinstance(it, (StoredContent, StoredTemplate, *IN_S3))
    )


def planned(desired: Sequence[Resource], observed: Sequence[Resource], *, prune: bool = False) -> Plan:
    """The plan for one target."""
    return plan(
        Catalog.of(desired),
        Catalog.of(observed),
        target=TARGET,
        version_lines={"studio": LINE, "notebook": LINE},
        prune=prune,
    )


class Ticks:
    """Seconds that pass only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """Seconds since the start."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        self.seconds += seconds

    def clock(self) -> Clock:
        """As code under test takes it."""
        return Clock(now=self.now, sleep=self.sleep)
