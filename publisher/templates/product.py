"""What templates/ reads of a declared product, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol


class Document(Protocol):
    """The file that declares a family."""

    @property
    def path(self) -> str:
        """Its path, relative to the project."""
        ...


class Family(Protocol):
    """A family of products; `folder` holds `template` and the content folders."""

    @property
    def name(self) -> str:
        """Its name, e.g. ml-project."""
        ...

    @property
    def version(self) -> str:
        """Its version, e.g. 1.0.0."""
        ...

    @property
    def folder(self) -> Path:
        """The folder of the family."""
        ...

    @property
    def product_type(self) -> Literal["CLOUD_FORMATION_TEMPLATE", "EXTERNAL"]:
        """EXTERNAL: the template is an archive for somebody else's engine."""
        ...

    @property
    def content(self) -> Mapping[str, Path]:
        """Name → folder of starting content."""
        ...

    @property
    def document(self) -> Document:
        """The file that declares it."""
        ...


class Variant(Protocol):
    """A product: a family with a value for each axis."""

    @property
    def key(self) -> str:
        """The product key, e.g. ml-project-starter-s3."""
        ...

    @property
    def family(self) -> Family:
        """Its family."""
        ...

    @property
    def template(self) -> str:
        """The template's entry point, relative to the folder: Jinja2 when it ends in `.j2`, else plain."""
        ...

    @property
    def axes(self) -> Mapping[str, str]:
        """Axis → value, "none" included."""
        ...
