"""A family of one product, from a CloudFormation template that somebody has: taken over as it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from publisher.adoption.drafts import yaml_draft
from publisher.declarations.form import Form
from publisher.declarations.product import JINJA
from publisher.declarations.schema import FOLDER
from publisher.errors import InputError, command, quoted
from publisher.report import tables
from publisher.report.config_skeleton import config_skeleton
from publisher.report.markdown import plain
from publisher.report.regions import regenerate
from publisher.starter.files import titled
from publisher.templates.cloudformation import parse, plain_text
from publisher.templates.interface import Interface

_README = """# {name}
{description}

## Parameters
<!-- generated:parameters -->
<!-- /generated -->

## Outputs
<!-- generated:outputs -->
<!-- /generated -->
"""


def files_of(template: Path, name: str, *, owner: str) -> dict[str, bytes]:
    """The family's files by path, and what a config for it looks like.

    Raises InputError for what cannot be read as a template, with the places in it (T004 to T019).
    """
    shown = template.as_posix()
    if template.suffix == JINJA:
        raise InputError(
            f"{quoted(shown)}: a Jinja2 template", hint=f"pass what {command('render')} makes of it"
        )
    text = plain_text(template, shown)
    parsed = parse(text, shown).value
    interface = Interface.of(parsed)
    description = " ".join(str(parsed.get("Description", "")).split())
    file = "template.json" if template.suffix.lower() == ".json" else "template.yaml"
    fields = {
        "family": name,
        "version": "1.0.0",
        "display_name": titled(name),
        "owner": owner,
        "description": description,
        "template": file,
    }
    folder = f"products/{name}"
    product = yaml_draft(f"{folder}/product.yaml", {key: it for key, it in fields.items() if it})
    display = tables.Shown(key=name, display_name=titled(name), axes={}, interface=interface)
    regions = {
        "parameters": partial(tables.parameters, [display]),
        "outputs": partial(tables.outputs, [display]),
    }
    page = _README.format(name=name, description=plain(description) or "Say here what it makes, and why.")
    texts = {
        product.path: product.text,
        f"{folder}/{file}": text,
        f"{folder}/README.md": regenerate(page, f"{folder}/README.md", regions),
        f"configs/{name}.yaml.example": config_text(name, interface),
    }
    return {path: it.encode() for path, it in texts.items()}


def config_text(
    product: str,
    interface: Interface,
    *,
    form: Form | None = None,
    axes: Mapping[str, str] | None = None,
) -> str:
    """A config to fill in, with the line that names its schema for editors."""
    first = f"# yaml-language-server: $schema=../{FOLDER}/config.schema.json\n"
    return first + config_skeleton(product, interface, form=form, axes=axes)
