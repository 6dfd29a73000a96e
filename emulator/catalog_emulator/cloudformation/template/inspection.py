"""What AWS finds wrong with a template before anybody gives parameters for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from catalog_emulator.cloudformation.template.blueprint import Types, check_references, check_types
from catalog_emulator.cloudformation.template.document import Template, load
from catalog_emulator.cloudformation.template.functions import needed_conditions
from catalog_emulator.cloudformation.template.graph import order, references
from catalog_emulator.cloudformation.template.loops import has_loops, plain

# moto validates with cfn-lint, as this Region has it.
_REGION = "us-east-1"


def inspect(text: str, types: Types) -> Template:
    """The template; raises ValidationError for what ValidateTemplate refuses."""
    source = load(text)
    resources: Mapping[str, Any] = plain(source["Resources"])
    check_types(resources, types)
    order(needed_conditions(source.get("Conditions", {})))
    if not has_loops(source):
        # What loops make has names that nobody knows yet.
        check_references(source, source.get("Parameters", {}))
        order({name: _needs(resource, resources) for name, resource in resources.items()})
    return source


def linted(text: str) -> list[Any]:
    """cfn-lint's matches, as moto asks for them."""
    from cfnlint.api import lint

    found: list[Any] = lint(text, _rules(), [_REGION])
    return found


@cache
def _rules() -> Any:
    # Reading the rules takes a second; moto reads them for every template.
    from cfnlint.core import get_rules

    return get_rules([], [], [])


def _needs(resource: Mapping[str, Any], resources: Mapping[str, Any]) -> frozenset[str]:
    explicit = resource.get("DependsOn", [])
    used = {found.name for found in references(resource.get("Properties") or {})}
    used |= {explicit} if isinstance(explicit, str) else set(explicit)
    return frozenset(used & set(resources))
