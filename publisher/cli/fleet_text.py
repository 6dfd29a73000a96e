"""What `launches` and `update --all` print for people and programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from publisher.cli.columns import Block, columns
from publisher.errors import listed

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.launch.fleet import RolloutPlan
    from publisher.launch.launches import Launch
    from publisher.launch.rollout import Waves

_SHOWN = 20


def launch_row(launch: Launch, *, newest: str, impact: str, expired: bool) -> Sequence[str]:
    """Its cells: name, product, version, newest, impact, status, drift, expiry, who."""
    one = launch.provisioned
    expires = f"{one.expires} expired" if expired else one.expires
    drift = launch.stack.drift.lower().replace("_", " ") if launch.stack else "not checked"
    # CloudFormation counts AutoTags, which drift.py leaves out.
    drift = "drifted?" if drift == "drifted" else drift
    return (one.name, one.product, one.version, newest, impact, one.status, drift, expires, launch.who)


def launch_document(launch: Launch, *, newest: str, impact: str, expired: bool) -> dict[str, Any]:
    """The JSON shape of docs/launching.md."""
    one, stack = launch.provisioned, launch.stack
    return {
        "name": one.name,
        "product": one.product,
        "version": one.version,
        "newest": newest,
        "impact": impact,
        "status": one.status,
        "config": one.config,
        "owner": launch.owner,
        "created": f"{one.created:%Y-%m-%dT%H:%M:%SZ}",
        "expires": one.expires,
        "expired": expired,
        "drift": stack.drift if stack else "NOT_CHECKED",
        "drift_checked": stack.drift_checked if stack else "",
        **({"sagemaker_project": one.project.document} if one.project else {}),
    }


def plan_text(aws: Aws, products: str, plan: RolloutPlan, waves: Waves) -> list[Block]:
    """Lines: what a rollout would do, and to which launches."""
    from publisher.cli.impact_text import impact_text

    lines: list[Block] = [f"update {products} to {plan.version} in {aws.account_id}/{aws.region}"]
    groups = Counter(
        (
            it.launch.provisioned.product,
            it.launch.provisioned.version,
            it.state,
            it.level if it.state == "to update" else "",
        )
        for it in plan.moves
    )
    rows = [
        (
            product,
            version,
            f"{count:>4}",
            state,
            "" if state != "to update" else f"impact {level or 'not known'}",
        )
        for (product, version, state, level), count in sorted(groups.items(), key=str)
    ]
    lines += columns([("product", "from", "launches", "state", ""), *rows], indent="  ")
    for alike in plan.alike():
        first = alike[0]
        if first.level == "safe":
            continue
        which = listed([it.name for it in alike])
        lines += ["", f"{which}: impact {first.level or 'not known: the templates cannot be read'}"]
        lines += impact_text(first.changes, most=_SHOWN) if first.changes else []
    for state in ("kept", "failed"):
        for reason in dict.fromkeys(it.reason for it in plan.of(state)):
            names = [it.name for it in plan.of(state) if it.reason == reason]
            lines += [f"{state}: {listed(names)}: {reason}"]
    lines += restored_text(plan, "is restored first")
    if not plan.of("to update"):
        return lines
    until = f", starts none from {waves.until:%Y-%m-%d %H:%M %Z}" if waves.until else ""
    lines += [
        "",
        f"{waves.canary} first, then {waves.size} at a time{until}; "
        f"ends when more than {waves.failures} fail",
    ]
    return lines


def restored_text(plan: RolloutPlan, verb: str) -> list[str]:
    """Lines: the versions whose guidance changes."""
    return [
        f"guidance of version {version.name} of {plan.products[product_id]} {verb}: "
        "nothing moves to a deprecated version, nor back from one"
        for product_id, version in plan.restored
    ]


def done_text(plan: RolloutPlan) -> list[Block]:
    """Lines: what has become of a rollout."""
    counts = Counter(it.state for it in plan.moves)
    lines: list[Block] = [
        f"{counts[it]} {it}" for it in ("updated", "failed", "under way", "to update", "kept") if counts[it]
    ]
    return [*lines, *(f"failed: {it.name}: {it.reason}" for it in plan.of("failed"))]


def rollout_document(aws: Aws, products: str, plan: RolloutPlan) -> dict[str, Any]:
    """The JSON shape of docs/launching.md."""
    from publisher.cli.impact_text import impact_document

    return {
        "account_id": aws.account_id,
        "region": aws.region,
        "products": products,
        "to": plan.version,
        "restored": [{"product_id": key, "version": it.name} for key, it in plan.restored],
        "launches": [it.document() for it in plan.moves],
        "impacts": [
            {"launches": [it.name for it in alike], **impact_document(alike[0].changes)}
            for alike in plan.alike()
            if alike[0].changes is not None
        ],
    }
