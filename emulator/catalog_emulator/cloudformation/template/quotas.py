"""How much a template can hold.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog_emulator.cloudformation.template.graph import nodes

BODY_BYTES: Final = 51_200
PARAMETER_VALUE_BYTES: Final = 4_096
_MEMBERS: Final = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
_MAPPING_ATTRIBUTES: Final = 200
_NAME_CHARACTERS: Final = 255
_DESCRIPTION_BYTES: Final = 1_024
_DYNAMIC_REFERENCES: Final = 60


def exceeded(template: Mapping[str, Any]) -> Iterator[str]:
    """Quotas that the template exceeds; its sections are objects."""
    if len(str(template.get("Description", "")).encode()) > _DESCRIPTION_BYTES:
        yield f"'Description' length is greater than {_DESCRIPTION_BYTES}."
    for section, most in _MEMBERS.items():
        members = template.get(section, {})
        if len(members) > most:
            yield f"Number of {section.lower()}, {len(members)}, is greater than maximum allowed, {most}"
        for name in members:
            if len(str(name)) > _NAME_CHARACTERS:
                yield f"[/{section}] names have at most {_NAME_CHARACTERS} characters, found {name}"
    for name, mapping in template.get("Mappings", {}).items():
        if len(mapping) > _MAPPING_ATTRIBUTES:
            yield (
                f"Number of attributes in mapping {name}, {len(mapping)}, "
                f"is greater than maximum allowed, {_MAPPING_ATTRIBUTES}"
            )
    references = sum(one.count("{{resolve:") for one in nodes(template) if isinstance(one, str))
    if references > _DYNAMIC_REFERENCES:
        yield (
            f"Number of dynamic references, {references}, is greater than maximum allowed, "
            f"{_DYNAMIC_REFERENCES}"
        )
