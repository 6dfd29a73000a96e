"""What is known of a launch before it happens, for its review: by the files alone, or in its account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from publisher.aws.clients import Aws
from publisher.cli.launches import checking
from publisher.cli.shell import Shell
from publisher.cli.updates import foreseen_by
from publisher.declarations import LaunchConfig
from publisher.errors import AwsError, InputError, Refused
from publisher.launch.checks.examination import Examination, check_skipped
from publisher.launch.moving import is_another
from publisher.launch.preflight import preflight
from publisher.launch.provisioned import ProvisionedProduct, find
from publisher.launch.request import LaunchRequest, check_account
from publisher.launch.selection import Named
from publisher.launch.sources import source_of
from publisher.launch.update import UPDATABLE, PreparedUpdate, examine_update, prepare_update
from publisher.launch.update_impact import Foreseen
from publisher.report.launch_values import all_values
from publisher.templates.render import Rendered


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The launch that is reviewed: its config, and what the command line says. `rendered` is of the files."""

    config: LaunchConfig
    request: LaunchRequest
    rendered: Rendered | None
    version: str = ""
    portfolio: str = ""
    skip: list[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known. `template_note` says of which template, if not the files', or why there is none.

    `parameters` are those that the account describes, as templates declare them. `values` are those of all
    parameters, `stored` those of SSM parameters by name, `tag_options` the tags that Service Catalog adds.
    `caller` is the ARN of who has looked. `refusal` is why what is launched cannot be updated.
    """

    version: str = ""
    guidance: str = ""
    digest: str = ""
    portfolio: str = ""
    caller: str = ""
    template: Mapping[str, Any] | None = None
    template_note: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str | None] = field(default_factory=dict)
    tag_options: Mapping[str, str] = field(default_factory=dict)
    examination: Examination | None = None
    update: PreparedUpdate | None = None
    foreseen: Foreseen | None = None
    refusal: Refused | None = None


def by_files(asked: Asked) -> Known:
    """What the files say; makes no AWS call."""
    rendered, version, request = asked.rendered, asked.version, asked.request
    if rendered is None or version not in ("", rendered.version):
        has = f"have version {rendered.version}" if rendered else "do not have the product"
        note = f"The template is not known without the account: the files {has}."
        return Known(version=version, template_note=note, values=request.parameters)
    return Known(
        version=rendered.version,
        digest=rendered.digest,
        template=rendered.template,
        values=all_values(rendered.template, request),
    )


def in_account(shell: Shell, asked: Asked) -> Known:
    """What preflight finds; of what is launched from this config already, what changes finds.

    Raises InputError, AwsError, and Refused in another account.
    """
    request = asked.request
    check_skipped(asked.skip or ())
    aws = shell.aws(launching=True)
    check_account(aws, request)
    existing = find(aws, request.name, door=request.sagemaker_project)
    own = existing and existing.config == request.config and not is_another(existing, request)
    refusal: Refused | None = None
    if existing and own and existing.status in UPDATABLE:
        try:
            return _updated(shell, aws, asked, existing)
        except Refused as error:
            refusal = error
    examination, prepared = preflight(
        aws,
        request,
        version=asked.version,
        portfolio=asked.portfolio,
        report=shell.note,
        checking=checking(shell, aws, asked.rendered, asked.skip),
        free=existing is None,
    )
    seen = _seen(aws, asked, examination)
    if prepared:
        seen = _seen(aws, asked, examination, prepared.version, prepared.product_id)
        seen = replace(seen, portfolio=prepared.path.name)
    return replace(seen, examination=examination, refusal=refusal)


def _updated(shell: Shell, aws: Aws, asked: Asked, existing: ProvisionedProduct) -> Known:
    update = prepare_update(aws, existing, asked.request, version=asked.version, portfolio=asked.portfolio)
    examination = examine_update(aws, update, checking(shell, aws, asked.rendered, asked.skip))
    foreseen = None if update.nothing_to_do else foreseen_by(shell, aws, update, asked.rendered)
    seen = _seen(aws, asked, examination, update.version, existing.product_id)
    return replace(
        seen, portfolio=update.path.name, examination=examination, update=update, foreseen=foreseen
    )


def _seen(
    aws: Aws, asked: Asked, examination: Examination, version: Named | None = None, product_id: str = ""
) -> Known:
    """The version with its template and values, and the SSM parameters that the checks have read."""
    subject, caller = examination.subject, aws.identity[1]
    if subject is None or version is None:
        found = by_files(replace(asked, version=""))
        note = "This is the template of the files: no version could be selected in the account."
        return replace(found, template_note=found.template_note or note, caller=caller)
    template, note = subject.template, ""
    if template is None:
        template, note = _published(aws, asked, version, product_id)
    options = subject.described.get("TagOptions", ())
    return Known(
        version=version.name,
        guidance=version.guidance,
        digest=version.digest,
        caller=caller,
        template=template,
        template_note=note,
        parameters={
            it["ParameterKey"]: {"Type": it.get("ParameterType"), "NoEcho": it.get("IsNoEcho", False)}
            for it in subject.described.get("ProvisioningArtifactParameters", ())
        },
        values=subject.values,
        stored=subject.read.get("SSM parameters", {}),
        tag_options={it["Key"]: it["Values"][0] for it in options if len(it["Values"]) == 1},
    )


def _published(
    aws: Aws, asked: Asked, version: Named, product_id: str
) -> tuple[Mapping[str, Any] | None, str]:
    """The template of a version that the files do not have, and what to say of it."""
    has = f"have another ({asked.rendered.version})" if asked.rendered else "do not have it"
    try:
        read = source_of(asked.request.sagemaker_project).template
        template = read(aws, product_id=product_id, version_id=version.id)
    except (AwsError, InputError) as error:
        return None, f"The template of {version.name} cannot be read: {error.message}."
    if template is None:
        return None, f"You may not read the template of {version.name}, and the files {has}."
    return template, f"This is the template as published: the files {has}."
