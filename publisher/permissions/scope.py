"""For whom and where a policy is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.declarations.product import Variant

# A provisioned product's stack is SC-{account}-{provisioned product}.
_LAUNCHED = "SC-${AWS::AccountId}-pp-*"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a policy is narrowed to.

    `for_` is the trust: who takes the role. `boundary` is the ARN that the template's roles and users must
    carry as permissions boundary, with pseudo parameters; "" when they need none. `ssm_parameters` are globs
    of names that parameters of SSM types may read. `parameters` are the values of one launch by name, a
    missing one has its default; without any, every value is possible. `region` and `stack`, its name, may be
    patterns.
    """

    for_: str = "service-catalog"
    boundary: str = ""
    ssm_parameters: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    region: str = "*"
    stack: str = _LAUNCHED

    @classmethod
    def of(cls, variant: Variant) -> Scope:
        """What the launch role of a product is narrowed to."""
        names = tuple(variant.family.file.ssm_parameters)
        return cls(boundary=variant.permissions_boundary, ssm_parameters=names)

    @property
    def of_any_launch(self) -> Scope:
        """The same for the launch role, whatever the launch."""
        return Scope(boundary=self.boundary, ssm_parameters=self.ssm_parameters)
