"""The templates of the stacks as files, for those who deploy them themselves; no AWS calls."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from publisher.bootstrap.placement import CLOUDFORMATION, place_roles, stack_name
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.templates import BUCKET_STACK, Template, body, bucket_template
from publisher.documents import contents
from publisher.errors import InputError, quoted


def template_files(roles: Iterable[LaunchRole], folder: Path) -> dict[str, bytes]:
    """The files by name. Roles stay in the template that has them in the folder; none of those is left out.

    Raises InputError.
    """
    current = _current(folder)
    templates = place_roles(roles, current=current, fewest=max(len(current), 1)).templates
    documents = {BUCKET_STACK: bucket_template()}
    documents |= {stack_name(number): it for number, it in enumerate(templates, 1)}
    return {_file(name): f"{body(it)}\n".encode() for name, it in documents.items()}


def _current(folder: Path) -> list[Template]:
    found: list[Template] = []
    for number in count(1):
        path = folder / _file(stack_name(number))
        if not path.exists():
            break
        try:
            template = json.loads(contents(path, limit=2 * CLOUDFORMATION.size))
        except (ValueError, RecursionError):
            template = None
        if not isinstance(template, dict) or not isinstance(template.get("Resources", {}), dict):
            raise InputError(
                f"{quoted(path)}: not a template of bootstrap", hint="remove it, or write elsewhere"
            )
        found.append(template)
    return found


def _file(stack: str) -> str:
    return f"{stack}.template.json"
