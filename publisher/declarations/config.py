"""A launch config: configs/<launch>.yaml, the fields of one launch of the family ml-project."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from publisher.declarations.fields import Declaration, Declared, ListConstraint, NoBoolean, StringConstraint
from publisher.declarations.strings import DisplayName, Email, LaunchTags, Region

FAMILY = "ml-project"

_HYPHENS = "small letters, digits and hyphens, first a letter"
_WORD = r"[a-z][a-z0-9-]*"

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays: TypeAlias = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


def _id(prefix: str, example: str) -> StringConstraint:
    return StringConstraint(
        pattern=rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", words=f"an id like {example}", longest=32
    )


# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
ParameterName = Annotated[
    str,
    StringConstraint(
        pattern=r"(/[A-Za-z0-9_.-]+){1,15}",
        words="an SSM parameter's name, e.g. /vpc/techcorp-prod-a001-us-west-2-vpc/VPCId",
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
        words="bucket/optional/prefix, without s3:// and without a slash at either end",
        longest=500,
    ),
]


class Client(Declared):
    """Whose launch it is."""

    company_name: Annotated[DisplayName, Field(description="For people.")]
    company_prefix: Annotated[
        str,
        StringConstraint(pattern=_WORD, words=_HYPHENS, longest=10),
        Field(description="Begins every name."),
    ]
    account_id: Annotated[
        str,
        StringConstraint(pattern=r"[0-9]{12}", words="twelve digits, in quotes", longest=12, shortest=12),
        Field(description="The account to launch in: twelve digits, in quotes."),
    ]
    tenant_id: Annotated[
        str,
        StringConstraint(
            pattern=r"[a-z0-9]{4}", words="four small letters or digits, in quotes", longest=4, shortest=4
        ),
        Field(description="Four small letters or digits."),
    ]


class Environment(Declared):
    """Where it is launched."""

    env: Annotated[
        Literal["dev", "test", "staging", "prod"], Field(description="dev, test, staging or prod.")
    ]
    region: Annotated[Region, Field(description="The Region to launch in.")]


class VpcIntegration(Declared):
    """The network of the tier enterprise."""

    mode: Annotated[
        Literal["standalone", "sgprov"],
        Field(description="standalone makes its security group; sgprov takes the SG Provisioner's."),
    ]
    vpc_source: Annotated[
        Literal["ssm", "direct"], Field(description="ssm reads the ids from SSM; direct has them here.")
    ]
    vpc_id: Annotated[VpcId | None, Field(description="direct: the VPC.")] = None
    subnet_ids: Annotated[
        Annotated[list[SubnetId], ListConstraint(least=1, most=16, unique=True)] | None,
        Field(description="direct: the subnets."),
    ] = None
    vpc_id_parameter: Annotated[
        ParameterName | None, Field(description="ssm: the parameter that holds the VPC's id.")
    ] = None
    subnet_ids_parameter: Annotated[
        ParameterName | None, Field(description="ssm: the StringList parameter that holds the subnets' ids.")
    ] = None
    security_group_id_parameter: Annotated[
        ParameterName | None, Field(description="sgprov: the parameter that holds the security group's id.")
    ] = None
    private_dns: Annotated[
        bool, Field(description="Whether the interface endpoints take the services' private DNS names.")
    ] = True
    route_table_ids: Annotated[
        list[RouteTableId],
        ListConstraint(most=50, unique=True),
        Field(description="Route tables that get the S3 gateway endpoint."),
    ] = Field(default_factory=list)


class MlProduct(Declared):
    """What is launched."""

    tier: Annotated[
        Literal["starter", "professional", "enterprise"],
        Field(description="starter, professional or enterprise."),
    ]
    use_case: Annotated[
        str,
        StringConstraint(pattern=_WORD, words=_HYPHENS, longest=18),
        Field(description="Part of every name."),
    ]
    workload: Annotated[
        str,
        StringConstraint(pattern=rf"({_WORD})?", words=_HYPHENS, longest=8, shortest=0),
        Field(description="Tells launches of one use case apart, e.g. realtime."),
    ] = ""
    source_control: Annotated[Literal["codecommit", "s3"], Field(description="codecommit or s3.")]
    s3_prefix: Annotated[S3Prefix | None, Field(description="s3: bucket/optional/prefix of the sources.")] = (
        None
    )
    alerts_email: Annotated[
        Email | None, Field(description="professional, enterprise: who gets the alerts.")
    ] = None
    log_retention_days: Annotated[
        RetentionDays,
        NoBoolean(),
        Field(description="How long logs are kept; a value that CloudWatch Logs takes."),
    ] = 365
    vpc_integration: Annotated[VpcIntegration | None, Field(description="enterprise: the network.")] = None


class LaunchConfig(Declaration):
    """One launch of ml-project."""

    client: Annotated[Client, Field(description="Whose launch it is.")]
    environment: Annotated[Environment, Field(description="Where it is launched.")]
    ml_product: Annotated[MlProduct, Field(description="What is launched.")]
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
        marks = (["workload"] if self.ml_product.workload else []) + (
            ["rtb"] if vpc and vpc.route_table_ids else []
        )
        return "-".join((self.network_name, self.ml_product.use_case, "ml", *self._variant, *marks)) + ".yaml"

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
