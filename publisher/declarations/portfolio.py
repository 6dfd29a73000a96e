"""A portfolio: portfolio/<name>.yaml, its products with their constraints, and who may launch them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field

from publisher.declarations.forms import (
    CatalogTags,
    Description,
    DisplayName,
    Name,
    ProviderName,
    Region,
    RoleArn,
    RoleName,
)
from publisher.declarations.shape import Declaration, Declared, Form, Many

PRODUCTS_PER_PORTFOLIO = 150
PRINCIPALS_PER_PORTFOLIO = 100
PATTERNS_PER_PORTFOLIO = 10
CONSTRAINTS_PER_PRODUCT = 100

ProductGlob = Annotated[
    str,
    Form(
        pattern=r"[a-z0-9*?\[\]!-]+",
        words="a product's key, or a glob like ml-project-enterprise-*",
        longest=100,
    ),
]
RuleName = Annotated[str, Form(pattern=r"[A-Za-z0-9]+", words="letters and digits", longest=255)]


class Assertion(Declared):
    """What must hold."""

    Assert: Annotated[dict[str, Any], Field(description="A rule function, e.g. Fn::Contains.")]
    AssertDescription: Annotated[
        Description, Field(description="What a person reads when the assertion fails.")
    ] = ""


class Rule(Declared):
    """A rule of CloudFormation's Rules section."""

    RuleCondition: Annotated[
        dict[str, Any] | None, Field(description="When the assertions apply; always, without it.")
    ] = None
    Assertions: Annotated[
        list[Assertion], Many(least=1, most=100), Field(description="What must hold, all of it.")
    ]

    def section(self) -> dict[str, Any]:
        """The rule as CloudFormation reads it."""
        return self.model_dump(exclude_defaults=True)


class Launch(Declared):
    """LAUNCH: the role that launches run as. Without a role: the product's own, in the launching account."""

    type: Literal["LAUNCH"]
    local_role_name: Annotated[
        RoleName | None, Field(description="A role's name in the launching account.")
    ] = None
    role_arn: Annotated[RoleArn | None, Field(description="A role of one account.")] = None
    description: Annotated[Description, Field(description="Why.")] = ""


class Template(Declared):
    """TEMPLATE: rules over the launch parameters."""

    type: Literal["TEMPLATE"]
    name: Annotated[Name, Field(description="Tells the TEMPLATE constraints of a product apart.")]
    # The adapter adds the name to it, in parentheses.
    description: Annotated[
        str, Form(longest=2000 - 64 - 3, shortest=0), Field(description="What the rules demand, for people.")
    ] = ""
    rules: Annotated[
        dict[RuleName, Rule],
        Many(least=1, most=100),
        Field(description="CloudFormation's Rules section over the template's parameters."),
    ]


Constraint = Annotated[Launch | Template, Field(discriminator="type")]


class PortfolioProduct(Declared):
    """Products of the portfolio, with constraints."""

    product: Annotated[ProductGlob, Field(description="A product's key, or a glob.")]
    constraints: Annotated[
        list[Constraint],
        Many(most=CONSTRAINTS_PER_PRODUCT),
        Field(description="Constraints of the products; those of several matching entries add up."),
    ] = Field(default_factory=list)

    def matches(self, key: str) -> bool:
        """Whether this entry is about the product."""
        return fnmatchcase(key, self.product)


class Principal(Declared):
    """Who may launch."""

    principal_arn: Annotated[
        str,
        Form(longest=1000),
        Field(
            description="IAM: a full ARN. IAM_PATTERN: arn:{partition}:iam:::role/ and a name with wildcards."
        ),
    ]
    principal_type: Annotated[Literal["IAM", "IAM_PATTERN"], Field(description="IAM or IAM_PATTERN.")]


class PortfolioFile(Declaration):
    """A portfolio."""

    display_name: Annotated[DisplayName, Field(description="The portfolio's name for people.")]
    provider_name: Annotated[ProviderName, Field(description="Who provides the portfolio.")]
    description: Annotated[Description, Field(description="What the portfolio is for.")] = ""
    regions: Annotated[
        list[Region],
        Many(least=1, most=50, unique=True),
        Field(description="The Regions that the templates are linted for."),
    ]
    tags: CatalogTags = Field(default_factory=dict)
    principals: Annotated[
        list[Principal], Many(most=PRINCIPALS_PER_PORTFOLIO), Field(description="Who may launch.")
    ] = Field(default_factory=list)
    products: Annotated[
        list[PortfolioProduct], Many(most=1000), Field(description="The products, with their constraints.")
    ] = Field(default_factory=list)

    @property
    def name(self) -> str:
        """The portfolio's key: the stem of its file."""
        return PurePosixPath(self.path).stem
