"""A launch config: configs/<launch>.yaml, the fields of one launch of the family ml-project."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from publisher.declarations.fields import Declaration, Declared, ListConstraint, NoBoolean, StringConstraint
from publisher.declarations.strings import HYPHENS, AccountId, DisplayName, Email, LaunchTags, Region

FAMILY = "ml-project"

_WORD = r"[a-z][a-z0-9-]*"

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays: TypeAlias = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


def _id(prefix: str, example: str) -> StringConstraint:
    return StringConstraint(
        pattern=rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", words=f"an ID like {example}", longest=32
    )


# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
ParameterName = Annotated[
    str,
    StringConstraint(
        pattern=r"(/[A-Za-z0-9_.-]+){1,15}",
        words="an SSM parameter name, e.g. /vpc/techcorp-prod-a001-us-west-2-vpc/VPCId",
        longest=1011,
    ),
]
VpcId = Annotated[str, _id("vpc", "vpc-0123456789abcdef0")]
SubnetId = Annotated[str, _id("subnet", "subnet-0123456789abcdef0")]
RouteTableId = Annotated[str, _id("rtb", "rtb-0123456789abcdef0")]
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
S3Prefix = Annotated[
    str,
    StringConstraint(
        pattern=r"(?!s3:)(?!\d+\.\d+\.\d+\.\d+(/|$))[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()-]+)*",
        words="bucket/optional/prefix, without s3:// or a slash at either end",
        longest=500,
    ),
]


class Client(Declared):
    """Who the launch is for."""

    company_name: Annotated[DisplayName, Field(description="The client's display name.")]
    company_prefix: Annotated[
        str,
        StringConstraint(pattern=_WORD, words=HYPHENS, longest=10),
        Field(description="The start of every resource name."),
    ]
    account_id: Annotated[
        AccountId,
        Field(description="The account to launch in: 12 digits, in quotes."),
    ]
    tenant_id: Annotated[
        str,
        StringConstraint(
            pattern=r"[a-z0-9]{4}", words="four lowercase letters or digits, in quotes", longest=4, shortest=4
        ),
        Field(description="Four lowercase letters or digits."),
    ]


class Environment(Declared):
    """Where to launch."""

    env: Annotated[
        Literal["dev", "test", "staging", "prod"], Field(description="dev, test, staging or prod.")
    ]
    region: Annotated[Region, Field(description="The Region to launch in.")]


class VpcIntegration(Declared):
    """The network of tier enterprise."""

    mode: Annotated[
        Literal["standalone", "sgprov"],
        Field(description="standalone creates a security group; sgprov uses the SG Provisioner's."),
    ]
    vpc_source: Annotated[
        Literal["ssm", "direct"], Field(description="ssm reads the IDs from SSM; direct lists them here.")
    ]
    vpc_id: Annotated[VpcId | None, Field(description="direct: the VPC ID.")] = None
    subnet_ids: Annotated[
        Annotated[list[SubnetId], ListConstraint(least=1, most=16, unique=True)] | None,
        Field(description="direct: the subnet IDs."),
    ] = None
    vpc_id_parameter: Annotated[
        ParameterName | None, Field(description="ssm: the parameter with the VPC ID.")
    ] = None
    subnet_ids_parameter: Annotated[
        ParameterName | None, Field(description="ssm: the StringList parameter with the subnet IDs.")
    ] = None
    security_group_id_parameter: Annotated[
        ParameterName | None, Field(description="sgprov: the parameter with the security group ID.")
    ] = None
    private_dns: Annotated[
        bool, Field(description="Whether the interface endpoints use private DNS names.")
    ] = True
    route_table_ids: Annotated[
        list[RouteTableId],
        ListConstraint(most=50, unique=True),
        Field(description="Route tables to add the S3 gateway endpoint to."),
    ] = Field(default_factory=list)


class MlProduct(Declared):
    """What to launch."""

    tier: Annotated[
        Literal["starter", "professional", "enterprise"],
        Field(description="starter, professional or enterprise."),
    ]
    use_case: Annotated[
        str,
        StringConstraint(pattern=_WORD, words=HYPHENS, longest=18),
        Field(description="Part of every resource name."),
    ]
    workload: Annotated[
        str,
        StringConstraint(pattern=rf"({_WORD})?", words=HYPHENS, longest=8, shortest=0),
        Field(description="Distinguishes launches of one use case, e.g. realtime."),
    ] = ""
    source_control: Annotated[Literal["codecommit", "s3"], Field(description="codecommit or s3.")]
    s3_prefix: Annotated[S3Prefix | None, Field(description="s3: bucket/optional/prefix of the sources.")] = (
        None
    )
    alerts_email: Annotated[
        Email | None, Field(description="professional, enterprise: the recipient of alerts.")
    ] = None
    log_retention_days: Annotated[
        RetentionDays,
        NoBoolean(),
        Field(description="Log retention in days; a value that CloudWatch Logs supports."),
    ] = 365
    vpc_integration: Annotated[VpcIntegration | None, Field(description="enterprise: the network.")] = None


class LaunchConfig(Declaration):
    """One launch of ml-project."""

    client: Annotated[Client, Field(description="Who the launch is for.")]
    environment: Annotated[Environment, Field(description="Where to launch.")]
    ml_product: Annotated[MlProduct, Field(description="What to launch.")]
    tags: LaunchTags = Field(default_factory=dict)

    @property
    def network_name(self) -> str:
        """The tenant's network, and the beginning of all names."""
        client, environment = self.client, self.environment
        return f"{client.company_prefix}-{environment.env}-{client.tenant_id}-{environment.region}"

    @property
    def prefix(self) -> str:
        """The beginning of every physical name of the launch."""
        workload = f"-{self.ml_product.workload}" if self.ml_product.workload else ""
        return f"{self.network_name}-{self.ml_product.use_case}{workload}"

    @property
    def ml_name(self) -> str:
        """The name of the launch: of the provisioned product and the model package group."""
        return f"{self.prefix}-ml"

    @property
    def product(self) -> str:
        """The key of the product that is launched."""
        return "-".join((FAMILY, self.ml_product.tier, *self._variant))

    @property
    def file_name(self) -> str:
        """What the file must be called."""
        vpc = self.ml_product.vpc_integration
        suffixes = (["workload"] if self.ml_product.workload else []) + (
            ["rtb"] if vpc and vpc.route_table_ids else []
        )
        words = (self.network_name, self.ml_product.use_case, "ml", *self._variant, *suffixes)
        return "-".join(words) + ".yaml"

    @property
    def vpc_id_parameter(self) -> str:
        """The SSM parameter that holds the VPC's id: the config's, or the one by convention."""
        vpc = self.ml_product.vpc_integration
        return (vpc and vpc.vpc_id_parameter) or f"/vpc/{self.network_name}-vpc/VPCId"

    @property
    def subnet_ids_parameter(self) -> str:
        """The SSM parameter that holds the subnets' ids: the config's, or the one by convention."""
        vpc = self.ml_product.vpc_integration
        return (vpc and vpc.subnet_ids_parameter) or f"/vpc/{self.network_name}-vpc/PrivateSubnetIds"

    @property
    def security_group_id_parameter(self) -> str:
        """The SSM parameter that holds the security group's id: the config's, or the one by convention."""
        vpc = self.ml_product.vpc_integration
        return (vpc and vpc.security_group_id_parameter) or f"/sg/{self.network_name}-sg/app/SecurityGroupId"

    @property
    def source(self) -> tuple[str, str]:
        """(bucket, prefix) of the sources in S3; empty for codecommit."""
        bucket, _, prefix = (self.ml_product.s3_prefix or "").partition("/")
        return bucket, prefix

    def parameters(self) -> dict[str, str]:
        """The template parameters that this config sets; those it does not name keep their defaults."""
        product = self.ml_product
        bucket, prefix = self.source
        chosen = {
            "CompanyPrefix": self.client.company_prefix,
            "Environment": self.environment.env,
            "TenantId": self.client.tenant_id,
            "UseCase": product.use_case,
            "Workload": product.workload,
            "LogRetentionDays": str(product.log_retention_days),
            "SourceBucket": bucket,
            "SourcePrefix": prefix,
            "AlertsEmail": product.alerts_email or "",
            **self._network_parameters(),
        }
        return {name: value for name, value in chosen.items() if value}

    def _network_parameters(self) -> dict[str, str]:
        vpc = self.ml_product.vpc_integration
        if vpc is None:
            return {}
        direct = vpc.vpc_source == "direct"
        return {
            "VpcId": vpc.vpc_id or "" if direct else self.vpc_id_parameter,
            "SubnetIds": ",".join(vpc.subnet_ids or []) if direct else self.subnet_ids_parameter,
            "SecurityGroupId": self.security_group_id_parameter if vpc.mode == "sgprov" else "",
            "EndpointPrivateDns": "" if vpc.private_dns else "false",
            "RouteTableIds": ",".join(vpc.route_table_ids),
        }

    @property
    def _variant(self) -> tuple[str, ...]:
        vpc = self.ml_product.vpc_integration
        return (self.ml_product.source_control, *((vpc.mode, vpc.vpc_source) if vpc else ()))
