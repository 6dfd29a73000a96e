"""The command of the publishing pipeline: pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.columns import Block, columns
from publisher.cli.shell import Shell
from publisher.errors import ChangesFound, InputError, Refused, command, counted, enumerated, quoted

if TYPE_CHECKING:
    from publisher.declarations.pipeline import PipelineFile
    from publisher.pipeline.stack import ChangedResource, PipelineStack, PipelineState
    from publisher.pipeline.template import Template

_DONE = {"create": "created", "update": "updated", "delete": "deleted"}


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("pipeline")(pipeline)


def pipeline(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the template to this file.")
    ] = None,
    deploy: Annotated[
        bool, typer.Option("--deploy", help="Create or update the stack; needs an administrator.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare the stack with the files; exit with 4 if it differs.")
    ] = False,
    summary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --check: save it for an approval; exit with 3 if it needs an administrator.",
        ),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete the stack, with all artifacts and logs.")
    ] = False,
    role_arn: Annotated[
        str, typer.Option(metavar="ARN", help="With --deploy or --remove: the role that CloudFormation uses.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
) -> None:
    """Render, deploy or check the pipeline of configs/pipeline.yaml."""
    from publisher.declarations.pipeline import read_pipeline

    shell: Shell = context.obj
    modes = [
        name for name, is_set in (("--deploy", deploy), ("--check", check), ("--remove", remove)) if is_set
    ]
    if len(modes) > 1 or (remove and output):
        raise InputError(
            f"{enumerated([*modes, *(['--output'] if remove and output else [])])} cannot be combined",
            hint="use them in separate runs",
        )
    if summary and not check:
        raise InputError("--summary requires --check", hint="add --check")
    if role_arn and not (deploy or remove):
        raise InputError("--role-arn requires --deploy or --remove", hint="add one of the two")
    file = read_pipeline(shell.directory)
    _check_place(shell, file)
    if role_arn and f":iam::{file.account_id}:role/" not in role_arn:
        raise InputError(
            f"--role-arn {quoted(role_arn)} is no role of account {file.account_id}",
            hint="pass the ARN of a role that CloudFormation may assume there",
        )
    if remove:
        _remove(shell, file, role_arn, yes=yes)
        return
    template = _rendered(shell, file)
    if output is not None:
        from publisher.documents import write
        from publisher.pipeline.template import template_text

        write(output, template_text(template).encode())
    if deploy:
        _deploy(shell, file, template, role_arn, yes=yes)
    elif check:
        _check(shell, file, template, summary)
    else:
        _show_template(shell, file, template, output)


def _check_place(shell: Shell, file: PipelineFile) -> None:
    if shell.targets:
        raise InputError(
            "--target cannot be combined with pipeline", hint=f"{file.path} says where the pipeline is"
        )
    if shell.region not in ("", file.region):
        raise InputError(
            f"--region is {shell.region}, but the pipeline is in {file.region}",
            hint=f"remove --region, or change {file.path}",
        )


def _rendered(shell: Shell, file: PipelineFile) -> Template:
    from publisher.declarations import load
    from publisher.declarations.targets import read_targets
    from publisher.pipeline.template import pipeline_template

    return pipeline_template(file, load(shell.directory, configs=False), read_targets(shell.directory))


def _show_template(shell: Shell, file: PipelineFile, template: Template, output: Path | None) -> None:
    from publisher.pipeline.template import template_text

    document = {"stack": file.name, "account": file.account_id, "region": file.region}
    if output is not None:
        shell.result({**document, "path": str(output)}, f"template written to {output}")
        return
    shell.result({**document, "template": template}, *template_text(template).splitlines(), whole=True)


def _stack(shell: Shell, file: PipelineFile, role_arn: str = "") -> PipelineStack:
    from publisher.pipeline.stack import PipelineStack

    hint = f"choose a --profile of account {file.account_id}, or correct {file.path}"
    aws = shell.in_account(file.account_id, file.region, hint=hint)
    # Before anything is read there.
    _account_id, _arn = aws.identity
    return PipelineStack(aws, file, note=shell.note, clock=shell.clock, role_arn=role_arn)


def _deploy(shell: Shell, file: PipelineFile, template: Template, role_arn: str, *, yes: bool) -> None:
    stack = _stack(shell, file, role_arn)
    planned = stack.plan(template)
    question = f"Deploy to account {planned.account_id}?"
    _write(shell, stack, planned, lambda: stack.deploy(planned, template), question, yes=yes)


def _remove(shell: Shell, file: PipelineFile, role_arn: str, *, yes: bool) -> None:
    stack = _stack(shell, file, role_arn)
    planned = stack.plan_removal()
    question = f"Delete the pipeline in account {planned.account_id}, with all artifacts, plans and logs?"
    _write(shell, stack, planned, lambda: stack.remove(planned), question, yes=yes)


def _write(
    shell: Shell,
    stack: PipelineStack,
    state: PipelineState,
    write: Callable[[], PipelineState],
    question: str,
    *,
    yes: bool,
) -> None:
    from publisher.cli.bootstrap import stoppable

    if state.changes:
        shell.note(*_text(state, planned=True))
        stack.check_role(state)
        shell.confirm(question, yes=yes)
        with stoppable(shell) as stop, stop.doing(state, f"stack {state.region}/{state.name}"):
            state = write()
    shell.result(state.document(), *_text(state, planned=False))


def _check(shell: Shell, file: PipelineFile, template: Template, summary: Path | None) -> None:
    from publisher.documents import write

    state = _stack(shell, file).plan(template)
    if summary is not None:
        write(summary, f"{_summary(state)}\n".encode())
    shell.result(state.document(), *_text(state, planned=True))
    if not state.changes:
        return
    where, again = f"{state.account_id}/{state.region}", command("pipeline", "--deploy")
    if summary is not None and state.for_administrators:
        raise Refused(
            f"{where}: the pipeline cannot change {enumerated(state.for_administrators)} itself",
            hint=f"run {again} as an administrator, after review",
        )
    raise ChangesFound(f"{where}: the pipeline {state.name} differs from the files", hint=f"run {again}")


def _text(state: PipelineState, *, planned: bool) -> Iterator[Block]:
    yield f"account {state.account_id}"
    action = state.action if planned else _DONE.get(state.action, state.action)
    yield f"  {action:<9}  {state.region}/{state.name}"
    if planned:
        yield from _resources(state)
    for name, value in sorted(state.outputs.items()):
        yield f"  {name:<11}  {value}"


def _resources(state: PipelineState) -> Iterator[Block]:
    if state.action == "create":
        kinds = Counter(it.type_name for it in state.resources)
        yield from columns([(name, str(count)) for name, count in sorted(kinds.items())], indent="    ")
        return
    for it in state.resources:
        yield from _resource(it)


def _resource(it: ChangedResource) -> Iterator[Block]:
    from publisher.cli.bootstrap_text import grant_lines

    who = "by an administrator only" if it.for_administrators else ""
    yield from columns([(f"{it.action:<7}", it.type_name, it.name, who)], indent="    ")
    if it.action == "update":
        if it.trusts_others:
            yield "      ! who may assume it changes"
        yield from grant_lines(it.grants)


def _summary(state: PipelineState) -> str:
    from publisher.report.approval_summary import one_line

    changed = [f"{it.action} {it.type_name.rpartition(':')[2]} {it.name}" for it in state.resources]
    parts = [f"pipeline {state.name}: {counted(len(changed), 'change')} ({', '.join(changed[:8]) or 'none'})"]
    wider = [it for it in state.resources if it.widens]
    parts.append(
        f"permissions widen: {', '.join(it.name for it in wider)}" if wider else "no permission widens"
    )
    for it in wider:
        trust = ["who may assume it"] if it.trusts_others else []
        parts.append(f"{it.name} + {', '.join([*trust, *it.grants.granted])}")
    return one_line(parts)
