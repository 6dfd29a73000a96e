"""A request to launch: what a config asks for, and where. Knows no provisioned products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from publisher.aws.clients import Aws
from publisher.declarations import LaunchConfig, Repository
from publisher.errors import Refused

CONFIG_TAG = "publisher:config"
ROLE_PREFIX = "launch-"


@dataclass(frozen=True, kw_only=True)
class LaunchRequest:
    """One launch. `config` is the file's name without its suffix, `path` the file as commands take it.

    `display_name`, `launch_role` and `portfolios` (display names) are empty where the product is declared in
    another project.
    """

    name: str
    config: str
    path: str
    product: str
    account_id: str
    region: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    alerts_email: str = ""
    display_name: str = ""
    launch_role: str = ""
    portfolios: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: LaunchConfig, path: str) -> LaunchRequest:
        """The request of a config."""
        return cls(
            name=config.ml_name,
            config=PurePosixPath(config.path).stem,
            path=path,
            product=config.product,
            account_id=config.client.account_id,
            region=config.environment.region,
            parameters=config.parameters(),
            tags=config.tags,
            alerts_email=config.ml_product.alerts_email or "",
        )

    def declared_in(self, repository: Repository) -> LaunchRequest:
        """With what the declarations say about the product. Raises InputError when they lack it."""
        (variant,) = repository.select(self.product)
        portfolios = [it for it in repository.portfolios if variant in repository.variants_of(it)]
        return replace(
            self,
            display_name=variant.display_name,
            launch_role=variant.launch_role,
            portfolios=tuple(portfolio.display_name for portfolio in portfolios),
        )

    @property
    def all_tags(self) -> dict[str, str]:
        """The config's tags, and the one that names the config."""
        return {**self.tags, CONFIG_TAG: self.config}

    @property
    def role(self) -> str:
        """The launch role's name."""
        return self.launch_role or f"{ROLE_PREFIX}{self.product}"


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
