"""What a launch config asks for that the derived launch role does not allow. Makes no AWS call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.aws.arns import partition_of
from publisher.declarations import LaunchConfig, Repository
from publisher.declarations.product import DERIVED, Variant
from publisher.errors import InputError, Problem, and_more, quoted
from publisher.launch.request import LaunchRequest
from publisher.permissions.boundary_checks import unbounded
from publisher.permissions.names import Names
from publisher.permissions.reads import SSM, ssm_names
from publisher.permissions.scope import Scope
from publisher.permissions.values import covers
from publisher.templates.render import Rendered, render


def require_permitted(config: LaunchConfig, request: LaunchRequest, repository: Repository) -> Rendered:
    """The product. Raises InputError with what a launch asks for beyond its role, or is wrong with it."""
    (variant,) = repository.select(request.product)
    rendered = render(variant)
    if problems := list(check_permissions(config, request, rendered.template, variant)):
        raise InputError.of(problems)
    return rendered


def check_permissions(
    config: LaunchConfig, request: LaunchRequest, template: Mapping[str, Any], variant: Variant
) -> Iterator[Problem]:
    """The SSM parameters that the launch reads, and the boundary of the roles that it makes."""
    if variant.family.launch_role != DERIVED:
        return
    declared = {name: it for name, it in template.get("Parameters", {}).items() if isinstance(it, Mapping)}
    values = {name: str(it["Default"]) for name, it in declared.items() if "Default" in it}
    values |= request.parameters
    globs = variant.family.file.ssm_parameters
    every = Scope(ssm_parameters=tuple(globs))
    for name, parameter in declared.items():
        if name not in values or not str(parameter.get("Type")).startswith(SSM):
            continue
        value = values[name]
        if not any(covers(it.lstrip("/"), value.lstrip("/")) for it in ssm_names(name, parameter, every)):
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

    try:
        wrong = unbounded(Names(template, scope), resolve)
    except InputError:  # T030 tells of it
        return
    for message, names in wrong.items():
        yield Problem(
            rule="P181",
            where=config.section,
            message=f"{resolve(message)} for roles of {quoted(request.product)}: {and_more(names)}",
            hint="leave the boundary out of the config, or set permissions_boundary in product.yaml",
        )
