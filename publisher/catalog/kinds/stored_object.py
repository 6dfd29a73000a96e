"""Templates and starting content: the bucket stores them, once. They never change and are never deleted."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from publisher.catalog.kind import Kind
from publisher.model import Resource, StoredContent, StoredTemplate


class StoredObjectKind(Kind[StoredContent | StoredTemplate]):
    """An object of the template bucket, named by its content."""

    @override
    def create(self, desired: StoredContent | StoredTemplate, includes: Sequence[Resource] = ()) -> None:
        self.engine.bucket.store(desired)
