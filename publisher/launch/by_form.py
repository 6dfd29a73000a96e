"""From configs to requests: the expressions of forms evaluated over the fields of configs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from publisher.declarations import LaunchConfig, Repository
from publisher.declarations.config import parse_config
from publisher.declarations.fields import Steps
from publisher.declarations.form import Form, form_of, read_forms
from publisher.declarations.form_fields import LONGEST_VALUE
from publisher.declarations.product import product_key
from publisher.documents import read
from publisher.errors import InputError, Problem, command, counted, nearest, quoted
from publisher.launch.request import (
    DOORS,
    LAUNCH_NAME,
    LONGEST_NAME,
    LONGEST_PROJECT_NAME,
    PROJECT_NAME,
    PROJECT_PARAMETERS,
    Check,
    Door,
    LaunchRequest,
)
from publisher.templates.expressions import Expressions, Fault, evaluate, names_in
from publisher.templates.workers import workers

_NAME = "name"
_PROJECT = "sagemaker_project"
# The name of what is launched: its kind, pattern, longest length, and characters in words.
_OF_LAUNCH = ("a launch", LAUNCH_NAME, LONGEST_NAME, "letters, digits and . _ -")
_OF_PROJECT = (
    "a SageMaker project",
    PROJECT_NAME,
    LONGEST_PROJECT_NAME,
    "letters and digits, with hyphens between",
)
_KEY = re.compile(r"[a-z][a-z0-9-]{0,99}")


def read_request(
    path: Path, shown: str, *, root: Path, suffix: str = ""
) -> tuple[LaunchConfig, LaunchRequest]:
    """One config and its request; `shown` is its path as commands take it. Raises InputError.

    With a suffix the request is that of a test launch, which commands know by its name.
    """
    # It starts while the files are read.
    workers().prepare()
    document, forms = read(path, root=root), read_forms(root)
    config, problems = parse_config(document, forms)
    if config is not None and suffix:
        if config.form.family and not config.form.file.test_field:
            raise InputError(
                f"{shown}: the products of {config.form.family} have no test launches",
                hint=f"name the field that takes a suffix as test_field in {config.form.document.path}",
            )
        config = config.for_test(suffix)
    if config is not None:
        requests, problems = requests_of([config], paths={config.path: shown})
    if config is None or problems:
        raise InputError.of(problems)
    request = requests[document.path]
    if suffix:
        request = replace(request, path=request.name)
    form = None if request.family else form_of(request.product, forms)
    if form:
        request = replace(request, outputs=form.file.outputs, ssm=form.ssm(request.name))
    return config, request


def requests_of(
    configs: Iterable[LaunchConfig], *, paths: Mapping[str, str] | None = None
) -> tuple[dict[str, LaunchRequest], list[Problem]]:
    """The requests by the configs' paths, without those that have problems, and all problems."""
    requests: dict[str, LaunchRequest] = {}
    problems: dict[Problem, None] = {}
    ordered = sorted(configs, key=lambda it: (it.form.document.path, it.path))
    for _, same in groupby(ordered, key=lambda it: it.form.document.path):
        group = list(same)
        form = group[0].form
        places = places_of(form)
        found = evaluate(_expressions(form, places, [config.fields for config in group]))
        for config, texts in zip(group, found, strict=True):
            if isinstance(texts, Fault):
                problems[expression_problem(form, places[texts.key], texts.message)] = None
                continue
            if wrong := list(_checked(config, texts)):
                problems.update(dict.fromkeys(wrong))
                continue
            shown = (paths or {}).get(config.path, config.path)
            requests[config.path] = _request(config, texts, shown)
    return requests, list(problems)


def check_requests(repository: Repository) -> tuple[dict[str, LaunchRequest], list[Problem]]:
    """The requests of a project's configs by path, and what is wrong with their names and products."""
    requests, problems = requests_of(repository.configs)
    configs = {config.path: config for config in repository.configs}
    for path, request in requests.items():
        if request.is_declared_in(repository):
            problems.extend(_product(configs[path], request, repository))
    return requests, problems


def _expressions(form: Form, places: Mapping[str, Steps], scopes: Sequence[Mapping[str, Any]]) -> Expressions:
    """The expressions of a form in the order of evaluation."""
    file = form.file
    only = {
        key: {f"axes.{axis}": values for axis, values in file.parameters[int(steps[1])].only.items()}
        for key, steps in places.items()
        if steps[0] == "parameters"
    }
    texts = {key: str(form.document.get(*steps)) for key, steps in places.items()}
    return Expressions(texts=texts, named=frozenset({*file.values, _NAME}), only=only, scopes=scopes)


def places_of(form: Form) -> dict[str, Steps]:
    """Where each expression stands, by its key, in the order of evaluation."""
    file = form.file
    places: dict[str, Steps] = {name: ("values", name) for name in file.values}
    places[_NAME] = ("name",)
    places |= {f"axes.{axis}": ("axes", axis) for axis in file.axes}
    places |= {f"names.{n}": ("names", n, "text") for n in range(len(file.names))}
    places |= {key: (key,) for key in ("file_name", "product", _PROJECT) if getattr(file, key) is not None}
    if file.content:
        places |= {f"content.{key}": ("content", key) for key in ("bucket", "prefix")}
    for n, group in enumerate(file.parameters):
        places |= {f"parameters.{n}.{name}": ("parameters", n, "set", name) for name in group.values}
    for n, check in enumerate(file.checks):
        for rule, arguments in check.items():
            places |= {f"checks.{n}.{rule}.{name}": ("checks", n, rule, name) for name in arguments}
    return places


def fields_read(form: Form, parameters: Collection[str]) -> frozenset[str]:
    """Of which fields or sections a form makes these parameters, or of what of a field, as in `a.b.upper`."""
    if not parameters:
        return frozenset()
    places = places_of(form)
    texts = {key: str(form.document.get(*steps)) for key, steps in places.items()}
    read: dict[str, list[tuple[str, ...]]] = {}
    for found in names_in(Expressions(texts=texts)):
        if isinstance(found, Fault):
            return frozenset(form.sections)
        read.setdefault(found[0], []).append(found[1])
    wanted = [key for key, steps in places.items() if steps[0] == "parameters" and steps[-1] in parameters]
    fields: set[str] = set()
    while wanted:
        for name, *rest in read.pop(wanted.pop(), ()):
            if name in (*form.file.values, _NAME):
                wanted.append(name)
            else:
                fields.add(".".join((name, *rest)))
    return frozenset(fields)


def expression_problem(form: Form, steps: Steps, message: str) -> Problem:
    """An expression that is wrong by itself, or for the fields of some config."""
    return Problem(
        rule="P172",
        where=form.document.where(*steps),
        message=f"expression of {quoted(steps[-1])}: {message}",
        hint="correct the expression; docs/declarations.md describes forms",
    )


def _checked(config: LaunchConfig, texts: Mapping[str, str]) -> Iterator[Problem]:
    """What a config makes is valid."""
    if (door := texts.get(_PROJECT, "")) not in DOORS:
        expected = f"must be {' or '.join(filter(None, DOORS))}, or empty, not {quoted(door)}"
        yield expression_problem(config.form, (_PROJECT,), expected)
    yield from _names(config, texts)
    product = _product_key(config, texts)
    if not _KEY.fullmatch(product):
        hint = f"correct {config.form.document.path}"
        yield Problem(
            rule="P155", where=config.section, message=f"product {quoted(product)} not found", hint=hint
        )
    for name in PROJECT_PARAMETERS if door else ():
        if name in config.parameters:
            where = config.document.where("parameters", name, key=True)
            message = f"parameter {quoted(name)} is filled in by SageMaker"
            yield Problem(rule="P148", where=where, message=message, hint="remove it")
    for key, text in texts.items():
        name = key.rpartition(".")[2]
        if not key.startswith("parameters."):
            continue
        if name in config.parameters:
            where = config.document.where("parameters", name, key=True)
            message = f"parameter {quoted(name)} is set by the form"
            hint = f"remove it, and set the field that {config.form.document.path} makes it from"
            yield Problem(rule="P148", where=where, message=message, hint=hint)
        if len(text) > LONGEST_VALUE:
            message = f"the value of parameter {quoted(name)} is longer than {LONGEST_VALUE} characters"
            hint = "shorten the fields that it is made of"
            yield Problem(rule="P158", where=config.section, message=message, hint=hint)


def _names(config: LaunchConfig, texts: Mapping[str, str]) -> Iterator[Problem]:
    """The names fit, and the file is called after its content."""
    file, name = config.form.file, _launch_name(config, texts)
    first = file.name_fields[0]
    fields = _joined(it for it in file.name_fields if config.field(it)) or _joined(file.name_fields)
    where = config.document.where(*first.split("."))
    limits = [(texts[f"names.{n}"], limit.longest, limit.of) for n, limit in enumerate(file.names)]
    kind, pattern, longest, characters = _OF_PROJECT if texts.get(_PROJECT) else _OF_LAUNCH
    limits.append((name, longest, kind))
    text, most, what = max(limits, key=lambda it: len(it[0]) - it[1])
    file_name = PurePosixPath(config.path).name
    if (excess := len(text) - most) > 0:
        yield Problem(
            rule="P153",
            where=where,
            message=f"{quoted(_last(first))} is {counted(excess, 'character')} too long for the name of "
            f"{what}: {quoted(text)} has {len(text)} characters",
            hint=f"shorten {fields} by {counted(excess, 'character')}",
        )
    elif not pattern.fullmatch(name):
        message = f"{quoted(name)} cannot be the name of {kind}"
        hint = f"change {fields}: use {characters}"
        yield Problem(rule="P153", where=where, message=message, hint=hint)
    elif not config.suffix and file_name != (texts.get("file_name") or file_name):
        yield Problem(
            rule="P154",
            where=config.document.where(),
            message=f"file name {quoted(file_name)} does not match its content",
            hint=f"rename it to {texts['file_name']}, or fix the fields that form the name",
        )


def _request(config: LaunchConfig, texts: Mapping[str, str], shown: str) -> LaunchRequest:
    file = config.form.file
    made = {key.split(".")[2]: text for key, text in texts.items() if key.startswith("parameters.")}
    checks = (
        Check(rule=rule, arguments={name: texts[f"checks.{n}.{rule}.{name}"] for name in arguments})
        for n, check in enumerate(file.checks)
        for rule, arguments in check.items()
    )
    alerts = file.outputs.alerts
    door = _door(texts)
    for name in PROJECT_PARAMETERS if door else ():
        made.pop(name, None)
    return LaunchRequest(
        name=_launch_name(config, texts),
        config=PurePosixPath(config.path).stem,
        path=shown,
        product=_product_key(config, texts),
        account_id=config.field(file.account_id),
        region=config.field(file.region),
        parameters={**{name: text for name, text in made.items() if text}, **config.parameters},
        defaults=frozenset(name for name, text in made.items() if not text),
        tags=config.tags,
        family=config.form.family,
        name_fields=_joined(file.name_fields),
        outputs=file.outputs,
        ssm=config.form.ssm(_launch_name(config, texts)),
        alerts_address=(alerts and config.field(alerts.email)) or "",
        content=(texts.get("content.bucket", ""), texts.get("content.prefix", "")),
        checks=tuple(checks),
        sagemaker_project=door,
    )


def _door(texts: Mapping[str, str]) -> Door:
    return next(it for it in DOORS if it == texts.get(_PROJECT, ""))


def _launch_name(config: LaunchConfig, texts: Mapping[str, str]) -> str:
    """With the suffix of a test launch, if it is in no field."""
    end = f"-{config.suffix}" if config.suffix and not config.form.file.test_field else ""
    return f"{texts[_NAME]}{end}"


def _product_key(config: LaunchConfig, texts: Mapping[str, str]) -> str:
    axes = {axis: texts[f"axes.{axis}"] for axis in config.form.file.axes}
    return texts.get("product") or product_key(config.form.family, axes)


def _joined(paths: Iterable[str]) -> str:
    """`first_field or second_field`."""
    return " or ".join(map(_last, paths))


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _product(config: LaunchConfig, request: LaunchRequest, repository: Repository) -> Iterator[Problem]:
    """The product is declared, and can be launched."""
    variants = {variant.key: variant for variant in repository.variants}
    if request.product not in variants:
        family = config.form.family
        otherwise = (
            f"add the combination to the family {family}"
            if family
            else f"run {command('list')} to see the products"
        )
        hint = nearest(request.product, sorted(variants), otherwise=otherwise)
        message = f"product {quoted(request.product)} not found"
        yield Problem(rule="P155", where=config.section, message=message, hint=hint)
    elif variants[request.product].family.file.retire is not None:
        yield Problem(
            rule="P156",
            where=config.section,
            message=f"product {quoted(request.product)} is being retired and cannot be launched",
            hint="choose another product; keep the file while its launch exists",
            severity="warning",
        )
