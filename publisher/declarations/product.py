"""A product family: products/<family>/product.yaml, and the products that its axes make."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from publisher.declarations.fields import (
    AtLeast,
    Declaration,
    Declared,
    ListConstraint,
    Steps,
    StringConstraint,
)
from publisher.declarations.strings import (
    LINE,
    UNDERSCORES,
    Budget,
    CatalogTags,
    Email,
    Label,
    LongText,
    Name,
    Owner,
    PermissionsBoundary,
    RelativePath,
    RoleArn,
    RoleName,
    SemanticVersion,
    SsmGlob,
    Url,
    prose,
)
from publisher.declarations.tag_options import TagOptions
from publisher.declarations.template_folder import TemplateFiles
from publisher.documents import Document
from publisher.model import VISIBLE

NONE = "none"
DERIVED = "derived"
JINJA = ".j2"
TEMPLATE_AXIS = "template"
ACTIONS_PER_VERSION = 25
# What a file can have at most; the quotas are those of the account.
VERSIONS_PER_PRODUCT = 1000
VALUES_PER_AXIS = 1000
PRODUCTS_PER_FAMILY = 1000
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

AxisName = Annotated[
    str,
    StringConstraint(
        pattern=r"[a-z][a-z0-9_]*",
        words=UNDERSCORES,
        longest=32,
    ),
]
AxisValue = Annotated[
    str,
    StringConstraint(
        pattern=r"[a-z0-9]+(-[a-z0-9]+)*", words="lowercase letters, digits and hyphens", longest=40
    ),
]
_AxisValues = ListConstraint(least=1, most=VALUES_PER_AXIS, unique=True)


class Retention(Declared):
    """How long versions can be launched and updated to."""

    keep: Annotated[int, AtLeast(1), Field(description="How many of the newest versions can be launched.")]
    deprecated: Annotated[
        int | None,
        AtLeast(0),
        Field(description="How many older versions launches can still be updated to; all, if omitted."),
    ] = None


class ServiceAction(Declared):
    """An SSM automation document that users can run on their launches."""

    display_name: Annotated[
        str,
        StringConstraint(
            pattern=r"[a-zA-Z0-9_.-]+", words="letters, digits and . _ -, without spaces", longest=256
        ),
        Field(description="The action's display name."),
    ]
    document: Annotated[
        str,
        StringConstraint(
            pattern=r"[A-Za-z0-9_.-]+|arn:aws[a-z-]*:ssm:[a-z0-9-]+:([0-9]{12})?:document/[A-Za-z0-9_.-]+",
            words="a document name, or the ARN of a shared document",
            shortest=3,
            longest=128,
        ),
        Field(description="The SSM document, e.g. AWS-RestartEC2Instance."),
    ]
    document_version: Annotated[
        str,
        StringConstraint(
            pattern=r"[1-9][0-9]*|\$DEFAULT|\$LATEST",
            words="a number in quotes, $DEFAULT or $LATEST",
            longest=8,
        ),
        Field(description="The document's version."),
    ]
    assume_role: Annotated[
        RoleArn | None, Field(description="The role that runs it; by default the launch's role.")
    ] = None
    parameters: Annotated[
        dict[
            Annotated[
                str, StringConstraint(pattern=r"[A-Za-z0-9]+", words="letters and digits", longest=255)
            ],
            Literal["TARGET", "TEXT_VALUE"],
        ],
        ListConstraint(most=50),
        Field(description="Its parameters: TARGET is a resource of the launch, TEXT_VALUE is user input."),
    ] = Field(default_factory=dict)
    description: Annotated[
        # The adapter adds the action's name to it, in parentheses.
        str, prose(longest=1024 - 2 * 64 - 4), Field(description="What it does.")
    ] = ""


class ProductFile(Declaration):
    """A product family."""

    family: Annotated[Name, Field(description="The family's name; the folder has the same name.")]
    version: Annotated[SemanticVersion, Field(description="The version to publish, e.g. 1.4.0.")]
    display_name: Annotated[
        str,
        StringConstraint(pattern=LINE, words="one line", longest=500),
        Field(description="The products' display name; {axis} is replaced by the label of the axis value."),
    ]
    owner: Annotated[Owner, Field(description="Who owns the products.")]
    description: Annotated[LongText, Field(description="What the products are.")] = ""
    distributor: Annotated[LongText, Field(description="Who distributes the products.")] = ""
    support_description: Annotated[LongText, Field(description="How to get help.")] = ""
    support_email: Annotated[Email | None, Field(description="The support email address.")] = None
    support_url: Annotated[Url | None, Field(description="Where to get help.")] = None
    tags: CatalogTags = Field(default_factory=dict)
    tag_options: TagOptions = Field(default_factory=list)
    budget: Budget = None
    service_actions: Annotated[
        dict[Name, ServiceAction],
        ListConstraint(most=ACTIONS_PER_VERSION),
        Field(description="Actions that users can run on their launches, by name."),
    ] = Field(default_factory=dict)
    product_type: Annotated[
        Literal["CLOUD_FORMATION_TEMPLATE", "EXTERNAL"],
        Field(description="EXTERNAL: the template is an archive for your own engine, e.g. Terraform."),
    ] = "CLOUD_FORMATION_TEMPLATE"
    retention: Annotated[
        Retention | None, Field(description="How long versions can be launched; always, if omitted.")
    ] = None
    versions: Annotated[
        dict[SemanticVersion, Literal["available", "deprecated", "inactive"]],
        ListConstraint(most=VERSIONS_PER_PRODUCT),
        Field(description="The state of published versions that retention does not decide."),
    ] = Field(default_factory=dict)
    retire: Annotated[
        Literal["deprecate", "disassociate", "delete"] | None,
        Field(
            description="A step of retiring the products: no new launches, removal from portfolios, deletion."
        ),
    ] = None
    axes: Annotated[
        dict[AxisName, Annotated[dict[AxisValue, Label], ListConstraint(least=1, most=VALUES_PER_AXIS)]],
        ListConstraint(most=10),
        Field(
            description="The values of each axis, with labels. The product key has the axes in this order."
        ),
    ] = Field(default_factory=dict)
    combinations: Annotated[
        list[dict[AxisName, Annotated[list[AxisValue], _AxisValues]]],
        ListConstraint(most=PRODUCTS_PER_FAMILY),
        Field(description="The products: all combinations of the lists in each entry."),
    ] = Field(default_factory=list)
    template: Annotated[
        RelativePath,
        Field(
            description="A path in the family's folder: the entry point of a Jinja2 template (.j2), a plain "
            "template, or a folder of plain templates (one per product)."
        ),
    ]
    templates: Annotated[
        TemplateFiles | None, Field(description="Which files of a folder of templates are products.")
    ] = None
    content: Annotated[
        dict[Name, RelativePath],
        ListConstraint(most=20),
        Field(description="Starting content: a name and the folder to pack."),
    ] = Field(default_factory=dict)
    launch_role: Annotated[
        RoleName,
        Field(description="'derived' for launch-<product> with a computed policy, or an existing role."),
    ] = DERIVED
    permissions_boundary: Annotated[
        PermissionsBoundary,
        Field(
            description="The permissions boundary of roles and users in the template: 'derived' for "
            "launch-<product>-boundary with a computed policy, an existing managed policy, or 'none'."
        ),
    ] = DERIVED
    ssm_parameters: Annotated[
        list[SsmGlob],
        ListConstraint(most=20, unique=True),
        Field(description="The SSM parameters that launches can read, e.g. /network/*."),
    ] = Field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False)
class Family:
    """A family whose products are known. `folder` and the folders of `content` are absolute.

    `templates` are the names of the files in its folder of templates, if it has one, by axis value.
    """

    file: ProductFile
    folder: Path
    templates: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The family's name."""
        return self.file.family

    @property
    def version(self) -> str:
        """The version that is published."""
        return self.file.version

    @property
    def document(self) -> Document:
        """The file, with its places."""
        return self.file.document

    @property
    def template(self) -> str:
        """The template's entry point, or the folder of templates, relative to the family's folder."""
        return self.file.template

    @property
    def product_type(self) -> Literal["CLOUD_FORMATION_TEMPLATE", "EXTERNAL"]:
        """What its templates are for."""
        return self.file.product_type

    @property
    def launch_role(self) -> str:
        """`derived`, or the name of an existing role."""
        return self.file.launch_role

    @property
    def content(self) -> Mapping[str, Path]:
        """The folders of starting content, by name."""
        return {name: self.folder / path for name, path in self.file.content.items()}

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The family's products, sorted by key."""
        variants = (
            Variant(
                key=product_key(self.name, axes),
                family=self,
                axes=axes,
                display_name=display_name(self.file, axes),
                launch_role=launch_role(self.file, axes),
            )
            for _, axes in combined(self.file)
        )
        return tuple(sorted(variants, key=lambda variant: variant.key))


@dataclass(frozen=True, kw_only=True, eq=False)
class Variant:
    """A product: one combination of a family's axes. `axes` keeps their order and the value `none`."""

    key: str
    family: Family
    axes: Mapping[str, str]
    display_name: str
    launch_role: str

    @property
    def permissions_boundary(self) -> str:
        """The ARN of the boundary of the template's roles, as Fn::Sub takes it; empty for none."""
        name = self.family.file.permissions_boundary
        if name == DERIVED:
            name = boundary_name(self.launch_role) if self.family.launch_role == DERIVED else NONE
        if name == NONE:
            return ""
        arn = name if name.startswith("arn:") else f"arn:{{partition}}:iam::{{account_id}}:policy/{name}"
        filled = arn.replace("{partition}", "${AWS::Partition}")
        return filled.replace("{account_id}", "${AWS::AccountId}")

    @property
    def deploy_role(self) -> str:
        """The name of the role that CloudFormation assumes for SageMaker projects of its template in S3."""
        return f"deploy-{self.key}"

    @property
    def shown_in_studio(self) -> bool:
        """Whether SageMaker Studio makes projects of it: its family says so with AWS's own tag."""
        key, value = VISIBLE
        return self.family.file.tags.get(key) == value and self.family.product_type != "EXTERNAL"

    @property
    def template(self) -> str:
        """The template's entry point, relative to the family's folder."""
        path, name = self.family.template, self.family.templates.get(self.axes.get(TEMPLATE_AXIS, ""))
        return path if name is None else f"{path}/{name}"

    @property
    def template_path(self) -> str:
        """The template's entry point as messages name it: relative to the project."""
        return f"{PurePosixPath(self.family.document.path).parent}/{self.template}"


def combined(file: ProductFile) -> Iterator[tuple[Steps, dict[str, str]]]:
    """Every combination of axis values, with the path in the document of the entry it comes from."""
    if not file.axes:
        yield (), {}
    for n, entry in enumerate(file.combinations):
        for values in itertools.product(*(entry[axis] for axis in file.axes)):
            yield ("combinations", n), dict(zip(file.axes, values, strict=True))


def product_key(family: str, axes: Mapping[str, str]) -> str:
    """The product's key: the family and the axes' values in order, without `none`."""
    return "-".join((family, *(value for value in axes.values() if value != NONE)))


def display_name(file: ProductFile, axes: Mapping[str, str]) -> str:
    """The product's name for people: placeholders become the labels of the axes' values."""
    return _PLACEHOLDER.sub(lambda match: file.axes[match[1]][axes[match[1]]], file.display_name)


def launch_role(file: ProductFile, axes: Mapping[str, str]) -> str:
    """The name of the role that launches run as."""
    return f"launch-{product_key(file.family, axes)}" if file.launch_role == DERIVED else file.launch_role


def boundary_name(launch_role: str) -> str:
    """The name of the managed policy that is the derived boundary beside a derived launch role."""
    return f"{launch_role}-boundary"


def placeholders(text: str) -> tuple[list[str], bool]:
    """The names in braces, and whether a brace is left that belongs to none."""
    return _PLACEHOLDER.findall(text), bool(re.search(r"[{}]", _PLACEHOLDER.sub("", text)))
