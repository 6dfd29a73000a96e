"""Forms and requests against the templates of the products that they launch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from publisher.declarations import LaunchConfig, Repository
from publisher.declarations.fields import Steps
from publisher.declarations.form import Form, check_families
from publisher.declarations.product import Variant
from publisher.declarations.rule_values import shown_value, unfit_value
from publisher.errors import Problem, did_you_mean, quoted
from publisher.launch.by_form import check_requests, expression_problem, places_of
from publisher.launch.checks.examination import FORM_RULES
from publisher.launch.idle_charges import is_price_name, price_hint
from publisher.launch.permission_checks import check_permissions
from publisher.launch.request import LaunchRequest
from publisher.templates.expressions import Expressions, Fault, names_in

Templates = Mapping[str, Mapping[str, Any]]


def check_launches(repository: Repository, templates: Templates) -> Iterator[Problem]:
    """The forms and configs of a project, against the templates that are known, by product key."""
    # Reported where the files are read.
    wrong = {problem.where.path for problem in check_families(repository.forms, repository.variants)}
    for form in repository.forms:
        found = list(check_form(form))
        if not found and form.document.path not in wrong:
            found = list(_form_templates(form, repository.variants, templates))
        yield from found
        wrong.update(problem.where.path for problem in found)
    # The configs of a wrong form would cause false problems.
    configs = tuple(config for config in repository.configs if config.form.document.path not in wrong)
    requests, problems = check_requests(replace(repository, configs=configs))
    yield from problems
    variants = {it.key: it for it in repository.variants}
    for config in configs:
        request = requests.get(config.path)
        if request is not None and request.product in templates:
            template = templates[request.product]
            yield from _parameters(config, request, template.get("Parameters", {}))
            if request.product in variants:
                yield from check_permissions(config, request, template, variants[request.product])


def check_form(form: Form) -> Iterator[Problem]:
    """The expressions and checks of a form, by themselves."""
    places = places_of(form)
    texts = {key: str(form.document.get(*steps)) for key, steps in places.items()}
    known: list[str] = list(form.sections)
    read: dict[str, list[tuple[str, ...]]] = {}
    for found in names_in(Expressions(texts=texts)):
        if isinstance(found, Fault):
            yield expression_problem(form, places[found.key], found.message)
        else:
            read.setdefault(found[0], []).append(found[1])
    for key, steps in places.items():
        for path in read.get(key, ()):
            yield from _reads(form, steps, path, known)
        if steps[0] == "values" or key == "name":
            known.append(key)
    for n, check in enumerate(form.file.checks):
        for name, arguments in check.items():
            yield from _check(form, ("checks", n, name), name, arguments)
    yield from _prices(form)


def _prices(form: Form) -> Iterator[Problem]:
    """Prices are of what is charged by the hour or month."""
    for region, prices in form.file.prices.regions.items() if form.file.prices else ():
        for name in prices:
            if not is_price_name(name):
                where = form.document.where("prices", "regions", region, name, key=True)
                hint = price_hint(name)
                yield Problem(
                    rule="P177", where=where, message=f"no price is called {quoted(name)}", hint=hint
                )


def _reads(form: Form, steps: Steps, path: tuple[str, ...], known: Iterable[str]) -> Iterator[Problem]:
    """What an expression reads is a field, or a value above it."""
    where = form.document.where(*steps)
    schema = form.file.config
    for n, name in enumerate(path):
        names = list(schema.properties) if n else list(known)
        if name not in names:
            message = f"expression of {quoted(steps[-1])}: unknown field {quoted('.'.join(path[: n + 1]))}"
            hint = did_you_mean(name, names, what="it can read")
            yield Problem(rule="P172", where=where, message=message, hint=hint)
            return
        inner = schema.properties.get(name)
        if inner is None or inner.type != "object":
            return
        schema = inner


def _check(form: Form, steps: Steps, name: str, arguments: Mapping[str, str]) -> Iterator[Problem]:
    where = form.document.where(*steps, key=True)
    check = FORM_RULES.get(name)
    if check is None:
        message, hint = (
            f"unknown check {quoted(name)}",
            did_you_mean(name, list(FORM_RULES), what="checks are"),
        )
        yield Problem(rule="P176", where=where, message=message, hint=hint)
    elif sorted(arguments) != sorted(check.arguments):
        message = f"check {quoted(name)} requires the arguments {', '.join(check.arguments)}"
        yield Problem(rule="P176", where=where, message=message, hint="correct the arguments")


def _form_templates(form: Form, variants: Iterable[Variant], templates: Templates) -> Iterator[Problem]:
    """The parameters that a form sets are in all products that it sets them for; outputs are in some."""
    family = [it for it in variants if it.family.name == form.family]
    products = [it for it in family if it.key in templates]
    for n, group in enumerate(form.file.parameters):
        for variant in products:
            known = templates[variant.key].get("Parameters", {})
            for name in group.values if group.applies(variant.axes) else ():
                yield from _named(form, ("parameters", n, "set", name), "parameter", name, variant.key, known)
    if products != family:
        return  # an output may be in one that cannot be rendered
    known = {name: None for it in products for name in templates[it.key].get("Outputs", {})}
    for steps, name in form.file.outputs.names.items() if products else ():
        yield from _named(form, ("outputs", *steps), "output", name, "", known)


def _named(
    form: Form, steps: Steps, kind: str, name: str, product: str, known: Iterable[str]
) -> Iterator[Problem]:
    if name not in known:
        whose = f"the template of {quoted(product)} has" if product else "the family's templates have"
        where = form.document.where(*steps, key=kind == "parameter")
        hint = did_you_mean(name, sorted(known), what=f"its {kind}s are")
        yield Problem(rule="P174", where=where, message=f"{whose} no {kind} {quoted(name)}", hint=hint)


def _parameters(config: LaunchConfig, request: LaunchRequest, known: Mapping[str, Any]) -> Iterator[Problem]:
    product = quoted(request.product)
    for name, text in request.parameters.items():
        own = name in config.parameters
        where = config.document.where("parameters", name) if own else config.section
        if name not in known:
            if own:
                where = config.document.where("parameters", name, key=True)
                message = f"the template of {product} has no parameter {quoted(name)}"
                hint = did_you_mean(name, sorted(known), what="its parameters are")
                yield Problem(rule="P157", where=where, message=message, hint=hint)
        elif reason := unfit_value(text, known[name]):
            shown = shown_value(text, known[name])
            message = f"parameter {quoted(name)} of {product} cannot be {shown}: {reason[0]}"
            yield Problem(rule="P158", where=where, message=message, hint=reason[1])
    for name in request.filled_in:
        if name not in known:
            message = f"the template of {product} has no parameter {quoted(name)}, which SageMaker fills in"
            hint = "add it to the template, or launch it without sagemaker_project"
            yield Problem(rule="P157", where=config.section, message=message, hint=hint)
    given = {*request.parameters, *request.filled_in}
    missing = [name for name, it in known.items() if "Default" not in it and name not in given]
    if missing:
        has = config.document.has("parameters")
        yield Problem(
            rule="P159",
            where=config.document.where("parameters", key=True) if has else config.section,
            message=f"the template of {product} requires the parameter{'s' if missing[1:] else ''} "
            + ", ".join(map(quoted, missing)),
            hint=f"set {'them' if missing[1:] else 'it'} in 'parameters'",
        )
