"""What `report CONFIG` does: writes the page that reviews a launch before it happens."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from publisher.aws.arns import partition_of
from publisher.bootstrap.roles import DerivedRoles, PolicyRequest
from publisher.cli.launches import declared, read_launch
from publisher.cli.reviewed_launch import Asked, Known, by_files, in_account
from publisher.cli.shell import Shell
from publisher.declarations.product import DERIVED
from publisher.documents import relative, replace_all
from publisher.errors import InputError, Problem, command, counted
from publisher.launch.by_form import fields_read
from publisher.launch.idle_costs import idle_costs
from publisher.launch.request import LaunchRequest
from publisher.permissions import Trust, derive, trust
from publisher.permissions.values import UNKNOWN
from publisher.report.diagram import diagram
from publisher.report.launch_resources import launch_resources
from publisher.report.launch_values import Secrets, field_rows, parameter_rows, secret_names, with_stored
from publisher.report.review import Review, review_page
from publisher.report.role_policy import RolePolicy, role_policy, underived_role
from publisher.report.rules import TEMPLATE_CHECKS
from publisher.templates.expression_parts import section
from publisher.templates.lint import lint_each

_OFFLINE = (
    "Not looked at, because no AWS call was made: the versions and TagOptions of the account, the checks "
    "before a launch, what is deployed, what SSM parameters hold."
)


def review(
    shell: Shell,
    config: str,
    folder: Path,
    *,
    offline: bool,
    version: str,
    portfolio: str,
    skip: list[str] | None,
) -> None:
    """Writes the page. Raises Refused, after that, where preflight refuses the launch."""
    launch, request = read_launch(shell, relative(shell.located(config), shell.directory))
    request, rendered = declared(shell, launch, request)
    asked = Asked(
        config=launch,
        request=request,
        rendered=rendered,
        version=version,
        portfolio=portfolio,
        skip=skip,
    )
    known = by_files(asked) if offline else in_account(shell, asked)
    made = _review(shell, asked, known, offline=offline)
    name = f"{request.config}.html"
    replace_all(folder, {name: review_page(made)}, part=f"review {request.config}")
    lines = counted(len(made.checklist), "line")
    shell.result(
        {**made.document(), "folder": str(folder), "files": [name]},
        f"{made.name}: {made.verdict.word}: {made.verdict.sentence}",
        f"{lines} on its checklist; written to {folder / name}",
        f"open {(folder / name).resolve().as_uri()}",
        failure=known.refusal or (known.examination.refusal() if known.examination else None),
    )


def _review(shell: Shell, asked: Asked, known: Known, *, offline: bool) -> Review:
    config, request = asked.config, asked.request
    described = {"Parameters": known.parameters} if known.parameters else None
    template = known.template or described
    given = {**known.values, **request.parameters}
    names = secret_names(template, given)
    secrets = Secrets(given, names, fields_read(config.form, names & request.parameters.keys()))
    cleaned = _cleaned(known.caller, secrets.hidden)
    found = known.examination
    made = Review(
        request=request,
        config=config.path,
        version=known.version,
        guidance=known.guidance,
        digest=known.digest,
        portfolio=known.portfolio,
        caller=cleaned(known.caller),
        offline=offline,
        command=cleaned(command("update" if known.update else "launch", config.path)),
        template_note=known.template_note,
        fields=field_rows(config, secrets),
        parameters=parameter_rows(
            template,
            config,
            request,
            axes=asked.rendered.variant.axes if asked.rendered else {},
            values=given,
            stored=known.stored,
            secrets=secrets,
        ),
        tags=_tags(request, known),
        outcomes=tuple(found.ranked) if found else (),
        refused=(known.refusal.message, known.refusal.hint) if known.refusal else ("", ""),
        update=known.update,
        foreseen=known.foreseen,
        unread=(_OFFLINE,) if offline else (),
        cleaned=cleaned,
    )
    if known.template is None:
        return replace(made, lint_note=known.template_note)
    return _with_template(shell, asked, known, made, names)


def _with_template(shell: Shell, asked: Asked, known: Known, made: Review, secret: Collection[str]) -> Review:
    """With what the template makes of the values."""
    request = asked.request
    template, values = with_stored(known.template or {}, known.values, known.stored)
    values = {**values, **_pseudo_parameters(request)}
    try:
        resources = launch_resources(template, values, stack=_trust(request).stacks(request.name))
    except InputError as error:
        return replace(made, template_note=f"The template cannot be evaluated: {error.message}.")
    # References stay as they are written: evaluated, many would be no more than equal names.
    left_out = {name for name, *_ in resources.left_out}
    declared = section(template, "Resources")
    there = {**template, "Resources": {name: it for name, it in declared.items() if name not in left_out}}
    lint, lint_note = _linted(shell, asked, known)
    return replace(
        made,
        resources=resources,
        diagram=diagram(there),
        policy=_policy(asked, known, secret),
        costs=idle_costs(template, values, region=request.region, prices=asked.config.form.file.prices),
        lint=lint,
        lint_note=lint_note,
    )


def _policy(asked: Asked, known: Known, secret: Collection[str]) -> RolePolicy:
    """The policies that this launch needs, as `policy CONFIG` derives them."""
    request, rendered = asked.request, asked.rendered
    if rendered is None:
        return underived_role(request.role, "the product is not in the files, which say what its role may do")
    trusted = _trust(request)
    if rendered.variant.family.launch_role != DERIVED:
        return underived_role(
            request.role, "it is an existing role: its policies are those that its owner gave it"
        )
    # Without any parameter the policies are for all values.
    parameters = request.parameters and {**request.parameters, **dict.fromkeys(secret, UNKNOWN)}
    asking = PolicyRequest(trust=trusted, launch=request.name, region=request.region, parameters=parameters)
    scope = asking.scope(rendered.variant)
    try:
        derived = derive({**(known.template or {})}, scope)
    except InputError as error:
        return underived_role(request.role, error.message)
    return role_policy(
        request.role,
        derived,
        boundary=scope.boundary,
        partition=_pseudo_parameters(request)["AWS::Partition"],
        account_id=request.account_id,
    )


def _trust(request: LaunchRequest) -> Trust:
    return trust("cloudformation" if request.sagemaker_project == "s3" else "service-catalog")


def _pseudo_parameters(request: LaunchRequest) -> dict[str, str]:
    partition = partition_of(request.region)
    return {
        "AWS::AccountId": request.account_id,
        "AWS::Partition": partition,
        "AWS::Region": request.region,
        "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
    }


def _linted(shell: Shell, asked: Asked, known: Known) -> tuple[tuple[Problem, ...] | None, str]:
    """What lint says of the product in the Region; None, and why, for a template that is not in the files."""
    rendered, repository = asked.rendered, shell.repository
    if rendered is None or repository is None or rendered.template is not known.template:
        return None, "Lint looks at the files, which do not have this template."
    work = [(rendered, (asked.request.region,))]
    try:
        found = lint_each(work, rules=TEMPLATE_CHECKS, blueprints=repository.blueprints)
    except InputError as error:
        return None, f"Lint cannot look at it: {error.message}."
    roles = DerivedRoles().check([rendered])
    return tuple(sorted([*roles, *found], key=lambda it: it.sort_key)), ""


def _tags(request: LaunchRequest, known: Known) -> list[tuple[str, str, str]]:
    added = {key: text for key, text in known.tag_options.items() if key not in request.tags}
    return sorted([
        *((key, text, "config") for key, text in request.tags.items()),
        *((key, text, "publisher") for key, text in request.all_tags.items() if key not in request.tags),
        *((key, text, "TagOption of the portfolio or product") for key, text in added.items()),
    ])  # fmt: skip


def _cleaned(caller: str, hidden: Callable[[str], str]) -> Callable[[str], str]:
    """Texts without secrets, where the project is on this machine, and the name of the caller's session."""
    user, _, session = caller.rpartition("/")
    named = f"{user}/{session}" if ":assumed-role/" in caller else ""

    def cleaned(text: str) -> str:
        text = command.portable(text)
        return hidden(text.replace(named, user) if named else text)

    return cleaned
