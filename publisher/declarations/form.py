"""A family's launch form: products/<family>/launch.yaml, what its configs hold and what a launch makes of it.

Expressions stay text here; who launches evaluates them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from publisher.declarations.fields import (
    AtLeast,
    Declaration,
    Declared,
    ListConstraint,
    Steps,
    StringConstraint,
)
from publisher.declarations.form_fields import (
    FieldName,
    FieldSchema,
    ParameterName,
    check_schema,
    config_model,
    title_of,
)
from publisher.declarations.problems import shaped
from publisher.declarations.product import AxisName, AxisValue, Variant
from publisher.declarations.strings import Label, Region
from publisher.documents import Document, parse, read
from publisher.errors import InputError, Problem, did_you_mean, quoted

FORM_FILE = "launch.yaml"
PRODUCTS = "products"
_GENERIC = Path(__file__).with_name("generic_launch.yaml")
_OWN = ("parameters", "tags")
_EXPRESSIONS = ("name", "file_name", "product", "sagemaker_project")
_FORMATS = {"account_id": "account-id", "region": "region", "email": "email"}

FieldPath = Annotated[
    str,
    StringConstraint(
        pattern=r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", words="the path of a field, e.g. client.account_id",
        longest=200,
    ),
]  # fmt: skip
Expression = Annotated[str, StringConstraint(longest=2000)]
OutputName = ParameterName
CheckName = Annotated[
    str, StringConstraint(pattern=r"[a-z]+(-[a-z]+)*", words="the name of a check", longest=64)
]
Currency = Annotated[str, StringConstraint(pattern="[A-Z]{3}", words="three capital letters", longest=3)]
Date = Annotated[
    str, StringConstraint(pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}", words="year-month-day", longest=10)
]
PriceName = Annotated[
    str,
    StringConstraint(
        pattern=r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+( [A-Za-z0-9._-]+)*",
        words="a resource type, and what distinguishes its prices, e.g. AWS::SageMaker::Endpoint ml.m5.large",
        longest=200,
    ),
]
Price = Annotated[
    str, StringConstraint(pattern=r"[0-9]{1,9}(\.[0-9]{1,9})?", words='an amount, e.g. "0.045"', longest=19)
]
SsmPath = Annotated[
    str,
    StringConstraint(
        pattern=r"(/([A-Za-z0-9_.-]|\{name\}|\{project_id\})+)+",
        words="a path of SSM parameters; {name} is the launch's name, {project_id} a SageMaker project's id",
        longest=500,
    ),
]


class NameLimit(Declared):
    """The longest name of one kind of resource."""

    text: Annotated[Expression, Field(description="Expression: the resource's name.")]
    longest: Annotated[int, AtLeast(1), Field(description="How many characters AWS allows.")]
    of: Annotated[Label, Field(description="The kind of resource, e.g. 'a topic'.")]


class Use(Declared):
    """Which fields the values of a field use. The others stand in the same section."""

    field: Annotated[FieldPath, Field(description="The field with an enum that decides.")]
    used: Annotated[
        dict[FieldName, list[Label]],
        Field(description="Fields, and the values that use them; other values refuse them."),
    ] = Field(default_factory=dict)
    required: Annotated[
        list[FieldName], Field(description="Those of 'used' that a value which uses them requires.")
    ] = Field(default_factory=list)
    required_if: Annotated[
        dict[FieldName, FieldName],
        Field(description="Those of 'used' that such a value requires only if a boolean field is true."),
    ] = Field(default_factory=dict)
    minimum: Annotated[
        dict[FieldName, dict[Label, int]], Field(description="The smallest number of a field, by value.")
    ] = Field(default_factory=dict)


class ParameterGroup(Declared):
    """Parameters of the templates of some products."""

    only: Annotated[
        dict[AxisName, Annotated[list[AxisValue], ListConstraint(least=1, most=50)]],
        Field(alias="for", description="Axis values of the products; all products, if omitted."),
    ] = Field(default_factory=dict)
    values: Annotated[
        dict[ParameterName, Expression],
        ListConstraint(least=1, most=200),
        Field(alias="set", description="Expressions by parameter; an empty text keeps the default."),
    ]

    def applies(self, axes: Mapping[str, str]) -> bool:
        """Whether a product with these axis values has the parameters."""
        return all(axes.get(axis) in values for axis, values in self.only.items())


class AlertOutputs(Declared):
    """The outputs and the field of an email subscription to alerts."""

    subscription: Annotated[OutputName, Field(description="The output with the subscription's ARN.")]
    topic: Annotated[OutputName, Field(description="The output with the topic's ARN.")]
    email: Annotated[FieldPath, Field(description="The field with the address.")]


class OutputRoles(Declared):
    """What the products' outputs mean."""

    alerts: Annotated[AlertOutputs | None, Field(description="The email subscription to alerts.")] = None
    empties: Annotated[
        list[OutputName], Field(description="Buckets to empty before a termination.")
    ] = Field(default_factory=list)  # fmt: skip
    registry: Annotated[OutputName | None, Field(description="A model package group to empty.")] = None
    keys: Annotated[list[OutputName], Field(description="KMS keys that a termination deletes.")] = Field(
        default_factory=list
    )
    endpoints: Annotated[
        OutputName | None,
        Field(description="The execution role of endpoints that are made later; they are deleted, too."),
    ] = None

    @property
    def names(self) -> dict[Steps, str]:
        """Every output that is named, by its place."""
        named: dict[Steps, str] = {("empties", n): name for n, name in enumerate(self.empties)}
        named |= {("keys", n): name for n, name in enumerate(self.keys)}
        named |= {("registry",): self.registry} if self.registry else {}
        named |= {("endpoints",): self.endpoints} if self.endpoints else {}
        if self.alerts:
            named[("alerts", "subscription")] = self.alerts.subscription
            named[("alerts", "topic")] = self.alerts.topic
        return named


class Prices(Declared):
    """What units cost that AWS charges for by the hour or month."""

    currency: Annotated[Currency, Field(description="The currency, e.g. USD.")]
    checked: Annotated[Date, Field(description="When the prices were looked up, e.g. 2026-11-30.")]
    regions: Annotated[
        dict[Region, dict[PriceName, Price]],
        Field(description="By Region, the price of one unit: of its type, or of a kind of it."),
    ]


class Content(Declared):
    """Where the products read starting content from, if a launch brings it itself."""

    bucket: Annotated[Expression, Field(description="Expression: the bucket; an empty text if none.")]
    prefix: Annotated[Expression, Field(description="Expression: the prefix, without slashes at its ends.")]


class FormFile(Declaration):
    """A family's launch form."""

    config: Annotated[
        FieldSchema,
        Field(alias="schema", description="The sections of a config; the last required one is the family's."),
    ]
    account_id: Annotated[FieldPath, Field(description="The field with the account to launch in.")]
    region: Annotated[FieldPath, Field(description="The field with the Region to launch in.")]
    values: Annotated[
        dict[FieldName, Expression],
        ListConstraint(most=50),
        Field(description="Expressions with a name, for the expressions below them."),
    ] = Field(default_factory=dict)
    name: Annotated[Expression, Field(description="Expression: the launch's name.")]
    name_fields: Annotated[
        list[FieldPath],
        ListConstraint(least=1, most=10),
        Field(description="The fields to shorten or change if the name is too long or in use."),
    ]
    test_field: Annotated[
        FieldPath | None,
        Field(description="The text field that a test launch sets to t and four random characters."),
    ] = None
    names: Annotated[
        list[NameLimit], ListConstraint(most=50), Field(description="Limits of the names of resources.")
    ] = Field(default_factory=list)
    file_name: Annotated[
        Expression | None, Field(description="Expression: the name of the config's file; any, if omitted.")
    ] = None
    product: Annotated[
        Expression | None, Field(description="Expression: the product key; by default that of the axes.")
    ] = None
    sagemaker_project: Annotated[
        Expression | None,
        Field(
            description="Expression: service-catalog or s3 makes the launch a SageMaker project, by that "
            "door; an empty text does not."
        ),
    ] = None
    axes: Annotated[
        dict[AxisName, Expression],
        ListConstraint(most=10),
        Field(description="Expressions for the product's axis values, in the family's order."),
    ] = Field(default_factory=dict)
    parameters: Annotated[
        list[ParameterGroup], ListConstraint(most=100), Field(description="The template's parameters.")
    ] = Field(default_factory=list)
    uses: Annotated[
        list[Use], ListConstraint(most=50), Field(description="Fields that depend on another's value.")
    ] = Field(default_factory=list)
    ssm: Annotated[
        list[SsmPath], ListConstraint(most=10), Field(description="Paths of the launch's SSM parameters.")
    ] = Field(default_factory=list)
    outputs: Annotated[OutputRoles, Field(description="What outputs mean.")] = OutputRoles()
    content: Annotated[
        Content | None, Field(description="Where the launch reads its starting content from.")
    ] = None
    prices: Annotated[
        Prices | None, Field(description="Prices, for what a launch costs while nobody uses it.")
    ] = None
    checks: Annotated[
        list[dict[CheckName, dict[FieldName, Expression]]],
        ListConstraint(most=50),
        Field(description="What must exist in the account: checks by name, with expressions as arguments."),
    ] = Field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """A form whose file is right. `family` is empty for the generic one."""

    file: FormFile
    family: str

    @property
    def document(self) -> Document:
        """The file, with its places."""
        return self.file.document

    @property
    def sections(self) -> tuple[str, ...]:
        """The keys of its configs, besides those of all configs."""
        return tuple(self.file.config.properties)

    @property
    def section(self) -> str:
        """The key of its configs that selects the product."""
        return (*self.sections, *self.file.config.required)[-1]

    @cached_property
    def model(self) -> type[Declaration]:
        """The model of its configs."""
        return config_model(self.file.config, title_of(self.family or "generic") + "Config")

    def ssm(self, name: str) -> tuple[str, ...]:
        """The paths of the SSM parameters of the launch of this name."""
        return tuple(path.replace("{name}", name) for path in self.file.ssm)


def form_files(root: Path) -> list[Path]:
    """The files of a project's forms, with broken symlinks, which are there to be reported."""
    files = (folder / FORM_FILE for folder in (root / PRODUCTS).glob("[!._]*"))
    return sorted(path for path in files if path.exists() or path.is_symlink())


def read_forms(root: Path) -> list[Form]:
    """The forms of a project, by family. Raises InputError with every problem of them."""
    forms: list[Form] = []
    problems: list[Problem] = []
    for path in form_files(root):
        try:
            form, found = parse_form(read(path, root=root), path.parent.name)
        except InputError as error:
            problems.extend(error.problems)
            continue
        forms.extend([form] if form else [])
        problems.extend(found)
    if problems:
        raise InputError.of(problems)
    return forms


def form_of(product: str, forms: Iterable[Form]) -> Form | None:
    """The form of the family of a product key: of several the longest name."""
    owners = (it for it in forms if f"{product}-".startswith(f"{it.family}-"))
    return max(owners, key=lambda it: len(it.family), default=None)


def parse_form(document: Document, family: str) -> tuple[Form | None, list[Problem]]:
    """The form that a document declares, or None, with all problems of the file itself."""
    file, document, problems = shaped(FormFile, document)
    if file is None:
        return None, problems
    problems.extend(check_schema(document, file.config, ("schema",)))
    problems.extend(_sections(file))
    if not problems:
        problems.extend(_fields(file))
    if not problems:
        problems.extend(use for n, one in enumerate(file.uses) for use in _use(file, n, one))
    return (None if problems else Form(file=file, family=family)), problems


@lru_cache(1)
def generic() -> Form:
    """The form of configs for any product."""
    form, problems = parse_form(parse(_GENERIC.read_text(encoding="utf-8"), path=_GENERIC.name), "")
    assert form is not None, problems
    return form


def _sections(file: FormFile) -> Iterator[Problem]:
    """The sections of configs have names of their own."""
    where = file.document.where
    if file.config.type != "object" or not file.config.required:
        message = "'schema' must be an object with required properties"
        hint = "write type: object, and the sections in properties and required"
        yield Problem(rule="P170", where=where("schema"), message=message, hint=hint)
    for name in _OWN:
        if name in file.config.properties:
            message = f"{quoted(name)} is a key of every config"
            place = where("schema", "properties", name, key=True)
            yield Problem(rule="P170", where=place, message=message, hint="rename the field")
    for name in file.values:
        if name in file.config.properties or name in _EXPRESSIONS:
            message = f"{quoted(name)} is already the name of a section or expression"
            place = where("values", name, key=True)
            yield Problem(rule="P170", where=place, message=message, hint="rename the value")


def _fields(file: FormFile) -> Iterator[Problem]:
    """Fields and axes that the form names exist."""
    where, known = file.document.where, [path for path, _ in file.config.paths()]
    for n, group in enumerate(file.parameters):
        for axis in group.only:
            yield from _known(file, ("parameters", n, "for", axis), axis, file.axes, kind="axis", key=True)
    named: list[tuple[Steps, str]] = [
        (("account_id",), file.account_id),
        (("region",), file.region),
        *((("name_fields", n), path) for n, path in enumerate(file.name_fields)),
        *((("uses", n, "field"), use.field) for n, use in enumerate(file.uses)),
    ]
    if file.outputs.alerts:
        named.append((("outputs", "alerts", "email"), file.outputs.alerts.email))
    if file.test_field:
        named.append((("test_field",), file.test_field))
    for steps, path in named:
        field = file.config.at(path)
        if field is None:
            message = f"the schema has no field {quoted(path)}"
            hint = did_you_mean(path, known, what="its fields are")
            yield Problem(rule="P171", where=where(*steps), message=message, hint=hint)
        elif (key := steps[-1]) in _FORMATS and (
            field.format != _FORMATS[key] or not (key == "email" or file.config.requires(path))
        ):
            also = "" if key == "email" else "be required and "
            message = f"the field {quoted(path)} must {also}have the format {_FORMATS[key]}"
            yield Problem(rule="P171", where=where(*steps), message=message, hint="correct the schema")
        elif key == "test_field" and (field.type != "string" or field.enum or path not in file.name_fields):
            message = f"the field {quoted(path)} must be text without an enum, and one of name_fields"
            yield Problem(rule="P171", where=where(*steps), message=message, hint="name another field")


def _use(file: FormFile, n: int, use: Use) -> Iterator[Problem]:
    """The fields and values of a `uses` entry exist."""
    section = file.config.at(use.field.rpartition(".")[0]) if "." in use.field else file.config
    decides = file.config.at(use.field)
    assert section is not None and decides is not None
    values = [str(value) for value in decides.enum or ()]
    where = file.document.where
    if not values:
        message, hint = f"the field {quoted(use.field)} has no enum", "add its values to the schema"
        yield Problem(rule="P171", where=where("uses", n, "field"), message=message, hint=hint)
    named = [
        *((("used", name), name, uses) for name, uses in use.used.items()),
        *((("minimum", name), name, list(least)) for name, least in use.minimum.items()),
    ]
    for steps, name, uses in named:
        yield from _known(file, ("uses", n, *steps), name, section.properties, key=True)
        for value in uses if values else ():
            yield from _known(file, ("uses", n, *steps), value, values, kind="value of " + quoted(use.field))
    for m, name in enumerate(use.required):
        yield from _known(file, ("uses", n, "required", m), name, use.used)
    booleans = [name for name, field in section.properties.items() if field.type == "boolean"]
    for name, decider in use.required_if.items():
        yield from _known(file, ("uses", n, "required_if", name), name, use.used, key=True)
        yield from _known(file, ("uses", n, "required_if", name), decider, booleans, kind="boolean field")


def _known(
    file: FormFile,
    steps: Steps,
    name: str,
    known: Collection[str],
    *,
    kind: str = "field",
    key: bool = False,
) -> Iterator[Problem]:
    if name not in known:
        where, message = file.document.where(*steps, key=key), f"unknown {kind} {quoted(name)}"
        hint = did_you_mean(name, list(known), what="known are")
        yield Problem(rule="P171", where=where, message=message, hint=hint)


def check_families(forms: Sequence[Form], variants: Sequence[Variant]) -> Iterator[Problem]:
    """The axes of forms are those of their families, and configs belong to one form."""
    for n, form in enumerate(forms):
        others = (generic(), *forms[:n])
        twin = next((it for it in others if set(it.sections) == set(form.sections)), None)
        if twin is not None:
            whose = f"those of {twin.document.path}" if twin.family else "generic configs"
            message = f"its configs have the same sections as {whose}"
            where, hint = form.document.where("schema", key=True), "rename the family's section"
            yield Problem(rule="P175", where=where, message=message, hint=hint)
        products = [variant for variant in variants if variant.family.name == form.family]
        if products:
            yield from _axes(form, products)


def _axes(form: Form, products: Sequence[Variant]) -> Iterator[Problem]:
    where, axes = form.document.where, list(products[0].axes)
    if form.file.product is None and list(form.file.axes) != axes:
        message = f"'axes' must be {', '.join(map(quoted, axes)) or 'omitted'}, as in the family"
        hint = "correct 'axes', in the family's order"
        yield Problem(rule="P173", where=where("axes", key=True), message=message, hint=hint)
        return
    for n, group in enumerate(form.file.parameters):
        for axis, values in group.only.items():
            steps = ("parameters", n, "for", axis)
            known = list(products[0].family.file.axes[axis])
            for m, value in enumerate(values):
                if value not in known:
                    message = f"the axis {quoted(axis)} has no value {quoted(value)}"
                    hint = did_you_mean(value, known, what="its values are")
                    yield Problem(rule="P173", where=where(*steps, m), message=message, hint=hint)
