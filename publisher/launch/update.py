"""What an update of a launch changes in place: its version, its parameters, its tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.errors import Refused, command
from publisher.launch.checks.examination import Examination, examine
from publisher.launch.deployed import HIDDEN, deployed_parameters
from publisher.launch.preflight import Checking, check_values, subject_of
from publisher.launch.progress import read_record
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import CONFIG_TAG, EXPIRES_TAG, LaunchRequest
from publisher.launch.selection import (
    DEPRECATED,
    AvailableProduct,
    Named,
    select_path,
    version_named,
)
from publisher.launch.sources import source_of
from publisher.launch.terminate import request_of
from publisher.model import precedence

# Stable states, "ready to perform any operation".
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionedProductDetail.html
UPDATABLE = ("AVAILABLE", "TAINTED")
_RESOURCE_UPDATE = "RESOURCE_UPDATE"
_OURS = (CONFIG_TAG, EXPIRES_TAG)


@dataclass(frozen=True, kw_only=True)
class ValueChange:
    """A parameter or tag of a launch that changes. None: there is none; HIDDEN: a secret."""

    name: str
    before: str | None
    after: str | None

    def document(self) -> dict[str, str | None]:
        """The JSON shape."""
        return {"name": self.name, "before": self.before, "after": self.after}


@dataclass(frozen=True, kw_only=True)
class PreparedUpdate:
    """An update that passed all checks.

    `parameters` and `tags` are what changes, `kept` the parameters that keep their value, `values` the values
    of all parameters before and after, None where the caller may not read those before. `hidden` are secret
    parameters of the config: whether they change is not known. `all_tags` is empty where no tag changes.
    `newest` is the newest version that may be launched, empty if there is none. With `force` secret
    parameters alone are a reason to update. `described` is the answer of DescribeProvisioningParameters.
    """

    provisioned: ProvisionedProduct
    request: LaunchRequest | None
    version: Named
    path: Named
    parameters: tuple[ValueChange, ...] = ()
    kept: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    tags: tuple[ValueChange, ...] = ()
    all_tags: Mapping[str, str]
    values: tuple[Mapping[str, str], Mapping[str, str]] | None
    sent: Mapping[str, str]
    newest: str = ""
    force: bool = False
    described: Mapping[str, Any] = field(repr=False)

    @property
    def moves(self) -> bool:
        """Whether the version changes."""
        return self.version.id != self.provisioned.version_id

    @property
    def nothing_to_do(self) -> bool:
        """Whether the launch is as it should be: its last update succeeded, and nothing changes."""
        settled = self.provisioned.status == "AVAILABLE" and self.values is not None
        return settled and not (self.moves or self.parameters or self.tags or (self.hidden and self.force))

    @property
    def newer(self) -> str:
        """The newest version, if it is newer than the one that is updated to."""
        is_newer = self.newest and precedence(self.newest) > precedence(self.version.name)
        return self.newest if is_newer else ""

    def document(self) -> dict[str, Any]:
        """The JSON shape."""
        found = self.provisioned
        return {
            "name": found.name,
            "product": found.product,
            "config": self.request.config if self.request else found.config,
            "status": found.status,
            "version": {"before": found.version, "after": self.version.name, "newest": self.newest},
            "parameters": [it.document() for it in self.parameters],
            "tags": [it.document() for it in self.tags],
            "hidden": list(self.hidden),
            "nothing_to_do": self.nothing_to_do,
        }


def prepare_update(
    aws: Aws,
    provisioned: ProvisionedProduct,
    request: LaunchRequest | None = None,
    *,
    version: str = "",
    portfolio: str = "",
    expires: str = "",
    product: AvailableProduct | None = None,
    deployed: Mapping[str, str] | None = None,
    described: Mapping[str, Any] | None = None,
    preview: bool = False,
    force: bool = False,
) -> PreparedUpdate:
    """Only reads. By default a launch keeps its version; without a request it keeps parameters and tags, too.

    `product`, `deployed` and `described` save reading what is known. A `preview` also takes launches in
    ERROR. Raises Refused, InputError, AwsError.
    """
    _check_updatable(provisioned, request, preview=preview)
    product = product or _product(aws, provisioned)
    selected = _select_version(provisioned, product, version)
    record: Mapping[str, Any] = {}
    if request or expires or len(product.paths) > 1:
        record = _record(aws, provisioned, provisioned.provisioning_record_id)
    path = _path(aws, product, record, request, provisioned, portfolio)
    described = described or source_of(provisioned.door).described(aws, product, selected, path)
    if deployed is None:
        deployed = deployed_parameters(aws, provisioned)
    if request:
        check_values(request, selected.name, described)
    moves = selected.id != provisioned.version_id
    values = _Values(described.get("ProvisioningArtifactParameters", ()), deployed, request, moves=moves)
    if values.missing and deployed is None:
        raise Refused(
            f"{provisioned.name}: your role cannot read its stack, so moving to {selected.name} could reset "
            + ", ".join(values.missing),
            hint="set them in a launch config, or ask for cloudformation:DescribeStacks on its stack",
        )
    if values.missing:
        raise Refused(
            f"{provisioned.name}: version {selected.name} requires {', '.join(values.missing)}",
            hint="set them in a launch config, and update that",
        )
    # A failed update was rolled back, with its tags.
    applied = _record(aws, provisioned, provisioned.succeeded_record_id, record) if request or expires else {}
    all_tags, tags = _tags(provisioned, applied, request, expires)
    if tags and all(it["Type"] != _RESOURCE_UPDATE for it in described.get("ConstraintSummaries", ())):
        raise Refused(
            f"{provisioned.name}: the tags of its launches cannot be changed: "
            + ", ".join(sorted(it.name for it in tags)),
            hint="ask the platform team to add a RESOURCE_UPDATE constraint with "
            "tag_update_on_provisioned_product: ALLOWED",
        )
    return PreparedUpdate(
        provisioned=provisioned,
        request=request,
        version=selected,
        path=path,
        parameters=values.changes,
        kept=values.kept,
        hidden=values.hidden,
        tags=tags,
        all_tags=all_tags if tags else {},
        values=values.both,
        sent=values.sent,
        newest=product.newest,
        force=force,
        described=described,
    )


def examine_update(aws: Aws, prepared: PreparedUpdate, checking: Checking) -> Examination:
    """The checks of a launch, as they are for an update: what it has already collides with nothing."""
    provisioned = prepared.provisioned
    request = prepared.request or request_of(aws, provisioned)
    subject = subject_of(
        aws,
        request,
        prepared.version,
        prepared.described,
        checking.rendered,
        values=prepared.values[1] if prepared.values else None,
        stack=provisioned.stack,
    )
    return examine(subject, skip=checking.skip, operations=checking.operations)


class _Values:
    """The parameters of an update: those that are sent, those that keep their value, and what changes."""

    def __init__(
        self,
        described: Iterable[Mapping[str, Any]],
        deployed: Mapping[str, str] | None,
        request: LaunchRequest | None,
        *,
        moves: bool,
    ) -> None:
        before = deployed or {}
        requested = request.parameters if request else {}
        defaults = request.defaults if request else frozenset()
        self.sent: dict[str, str] = {}
        after: dict[str, str] = {}
        kept: list[str] = []
        missing: list[str] = []
        hidden, changes = [], []
        for entry in described:
            name, default = entry["ParameterKey"], entry.get("DefaultValue")
            secret = bool(entry.get("IsNoEcho")) or before.get(name) == HIDDEN
            value = requested.get(name)
            if value is None and deployed is None and name not in defaults:
                # Left out it would get its default; a parameter that is new has no previous value.
                (missing if moves else kept).append(name)
                continue
            # The form leaves it at the default; what nobody names keeps its value.
            if value is None and (name in defaults or (name not in before and default is not None)):
                value = default
            if value is None and name in before:
                kept.append(name)
                after[name] = before[name]
                continue
            if value is None:
                missing.append(name)
                continue
            after[name] = value
            if before.get(name) == value:
                kept.append(name)
                continue
            if name in requested or name in before:
                self.sent[name] = value
            if secret and name in before:
                hidden.append(name)
                # It may be another: what hangs on it may change, and is judged so.
                after[name] = value if entry.get("IsNoEcho") else before[name]
            elif deployed is not None:
                shown = HIDDEN if secret else value
                changes.append(ValueChange(name=name, before=before.get(name), after=shown))
        gone = sorted(before.keys() - after.keys() - set(missing))
        changes += [ValueChange(name=name, before=before[name], after=None) for name in gone]
        self.kept, self.hidden, self.missing = tuple(kept), tuple(hidden), tuple(missing)
        self.changes = tuple(sorted(changes, key=lambda it: it.name))
        self.both = None if deployed is None else (before, after)


def _check_updatable(
    provisioned: ProvisionedProduct, request: LaunchRequest | None, *, preview: bool
) -> None:
    subject = request.path if request else provisioned.name
    if request and request.sagemaker_project != provisioned.door:
        raise Refused(
            f"{provisioned.name}: a SageMaker project by {provisioned.door} cannot become one by "
            f"{request.sagemaker_project}",
            hint=f"run {command('terminate', provisioned.name, '--force')} and launch again, or change the "
            "config back",
        )
    if provisioned.status == "UNDER_CHANGE":
        raise Refused(
            f"{provisioned.name}: an operation is in progress: {provisioned}",
            hint=f"run {command('outputs', subject)} to see when it has finished",
        )
    if provisioned.status not in UPDATABLE and not preview:
        again = f", then {command('launch', subject)}" if request else ""
        hint = f"run {command('terminate', subject, '--force')}{again}"
        if provisioned.has_succeeded and (known := provisioned.meaning):
            hint = known.explained(subject)
        raise Refused(
            f"{provisioned.name}: {provisioned.status}: it has no stack that can be updated: "
            f"{provisioned.reason or 'no reason'}",
            hint=hint,
        )


def _product(aws: Aws, provisioned: ProvisionedProduct) -> AvailableProduct:
    """The product of a launch. Raises Refused where the caller cannot launch it any more."""
    with aws_errors(f"{provisioned.name}: cannot read its product"):
        found = source_of(provisioned.door).product(aws, provisioned.product_id)
    if found is None:
        raise Refused(
            f"{provisioned.name}: its product {provisioned.product} is no longer available to you",
            hint="ask the platform team to publish it, or to make your role a principal of its portfolio",
        )
    return found


def _select_version(provisioned: ProvisionedProduct, product: AvailableProduct, name: str) -> Named:
    """The version of this name; by default that of the launch. Raises InputError, Refused.

    A deprecated launch may only go on to newer versions, and nothing may go back to a deprecated version.
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/managing-versions.html
    """
    own = next((it for it in product.versions if it.id == provisioned.version_id), None)
    if not name:
        if own is not None:
            return own
        ask = "ask the platform team to publish a version"
        raise Refused(
            f"{provisioned.name}: its version {provisioned.version or provisioned.version_id} is inactive "
            "or deleted, so it can only move to another",
            hint=f"add --version {product.newest}" if product.newest else ask,
        )
    found = version_named(product, provisioned.product, name)
    if own is None or found.id == own.id or precedence(found.name) > precedence(own.name):
        return found
    for one in (own, found):
        if one.guidance == DEPRECATED:
            raise Refused(
                f"{provisioned.name}: version {one.name} is deprecated, so {own.name} cannot move back "
                f"to {found.name}",
                hint="ask the platform team to run "
                f"{command('rollback', provisioned.product, '--to', found.name)} first",
            )
    return found


def _record(
    aws: Aws, provisioned: ProvisionedProduct, record_id: str, known: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """The record of a launch or update, which has its path and the tags that it asked for.

    `known` is taken if it is the same, or there is no other. A SageMaker project has its own path and tags.
    """
    if project := provisioned.project:
        tags = [{"Key": key, "Value": value} for key, value in project.tags.items()]
        return {"RecordId": record_id, "PathId": project.path_id, "RecordTags": tags}
    if known and record_id in ("", known["RecordId"]):
        return known
    return read_record(aws, record_id) if record_id else {}


def _path(
    aws: Aws,
    product: AvailableProduct,
    record: Mapping[str, Any],
    request: LaunchRequest | None,
    provisioned: ProvisionedProduct,
    portfolio: str,
) -> Named:
    """The path that it was launched through, while there is one and no other is asked for."""
    same = [path for path in product.paths if path.id == record.get("PathId")]
    if same and not portfolio:
        return same[0]
    return select_path(product, request or request_of(aws, provisioned), portfolio)


def _tags(
    provisioned: ProvisionedProduct, record: Mapping[str, Any], request: LaunchRequest | None, expires: str
) -> tuple[Mapping[str, str], tuple[ValueChange, ...]]:
    """All tags that an update asks for, and what changes of them.

    A launch also has tags of its portfolio, product and TagOptions; its last successful record has those
    asked for, before the search, which lags, has them.
    """
    asked = {it["Key"]: it["Value"] for it in record.get("RecordTags", ())}
    if request:
        date = asked.get(EXPIRES_TAG) or provisioned.expires
        ours = {EXPIRES_TAG: date} if date else {}
        desired = {**ours, **request.all_tags}
    else:
        desired = dict(asked)
    if expires:
        desired[EXPIRES_TAG] = expires
    before: dict[str, str | None] = {
        key: value for key, value in {**provisioned.tags, **asked}.items() if key in asked or key in desired
    }
    changes = [
        ValueChange(name=key, before=before.get(key), after=desired.get(key))
        for key in sorted(before.keys() | desired.keys())
        if before.get(key) != desired.get(key)
    ]
    return (desired, tuple(changes)) if request or expires else ({}, ())
