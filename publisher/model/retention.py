"""How long versions of a product can be launched and updated; what stops a product's retirement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from publisher.model.values import ProvisioningArtifact, precedence

VersionState = Literal["available", "deprecated", "inactive"]
RetirementStep = Literal["deprecate", "disassociate", "delete"]


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Of the versions that can be launched the newest `keep` stay so, older ones become deprecated.

    Of these the newest `deprecated` stay, older ones become inactive; None sets no bound. `states` has
    versions whose state is written down, whatever their age. `retire` makes all others deprecated.
    """

    keep: int | None = None
    deprecated: int | None = None
    states: Mapping[str, VersionState] = field(default_factory=dict)
    retire: RetirementStep | None = None

    def applied(self, versions: Iterable[ProvisioningArtifact]) -> list[ProvisioningArtifact]:
        """All versions of one product as they should be, newest first. Nothing inactive comes back."""
        kept = aging = 0
        result = []
        for version in sorted(versions, key=lambda it: precedence(it.version), reverse=True):
            written = self.states.get(version.version)
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
    """A provisioned product of the account: its name, and the product and version it runs, by our names.

    The version is empty when it is not among those that are published (any more).
    """

    name: str
    product: str
    version: str
