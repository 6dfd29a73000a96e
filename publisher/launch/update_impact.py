"""What an update does to its launch, from the templates of both versions and from the plan of AWS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.errors import InputError
from publisher.impact import Change, Effect, Level, Template, Values, judge, worst
from publisher.launch.deployed import deployed_template
from publisher.launch.operations import operations_of
from publisher.launch.sources import source_of
from publisher.launch.update import UPDATABLE, PreparedUpdate
from publisher.launch.update_plan import NoPreviewError
from publisher.model import short_digest
from publisher.templates.cloudformation import parse
from publisher.templates.render import Rendered

_SEVERITY: Sequence[Effect] = ("in place", "added", "possible replacement", "replacement", "removal")


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What an update does. `unjudged` is why the templates do not say it, `unplanned` why AWS does not.

    `nothing`: AWS would fail it, because it changes nothing in the launch, which would then be TAINTED.
    """

    changes: tuple[Change, ...] = ()
    nothing: bool = False
    unjudged: str = ""
    unplanned: str = ""

    @property
    def level(self) -> Level | Literal["not known"]:
        """The worst that may happen."""
        return "not known" if self.unjudged and self.unplanned else worst(self.changes)

    def apart(self, listed: Collection[str]) -> tuple[list[Change], int]:
        """What is shown, without these parameters, and how many other resources only change in place."""
        in_place = [it for it in self.changes if it.subject == "resource" and it.effect == "in place"]
        shown = [
            it
            for it in self.changes
            if it not in in_place
            and (it.subject, it.effect, it.path in listed) != ("parameter", "none", True)
        ]
        return shown, len(in_place)

    def document(self) -> dict[str, Any]:
        """The JSON shape: `changes` as docs/versions.md has them."""
        return {
            "level": self.level,
            "changes": [it.document() for it in self.changes],
            "unjudged": self.unjudged,
            "unplanned": self.unplanned,
        }


def foresee(
    aws: Aws,
    prepared: PreparedUpdate,
    *,
    rendered: Rendered | None = None,
    clock: Clock,
    report: Callable[[str], None],
) -> Foreseen:
    """Leaves nothing behind. `rendered` is the product in the files. Raises AwsError."""
    judged: tuple[Change, ...] = ()
    planned: tuple[Change, ...] | None = ()
    unjudged = unplanned = ""
    try:
        judged = _judged(aws, prepared, rendered)
    except InputError as error:
        unjudged = error.message
    try:
        planned = operations_of(prepared.provisioned.door).preview(aws, prepared, clock=clock, report=report)
    except NoPreviewError as error:
        unplanned = error.message
    nothing = planned is None
    if unplanned and not unjudged and prepared.provisioned.status in UPDATABLE:
        # Neither tags nor secrets are in the templates.
        nothing = changes_nothing(judged) and not (
            prepared.tags or prepared.sent.keys() & set(prepared.hidden)
        )
    return Foreseen(
        changes=_merged(judged, planned or ()), nothing=nothing, unjudged=unjudged, unplanned=unplanned
    )


def changes_nothing(changes: Iterable[Change]) -> bool:
    """Whether AWS would fail the update that does this: "No updates are to be performed".

    https://github.com/awslabs/aws-service-catalog-factory/issues/121
    """
    return all(it.effect == "none" for it in changes)


def _judged(aws: Aws, prepared: PreparedUpdate, rendered: Rendered | None) -> tuple[Change, ...]:
    """Raises InputError where a template or the values are not known."""
    text = deployed_template(aws, prepared.provisioned)
    if text is None or prepared.values is None:
        raise InputError("your role cannot read the stack")
    before: Template = parse(text, "template of the stack").value
    after = before
    if prepared.moves:
        after = version_template(aws, prepared, rendered)
    return judge(before, after, values=known_values(aws, prepared.values))


def known_values(aws: Aws, values: Values) -> Values:
    """The parameters of a launch before and after, with what its stack gets from its account and Region."""
    old, new = ({**it, **aws.pseudo_parameters} for it in values)
    return old, new


def version_template(aws: Aws, prepared: PreparedUpdate, rendered: Rendered | None) -> Template:
    """The template of the version that is updated to: as published, or the files' where it is the same.

    Raises InputError where it cannot be read.
    """
    version = prepared.version
    if rendered and short_digest(rendered.digest) == version.digest:
        return rendered.template
    source, product_id = source_of(prepared.provisioned.door), prepared.provisioned.product_id
    template = source.template(aws, product_id=product_id, version_id=version.id)
    if template is None:
        raise InputError(f"the template of {version.name} cannot be read, and the files have another")
    return template


def _merged(judged: tuple[Change, ...], planned: tuple[Change, ...]) -> tuple[Change, ...]:
    """The plan adds what the templates do not show, and what it says is worse.

    A change set takes every reference to what it replaces for a possible replacement; templates say more.
    """
    effects: dict[str, int] = {}
    for it in judged:
        severity = _SEVERITY.index(it.effect) if it.effect in _SEVERITY else 0
        effects[it.resource] = max(severity, effects.get(it.resource, 0))

    def adds(change: Change) -> bool:
        if change.resource not in effects:
            return True
        worse = _SEVERITY.index(change.effect) > effects[change.resource]
        return worse and change.effect != "possible replacement"

    return (*judged, *filter(adds, planned))
