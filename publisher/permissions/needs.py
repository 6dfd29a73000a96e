"""Which actions launching, updating and terminating a template needs, and on which resources.

Refuses to know how policies are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.permissions import reads
from publisher.permissions.handlers import of_resources
from publisher.permissions.known_types import Knowledge
from publisher.permissions.names import Names, walk
from publisher.permissions.need import Need, Refusal, of_facts, refuse
from publisher.permissions.passed_roles import passed_roles
from publisher.permissions.scope import Scope
from publisher.permissions.trusts import trust

_LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"


def needs(
    template: Mapping[str, Any], *, scope: Scope | None = None, knowledge: Knowledge | None = None
) -> tuple[Need, ...]:
    """Every need of a template (long form), sorted. Raises InputError with all that prevents a policy."""
    return needs_of(Names(template, scope, knowledge))


def needs_of(names: Names) -> tuple[Need, ...]:
    """The same of a template whose names are read already."""
    refuse(list(_transforms(names)))
    resources, unreadable = of_resources(names)
    roles, any_role = passed_roles(names)
    parameters, any_parameter = reads.of_parameters(names)
    references, any_reference = reads.of_dynamic_references(names)
    refuse(list(dict.fromkeys([*unreadable, *any_role, *any_parameter, *any_reference])))
    found = {
        *of_facts(trust(names.scope.for_).needs, names.scope),
        *resources,
        *roles,
        *parameters,
        *reads.of_keys(names),
        *references,
        *reads.of_functions(names),
    }
    return tuple(sorted(found))


def _transforms(names: Names) -> Iterator[Refusal]:
    """Transforms and macros change a template when it is launched: what they make of it is not known here."""
    listed = names.template.get("Transform")
    named = listed if isinstance(listed, list) else [listed] if listed else []
    used = {str(name) for name in named if name != _LANGUAGE_EXTENSIONS}
    for path, value in walk(names.template) if "Fn::Transform" in names.keys else ():
        if path[-1] == "Fn::Transform":
            used.add(str(value.get("Name")) if isinstance(value, Mapping) else str(value))
    for name in sorted(used):
        yield Refusal(subject=f"transform {name}", message="what it makes of the template is not known here")
