"""What the command drift prints for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.cli.columns import Block, columns
from publisher.errors import counted, excerpt, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.launch.drift import Drift
    from publisher.launch.drift_revert import Reversion
    from publisher.launch.provisioned import ProvisionedProduct

_LONGEST = 60
_PATH, _WIDEST = 1, 48


def bypass_text(found: ProvisionedProduct, arn: str) -> list[str]:
    """Lines: who reverts, and what that does not touch."""
    role = f"launch role {found.launch_role}" if found.launch_role else "the launch role"
    makers = {"": "Service Catalog", "service-catalog": "SageMaker and Service Catalog", "s3": "SageMaker"}
    # A stack that was made with a role keeps it.
    who = f"with its role {found.launch_role}" if found.door == "s3" else f"as {arn}, not as {role}"
    return [
        f"this bypasses {makers[found.door]}: CloudFormation changes the stack {who};",
        "version, parameters and tags of the launch stay as they are",
    ]


def drift_text(found: ProvisionedProduct, detected: Drift) -> list[Block]:
    """Lines: each property that differs, three ways, and what was not checked."""
    from publisher.launch.drift import DRIFTS

    lines: list[Block] = [f"{found.name}  {detected.status}", f"template {detected.template}"]
    rows = [("resource", "path", "template", "deployed", "live", "")]
    for one in detected.resources:
        if one.status == "deleted":
            rows.append((one.resource, one.type, "", "", "deleted", "deleted outside"))
        rows += [
            (one.resource, it.path, _value(it.template), _value(it.deployed), _value(it.live), it.state)
            for it in one.properties
        ]
    if len(rows) > 1:
        lines += ["", *columns(rows, indent="  ", widest={_PATH: _WIDEST})]
    pending = sum(it.state not in DRIFTS for one in detected.resources for it in one.properties)
    checked = len(detected.resources) - len(detected.not_checked)
    summary = [f"{counted(checked, 'resource')} checked", f"{len(detected.drifted)} drifted"]
    summary += [f"{counted(pending, 'value')} to update"] if pending else []
    lines += ["", ", ".join(summary)]
    reasons: dict[str, list[str]] = {}
    for one in detected.not_checked:
        reasons.setdefault(one.reason, []).append(f"{one.resource} ({one.type})")
    lines += [f"not checked: {', '.join(names)}: {printable(why)}" for why, names in reasons.items()]
    return lines


def reversion_text(reversions: Sequence[Reversion]) -> list[Block]:
    """Lines: what each resource gets."""
    rows = [
        (
            it.action,
            it.resource,
            it.path or it.type,
            f"{_value(it.live)} -> {_value(it.then)}" if it.path else "",
            "possible replacement" if it.replacement else "",
        )
        for it in reversions
    ]
    return columns(rows, indent="  ")


def kept_text(drifted: Sequence[str], reversions: Sequence[Reversion]) -> list[str]:
    """A line: what CloudFormation does not revert, if anything."""
    kept = sorted(set(drifted) - {it.resource for it in reversions})
    why = "tag keys that the template does not have, or what only a new resource can get"
    return [f"  keep    {', '.join(kept)}: {why}"] if kept else []


def _value(text: str | None) -> str:
    return "(not set)" if text is None else printable(excerpt(text, _LONGEST))
