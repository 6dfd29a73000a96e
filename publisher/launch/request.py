"""A request to launch: what a config asks for, and where. Knows no provisioned products."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from publisher.declarations import Repository
from publisher.declarations.form import OutputRoles
from publisher.errors import Refused

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

CONFIG_TAG = "publisher:config"
EXPIRES_TAG = "publisher:expires"
# The ownership tag of a product, which AWS puts on its launches.
PRODUCT_TAG = "publisher:product"
ROLE_PREFIX = "launch-"
# The role that CloudFormation assumes for a project of a template in S3.
DEPLOY_PREFIX = "deploy-"
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html
LAUNCH_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}")
LONGEST_NAME = 128
# By which door a launch is made a SageMaker project; empty: it is none.
Door = Literal["", "service-catalog", "s3"]
DOORS: tuple[Door, ...] = get_args(Door)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProject.html
PROJECT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")
LONGEST_PROJECT_NAME = 32
# The parameters that SageMaker fills in.
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
PROJECT_PARAMETERS = ("SageMakerProjectName", "SageMakerProjectId")


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule about the account that a launch needs, with its arguments."""

    rule: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class LaunchRequest:
    """One launch. `config` is the file's name without its suffix, `path` the file as commands take it.

    `family` is that of its form, empty for a generic config. `name_fields` are the fields of the config that
    make the name. `content` is the bucket and prefix that starting content is read from. `defaults` are the
    parameters that the form leaves at their defaults, `expires` an ISO 8601 date or empty.
    `display_name`, `launch_role`, `portfolios` (display names), `principals` (whom these admit) and `owner`
    are empty where the product is declared in another project. A path in `ssm` may name the {project_id},
    which SageMaker chooses. `blueprints` are the keys and names of account blueprints, of which an account
    has one, if the product is one.
    """

    name: str
    config: str
    path: str
    product: str
    account_id: str
    region: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    defaults: frozenset[str] = frozenset()
    expires: str = ""
    family: str = ""
    name_fields: str = ""
    outputs: OutputRoles = field(default_factory=OutputRoles)
    ssm: tuple[str, ...] = ()
    alerts_address: str = ""
    content: tuple[str, str] = ("", "")
    checks: tuple[Check, ...] = ()
    sagemaker_project: Door = ""
    display_name: str = ""
    launch_role: str = ""
    portfolios: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    owner: str = ""
    blueprints: frozenset[str] = frozenset()

    def is_declared_in(self, repository: Repository) -> bool:
        """Whether the product must be declared there; another project may publish it."""
        if self.family:
            return any(family.name == self.family for family in repository.families)
        return bool(repository.families) and not repository.may_have(self.product)

    def declared_in(self, repository: Repository) -> LaunchRequest:
        """With what the declarations say about the product. Raises InputError when they lack it."""
        (variant,) = repository.select(self.product)
        portfolios = [it for it in repository.portfolios if variant in repository.variants_of(it)]
        product, blueprints = variant.family.file, repository.blueprints
        others = repository.variants if variant.key in blueprints else ()
        return replace(
            self,
            display_name=variant.display_name,
            launch_role=variant.launch_role,
            portfolios=tuple(portfolio.display_name for portfolio in portfolios),
            principals=tuple(it.principal_arn for portfolio in portfolios for it in portfolio.principals),
            owner=f"{product.owner} <{product.support_email}>" if product.support_email else product.owner,
            blueprints=frozenset(
                name for it in others if it.key in blueprints for name in (it.key, it.display_name)
            ),
        )

    @property
    def all_tags(self) -> dict[str, str]:
        """The config's tags, the one that names the config, and the one that says when it expires."""
        expires = {EXPIRES_TAG: self.expires} if self.expires else {}
        return {**self.tags, CONFIG_TAG: self.config, **expires}

    @property
    def filled_in(self) -> tuple[str, ...]:
        """The parameters that SageMaker fills in."""
        return PROJECT_PARAMETERS if self.sagemaker_project else ()

    @property
    def role(self) -> str:
        """The name of the role that makes the stack."""
        if self.sagemaker_project == "s3":
            return deploy_role(self.product)
        return self.launch_role or f"{ROLE_PREFIX}{self.product}"


def deploy_role(product: str) -> str:
    """The name of the role that CloudFormation assumes for projects of a product's template in S3."""
    return f"{DEPLOY_PREFIX}{product}"


def check_account(aws: Aws, request: LaunchRequest) -> None:
    """Refuses a caller in another account or Region than the config's."""
    if aws.region != request.region:
        raise Refused(
            f"{request.path}: the config is for Region {request.region}, but you work in {aws.region}",
            hint=f"add --region {request.region}",
        )
    account_id, arn = aws.identity
    if account_id != request.account_id:
        raise Refused(
            f"{request.path}: the config is for account {request.account_id}, but you are {arn}",
            hint=f"choose a --profile of account {request.account_id}",
        )
