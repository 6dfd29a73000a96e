"""A rule: the account's quotas have room for what a launch makes. quotas.yaml says how each is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.launch.checks.rule import Arguments, Flaw, LaunchRule, NotCheckedError, Subject
from publisher.stopping import Pool

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

_STACK = "stack"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A row of quotas.yaml. `used` has a service, an operation of its client, and what is counted."""

    code: str
    name: str
    type: str
    used: str
    source: str
    where: Mapping[str, str] | None = None
    per: str = ""
    home: Mapping[str, str] | None = None
    quota: str = ""


@cache
def quotas() -> tuple[Quota, ...]:
    """The quotas whose use can be counted."""
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("quotas.yaml").read_text(encoding="utf-8"))
    return tuple(Quota(**row) for row in rows)


@LaunchRule.of("L301", "servicequotas/2019-06-24/apireference/API_GetServiceQuota.html")
def within_quotas(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """The account's quotas have room for what the launch makes."""
    from publisher.aws.calls import aws_errors, is_denied
    from publisher.errors import AwsError

    def room(quota: Quota, per: str) -> tuple[int, float]:
        with aws_errors(f"quota of {quota.name}"):
            return _room(subject.aws, quota, per)

    wanted = [(quota, per, new) for quota in quotas() for per, new in sorted(_new(subject, quota).items())]
    unknown: Exception | None = None
    with Pool() as pool:
        found = [(pool.submit(room, quota, per), quota, per, new) for quota, per, new in wanted]
    for answer, quota, per, new in found:
        try:
            used, most = answer.result()
        except (AwsError, NotCheckedError) as error:
            # What cannot be counted refuses nothing, and the others count all the same.
            denied = isinstance(error, AwsError) and is_denied(error)
            unknown = error if denied else unknown or NotCheckedError(str(error))
            continue
        if used + new > most:
            where = f" in {per}" if per else ""
            yield Flaw(
                message=f"{used + new} {quota.name}{where} of at most {most:g}, {new} of them new",
                hint=f"ask for an increase of {quota.code} in Service Quotas, or delete what is not used",
            )
    if unknown:
        raise unknown


def _new(subject: Subject, quota: Quota) -> Counter[str]:
    """How many a launch adds, by VPC where it is one that is there already, else by nothing."""
    if quota.type == _STACK:
        return Counter() if subject.stack else Counter({"": 1})
    names, found = subject.names, Counter[str]()
    for name in subject.of_type(quota.type):
        if name in subject.existing or not _is_of(subject, name, quota):
            continue
        places = names.values.texts(names.properties(name).get(quota.per)) if quota.per else ("",)
        # What is in a VPC of the launch's own is alone there.
        if places and not any("*" in it for it in places):
            found.update(places)
    return found


def _is_of(subject: Subject, name: str, quota: Quota) -> bool:
    for key, value in (quota.where or {}).items():
        default = (quota.where or {}).get("", value)
        if key and value not in subject.names.values.texts(subject.names.properties(name).get(key, default)):
            return False
    return True


def _room(aws: Aws, quota: Quota, per: str) -> tuple[int, float]:
    """How many there are, and how many there can be. Raises ClientError."""
    from publisher.aws.listings import found_in, pages_of

    service, operation, expression = quota.used.split(" ", 2)
    request: dict[str, Any] = {"Filters": [{"Name": "vpc-id", "Values": [per]}]} if per else {}
    pages = list(pages_of(aws.client(service), operation, **request))
    used = sum(int(found_in(page, expression) or 0) for page in pages)
    return used, float(found_in(pages[0], quota.quota)) if quota.quota else _applied(aws, quota)


def _applied(aws: Aws, quota: Quota) -> float:
    """The value that counts in the account, or by default. Raises ClientError."""
    from publisher.aws.quotas import applied_quotas, default_quota

    home = (quota.home or {}).get(aws.partition, aws.region)
    service, _, code = quota.code.partition("/")
    found = applied_quotas(aws, service, [code], region=home).get(code)
    found = default_quota(aws, service, code, region=home) if found is None else found
    if found is None:
        raise NotCheckedError(f"Service Quotas does not know {quota.code} ({quota.name})")
    return found
