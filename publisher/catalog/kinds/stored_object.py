"""Templates and starting content: the bucket stores them, once. They never change and are never deleted."""

from __future__ import annotations

from typing_extensions import override

from publisher.catalog.kind import Includes, Kind
from publisher.model import StoredContent, StoredTemplate


class StoredObjectKind(Kind[StoredContent | StoredTemplate]):
    """An object of the template bucket, named by its content."""

    @override
    def create(self, desired: StoredContent | StoredTemplate, includes: Includes = ()) -> None:
        self.engine.bucket.store(desired)
