"""Pages of what an account has at this moment: launches with their events, mail, faults and counted calls.

Pure: the values come from an endpoint on this machine, and each of them may be hostile text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from publisher.impact.uses import uses
from publisher.launch.alerts import Alerts
from publisher.launch.denial import remedy
from publisher.launch.launches import Launch, Launches
from publisher.launch.outputs import LaunchDetails
from publisher.launch.request import PRODUCT_TAG
from publisher.report import site
from publisher.templates.expression_parts import is_secret

NAVIGATION = (
    ("index.html", "Catalog"),
    ("launches.html", "Launches"),
    ("mail.html", "Mail"),
    ("faults.html", "Faults"),
    ("calls.html", "Calls"),
)
CONFIRM = "confirm.html"
# Read again so often, in seconds, while the launch is changing.
REFRESH = 3
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


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """An event of a resource of a launch's stack; `level` is how its status is marked."""

    resource: str
    type: str
    status: str
    level: str
    reason: str
    time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail. `link` is the query of its confirmation link, which this endpoint made; empty without one.

    `confirmed`: its subscription is confirmed already.
    """

    to: str
    subject: str
    body: str
    received: str
    link: str = ""
    confirmed: bool = False


def place_of(account_id: str, region: str, found: Launches, alerts: Mapping[str, Alerts]) -> Place:
    """The launches, newest first; `alerts` by the launch's id."""
    return Place(
        account_id=account_id,
        region=region,
        launches=tuple(
            LiveLaunch(
                launch=one,
                account_id=account_id,
                region=region,
                newer=newer.name if (newer := found.newest_version(one)) else "",
                alerts=alerts.get(one.provisioned.id, Alerts()),
            )
            for one in sorted(
                found.launches, key=lambda it: (it.provisioned.created, it.provisioned.id), reverse=True
            )
        ),
    )


def without_secrets(details: LaunchDetails, template: Mapping[str, Any]) -> LaunchDetails:
    """The details without outputs that show the value of a NoEcho parameter, or a secret of a service."""
    parameters = template.get("Parameters", {})
    declared = template.get("Outputs", {})
    hidden = {name for name, value in parameters.items() if is_secret(value)}
    shown = {
        name: _HIDDEN
        if any(it.name in hidden or it.attribute in _SECRET_ATTRIBUTES for it in uses(declared.get(name)))
        else value
        for name, value in details.outputs.items()
    }
    return replace(details, outputs=shown)


def launches_page(places: Sequence[Place], about: site.Site) -> site.Page:
    """All launches, by account and Region."""
    return site.page("live_launches.html", "launches.html", "Launches", site=about, places=places)


def launch_page(
    view: LiveLaunch,
    details: LaunchDetails,
    events: Sequence[EventRow],
    about: site.Site,
    *,
    cause: str,
    still: bool,
) -> site.Page:
    """One launch. `events` newest first; `cause`: the failure that explains the others, if there is one.

    `still`: the page does not read itself again.
    """
    found = view.launch.provisioned
    why = "" if view.level in ("good", "note") else cause or found.reason
    return site.page(
        "live_launch.html",
        view.path,
        found.name,
        site=about,
        view=view,
        details=details,
        events=events,
        why=why,
        remedy=remedy(why, found.launch_role) if why else "",
        hint=found.meaning.hint(found.name) if found.meaning else "",
        still=still,
    )


def mail_page(letters: Sequence[Letter], about: site.Site) -> site.Page:
    """The mailbox, newest first."""
    return site.page("live_mail.html", "mail.html", "Mail", site=about, letters=letters, confirm=CONFIRM)


def faults_page(
    profile: str, happened: Mapping[str, int], kinds: Mapping[str, str], about: site.Site
) -> site.Page:
    """The fault profile, how often each kind happened, and what the kinds are."""
    view: dict[str, Any] = {"profile": profile, "happened": happened, "kinds": kinds}
    return site.page("live_faults.html", "faults.html", "Faults", site=about, **view)


def calls_page(calls: Mapping[str, int], about: site.Site) -> site.Page:
    """The number of calls by operation."""
    return site.page("live_calls.html", "calls.html", "Calls", site=about, calls=calls)


def message_page(
    path: str, title: str, text: str, about: site.Site, *, level: str = "note", hint: str = ""
) -> site.Page:
    """One message, with ways back."""
    return site.page("live_message.html", path, title, site=about, text=text, level=level, hint=hint)
