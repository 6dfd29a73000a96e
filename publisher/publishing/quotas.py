"""Whether an account's quotas have room for a plan: by the targets file, or as Service Quotas has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.aws.quotas import applied_quotas
from publisher.declarations.targets import TARGETS_FILE
from publisher.errors import AwsError, command
from publisher.model import QUOTAS, QUOTAS_SERVICE
from publisher.planning.plan import Missing, Plan
from publisher.planning.quota_uses import QuotaUse


def with_exceeded(planned: Plan, aws: Aws, overrides: Mapping[str, int]) -> Plan:
    """The plan with the quotas that lack room as missing; `overrides` are of the targets file, by name.

    Service Quotas is asked once, and only where more than AWS's default is needed: it adjusts quotas upwards.
    Where it cannot be, the default counts.
    """
    most = {name: quota.default for name, quota in QUOTAS.items()} | {**overrides}
    beyond = [it for it in planned.uses if it.total > most[it.quota]]
    unread = ""
    if any(it.quota not in overrides for it in beyond):
        codes = {quota.code: name for name, quota in QUOTAS.items() if name not in overrides}
        try:
            with aws_errors("cannot read the quotas of Service Catalog"):
                applied = applied_quotas(aws, QUOTAS_SERVICE, [it.code for it in QUOTAS.values()])
            most |= {name: int(applied[code]) for code, name in codes.items() if code in applied}
        except AwsError as error:
            unread = error.aws_code or str(error)
    exceeded = [
        _missing(it, most[it.quota], aws, overrides, unread) for it in beyond if it.total > most[it.quota]
    ]
    unknown = [f"quotas of Service Catalog ({unread})"] if unread else []
    return replace(planned, missing=(*planned.missing, *exceeded), unknown=(*planned.unknown, *unknown))


def _missing(use: QuotaUse, most: int, aws: Aws, overrides: Mapping[str, int], unread: str) -> Missing:
    quota, name = QUOTAS[use.quota], use.quota
    parts = {"new": len(use.new), "managed": use.managed, "not managed by publisher": use.unmanaged}
    counted = ", ".join(f"{count} {word}" for word, count in parts.items() if count)
    written = f"quotas: {{{name}: {use.total}}} in configs/{TARGETS_FILE}"
    if name in overrides:
        whose, hint = f"quotas.{name} in configs/{TARGETS_FILE}", f"if the account has more, write {written}"
    else:
        whose = f"quota {quota.code}" + (", by default" if unread else "")
        hint = (
            f"request {use.total} or more: aws service-quotas request-service-quota-increase --service-code "
            f"{QUOTAS_SERVICE} --quota-code {quota.code} --desired-value {use.total} --region {aws.region}"
        )
        if unread:
            hint += f"; if the account has more, write {written}"
    if name == "versions_per_product":
        prune = command("sync", "--prune", "--allow", "delete")
        hint = f"set retention and run {command('sync')}, then {prune}; or {hint}"
    return Missing(
        message=f"{quota.counted(use.total, use.owner)} ({counted}), at most {most} are possible ({whose})",
        hint=hint,
        resources=use.new[most - use.total :],
    )
