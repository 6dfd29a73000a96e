"""How long the versions of a product stay launchable, and the launches that keep them in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from publisher.model.products import ProvisioningArtifact
from publisher.model.version_names import plain_name, precedence

VersionState = Literal["available", "deprecated", "inactive"]
RetirementStep = Literal["deprecate", "disassociate", "delete"]


@dataclass(frozen=True, kw_only=True)
class Retention:
    """The newest `keep` launchable versions stay launchable; older ones become deprecated.

    The newest `deprecated` of those stay deprecated, older ones become inactive; None is no limit. `states`
    sets the state of single versions, whatever their age. `retire` deprecates all others.
    """

    keep: int | None = None
    deprecated: int | None = None
    states: Mapping[str, VersionState] = field(default_factory=dict)
    retire: RetirementStep | None = None

    def applied(self, versions: Iterable[ProvisioningArtifact]) -> list[ProvisioningArtifact]:
        """All versions of one product in their new states, newest first. Inactive ones stay inactive."""
        kept = aging = 0
        result = []
        for version in sorted(versions, key=lambda it: precedence(it.version), reverse=True):
            written = self.states.get(plain_name(version.version))
            if written is not None:
                result.append(in_state(version, written))
            elif not version.active:
                result.append(version)
            elif version.launchable and self.retire is None and (self.keep is None or kept < self.keep):
                kept += 1
                result.append(version)
            else:
                stays = self.deprecated is None or aging < self.deprecated
                aging += 1
                result.append(in_state(version, "deprecated" if stays else "inactive"))
        return result


def in_state(version: ProvisioningArtifact, state: VersionState) -> ProvisioningArtifact:
    """The version in this state; an inactive one keeps its guidance."""
    match state:
        case "available":
            return replace(version, active=True, guidance="DEFAULT")
        case "deprecated":
            return replace(version, active=True, guidance="DEPRECATED")
        case "inactive":
            return replace(version, active=False)


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A provisioned product of the account, with the keys of its product and version.

    `version` is empty when that version is no longer published.
    """

    name: str
    product: str
    version: str
