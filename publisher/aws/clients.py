"""One AWS identity: its session, its clients with retries and pacing, the count of its calls."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import ConnectionError, HTTPClientError, ProfileNotFound, UnknownRegionError
from botocore.session import Session as BotocoreSession

from publisher.aws.answers import answered, refuse_foreign
from publisher.aws.arns import Arn
from publisher.aws.calls import aws_errors
from publisher.aws.pacing import ATTEMPTS, MOST, Pace, Window, is_throttled, is_transient, operation_class
from publisher.aws.waiting import Clock
from publisher.errors import AwsError, Refused

if TYPE_CHECKING:
    from botocore.client import BaseClient

_LOST = (ConnectionError, HTTPClientError)
# Where botocore's context of a call has the call and when it began.
_STARTED = "publisher_started"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The account that an identity must turn out to be of; `hint` is the remedy if it is of another."""

    account_id: str
    hint: str


class Aws:
    """One identity in one Region. Clients are made once, may be shared by threads, and count calls.

    When an account is `expected`, STS has to confirm it before the first call of any other service: each
    call raises Refused in another account.
    """

    def __init__(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        config_file: Path | None = None,
        credentials: object = None,
        expected: Expected | None = None,
        clock: Clock | None = None,
        loader: object = None,
    ) -> None:
        core: Any = BotocoreSession(profile=profile)
        if loader is not None:
            core.register_component("data_loader", loader)
        if config_file is not None:
            core.set_config_variable("config_file", str(config_file))
            core.set_config_variable("credentials_file", str(config_file.with_name("credentials")))
        if endpoint_url is not None:
            # Also for the client that assumes a profile's role, whatever AWS_ENDPOINT_URL_STS says.
            core.create_client = partial(core.create_client, endpoint_url=endpoint_url)
        if credentials is not None:
            core._credentials = credentials
        self._profile, self._config_file = profile, config_file
        self._expected = expected
        try:
            # boto3 looks for the profile later where AWS_DATA_PATH is set.
            core.get_scoped_config()
            # It keeps the models of services, which would be read and kept again for each target.
            self._loader = core.get_component("data_loader")
            self._session = boto3.Session(botocore_session=core, region_name=region)
        except ProfileNotFound as error:
            raise AwsError(
                f"{error}", hint="choose a profile from your AWS configuration with --profile or AWS_PROFILE"
            ) from error
        self._endpoint_url = endpoint_url
        self._clock = clock or Clock()
        self._clients: dict[str, BaseClient] = {}
        self._paces: dict[str, tuple[Pace, Window]] = {}
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.retried: Counter[str] = Counter()

    def assuming(self, role_arn: str, *, region: str) -> Aws:
        """The identity of a role in a Region; this identity assumes it, again whenever a session ends.

        The session has to be of the role's account.
        """
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=lambda service, **_: self.client(service),
            source_credentials=self._credentials(),
            role_arn=role_arn,
            extra_args={"RoleSessionName": "publisher"},
        )
        session = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
        account_id = Arn.parse(role_arn).account_id
        expected = Expected(account_id=account_id, hint=f"check the role_arn '{role_arn}'")
        return self._other(region, session, expected)

    def in_region(self, region: str) -> Aws:
        """This identity in another Region."""
        return self._other(region, self._credentials(), self._expected)

    def expecting(self, expected: Expected, *, region: str) -> Aws:
        """This identity in a Region, which has to be of this account."""
        return self._other(region, self._credentials(), expected)

    def _credentials(self) -> Any:
        with aws_errors("cannot find credentials"):
            return self._session.get_credentials()

    def _other(self, region: str, credentials: object, expected: Expected | None) -> Aws:
        return type(self)(
            profile=self._profile,
            region=region,
            endpoint_url=self._endpoint_url,
            config_file=self._config_file,
            credentials=credentials,
            expected=expected,
            clock=self._clock,
            loader=self._loader,
        )

    def client(self, service: str) -> Any:
        """The client of a service, with our retries and pacing."""
        session: Any = self._session
        with self._lock:
            if service not in self._clients:
                config = Config(
                    # botocore's adaptive mode has one rate for reads and writes, and takes a full quota
                    # (LimitExceededException) for throttling.
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=MOST,
                    user_agent_extra="publisher",
                )
                with aws_errors(f"cannot create a client for {service}"):
                    client = session.client(service, endpoint_url=self._endpoint_url, config=config)
                if service != "sts":
                    client.meta.events.register("before-call", self._prove)
                client.meta.events.register("before-call", self._count)
                client.meta.events.register("after-call", self._end)
                client.meta.events.register("after-call", refuse_foreign)
                client.meta.events.register("after-call-error", self._end)
                client.meta.events.register("before-send", self._wait)
                client.meta.events.register("after-call-error", self._leave)
                client.meta.events.register("needs-retry", self._retry)
                client._make_api_call = partial(answered, client._make_api_call)
                self._clients[service] = client
            return self._clients[service]

    def _prove(self, **_context: object) -> None:
        if self._expected is not None:
            _account_id, _arn = self.identity

    def _count(self, model: Any, context: dict[str, Any], **_: object) -> None:
        self._report(f"{model.service_model.service_id.hyphenize()} {model.name}")
        name = f"{model.service_model.service_name}:{model.name}"
        context[_STARTED] = name, self._clock.now()
        with self._lock:
            self.calls[name] += 1

    def _report(self, text: str) -> None:
        """What the call of this thread does now."""
        self._clock.activities.begin(threading.get_ident(), text)

    def _end(self, context: dict[str, Any], **answer: Any) -> None:
        self._clock.activities.end(threading.get_ident())
        finished, started = self._clock.activities.finished, context.get(_STARTED)
        if finished is not None and started is not None:
            finished(self._finished(started, context, **answer))

    def _finished(
        self,
        started: tuple[str, float],
        context: Mapping[str, Any],
        *,
        parsed: Mapping[str, Any] | None = None,
        exception: Exception | None = None,
        **_: object,
    ) -> dict[str, object]:
        """What a log has of a call: nothing of its request, nor of what was answered."""
        answer = parsed or {}
        known: tuple[str, ...] = self.__dict__.get("identity", ())
        account_id = self._expected.account_id if self._expected else next(iter(known), "")
        error = type(exception).__name__ if exception else answer.get("Error", {}).get("Code")
        return {
            "call": started[0],
            "target": "/".join(filter(None, (account_id, self._session.region_name))),
            "ms": round(1000 * (self._clock.now() - started[1])),
            "attempts": context.get("retries", {}).get("attempt", 1),
            "request_id": answer.get("ResponseMetadata", {}).get("RequestId"),
            "error": error,
        }

    def _pace(self, service: str, operation: str) -> tuple[Pace, Window]:
        name = operation_class(service, operation)
        with self._lock:
            if name not in self._paces:
                self._paces[name] = Pace(self._clock), Window(self._clock)
            return self._paces[name]

    def _wait(self, event_name: str, **_: object) -> None:
        service, operation = event_name.split(".")[1:]
        pace, window = self._pace(service, operation)
        if pace.rate is not None:
            self._report(f"AWS throttles {operation_class(service, operation)}s")
        window.enter()
        pace.wait()
        self._report(f"{service} {operation}")

    def _leave(self, event_name: str, **_: object) -> None:
        """Also after what no `needs-retry` follows, such as an answer that cannot be parsed."""
        self._pace(*event_name.split(".")[1:])[1].leave()

    def _retry(
        self,
        operation: Any,
        attempts: int,
        response: tuple[Any, Any] | None,
        caught_exception: Exception | None,
        **_: object,
    ) -> float | None:
        """Answers 0, after a pause on our clock, to have the call retried; None to let the answer stand."""
        service = operation.service_model.service_id.hyphenize()
        pace, window = self._pace(service, operation.name)
        window.leave()
        http, parsed = response or (None, {})
        code = str(parsed.get("Error", {}).get("Code", ""))
        throttled = is_throttled(code)
        if throttled:
            pace.throttled()
            window.throttled()
        elif caught_exception is None and not is_transient(code, getattr(http, "status_code", 200)):
            pace.answered()
            window.answered()
            return None
        elif caught_exception is not None and not isinstance(caught_exception, _LOST):
            return None
        if attempts >= ATTEMPTS:
            return None
        with self._lock:
            self.retried[f"{operation.service_model.service_name}:{operation.name}"] += 1
        kind = operation_class(service, operation.name)
        self._report(f"AWS throttles {kind}s" if throttled else f"{service} {operation.name}, once more")
        self._clock.sleep(pace.pause(attempts, throttled=throttled))
        return 0

    def count(self) -> dict[str, Any]:
        """The calls made so far: `total`, and `by_operation` like servicecatalog:CreateProduct."""
        with self._lock:
            calls = dict(sorted(self.calls.items()))
        return {"total": sum(calls.values()), "by_operation": calls}

    @cached_property
    def region(self) -> str:
        """The Region of this identity, e.g. us-west-2."""
        if not self._session.region_name:
            raise AwsError("no AWS Region is set", hint="add --region, or set AWS_REGION")
        return self._session.region_name

    @cached_property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov."""
        try:
            return self._session.get_partition_for_region(self.region)
        except UnknownRegionError as error:
            raise AwsError(
                f"'{self.region}' is not an AWS Region", hint="choose one with --region, e.g. us-west-2"
            ) from error

    @cached_property
    def url_suffix(self) -> str:
        """The DNS suffix of the partition, e.g. amazonaws.com."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    @cached_property
    def identity(self) -> tuple[str, str]:
        """(account id, ARN) of the caller, from STS. Raises Refused when another account is expected."""
        with aws_errors("cannot read the caller's identity"):
            answer = self.client("sts").get_caller_identity()
        account_id, arn = answer["Account"], answer["Arn"]
        if self._expected is not None and self._expected.account_id != account_id:
            raise Refused(
                f"{self._expected.account_id}/{self.region}: {arn} belongs to another account",
                hint=self._expected.hint,
            )
        return account_id, arn

    @property
    def account_id(self) -> str:
        """The caller's account, twelve digits."""
        return self.identity[0]

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        """What CloudFormation's pseudo parameters are for this identity's stacks."""
        return {
            "AWS::AccountId": self.account_id,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::URLSuffix": self.url_suffix,
        }
