"""The tag of a TagOption that is being deleted.

A TagOption can only be deleted when it has no associations, and then nothing shows that it is managed. So its
last portfolio or product carries a tag with its id until it is deleted, and the next run can finish a stopped
one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.catalog.confirmation import Confirmer
from publisher.catalog.observe import found_or_none
from publisher.catalog.shapes import PENDING_TAG, tag_list
from publisher.model import Key, TagOptionAssociation


class PendingDeletions:
    """Writes and removes these tags at one target; `owners` has the tagged resource by TagOption id."""

    def __init__(self, client: Any, confirmer: Confirmer, owners: Mapping[str, Key]) -> None:
        self._client, self._confirmer = client, confirmer
        self._owners = dict(owners)

    def mark(self, option_id: str, association: TagOptionAssociation) -> None:
        """Records that a TagOption is deleted with this association."""
        self._owners[option_id] = association.owner
        self._update(association.owner, AddTags=tag_list({f"{PENDING_TAG}{option_id}": "true"}))

    def unmark(self, option_id: str) -> None:
        """The TagOption is deleted, or desired again."""
        owner = self._owners.pop(option_id, None)
        if owner is not None:
            self._update(owner, RemoveTags=[f"{PENDING_TAG}{option_id}"])

    def _update(self, owner: Key, **request: Any) -> None:
        update = self._client.update_portfolio if owner[0] == "portfolio" else self._client.update_product
        id_ = self._confirmer.id_of(*owner)
        found_or_none(lambda: update(Id=id_, **request))
