"""`launches`: who runs which version of what. `update --all`: one version for all launches of products."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.collect import failures_allowed
from publisher.cli.columns import Block, columns
from publisher.cli.shell import Shell
from publisher.errors import (
    InputError,
    Interrupted,
    PublisherError,
    Refused,
    command,
    counted,
    listed,
    quoted,
)

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.declarations import Variant
    from publisher.impact import Template
    from publisher.launch.fleet import RolloutPlan
    from publisher.launch.launches import Files, Launches
    from publisher.launch.rollout import Waves
    from publisher.launch.selection import Named
    from publisher.templates.render import Rendered

All = Annotated[
    str,
    typer.Option(
        "--all", metavar="PRODUCT", help="All launches of these products (a glob), in place of CONFIG."
    ),
]
To = Annotated[str, typer.Option("--to", metavar="VERSION", help="With --all: the version.")]
Canary = Annotated[int, typer.Option(min=0, help="With --all: how many go first, alone.")]
Wave = Annotated[int, typer.Option(min=1, help="With --all: how many go at a time then.")]
MaxFailures = Annotated[
    str, typer.Option(metavar="N|P%", help="With --all: start no more once more than these have failed.")
]
StopAt = Annotated[
    str,
    typer.Option(
        metavar="TIME", help="With --all: start none from then on: 06:00, or 2027-01-31T06:00+01:00."
    ),
]
PlanOutput = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="With --all: save a plan for all targets, for --plan FILE."
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="The launches of a saved plan, in place of CONFIG."),
]
UpdateShard = Annotated[
    str, typer.Option("--shard", metavar="K/N", help="With --plan: only part K of N of its targets.")
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="With --all: also those that this version failed for.")
]
# Launches and stacks come 100 a page: at most 20 calls for 1,000 launches, or for 500 with their stacks.
_MOST = 500
_LEVELS = {"Role": "your role's own", "User": "your own"}


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("launches")(launches)


def launches(
    context: typer.Context,
    mine: Annotated[bool, typer.Option("--mine", help="Only those that you launched.")] = False,
    expired: Annotated[bool, typer.Option("--expired", help="Only those whose date has passed.")] = False,
    product: Annotated[
        str, typer.Option(metavar="PRODUCT", help="Only launches of these products (a glob).")
    ] = "*",
    drift: Annotated[
        bool, typer.Option("--drift", help=f"Read drift as last known of more than {_MOST} launches, too.")
    ] = False,
) -> None:
    """Show who runs which version of what."""
    from publisher.cli.fleet_text import launch_document, launch_row
    from publisher.launch.launches import Impacts, launches_of

    shell: Shell = context.obj
    aws = shell.aws(launching=True)
    found = launches_of(aws, products=product, mine=mine, most_stacks=None if drift else _MOST)
    impacts = Impacts(aws, found, files=files_of(shell))
    today = shell.clock.date().date()
    rows, documents = [], []
    for one in found.launches:
        if expired and not one.is_expired(today):
            continue
        newest, behind = found.newest(one), found.newest_version(one) is not None
        impact = (impacts.level(one) or "not known") if behind else ""
        documents.append(launch_document(one, newest=newest, impact=impact, expired=one.is_expired(today)))
        rows.append(
            launch_row(one, newest=newest if behind else "", impact=impact, expired=one.is_expired(today))
        )
    notes = [*_unseen(shell, aws, found, mine=mine), *_unread(found, documents)]
    document = {
        "account_id": aws.account_id,
        "region": aws.region,
        "access_level": found.access_level,
        "launches": documents,
        "notes": notes,
        "calls": aws.count(),
    }
    header = ("launch", "product", "version", "newest", "impact", "status", "drift", "expires", "by")
    lines: list[Block] = columns([header, *rows]) if rows else ["no launches"]
    shell.detail(f"{aws.count()['total']} calls")
    shell.result(document, *lines, "", f"{counted(len(rows), 'launch')}", *notes)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How `update --all` goes through the launches of a target."""

    canary: int
    wave: int
    max_failures: str
    until: datetime | None
    retry_failed: bool

    def waves(self, plan: RolloutPlan) -> Waves:
        """Those of a plan. Raises InputError."""
        from publisher.launch.rollout import Waves

        failures = failures_allowed(self.max_failures, len(plan.moves) - len(plan.of("kept")))
        return Waves(canary=self.canary, size=self.wave, failures=failures, until=self.until)


def judged(aws: Aws, found: Launches, files: Files, *, to: str, retry: bool) -> RolloutPlan:
    """What becomes of launches. Raises Refused where their stacks cannot be read, InputError, AwsError."""
    from publisher.launch.fleet import plan_rollout
    from publisher.launch.launches import Impacts

    if found.stacks == "denied":
        raise Refused(
            "your role may not list stacks, so the parameters of the launches are not known",
            hint="allow cloudformation:DescribeStacks in its policy, or choose another --profile",
        )
    return plan_rollout(aws, found, Impacts(aws, found, files=files), version=to, retry=retry)


def update_all(
    shell: Shell,
    products: str,
    *,
    limits: Limits,
    to: str,
    yes: bool,
    force: bool,
) -> None:
    """Moves all launches of products to a version, after showing what that does to each."""
    from publisher.cli.fleet_text import done_text, plan_text, restored_text, rollout_document
    from publisher.launch.fleet import restore_guidance
    from publisher.launch.launches import launches_of
    from publisher.launch.rollout import Rollout

    aws = shell.aws(launching=True)
    found = launches_of(aws, products=products)
    if not found.launches:
        raise InputError(
            f"no launches of {quoted(products)} in {aws.account_id}/{aws.region}",
            hint=f"run {command('launches')} to see the launches",
        )
    with shell.doing("judging the launches"):
        plan = judged(aws, found, files_of(shell), to=to, retry=limits.retry_failed)
    waves = limits.waves(plan)
    shown = [*plan_text(aws, products, plan, waves), *_unseen(shell, aws, found, mine=False)]
    document = rollout_document(aws, products, plan)
    if not plan.of("to update", "under way"):
        shell.result(document, *shown, failure=unfinished(plan, "", waves))
        return
    refusal = refusal_of(plan, waves, force=force)
    if refusal:
        shell.result(document, *shown, failure=refusal)
    shell.note(*shown)
    shell.confirm(
        f"Update {counted(len(plan.of('to update')), 'launch')} to {to}?",
        yes=yes,
    )
    if plan.restored:
        restore_guidance(shell.aws(), plan)
        shell.note(*restored_text(plan, "restored"))
    with shell.writing() as stop, shell.progress() as step:
        rollout = Rollout(aws, plan, waves, clock=shell.clock, stop=stop, report=step)
        rollout.run()
    done = rollout.plan
    failure = unfinished(done, rollout.ended, waves)
    shell.result(rollout_document(aws, products, done), *done_text(done), failure=failure)


def _unseen(shell: Shell, aws: Aws, found: Launches, *, mine: bool) -> Iterator[str]:
    """What the list cannot have: launches of others, and those in accounts that portfolios go to."""
    if found.access_level in _LEVELS and not mine:
        yield (
            f"note: your role sees only {_LEVELS[found.access_level]} launches; those of others need "
            "servicecatalog:SearchProvisionedProducts with the condition servicecatalog:accountLevel self"
        )
    recipients = _recipients(shell, aws)
    if recipients:
        yield (
            f"note: the portfolios are shared with {listed(recipients)}; launches there are not visible from "
            f"{aws.account_id}: run the command with a --profile of each account"
        )


def files_of(shell: Shell) -> Files:
    """The templates that the project renders, or did by its git history; none where these have problems."""
    from publisher.model import short_digest
    from publisher.publishing.revisions import Revisions
    from publisher.templates.render import render

    @cache
    def variants() -> Mapping[str, Variant]:
        try:
            return {it.key: it for it in shell.repository.variants} if shell.repository else {}
        except InputError:
            return {}

    def files(key: str, version: Named) -> Template | None:
        variant = variants().get(key)
        if variant is None or not version.digest:
            return None
        name = variant.family.name
        try:
            if variant.family.file.version == version.name:
                found: Sequence[Rendered] = (render(variant),)
            else:
                with Revisions(shell.directory) as revisions:
                    release = revisions.of({name: version.name}).found.get(name)
                    found = (
                        revisions.rendered(release.commit, [name], lambda it: it.key == key)
                        if release
                        else ()
                    )
        except InputError:
            return None
        return next((it.template for it in found if short_digest(it.digest) == version.digest), None)

    return files


def _recipients(shell: Shell, aws: Aws) -> list[str]:
    """The accounts and organization nodes that the portfolios of the project are shared with."""
    portfolios = shell.repository.portfolios if shell.repository else ()
    shares = [it for one in portfolios for it in one.shares]
    names = {it.account_id or it.organization_node or "" for it in shares}
    return sorted(names - {"", aws.account_id})


def _unread(found: Launches, documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if found.projects_unread:
        yield "note: SageMaker projects of templates in S3 not listed: your role lacks sagemaker:ListProjects"
    if found.stacks == "denied":
        yield "note: drift not checked: your role lacks cloudformation:DescribeStacks"
    if found.stacks == "not asked":
        yield f"note: drift of more than {_MOST} launches is read with --drift, in a call per 100 stacks"
    if any(it["drift"] == "DRIFTED" for it in documents):
        yield (
            "note: CloudFormation takes Service Catalog's own tags for drift, too; "
            f"{command('drift', 'NAME')} shows what was changed by hand"
        )
    unknown = sorted({it["product"] for it in documents if it["impact"] == "not known"})
    if unknown:
        yield f"note: impact not known: the templates of {listed(unknown)} cannot be read, or compared"
    hidden = sorted({it["product"] for it in documents if not it["newest"]})
    if hidden:
        yield f"note: newest version not known: your role cannot launch {listed(hidden)}"


def time_of(text: str, now: datetime) -> datetime | None:
    """A time of day, the next time it comes in this machine's time zone, or a date and time."""
    if not text:
        return None
    here = now.astimezone()
    try:
        if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
            hour, minute = map(int, text.split(":"))
            at = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return at if at > here else at + timedelta(days=1)
        return datetime.fromisoformat(text).astimezone()
    except (OverflowError, ValueError):
        hint = "use HH:MM in your time zone, or a date and time like 2027-01-31T06:00+01:00"
        raise InputError(f"--stop-at {quoted(text)} is not a time", hint=hint) from None


def refusal_of(plan: RolloutPlan, waves: Waves, *, force: bool) -> PublisherError | None:
    """Why a rollout is not begun."""
    failed = plan.of("failed")
    if len(failed) > waves.failures:
        return Refused(
            f"{len(failed)} failed in an earlier run, and at most {waves.failures} may",
            hint="fix the reason and add --retry-failed, or allow more with --max-failures",
        )
    for level, what in (("critical", "critical"), (None, "not known")):
        names = [it.name for it in plan.of("to update") if it.level == level]
        if names and not force:
            return Refused(
                f"the impact on {counted(len(names), 'launch')} is {what}: {listed(names)}",
                hint="check the changes above; if they are intended, add --force",
            )
    return None


def unfinished(plan: RolloutPlan, ended: str, waves: Waves) -> PublisherError | None:
    """Why a rollout is not complete."""
    moving = len(plan.moves) - len(plan.of("kept"))
    done, failed = len(plan.of("updated")), plan.of("failed")
    if ended == "interrupted":
        return Interrupted(
            f"interrupted: {done} of {moving} updated", hint="run the same command again to continue"
        )
    if ended and not failed:
        return PublisherError(
            f"{ended}: {done} of {moving} updated", hint="run the same command again to continue"
        )
    if failed:
        return PublisherError(
            f"{ended or 'not all updated'}: {done} of {moving} updated, {len(failed)} failed: "
            + listed([it.name for it in failed]),
            hint="fix the reason, then run the same command with --retry-failed",
        )
    return None
