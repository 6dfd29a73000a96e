"""The service actions of an unmanaged product, as far as a managed product can have them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from publisher.catalog.engine import call
from publisher.catalog.kinds import service_action
from publisher.catalog.ownership import OwnershipWrite
from publisher.model import Resource, ServiceAction, ServiceActionAssociation

# The definition keys of a declaration; Parameters are optional.
_DECLARED = {"Name", "Version", "AssumeRole"}


@dataclass(kw_only=True)
class Actions:
    """Adoptable service actions, the writes that make them managed, and descriptions of the others."""

    found: list[Resource] = field(default_factory=list)
    writes: list[OwnershipWrite] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)


def read_actions(
    client: Any,
    product: str,
    product_id: str,
    versions: Mapping[str, str],
    naming: Callable[[str, Collection[str]], str],
) -> Actions:
    """The actions of a product; `versions` has the names of all its versions by id."""
    summaries: dict[str, Any] = {}
    for version_id in versions:
        listed = service_action.of_version(client, ProductId=product_id, ProvisioningArtifactId=version_id)
        summaries |= {it["Id"]: it for it in listed}
    actions, taken = Actions(), set[str]()
    for id_, summary in sorted(summaries.items(), key=lambda it: (it[1].get("Name", ""), it[0])):
        display_name = summary.get("Name", "")
        what = f"the service action '{display_name}' ({id_}) of the product {product}"
        used = set(service_action.versions_with(client, id_))
        observed = service_action.service_action(call(client, "describe", "service-action", id_))
        if reason := _reason(observed, used, versions):
            actions.omitted.append(f"{what}: {reason}")
            continue
        # An action that an earlier run named keeps its name.
        family, _, name = observed.name.partition("/")
        if family != product:
            name = naming(display_name, taken)
        taken.add(name)
        named = replace(observed, name=f"{product}/{name}")
        actions.found.append(named)
        actions.found += [
            ServiceActionAssociation(product=product, version=it, action=named.name)
            for it in versions.values()
        ]
        if named != observed:
            request = {"Id": id_, "Description": service_action.fields(named)["Description"]}
            label = f"service action {named.label} ({id_})"
            actions.writes.append(OwnershipWrite(label, "update_service_action", request))
    return actions


def _reason(action: ServiceAction, used: Collection[str], versions: Mapping[str, str]) -> str:
    """Why a managed product cannot have it; empty when it can."""
    if missing := sorted(name for id_, name in versions.items() if id_ not in used):
        return f"version {', '.join(missing)} does not have it"
    if set(used) - versions.keys():
        return "other products also use it"
    definition = dict(action.definition)
    if definition.keys() - {"Parameters"} != _DECLARED:
        return f"its definition has the keys {', '.join(sorted(definition))}"
    return ""
