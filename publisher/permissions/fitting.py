"""One policy document for all that a template needs, where there can be no more.

Each step allows more than the one before, so that only as many are taken as the size demands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from publisher.permissions.folding import folded
from publisher.permissions.need import Need
from publisher.permissions.policies import Policy, policies
from publisher.permissions.values import ACCOUNT, PARTITION, UNKNOWN, covering

Step = Callable[[tuple[Need, ...]], tuple[Need, ...]]

_VERB = re.compile(r"([a-z0-9-]+:)([A-Z][a-z]+)\w*")
_READING, _LISTING = ("Describe", "Get", "List"), ("Describe", "List")
# An ARN's type and first folder, if there is more below.
_FOLDER = re.compile(r"((?:[^:]*:){5}[\w-]+/[\w.-]+)/.+")
_NAME = re.compile(r"(?:[^:]*:){5}(?:[\w*-]+[/:])?(.*)")


def fitted(needs: Iterable[Need]) -> tuple[Policy, ...]:
    """The documents: one, or else as few as there can be. Raises InputError as `policies` does."""
    found = tuple(needs)
    made = policies(found, size=_size)
    for widened in _STEPS:
        if len(made) > 1:
            found = widened(found)
            made = policies(found, size=_size)
    return made


def _size(text: str) -> int:
    """With an account, and the partition with the longest name."""
    return len(text.replace(PARTITION, "aws-us-gov").replace(ACCOUNT, "1" * 12))


def _by_service(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """Each action on all resources of its service: those with names, or those without."""
    groups: dict[tuple[str, bool], set[str]] = {}
    for need in filter(_is_free, needs):
        groups.setdefault(_group(need), set()).update(need.resources)
    whole = {group: folded(resources) for group, resources in groups.items()}
    return tuple(replace(it, resources=whole[_group(it)]) if _is_free(it) else it for it in needs)


def _reads(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """Reads by their verbs, as `ec2:Describe*`; of resources that have no name here no contents."""
    return tuple(
        _by_verb(need, _LISTING if need.resources == (UNKNOWN,) else _READING) if not need.condition else need
        for need in needs
    )


def _folders(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """Names in a folder as the folder: of parameters, and of the template's roles, but not to pass them."""
    return tuple(
        need
        if need.action == "iam:PassRole"
        else replace(need, resources=covering(_FOLDER.sub(r"\1/*", it) for it in need.resources))
        for need in needs
    )


def _writes(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """Changes by their verbs, but for those of IAM and of keys, or of any resource."""
    return tuple(
        _by_verb(need) if _is_free(need) and not need.action.startswith("kms:") else need for need in needs
    )


_STEPS: tuple[Step, ...] = (_by_service, _reads, _folders, _writes)


def _by_verb(need: Need, verbs: Iterable[str] = ()) -> Need:
    found = _VERB.fullmatch(need.action)
    if found is None or need.sid or (verbs and found[2] not in verbs):
        return need
    return replace(need, action=f"{found[1]}{found[2]}*")


def _is_free(need: Need) -> bool:
    """Whether nothing but its resources limits it."""
    return not (need.condition or need.sid or need.resources == (UNKNOWN,) or need.action.startswith("iam:"))


def _group(need: Need) -> tuple[str, bool]:
    names = (found[1] for it in need.resources if (found := _NAME.fullmatch(it)))
    return need.action.partition(":")[0], all(re.search("[A-Za-z]", it) for it in names)
