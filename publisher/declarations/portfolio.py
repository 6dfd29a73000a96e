"""A portfolio: portfolio/<name>.yaml, its products with their constraints, and who may launch them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field

from publisher.declarations.fields import Declaration, Declared, ListConstraint, Steps, StringConstraint
from publisher.declarations.strings import (
    AccountId,
    BucketName,
    Budget,
    CatalogTags,
    Description,
    DisplayName,
    DomainId,
    ExecutionRole,
    Name,
    OrganizationNode,
    ProviderName,
    Region,
    RoleArn,
    RoleName,
    TargetAccount,
    TemplatePrefix,
    TopicArn,
    prose,
)
from publisher.declarations.tag_options import TagOptions

# What a file can have at most; the quota is that of the account.
PRINCIPALS_PER_PORTFOLIO = 1000
PATTERNS_PER_PORTFOLIO = 10
CONSTRAINTS_PER_PRODUCT = 100
SHARES_PER_PORTFOLIO = 5000

ProductGlob = Annotated[
    str,
    StringConstraint(
        pattern=r"[a-z0-9*?\[\]!-]+",
        words="a product key, or a glob like tools-*",
        longest=100,
    ),
]
RuleName = Annotated[str, StringConstraint(pattern=r"[A-Za-z0-9]+", words="letters and digits", longest=255)]


# The adapter adds the constraint's name to it, in parentheses.
NamedDescription = Annotated[str, prose(longest=2000 - 64 - 3)]
Permission = Literal["ALLOWED", "NOT_ALLOWED"]


class Assertion(Declared):
    """A condition that must be true."""

    Assert: Annotated[dict[str, Any], Field(description="A rule function, e.g. Fn::Contains.")]
    AssertDescription: Annotated[
        Description, Field(description="The message shown when the assertion fails.")
    ] = ""


class Rule(Declared):
    """A rule of CloudFormation's Rules section."""

    RuleCondition: Annotated[
        dict[str, Any] | None, Field(description="When the assertions apply; always, if omitted.")
    ] = None
    Assertions: Annotated[
        list[Assertion],
        ListConstraint(least=1, most=100),
        Field(description="Conditions that must all be true."),
    ]

    def section(self) -> dict[str, Any]:
        """The rule as CloudFormation reads it."""
        return self.model_dump(exclude_defaults=True)


class Launch(Declared):
    """LAUNCH: the role that launches run as; by default the product's own role in the launching account."""

    type: Literal["LAUNCH"]
    local_role_name: Annotated[
        RoleName | None, Field(description="The name of a role in the launching account.")
    ] = None
    role_arn: Annotated[RoleArn | None, Field(description="The ARN of a role in one account.")] = None
    description: Annotated[Description, Field(description="The reason.")] = ""


class Template(Declared):
    """TEMPLATE: rules over the launch parameters."""

    type: Literal["TEMPLATE"]
    name: Annotated[Name, Field(description="Unique among the product's TEMPLATE constraints.")]
    description: Annotated[NamedDescription, Field(description="What the rules require.")] = ""
    rules: Annotated[
        dict[RuleName, Rule],
        ListConstraint(least=1, most=100),
        Field(description="CloudFormation's Rules section over the template's parameters."),
    ]


class Notification(Declared):
    """NOTIFICATION: SNS topics that receive every stack event of a launch."""

    type: Literal["NOTIFICATION"]
    name: Annotated[Name, Field(description="Unique among the product's NOTIFICATION constraints.")]
    description: Annotated[NamedDescription, Field(description="Who is notified.")] = ""
    notification_arns: Annotated[
        list[TopicArn],
        ListConstraint(least=1, most=5, unique=True),
        Field(
            description="Topics in the target's Region. {variables.<name>} is omitted if the target does "
            "not define it. The constraint is omitted if it has no topics."
        ),
    ]


class ResourceUpdate(Declared):
    """RESOURCE_UPDATE: whether updates of a launch may change its tags."""

    type: Literal["RESOURCE_UPDATE"]
    tag_update_on_provisioned_product: Annotated[
        Permission, Field(description="Whether tags can change; without the constraint they cannot.")
    ]
    description: Annotated[Description, Field(description="The reason.")] = ""


class StackSet(Declared):
    """STACKSET: launches are stack sets in these accounts and Regions. Excludes LAUNCH."""

    type: Literal["STACKSET"]
    account_list: Annotated[
        list[TargetAccount],
        ListConstraint(least=1, most=5000, unique=True),
        Field(description="The accounts."),
    ]
    region_list: Annotated[
        list[Region], ListConstraint(least=1, most=50, unique=True), Field(description="The Regions.")
    ]
    admin_role: Annotated[RoleArn, Field(description="The ARN of the role that administers the stack sets.")]
    execution_role: Annotated[
        RoleName, Field(description="The name of the role in each account that creates the stacks.")
    ]
    stack_instance_control: Annotated[
        Permission, Field(description="Whether users can add, change and remove individual stacks.")
    ] = "NOT_ALLOWED"
    description: Annotated[Description, Field(description="The reason.")] = ""


AnyConstraint = Launch | Template | Notification | ResourceUpdate | StackSet
Constraint = Annotated[AnyConstraint, Field(discriminator="type")]


class PortfolioProduct(Declared):
    """Products of the portfolio, with constraints."""

    product: Annotated[ProductGlob, Field(description="A product key, or a glob.")]
    constraints: Annotated[
        list[Constraint],
        ListConstraint(most=CONSTRAINTS_PER_PRODUCT),
        Field(description="Constraints of the products; those of all matching entries apply."),
    ] = Field(default_factory=list)

    def matches(self, key: str) -> bool:
        """Whether this entry is about the product."""
        return key == self.product or (self.is_glob and fnmatchcase(key, self.product))

    @property
    def is_glob(self) -> bool:
        """Whether it can be about several products."""
        return "*" in self.product or "?" in self.product or "[" in self.product


class Principal(Declared):
    """Who may launch."""

    principal_arn: Annotated[
        str,
        StringConstraint(longest=1000),
        Field(
            description="IAM: a full ARN. IAM_PATTERN: arn:{partition}:iam:::role/ and a name with wildcards."
        ),
    ]
    principal_type: Annotated[Literal["IAM", "IAM_PATTERN"], Field(description="IAM or IAM_PATTERN.")]


class Share(Declared):
    """An account or organization node that the portfolio is shared with."""

    account_id: Annotated[
        AccountId | None, Field(description="An account ID; the account must accept the share.")
    ] = None
    organization_node: Annotated[
        OrganizationNode | None,
        Field(description="An organization, organizational unit or member account; no acceptance is needed."),
    ] = None
    share_principals: Annotated[
        bool, Field(description="Share the principals too; only with an organization or organizational unit.")
    ] = False
    share_tag_options: Annotated[bool, Field(description="Share the TagOptions too.")] = False


class SageMakerTemplates(Declared):
    """Templates in S3, of which users of SageMaker Studio make projects without Service Catalog."""

    prefix: Annotated[
        TemplatePrefix,
        Field(description="The folder in the bucket: <prefix>/<product>/<version>.yaml."),
    ] = "sagemaker-projects"
    bucket: Annotated[
        BucketName | None,
        Field(description="A bucket of the target's account and Region; by default its template bucket."),
    ] = None
    domain_ids: Annotated[
        list[DomainId],
        ListConstraint(most=20, unique=True),
        Field(
            description="SageMaker domains whose users see the templates. {variables.<name>} is omitted if "
            "the target does not define it."
        ),
    ] = Field(default_factory=list)
    execution_roles: Annotated[
        list[ExecutionRole],
        ListConstraint(most=50, unique=True),
        Field(
            description="Execution roles of these users, which make the projects. {variables.<name>} is "
            "omitted if the target does not define it."
        ),
    ] = Field(default_factory=list)


class PortfolioFile(Declaration):
    """A portfolio."""

    display_name: Annotated[DisplayName, Field(description="The portfolio's display name.")]
    provider_name: Annotated[ProviderName, Field(description="Who provides the portfolio.")]
    description: Annotated[Description, Field(description="What the portfolio is for.")] = ""
    regions: Annotated[
        list[Region],
        ListConstraint(least=1, most=50, unique=True),
        Field(description="The Regions that the templates are linted for."),
    ]
    blueprint: Annotated[
        bool,
        Field(description="Account vending makes the products in new accounts; lint has rules for that."),
    ] = False
    tags: CatalogTags = Field(default_factory=dict)
    principals: Annotated[
        list[Principal], ListConstraint(most=PRINCIPALS_PER_PORTFOLIO), Field(description="Who may launch.")
    ] = Field(default_factory=list)
    shares: Annotated[
        list[Share],
        ListConstraint(most=SHARES_PER_PORTFOLIO),
        Field(description="Recipients of the portfolio."),
    ] = Field(default_factory=list)
    tag_options: TagOptions = Field(default_factory=list)
    budget: Budget = None
    sagemaker_templates: Annotated[
        SageMakerTemplates | None,
        Field(
            description="Also place the templates of products with the tag sagemaker:studio-visibility in S3."
        ),
    ] = None
    products: Annotated[
        list[PortfolioProduct],
        ListConstraint(most=1000),
        Field(description="The products, with their constraints."),
    ] = Field(default_factory=list)

    @property
    def name(self) -> str:
        """The portfolio's key: the stem of its file."""
        return PurePosixPath(self.path).stem


def conditions(constraint: Template, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """Every condition and assertion of a TEMPLATE constraint, with its path."""
    for name, rule in constraint.rules.items():
        here = (*steps, "rules", name)
        if rule.RuleCondition is not None:
            yield (*here, "RuleCondition"), rule.RuleCondition
        for n, assertion in enumerate(rule.Assertions):
            yield (*here, "Assertions", n, "Assert"), assertion.Assert
