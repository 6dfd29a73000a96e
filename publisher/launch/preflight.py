"""Everything that can refuse a launch, before the one call that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.calls import ClientError, aws_errors, error_code, is_denied
from publisher.aws.clients import Aws
from publisher.declarations.rule_values import shown_value, unfit_value
from publisher.errors import InputError, Refused, closest, command
from publisher.launch.account_checks import account_problems
from publisher.launch.denial import remedy
from publisher.launch.provisioned import ProvisionedProduct, find, widest
from publisher.launch.request import LaunchRequest, check_account
from publisher.launch.selection import Named, launch_role_of, select_path, select_product, select_version


@dataclass(frozen=True, kw_only=True)
class PreparedLaunch:
    """A launch that passed all checks. `last_record` is the product's latest record that the caller sees."""

    request: LaunchRequest
    product_id: str
    version: Named
    path: Named
    last_record: str


def prepare(
    aws: Aws, request: LaunchRequest, *, version: str = "", portfolio: str = "", report: Callable[[str], None]
) -> PreparedLaunch:
    """Only reads. Raises Refused, InputError, AwsError."""
    check_account(aws, request)
    existing = find(aws, request.name)
    if existing is not None:
        raise _name_in_use(request, existing)
    product = select_product(aws, request, report=report)
    selected = select_version(product, request.product, version)
    path = select_path(product, request, portfolio)
    client = aws.client("servicecatalog")
    with aws_errors(f"{request.product}: cannot read the parameters of version {selected.name}"):
        answer = client.describe_provisioning_parameters(
            ProductId=product.id, ProvisioningArtifactId=selected.id, PathId=path.id
        )
    check_values(request, selected.name, answer)
    check_launch_role(aws, request, answer, report=report)
    if problems := list(account_problems(aws, request, report=report)):
        raise Refused(
            f"{request.name}: {'; '.join(problems)}", hint=f"create what {request.path} names, or correct it"
        )
    return PreparedLaunch(
        request=request,
        product_id=product.id,
        version=selected,
        path=path,
        last_record=_last_record(client, product.id),
    )


def check_launch_role(
    aws: Aws, request: LaunchRequest, answer: Mapping[str, Any], *, report: Callable[[str], None]
) -> None:
    """Raises Refused when the launch role of the path does not exist in the caller's account.

    A constraint by LocalRoleName takes the role of the launching account, where nobody may have made it yet.
    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UsageInstruction.html
    """
    role = launch_role_of(answer)
    if not role or (role.startswith("arn:") and role.split(":")[4] != aws.account_id):
        return
    name = role.rpartition("/")[2]
    with aws_errors(f"{request.name}: cannot read the launch role {name}"):
        try:
            aws.client("iam").get_role(RoleName=name)
        except ClientError as error:
            if is_denied(error):
                report(f"{request.name}: launch role {name} not checked: your role cannot read it")
                return
            if error_code(error) != "NoSuchEntity":
                raise
            missing = f"launch role {name} does not exist"
            raise Refused(
                f"{request.name}: {missing} in account {aws.account_id}", hint=remedy(missing, name)
            ) from error


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
    for name in sorted(set(request.parameters) - set(known)):
        close = closest(name, known)
        meant = f"; did you mean {close}?" if close else ""
        text = shown_value(request.parameters[name], _limits(known[close]) if close else {})
        yield f"version {version} has no parameter {name} (the config sets {text}{meant})"
    for name, entry in sorted(known.items()):
        value = request.parameters.get(name)
        limits = _limits(entry)
        allowed = limits.get("AllowedValues") or []
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


def _last_record(client: Any, product_id: str) -> str:
    """The id of the latest record of the product's launches that the caller sees.

    The first page is enough: `provision` meets an older termination by its own record.
    """

    def read(level: Mapping[str, str]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = client.list_record_history(
            AccessLevelFilter=level, SearchFilter={"Key": "product", "Value": product_id}, PageSize=20
        )["RecordDetails"]
        return found

    with aws_errors(f"{product_id}: cannot read the history of its launches"):
        records = widest(read) or []
    latest = max(records, key=lambda it: (it["CreatedTime"], it["RecordId"]), default=None)
    return str(latest["RecordId"]) if latest else ""


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
    remove, update = command("terminate", request.path, "--force"), command("update", request.path)
    if existing.status in ("ERROR", "TAINTED"):
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
