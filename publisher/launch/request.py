"""A launch that somebody wants: what a config says, freed from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.aws.clients import Aws
from publisher.errors import Refused

CONFIG_TAG = "publisher:config"
ROLE_PREFIX = "launch-"


@dataclass(frozen=True, kw_only=True)
class LaunchRequest:
    """One launch. `config` is the file's name without suffix, `path` the file as commands take it.

    `display_name` and `portfolios` (display names) are empty where the product is declared elsewhere.
    """

    name: str
    config: str
    path: str
    product: str
    account_id: str
    region: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    display_name: str = ""
    launch_role: str = ""
    portfolios: tuple[str, ...] = field(default=())

    @property
    def all_tags(self) -> dict[str, str]:
        """The config's tags, and the one that tells which config holds the name."""
        return {**self.tags, CONFIG_TAG: self.config}

    @property
    def role(self) -> str:
        """The launch role's name."""
        return self.launch_role or f"{ROLE_PREFIX}{self.product}"


def check_place(aws: Aws, wanted: LaunchRequest) -> None:
    """Refuses a caller who is in another Region or account than the config's."""
    if aws.region != wanted.region:
        raise Refused(
            f"{wanted.path}: the config is for the Region {wanted.region}, you work in {aws.region}",
            hint=f"add --region {wanted.region}, before the command's name",
        )
    account_id, arn = aws.identity
    if account_id != wanted.account_id:
        raise Refused(
            f"{wanted.path}: the config is for the account {wanted.account_id}, you are {arn}",
            hint=f"give a --profile of the account {wanted.account_id}, before the command's name",
        )
