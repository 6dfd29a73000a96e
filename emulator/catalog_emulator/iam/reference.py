"""AWS's service authorization reference, as cfn-lint ships it: which actions there are, on what resources.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_TAIL = ".*"


def resource_forms(action: str) -> Mapping[str, tuple[str, ...]] | None:
    """The kinds of resource that an action is checked on, each with its ARNs' beginnings.

    Empty for an action that takes no resource; None for one that the reference does not have.
    Beginnings hold `${Partition}`, `${Region}` and `${Account}`.
    """
    entry = _entry(action)
    if entry is None:
        return None
    kinds = _reference()[action.partition(":")[0]]["Resources"]
    return {
        kind: tuple(form.removesuffix(_TAIL) for form in kinds[kind]["ARNFormats"])
        for kind in entry.get("Resources", ())
        if kind in kinds
    }


def _entry(action: str) -> Mapping[str, Any] | None:
    service, _, name = action.partition(":")
    actions: Mapping[str, Mapping[str, Any]] = _reference().get(service, {}).get("Actions", {})
    return actions.get(name.lower())


@cache
def _reference() -> Mapping[str, Any]:
    package = find_spec("cfnlint")
    assert package is not None and package.origin is not None, "cfn-lint is a dependency"
    path = Path(package.origin).parent / "data" / "AdditionalSpecs" / "Policies.json"
    read: Mapping[str, Any] = json.loads(path.read_bytes())
    return read
