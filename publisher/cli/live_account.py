"""Reads the account of the local endpoint for its pages: as any client, but uncounted and without faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from catalog_emulator.server.endpoint_record import CONFIRM_PATH, SECRET_HEADER, Endpoint
from typing_extensions import override

from publisher.aws.arns import Arn
from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.aws.stack_events import Event, StackEvents, cause
from publisher.cli.catalogue_sources import published_source
from publisher.declarations import Repository, load
from publisher.declarations.form import Form, OutputRoles, form_of, read_forms
from publisher.errors import InputError, PublisherError
from publisher.launch.alerts import Alerts, alerts_of
from publisher.launch.deployed import deployed_template
from publisher.launch.launches import Launch, launches_of
from publisher.launch.outputs import LaunchDetails, describe
from publisher.launch.provisioned import ProvisionedProduct
from publisher.publishing.published_histories import KnownTemplates
from publisher.publishing.targets import PublishingTarget
from publisher.report.live_launches import LiveLaunch, Place, without_secrets
from publisher.report.source import CatalogueSource
from publisher.stopping import Pool
from publisher.templates.cloudformation import template_value

# Words without which no template has an output that must not be shown.
_OF_SECRETS = ("NoEcho", "Secret", "SmtpPassword")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail. `link` is the query of its confirmation link, which this endpoint made; empty without one.

    `confirmed`: its subscription is confirmed already.
    """

    to: str
    subject: str
    body: str
    received: datetime
    link: str = ""
    confirmed: bool = False


class LiveAccount:
    """What the endpoint has, in all accounts and Regions. `directory`: the project, for its forms."""

    def __init__(self, endpoint: Endpoint, directory: Path) -> None:
        self._endpoint, self._directory = endpoint, directory
        self._made_at = 0
        self._made: dict[tuple[str, str], Aws] = {}
        # What was read of versions and judged.
        self._known = KnownTemplates()

    def aws(self, account_id: str = "", region: str = "") -> Aws:
        """The administrator in an account and Region, by default the endpoint's own."""
        at = self._endpoint.config_file.stat().st_mtime_ns
        if at != self._made_at:
            # A new account may have new keys.
            self._made, self._made_at = {}, at
        place = account_id or self._endpoint.account_id, region or self._endpoint.region
        if place not in self._made:
            self._made[place] = _reader(self._endpoint, *place)
        return self._made[place]

    def catalogue(self) -> CatalogueSource:
        """What is published in the endpoint's own account and Region, and the project's files."""
        return published_source(PublishingTarget(aws=self.aws()), self._declared(), self._known)

    def places(self) -> list[Place]:
        """The launches of each account and Region where there is something."""
        found = self.told("accounts")["accounts"]
        return [self._place(one["account_id"], one["region"]) for one in found]

    def details(self, view: LiveLaunch) -> tuple[LaunchDetails, list[Event], str]:
        """What a launch made, without secrets; the events of its stack, newest first; what failed first."""
        aws, found = self.aws(view.account_id, view.region), view.launch.provisioned
        roles, ssm = self._roles(found, self._forms())
        details = describe(aws, found, roles=roles, ssm=ssm)
        stack = found.stack or f"SC-{view.account_id}-{found.id}"
        read = StackEvents(aws, stack)
        events = read.new()
        shown = without_secrets(details, self._template(aws, found))
        failure = cause(events) or (read.invalid() if view.level == "critical" else "")
        return shown, events[::-1], failure

    def letters(self) -> list[Letter]:
        """The mail, newest first. Only links that this endpoint made are links."""
        start = f"{self._endpoint.url}{CONFIRM_PATH}?"
        confirmed = cache(self._confirmed)
        letters = []
        for one in reversed(self.told("mail")["mails"]):
            link = urlsplit(one["link"]).query if str(one["link"]).startswith(start) else ""
            topic = parse_qs(link).get("TopicArn", [""])[0]
            texts = {name: one[name] for name in ("to", "subject", "body")}
            received = datetime.fromisoformat(one["received"])
            done = one["to"] in confirmed(topic)
            letters.append(Letter(**texts, received=received, link=link, confirmed=done))
        return letters

    def _confirmed(self, topic: str) -> frozenset[str]:
        """The addresses whose subscriptions of a topic are confirmed; none where it cannot be read."""
        if topic.count(":") != 5:
            # Of a state file. SNS would fail, and be asked again and again.
            return frozenset()
        try:
            arn = Arn.parse(topic)
            client = self.aws(arn.account_id, arn.region).client("sns")
            with aws_errors("cannot read the subscriptions"):
                found = client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        except (PublisherError, ValueError):
            return frozenset()
        return frozenset(it["Endpoint"] for it in found if it["SubscriptionArn"].startswith("arn:"))

    def confirm(self, query: str) -> None:
        """Follows a confirmation link. Raises OSError."""
        self._endpoint.confirm(f"{self._endpoint.url}{CONFIRM_PATH}?{query}")

    def told(self, name: str) -> dict[str, Any]:
        """What the endpoint tells of itself: `faults` with their profile, or the number of `calls`."""
        return self._endpoint.request(f"/_emulator/{name}")

    def _place(self, account_id: str, region: str) -> Place:
        """Its launches, newest first."""
        if not (account_id.isascii() and account_id.isdigit()):
            return Place(account_id=account_id, region=region, problem="this is no account")
        aws = self.aws(account_id, region)
        try:
            found = launches_of(aws)
            newest_first = sorted(
                found.launches, key=lambda it: (it.provisioned.created, it.provisioned.id), reverse=True
            )
            with Pool() as pool:
                alerts = list(pool.map(partial(self._alerts, aws, self._forms()), newest_first))
        except PublisherError as error:
            return Place(account_id=account_id, region=region, problem=error.message)
        launches = (
            LiveLaunch(
                launch=one,
                account_id=account_id,
                region=region,
                newer=newer.name if (newer := found.newest_version(one)) else "",
                alerts=state,
            )
            for one, state in zip(newest_first, alerts, strict=True)
        )
        return Place(account_id=account_id, region=region, launches=tuple(launches))

    def _alerts(self, aws: Aws, forms: list[Form], launch: Launch) -> Alerts:
        outputs = launch.stack.outputs if launch.stack else {}
        return alerts_of(aws, self._roles(launch.provisioned, forms)[0].alerts, outputs)

    def _declared(self) -> Repository | None:
        try:
            return load(self._directory, configs=False)
        except InputError:
            # The commands that need the files report what is wrong with them.
            return None

    def _forms(self) -> list[Form]:
        try:
            return read_forms(self._directory)
        except InputError:
            return []

    def _roles(self, found: ProvisionedProduct, forms: list[Form]) -> tuple[OutputRoles, tuple[str, ...]]:
        form = form_of(found.product, forms)
        return (form.file.outputs, form.ssm(found.name)) if form else (OutputRoles(), ())

    def _template(self, aws: Aws, found: ProvisionedProduct) -> Mapping[str, Any]:
        """The template of a launch whose outputs may be secrets; empty for others."""
        text = deployed_template(aws, found) or ""
        return template_value(text) if any(word in text for word in _OF_SECRETS) else {}


def _reader(endpoint: Endpoint, account_id: str, region: str) -> Aws:
    headers = {SECRET_HEADER: endpoint.secret, "x-moto-account-id": account_id}

    def mark(request: Any, **_: object) -> None:
        for name, value in headers.items():
            request.headers[name] = value

    class Reader(Aws):
        """Also in other Regions."""

        @override
        def client(self, service: str) -> Any:
            client = super().client(service)
            client.meta.events.register("before-sign", mark, unique_id="pages")
            return client

    return Reader(
        profile=endpoint.admin_profile,
        region=region,
        endpoint_url=endpoint.url,
        config_file=endpoint.config_file,
    )
