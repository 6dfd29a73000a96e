"""One version for all launches of some products: which of them move, and what that does.

There is no journal. What Service Catalog knows of each launch (version, status, last record) says how far a
rollout is, and the token of an update is of the version, the launch and its last record. So the next run
finishes one that was killed, on any machine, and nothing is updated twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from publisher.aws.calls import ClientError, aws_errors, is_denied
from publisher.aws.clients import Aws
from publisher.errors import InputError, Refused, command, quoted
from publisher.impact import Change, Level, worst
from publisher.launch.launches import Impacts, Launch, Launches
from publisher.launch.progress import read_record, record_reason
from publisher.launch.selection import DEPRECATED, AvailableProduct, Named, described_version
from publisher.launch.update import PreparedUpdate, prepare_update
from publisher.launch.update_impact import changes_nothing
from publisher.model import precedence

# failed: by this rollout, in an earlier run or in this one. kept: stays as it is, for a reason.
State = Literal["to update", "under way", "updated", "failed", "kept"]
_UPDATE = "UPDATE_PROVISIONED_PRODUCT"


@dataclass(frozen=True, kw_only=True)
class Move:
    """A launch in a rollout. `changes` are for its own parameters, None where they are not known.

    `record` is of the update that is under way or failed.
    """

    launch: Launch
    state: State
    reason: str = ""
    record: str = ""
    prepared: PreparedUpdate | None = None
    changes: tuple[Change, ...] | None = ()

    @property
    def name(self) -> str:
        """The launch's name, unique in its account and Region; a SageMaker project may share one."""
        one = self.launch.provisioned
        return f"{one.name} (SageMaker project)" if one.project else one.name

    @property
    def level(self) -> Level | None:
        """The worst of its changes; None where they are not known."""
        return None if self.changes is None else worst(self.changes)

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/launching.md."""
        provisioned = self.launch.provisioned
        return {
            "name": self.name,
            "product": provisioned.product,
            "from": provisioned.version,
            "state": self.state,
            "impact": (self.level or "not known") if self.prepared else "",
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True)
class RolloutPlan:
    """The moves to a version, by name, and the versions whose guidance has to be restored first."""

    version: str
    moves: tuple[Move, ...]
    restored: tuple[tuple[str, Named], ...] = ()

    @property
    def products(self) -> dict[str, str]:
        """The keys of the products by their ids."""
        return {it.launch.provisioned.product_id: it.launch.provisioned.product for it in self.moves}

    def of(self, *states: State) -> list[Move]:
        """The moves in these states."""
        return [it for it in self.moves if it.state in states]

    def alike(self) -> list[list[Move]]:
        """The moves of this run by what changes: the same effects in the same places, whatever the values."""
        found: dict[object, list[Move]] = {}
        for it in self.moves:
            if it.prepared:
                places = [(one.level, one.effect, one.path) for one in it.changes or ()]
                found.setdefault((it.level, *places), []).append(it)
        return list(found.values())


def plan_rollout(
    aws: Aws, launches: Launches, impacts: Impacts, *, version: str, retry: bool = False
) -> RolloutPlan:
    """What becomes of each launch; `retry`: also of those that failed. Raises InputError, AwsError."""
    targets = _targets(launches, version)
    planning = _Planning(aws, impacts, targets, retry=retry)
    moves = tuple(
        planning.move(it, launches.products.get(it.provisioned.product_id)) for it in launches.launches
    )
    return RolloutPlan(version=version, moves=moves, restored=planning.restored)


def restore_guidance(aws: Aws, plan: RolloutPlan) -> None:
    """Makes the versions of a plan DEFAULT again. Raises Refused to those who do not publish, AwsError."""
    keys = plan.products
    for product_id, version in plan.restored:
        with aws_errors(f"cannot restore the guidance of version {version.name}"):
            try:
                aws.client("servicecatalog").update_provisioning_artifact(
                    ProductId=product_id, ProvisioningArtifactId=version.id, Guidance="DEFAULT"
                )
            except ClientError as error:
                if not is_denied(error):
                    raise
                run = command("rollback", keys[product_id], "--to", version.name)
                raise Refused(
                    f"version {version.name} of {keys[product_id]} is deprecated, and your role may not "
                    "restore its guidance",
                    hint=f"ask who publishes the product to run {run} first",
                ) from error


def _targets(launches: Launches, version: str) -> dict[str, Named]:
    """The version of each product that has it. Raises InputError when none has."""
    found = {
        key: named
        for key, product in launches.products.items()
        for named in product.versions
        if named.name == version
    }
    if not found:
        names = sorted({it.name for one in launches.products.values() for it in one.versions}, key=precedence)
        hint = f"active versions: {', '.join(names) or 'none that you may launch'}"
        raise InputError(f"version {quoted(version)} not found in any of the products", hint=hint)
    return found


class _Planning:
    """Judges launches one after the other; what several have in common is read and judged once."""

    def __init__(self, aws: Aws, impacts: Impacts, targets: Mapping[str, Named], *, retry: bool) -> None:
        self._aws, self._impacts, self._targets, self._retry = aws, impacts, targets, retry
        self._restored: dict[str, tuple[str, Named]] = {}
        self._described: dict[str, Mapping[str, Any]] = {}

    @property
    def restored(self) -> tuple[tuple[str, Named], ...]:
        return tuple(self._restored.values())

    def move(self, launch: Launch, product: AvailableProduct | None) -> Move:
        one = launch.provisioned
        target = self._targets.get(one.product_id)
        if one.project:
            reason = "a SageMaker project: AWS warns of updates, so it is updated by itself"
            return Move(launch=launch, state="kept", reason=reason)
        if product is None or target is None:
            missing = (
                f"its product has no version {self._named()}" if product else "you may not launch its product"
            )
            return Move(launch=launch, state="kept", reason=missing)
        if one.status == "AVAILABLE" and one.version_id == target.id:
            return Move(launch=launch, state="updated")
        if one.status in ("UNDER_CHANGE", "TAINTED"):
            record = read_record(self._aws, one.last_record_id)
            ours = is_move_to(record, target)
            if one.status == "UNDER_CHANGE":
                reason = "" if ours else f"another operation is in progress: {record['RecordType']}"
                state: State = "under way" if ours else "kept"
                return Move(launch=launch, state=state, reason=reason, record=record["RecordId"])
            if ours and record["Status"] == "FAILED" and not self._retry:
                return Move(
                    launch=launch, state="failed", reason=record_reason(record), record=record["RecordId"]
                )
        if launch.stack is None:
            reason = "its stack cannot be read, so its parameters are not known"
            return Move(launch=launch, state="kept", reason=reason)
        try:
            prepared = self._prepared(launch, launch.stack.parameters, product, target)
        except (InputError, Refused) as error:
            return Move(launch=launch, state="kept", reason=error.message.removeprefix(f"{one.name}: "))
        # Which version a launch has after a failed update is not documented.
        changes = self._impacts.of_launch(prepared) if prepared.moves else None
        if changes is not None and changes_nothing(changes):
            reason = f"version {target.name} changes nothing in it, and AWS fails an update without changes"
            return Move(launch=launch, state="kept", reason=reason)
        return Move(launch=launch, state="to update", prepared=prepared, changes=changes)

    def _named(self) -> str:
        return next(iter(self._targets.values())).name

    def _prepared(
        self, launch: Launch, parameters: Mapping[str, str], product: AvailableProduct, target: Named
    ) -> PreparedUpdate:
        one = launch.provisioned
        deprecated = [
            it
            for it in product.versions
            if it.id in self._met(launch, product, target) and it.guidance == DEPRECATED
        ]
        if deprecated:
            product = replace(
                product,
                versions=tuple(
                    replace(it, guidance="") if it in deprecated else it for it in product.versions
                ),
            )
        if target.id not in self._described:
            path = product.paths[0]
            self._described[target.id] = described_version(self._aws, product, target, path)
        prepared = prepare_update(
            self._aws,
            one,
            version=target.name,
            product=product,
            deployed=parameters,
            described=self._described[target.id],
        )
        self._restored.update({it.id: (product.id, it) for it in deprecated})
        return prepared

    def _met(self, launch: Launch, product: AvailableProduct, target: Named) -> set[str]:
        """The versions that may not be deprecated: the new one and, for a move back, the present one.

        https://docs.aws.amazon.com/servicecatalog/latest/adminguide/managing-versions.html
        """
        own = launch.provisioned
        back = precedence(target.name) < precedence(own.version)
        return {target.id, own.version_id} if back else {target.id}


def is_move_to(record: Mapping[str, Any], version: Named) -> bool:
    """Whether an operation, by its record, moves a launch to this version."""
    return record["RecordType"] == _UPDATE and record.get("ProvisioningArtifactId") == version.id
