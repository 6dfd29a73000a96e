"""The mark of a TagOption that is being deleted.

It can only be deleted when nothing has it any more, and from then on nothing says that it is ours. So its
last portfolio or product carries a tag with its id until it is gone: a run that is stopped in between can be
finished by the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.catalog.confirm import Confirmer
from publisher.catalog.observe import found_or_none
from publisher.catalog.shapes import LEAVING_TAG, tag_list
from publisher.model import Key, TagOptionAssociation


class Leaving:
    """The marks of one target, written and taken away. `owners` has who carries that of a TagOption's id."""

    def __init__(self, client: Any, confirmer: Confirmer, owners: Mapping[str, Key]) -> None:
        self._client, self._confirmer = client, confirmer
        self._owners = dict(owners)

    def mark(self, option_id: str, association: TagOptionAssociation) -> None:
        """Writes down that a TagOption is to go with this association."""
        self._owners[option_id] = association.owner
        self._update(association.owner, AddTags=tag_list({f"{LEAVING_TAG}{option_id}": "true"}))

    def unmark(self, option_id: str) -> None:
        """It is gone, or wanted again."""
        owner = self._owners.pop(option_id, None)
        if owner is not None:
            self._update(owner, RemoveTags=[f"{LEAVING_TAG}{option_id}"])

    def _update(self, owner: Key, **request: Any) -> None:
        update = self._client.update_portfolio if owner[0] == "portfolio" else self._client.update_product
        id_ = self._confirmer.id_of(*owner)
        found_or_none(lambda: update(Id=id_, **request))
