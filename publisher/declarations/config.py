"""A launch config: configs/<launch>.yaml, what one launch is made from, by a family's form or generic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from publisher.declarations.form import Form, Use, generic
from publisher.declarations.form_fields import parameter_text
from publisher.declarations.problems import shaped
from publisher.documents import Document
from publisher.errors import Problem, Where, quoted


@dataclass(frozen=True, kw_only=True, eq=False)
class LaunchConfig:
    """A config whose file is right. `fields` are those of the form, with defaults and None for omitted ones.

    `parameters` are those that the config sets itself, as CloudFormation's text. `suffix` tells a test launch
    from others; it is empty otherwise.
    """

    document: Document
    form: Form
    fields: Mapping[str, Any]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    suffix: str = ""

    @property
    def path(self) -> str:
        """The file, relative to the project."""
        return self.document.path

    @property
    def section(self) -> Where:
        """The place of the key that selects the product."""
        return self.document.where(self.form.section, key=True)

    def for_test(self, suffix: str) -> LaunchConfig:
        """The same with names of its own: by the form's field, else by the end of the launch's name."""
        steps = self.form.file.test_field.split(".") if self.form.file.test_field else []
        fields = _with(self.fields, steps, suffix) if steps else self.fields
        return replace(self, fields=fields, suffix=suffix)

    def field(self, path: str) -> Any:
        """The value of a field such as `client.account_id`."""
        found: Any = self.fields
        for name in path.split("."):
            found = found[name]
        return found


def _with(fields: Mapping[str, Any], steps: Sequence[str], value: str) -> Mapping[str, Any]:
    name, *rest = steps
    return {**fields, name: _with(fields[name], rest, value) if rest else value}


def parse_config(document: Document, forms: Sequence[Form]) -> tuple[LaunchConfig | None, list[Problem]]:
    """The config that a document holds, or None, with all its problems."""
    form = _form_of(document, forms)
    if form is None:
        return None, [_formless(document, forms)]
    config, document, problems = shaped(form.model, document)
    for use in form.file.uses:
        problems.extend(_used(document, form, use))
    problems.extend(_quotes(document, form))
    if config is None or problems:
        return None, problems
    value = document.value
    given = {name: parameter_text(it) for name, it in value.get("parameters", {}).items()}
    fields = form.file.config.filled(value)
    tags = value.get("tags", {})
    return LaunchConfig(document=document, form=form, fields=fields, parameters=given, tags=tags), []


def _form_of(document: Document, forms: Sequence[Form]) -> Form | None:
    """The form that most keys of the file are of; None when no key is of any."""
    keys = document.value
    if not isinstance(keys, dict) or not keys:
        return (*forms, generic())[0]
    # Of several the first: no form takes the generic configs.
    shared = {form: sum(name in keys for name in form.sections) for form in (generic(), *forms)}
    form = max(shared, key=lambda it: (shared[it], it.section in keys))
    return form if shared[form] else None


def _formless(document: Document, forms: Sequence[Form]) -> Problem:
    keys = ", ".join(quoted(key) for key in document.value)
    sections = "; ".join(", ".join(form.sections) for form in (*forms, generic()))
    return Problem(
        rule="P149",
        where=document.where(),
        message=f"no launch form has the keys {keys}",
        hint=f"add the launch.yaml of the family, or write the keys of a form: {sections}",
    )


def _used(document: Document, form: Form, use: Use) -> Iterator[Problem]:
    """What the value of a field uses, requires and limits of its neighbours."""
    *section, field = use.field.split(".")
    value, decides = document.get(*section, field), form.file.config.at(use.field)
    if value is None and decides and isinstance(document.get(*section), dict):
        value = decides.default
    values = [str(it) for it in decides.enum or ()] if decides else []
    if isinstance(value, bool) or str(value) not in values:
        return
    value = str(value)
    present = {name for name in use.used if document.get(*section, name) is not None}
    stray = [name for name in use.used if name in present and value not in use.used[name]]
    missing = [name for name in use.required if name not in present and value in use.used[name]]
    chosen = f"{field} {quoted(value)}"
    if stray:
        where = min(document.where(*section, name, key=True) for name in stray)
        message = f"{_listed(stray)} {'is' if len(stray) == 1 else 'are'} not used by {chosen}"
        if missing:
            message += f", which requires {_listed(missing)}"
        users = " or ".join(it for it in values if all(it in use.used[name] for name in stray))
        hint = f"remove {_it(stray)}" + (f", or set {field} to {users}" if users else "")
        yield Problem(rule="P150", where=where, message=message, hint=hint)
    elif missing:
        where = document.where(*section, field)
        others = " or ".join(it for it in values if it not in use.used[missing[0]])
        hint = f"add {_it(missing)}" + (f", or set {field} to {others}" if others else "")
        yield Problem(rule="P151", where=where, message=f"{chosen} requires {_listed(missing)}", hint=hint)
    for name, decider in use.required_if.items():
        if name not in present and value in use.used[name] and _is_true(document, form, (*section, decider)):
            where = document.where(*section, decider)
            message, hint = (
                f"{decider} with {chosen} requires {quoted(name)}",
                f"add it, or set {decider} to false",
            )
            yield Problem(rule="P151", where=where, message=message, hint=hint)
    for name, least in use.minimum.items():
        if value in least:
            yield from _least(document, form, (*section, name), least[value], f"{field} {quoted(value)}")


def _is_true(document: Document, form: Form, steps: Sequence[str]) -> bool:
    field, value = form.file.config.at(".".join(steps)), document.get(*steps)
    return (field.default if field and value is None else value) is True


def _least(
    document: Document, form: Form, steps: Sequence[str], least: int, chosen: str
) -> Iterator[Problem]:
    number, field = document.get(*steps), form.file.config.at(".".join(steps))
    valid = field.enum if field and field.enum else None
    if type(number) is not int or number >= least or (valid is not None and number not in valid):
        return
    listed = ", ".join(str(it) for it in valid or () if it >= least)
    yield Problem(
        rule="P152",
        where=document.where(*steps),
        message=f"{quoted(steps[-1])} must be at least {least} for {chosen}, not {number}",
        hint=f"valid values are {listed}" if listed else f"write {least} or more",
    )


def _quotes(document: Document, form: Form) -> Iterator[Problem]:
    """Text of digits needs quotes, or other readers of YAML take it for a number."""
    for path, field in form.file.config.paths():
        steps = path.split(".")
        text = document.get(*steps)
        if field.type == "string" and isinstance(text, str) and text.isdigit() and document.plain(*steps):
            yield Problem(
                rule="P103",
                where=document.where(*steps),
                message=f"{quoted(steps[-1])} must be quoted: other YAML parsers read {text} as a number",
                hint=f'write "{text}"',
            )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(quoted(name) for name in names)


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
