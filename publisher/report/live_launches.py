"""What an account of the local endpoint has launched at this moment. Pure; each text in it may be hostile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from publisher.impact.uses import uses
from publisher.launch.alerts import Alerts
from publisher.launch.launches import Launch
from publisher.launch.outputs import LaunchDetails
from publisher.launch.request import PRODUCT_TAG
from publisher.report import site
from publisher.templates.expression_parts import is_secret, section

_HIDDEN = "not shown: a secret"
# What services return of secrets they made. A Ref of AWS::SecretsManager::Secret is its ARN.
_SECRET_ATTRIBUTES = frozenset({"SecretAccessKey", "SecretKey", "ClientSecret", "SmtpPassword"})
_LEVELS = {"AVAILABLE": "good", "UNDER_CHANGE": "note", "PLAN_IN_PROGRESS": "note", "TAINTED": "warning"}


@dataclass(frozen=True, kw_only=True)
class LiveLaunch:
    """A launch in an account and Region, with the newer version it could move to, and its alerts."""

    launch: Launch
    account_id: str
    region: str
    newer: str = ""
    alerts: Alerts = field(default_factory=Alerts)

    @property
    def path(self) -> str:
        """The path of its page."""
        return site.path("launches", self.launch.provisioned.id)

    @property
    def product_path(self) -> str:
        """The path of the product's page; empty for a product that no publisher published."""
        found = self.launch.provisioned
        return site.path("products", found.product) if PRODUCT_TAG in found.tags else ""

    @property
    def level(self) -> str:
        """How its status is marked."""
        return _LEVELS.get(self.launch.provisioned.status, "critical")

    @property
    def changing(self) -> bool:
        """Whether an operation is under way."""
        return self.level == "note"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The launches of one account and Region; `problem` says why they cannot be read."""

    account_id: str
    region: str
    launches: tuple[LiveLaunch, ...] = ()
    problem: str = ""


def without_secrets(details: LaunchDetails, template: Mapping[str, Any]) -> LaunchDetails:
    """The details without outputs and SSM parameters that show the value of a NoEcho parameter, or a secret
    of a service.
    """
    hidden = {name for name, value in section(template, "Parameters").items() if is_secret(value)}
    copies: set[tuple[str, str]] = set()

    def is_shown(value: object) -> bool:
        return any(
            it.name in hidden or it.attribute in _SECRET_ATTRIBUTES or (it.name, it.attribute) in copies
            for it in uses(value)
        )

    stored: list[str] = []
    for name, resource in section(template, "Resources").items():
        found = resource.get("Properties")
        properties = found if isinstance(found, Mapping) else {}
        copies |= {(name, key) for key, value in properties.items() if is_shown(value)}
        if resource.get("Type") == "AWS::SSM::Parameter" and (name, "Value") in copies:
            stored.append(_end(properties.get("Name")))
    declared = section(template, "Outputs")
    outputs = {it: _HIDDEN if is_shown(declared.get(it)) else text for it, text in details.outputs.items()}
    ssm = {it: _HIDDEN if it.endswith(tuple(stored)) else text for it, text in details.ssm.items()}
    return replace(details, outputs=outputs, ssm=ssm)


def _end(name: object) -> str:
    """How every name ends that an expression can give; empty where that is not said."""
    match name:
        case str(text) | {"Fn::Sub": str(text) | [str(text), *_]}:
            return text.rpartition("}")[2]
        case _:
            return ""
