"""Everything that can refuse a launch, before the one call that writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from publisher.aws.clients import Aws
from publisher.declarations.rule_values import shown_value, unfit_value
from publisher.errors import InputError, Refused, closest, command
from publisher.launch.checks import examination
from publisher.launch.checks.examination import Examination, Outcome, check_skipped
from publisher.launch.checks.rule import LaunchRule, Subject
from publisher.launch.checks.selecting import LAUNCH_NAME, PATH, PRODUCT, VALUES, VERSION
from publisher.launch.denial import remedy
from publisher.launch.provisioned import ProvisionedProduct, find
from publisher.launch.request import LaunchRequest, check_account
from publisher.launch.selection import Named, select_path, select_version
from publisher.launch.sources import source_of
from publisher.model import short_digest

if TYPE_CHECKING:
    from publisher.templates.render import Rendered

T = TypeVar("T")
# In the form of those that SageMaker chooses.
_ANY_PROJECT_ID = "p-000000000000"


@dataclass(frozen=True, kw_only=True)
class PreparedLaunch:
    """A launch that passed all checks."""

    request: LaunchRequest
    product_id: str
    version: Named
    path: Named


@dataclass(frozen=True, kw_only=True)
class Checking:
    """How a launch is checked: with its product in the files, without some warnings, and as whom else.

    The template of `rendered` counts if it is that of the selected version. `operations` gives the identity
    that may read what the caller may not, if there is one.
    """

    rendered: Rendered | None = None
    skip: Collection[str] = ()
    operations: Callable[[], Aws | None] = lambda: None


def prepare(
    aws: Aws,
    request: LaunchRequest,
    *,
    report: Callable[[str], None],
    version: str = "",
    portfolio: str = "",
    checking: Checking = Checking(),
) -> PreparedLaunch:
    """Only reads. Raises Refused, InputError, AwsError."""
    check_skipped(checking.skip)
    check_account(aws, request)
    # Nothing else counts while another launch has the name.
    if existing := find(aws, request.name, door=request.sagemaker_project):
        raise _name_in_use(request, existing)
    found, prepared = preflight(
        aws, request, report=report, version=version, portfolio=portfolio, checking=checking, free=True
    )
    found.require(report)
    assert prepared is not None, "else it is refused"
    return prepared


def preflight(
    aws: Aws,
    request: LaunchRequest,
    *,
    report: Callable[[str], None],
    version: str = "",
    portfolio: str = "",
    checking: Checking = Checking(),
    free: bool = False,
) -> tuple[Examination, PreparedLaunch | None]:
    """All that can be said of a launch, as far as one can be selected; `free`: its name is known to be.

    Raises InputError, AwsError, and Refused in another account.
    """
    check_skipped(checking.skip)
    check_account(aws, request)
    selecting = _Selecting(request)
    existing = None if free else find(aws, request.name, door=request.sagemaker_project)
    selecting.add(LAUNCH_NAME, _name_in_use(request, existing) if existing else None)
    source = source_of(request.sagemaker_project)
    product = selecting.one(PRODUCT, lambda: source.requested(aws, request, report=report))
    if product is None:
        return selecting.examination(version), None
    selected = selecting.one(VERSION, lambda: select_version(product, request.product, version))
    path = selecting.one(PATH, lambda: select_path(product, request, portfolio))
    shown = selected.name if selected else version
    if selected is None or path is None:
        return selecting.examination(shown), None
    described = source.described(aws, product, selected, path)
    check_values(request, selected.name, described)
    selecting.add(VALUES, None)
    # What it has already collides with nothing.
    stack = existing.stack if existing and existing.config == request.config else ""
    subject = subject_of(aws, request, selected, described, checking.rendered, stack=stack)
    found = examination.examine(subject, skip=checking.skip, operations=checking.operations)
    prepared = PreparedLaunch(request=request, product_id=product.id, version=selected, path=path)
    return replace(found, outcomes=(*selecting.outcomes, *found.outcomes)), prepared


def subject_of(
    aws: Aws,
    request: LaunchRequest,
    version: Named,
    described: Mapping[str, Any],
    rendered: Rendered | None = None,
    *,
    values: Mapping[str, str] | None = None,
    stack: str = "",
) -> Subject:
    """What rules look at; `values` are those of all parameters, by default those of a new launch."""
    if values is None:
        # SageMaker chooses the id.
        filled_in = dict(zip(request.filled_in, (request.name, _ANY_PROJECT_ID), strict=False))
        given = {**filled_in, **request.parameters}
        values = {
            it["ParameterKey"]: given.get(it["ParameterKey"], it.get("DefaultValue") or "")
            for it in described.get("ProvisioningArtifactParameters", ())
        }
    known = rendered is not None and short_digest(rendered.digest) == version.digest
    return Subject(
        aws=aws,
        request=request,
        version=version.name,
        described=described,
        values=values,
        template=rendered.template if rendered and known else None,
        variant=rendered.variant if rendered else None,
        stack=stack,
        caller=aws.identity[1],
    )


class _Selecting:
    """What selects a launch, one after the other, and its outcomes."""

    def __init__(self, request: LaunchRequest) -> None:
        self._request = request
        self.outcomes: list[Outcome] = []

    def one(self, rule: LaunchRule, select: Callable[[], T]) -> T | None:
        try:
            found = select()
        except Refused as refusal:
            self.add(rule, refusal)
            return None
        self.add(rule, None)
        return found

    def add(self, rule: LaunchRule, refusal: Refused | None) -> None:
        if refusal is None:
            self.outcomes.append(Outcome(rule=rule, status="ok"))
            return
        self.outcomes.append(
            Outcome(rule=rule, status="error", message=refusal.message, hint=refusal.hint, refusal=refusal)
        )

    def examination(self, version: str) -> Examination:
        request = self._request
        return Examination(
            name=request.name,
            path=request.path,
            product=request.product,
            version=version,
            outcomes=self.outcomes,
        )


def check_values(request: LaunchRequest, version: str, answer: Mapping[str, Any]) -> None:
    """Compares parameters and tags with an answer of DescribeProvisioningParameters.

    Raises InputError with all problems.
    """
    problems = [
        *_parameter_problems(request, version, answer.get("ProvisioningArtifactParameters", ())),
        *_tag_problems(request, answer.get("TagOptions", ())),
    ]
    if problems:
        raise InputError(
            f"{request.path}: {'; '.join(problems)}",
            hint=f"change the config, or launch a version that fits: {command('show', request.product)}",
        )


def _parameter_problems(
    request: LaunchRequest, version: str, described: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    known = {entry["ParameterKey"]: entry for entry in described}
    for name in sorted(set(request.filled_in) - set(known)):
        yield f"version {version} has no parameter {name}, which SageMaker fills in"
    for name in sorted(set(request.parameters) - set(known)):
        close = closest(name, known)
        meant = f"; did you mean {close}?" if close else ""
        text = shown_value(request.parameters[name], _limits(known[close]) if close else {})
        yield f"version {version} has no parameter {name} (the config sets {text}{meant})"
    for name, entry in sorted(known.items()):
        value = request.parameters.get(name)
        limits = _limits(entry)
        allowed = limits.get("AllowedValues") or []
        if name in request.filled_in:
            continue
        if value is None and "DefaultValue" not in entry:
            yield f"version {version} requires the parameter {name}, which the config does not set"
        elif value is not None and (reason := unfit_value(value, limits)):
            shown = shown_value(value, limits)
            one_of = f"must be one of {', '.join(allowed)}, not {shown}"
            yield f"parameter {name} of version {version} " + (
                one_of if allowed else f"cannot be {shown}: {reason[0]}"
            )


def _limits(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter as a template declares it."""
    declared = {"Type": entry.get("ParameterType", "String"), "NoEcho": entry.get("IsNoEcho", False)}
    return {**declared, **entry.get("ParameterConstraints", {})}


def _tag_problems(request: LaunchRequest, options: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for option in options:
        key, values = option["Key"], list(option["Values"])
        value = request.tags.get(key)
        if value is None and len(values) > 1:
            yield f"tag {key} is required: one of {', '.join(values)}"
        elif value is not None and value not in values:
            yield f"tag {key} must be one of {', '.join(values)}, not '{value}'"


def _name_in_use(request: LaunchRequest, existing: ProvisionedProduct) -> Refused:
    found = f"{existing}, {existing.status}"
    if existing.config and existing.config != request.config:
        return Refused(
            f"{request.name}: config '{existing.config}' already uses this name: {found}",
            hint="only one config of a name can be launched at a time: run "
            f"{command('terminate', request.name, '--force')} first, or change {request.name_fields}",
        )
    if not existing.config:
        return Refused(
            f"{request.name}: a launch without a config already uses this name: {found}",
            hint=f"run {command('terminate', request.name, '--force')} first, "
            f"or change {request.name_fields} in the config",
        )
    if existing.status == "UNDER_CHANGE":
        return Refused(
            f"{request.name}: an operation is in progress: {found}",
            hint=f"run {command('outputs', request.path)} to see its status",
        )
    remove = command("terminate", request.path, "--force")
    update = command("update", request.path, *(["--force"] if existing.project else ()))
    if existing.status in ("ERROR", "TAINTED"):
        # It may still hold data, so that it must not be removed.
        if existing.status == "ERROR" and existing.has_succeeded and (known := existing.meaning):
            return Refused(
                f"{request.name}: already launched from this config: {found}: "
                f"{existing.reason or 'no reason'}",
                hint=known.explained(request.path),
            )
        again = {"ERROR": f"{remove} and launch again", "TAINTED": f"{update} to try it again"}
        return Refused(
            f"{request.name}: already launched from this config: {found}: {existing.reason or 'no reason'}",
            hint=f"{remedy(existing.reason, existing.launch_role)}, then run {again[existing.status]}",
        )
    return Refused(
        f"{request.name}: already launched from this config: {found}",
        hint=f"run {command('changes', request.path)} to see what an update would change, {update} to update "
        f"it, {remove} to delete it",
    )
