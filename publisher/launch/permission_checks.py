"""What a launch config asks for that the derived launch role does not allow. Makes no AWS call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.aws.arns import partition_of
from publisher.declarations import LaunchConfig
from publisher.declarations.product import Variant
from publisher.errors import Problem, and_more, quoted
from publisher.launch.request import LaunchRequest
from publisher.permissions.boundary_checks import unbounded
from publisher.permissions.scope import Scope
from publisher.permissions.values import Values, covers

_SSM = "AWS::SSM::Parameter::"


def check_permissions(
    config: LaunchConfig, request: LaunchRequest, template: Mapping[str, Any], variant: Variant
) -> Iterator[Problem]:
    """The SSM parameters that the launch reads, and the boundary of the roles that it makes."""
    declared = {name: it for name, it in template.get("Parameters", {}).items() if isinstance(it, Mapping)}
    defaults = {name: str(it["Default"]) for name, it in declared.items() if "Default" in it}
    values = {**defaults, **request.parameters}
    globs = variant.family.file.ssm_parameters
    for name, value in values.items():
        parameter = declared.get(name, {})
        admitted = [*globs, defaults.get(name, ""), *map(str, parameter.get("AllowedValues") or ())]
        if str(parameter.get("Type")).startswith(_SSM) and not _is_read(value, admitted):
            yield Problem(
                rule="P180",
                where=config.document.where("parameters", name)
                if name in config.parameters
                else config.section,
                message=f"parameter {quoted(name)} reads the SSM parameter {quoted(value)}, which the launch "
                f"role of {quoted(request.product)} cannot",
                hint=f"name one of {', '.join(globs)}"
                if globs
                else "list it as ssm_parameters in product.yaml",
            )
    scope = Scope(boundary=variant.permissions_boundary, parameters=values)
    place = {"${AWS::Partition}": partition_of(request.region), "${AWS::AccountId}": request.account_id}

    def resolve(arn: str) -> str:
        for variable, value in place.items():
            arn = arn.replace(variable, value)
        return arn

    for message, names in unbounded(template, Values(template, scope), resolve).items():
        yield Problem(
            rule="P181",
            where=config.section,
            message=f"{resolve(message)} for roles of {quoted(request.product)}: {and_more(names)}",
            hint="leave the boundary out of the config, or set permissions_boundary in product.yaml",
        )


def _is_read(name: str, admitted: list[str]) -> bool:
    return any(covers(it.lstrip("/"), name.lstrip("/")) for it in admitted if it)
