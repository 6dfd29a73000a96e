"""The service actions of a product that somebody else made, as far as a product of ours can have them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from publisher.catalog import attachments
from publisher.catalog.observe import pages, with_action
from publisher.catalog.ownership_tags import Mark
from publisher.model import Resource, ServiceAction, ServiceActionAssociation

# What a declaration says of an action; Parameters may be missing.
_SAID = {"Name", "Version", "AssumeRole"}


@dataclass(kw_only=True)
class Actions:
    """What was found: values of ours, the marks that make them so, and what cannot be taken over."""

    found: list[Resource] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def read_actions(
    client: Any,
    product: str,
    product_id: str,
    versions: Mapping[str, str],
    naming: Callable[[str, Collection[str]], str],
) -> Actions:
    """The actions of a product; `versions` has the ids of all its versions, with their names."""
    summaries: dict[str, Any] = {}
    for version_id in versions:
        listing = "list_service_actions_for_provisioning_artifact"
        place = {"ProductId": product_id, "ProvisioningArtifactId": version_id}
        summaries |= {it["Id"]: it for it in pages(client, listing, "ServiceActionSummaries", **place)}
    actions, taken = Actions(), set[str]()
    for id_, summary in sorted(summaries.items(), key=lambda it: (it[1]["Name"], it[0])):
        what = f"the service action '{summary['Name']}' ({id_}) of the product {product}"
        used = set(with_action(client, id_))
        observed = attachments.service_action(client.describe_service_action(Id=id_))
        if reason := _reason(observed, used, versions):
            actions.left.append(f"{what}, {reason}")
            continue
        # One that an earlier run has marked keeps its name.
        family, _, name = observed.name.partition("/")
        if family != product:
            name = naming(summary["Name"], taken)
        taken.add(name)
        ours = replace(observed, name=f"{product}/{name}")
        actions.found.append(ours)
        actions.found += [
            ServiceActionAssociation(product=product, version=it, action=ours.name)
            for it in versions.values()
        ]
        if ours != observed:
            description = attachments.action_fields(ours)["Description"]
            actions.marks.append(
                Mark(
                    label=f"service action {ours.label} ({id_})",
                    operation="update_service_action",
                    request={"Id": id_, "Description": description},
                )
            )
    return actions


def _reason(action: ServiceAction, used: Collection[str], versions: Mapping[str, str]) -> str:
    """Why a product of ours cannot have it; nothing when it can."""
    if missing := sorted(name for id_, name in versions.items() if id_ not in used):
        return f"which its version {', '.join(missing)} does not have"
    if set(used) - versions.keys():
        return "which other products have, too"
    definition = dict(action.definition)
    if definition.keys() - {"Parameters"} != _SAID:
        return f"whose definition has {', '.join(sorted(definition))}"
    return ""
