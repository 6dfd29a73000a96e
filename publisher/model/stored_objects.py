"""What the template bucket stores, named by the digest of its content: never changed, never deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from publisher.model.protocol import CatalogResource, Key

_REST_OF_DIGEST = re.compile(r"(?<=[0-9a-f]{12})[0-9a-f]{52}")


@dataclass(frozen=True, kw_only=True)
class StoredObject(CatalogResource):
    """What both kinds share: a key in the bucket, and a size in bytes."""

    object_key: str
    size: int

    @property
    @override
    def key(self) -> Key:
        return stored_key(self.object_key)

    @property
    @override
    def label(self) -> str:
        return _REST_OF_DIGEST.sub("…", self.object_key)


@dataclass(frozen=True, kw_only=True)
class StoredContent(StoredObject):
    """Starting content: a zip."""

    kind: ClassVar[str] = "StoredContent"
    step: ClassVar[int] = 0


@dataclass(frozen=True, kw_only=True)
class StoredTemplate(StoredObject):
    """The template of a version, or the archive of an EXTERNAL one; `content`: the object keys in it."""

    kind: ClassVar[str] = "StoredTemplate"
    step: ClassVar[int] = 1
    content: tuple[str, ...] = ()

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return tuple(map(stored_key, self.content))


def stored_key(object_key: str) -> Key:
    """The key of the resource with this object key."""
    return ("stored-object", object_key)
