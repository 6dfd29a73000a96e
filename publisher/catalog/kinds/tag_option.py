"""TagOptions, and their associations with portfolios and products.

A TagOption can only be deleted when it has no associations, and then nothing shows that it is managed. So its
last portfolio or product carries a tag with its id until it is deleted, and the next run can finish a stopped
one. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateTagOption.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

from typing_extensions import override

from publisher.aws.calls import ClientError, error_code
from publisher.catalog.engine import Answer, Request, call, found_or_none, list_all
from publisher.catalog.kind import TAKEN, Association, Identified, Includes
from publisher.catalog.owners import tag_list, tags
from publisher.catalog.together import Shows
from publisher.errors import AwsError
from publisher.model import Key, Owner, TagOption, TagOptionAssociation

# Followed by the id of a TagOption. Stored in accounts, so it keeps the name that older versions wrote.
_PENDING_TAG = "publisher:leaving:"


class TagOptionKind(Identified[TagOption]):
    """A key and value exist once in an account."""

    @override
    def create(self, desired: TagOption, includes: Includes = ()) -> None:
        """Creates a TagOption, or uses the existing one.

        Raises AwsError when that has the other state and unmanaged resources use it.
        """
        request = {"Key": desired.tag_key, "Value": desired.value}
        try:
            detail = self.engine.client.create_tag_option(**request)["TagOptionDetail"]
        except ClientError as error:
            if error_code(error) != TAKEN:
                raise
            listing = partial(list_all, self.engine.client, "list_tag_options", "TagOptionDetails")
            detail = self.engine.shown(desired, lambda: next(iter(listing(Filters=request)), None))
        self.engine.ids[desired.key] = detail["Id"]
        self.engine.exists(desired, self.read)
        if tag_option(detail) != desired:
            self._refuse_change_of_used(desired)
            self.update(desired, desired)

    def _refuse_change_of_used(self, desired: TagOption) -> None:
        using = _using(self.engine.client, self.engine.id_of(*desired.key))
        if using:
            state, other = ("inactive", "active") if desired.active else ("active", "inactive")
            raise AwsError(
                f"the TagOption {desired.label} exists, is {state}, and {using[0]} (unmanaged) uses it",
                hint=f"ask its owner to make it {other}, or make it {state} in the files",
            )

    @override
    def shaped(self, answer: Answer, resource: TagOption) -> TagOption:
        return tag_option(answer["TagOptionDetail"])

    @override
    def update(self, observed: TagOption, desired: TagOption) -> None:
        """Activates or deactivates it."""
        self.write(desired, Active=desired.active)

    @override
    def delete(self, observed: TagOption, includes: Includes = ()) -> None:
        """Deletes it after its last association."""
        last = next((it for it in includes if isinstance(it, TagOptionAssociation)), None)
        if last is None:
            raise ValueError("a TagOption is deleted with its last association")
        tag = f"{_PENDING_TAG}{self.engine.id_of(*observed.key)}"
        self._update(last.owner, AddTags=tag_list({tag: "true"}))
        TagOptionAssociationKind(self.engine).delete(last)
        super().delete(observed)
        self._update(last.owner, RemoveTags=[tag])

    def _update(self, owner: Owner, **request: Any) -> None:
        found_or_none(lambda: self.engine.call("update", owner, **request))


class TagOptionAssociationKind(Association[TagOptionAssociation]):
    """Everything is in its key."""

    associate: ClassVar[str] = "associate_tag_option_with_resource"
    disassociate: ClassVar[str] = "disassociate_tag_option_from_resource"

    @override
    def request(self, resource: TagOptionAssociation) -> Request:
        option_id = self.engine.id_of("tag-option", resource.tag_key, resource.value)
        return {"ResourceId": self.engine.id_of(*resource.owner), "TagOptionId": option_id}

    @override
    def place(self, resource: TagOptionAssociation) -> Key:
        return resource.owner

    @override
    def look(self, some: Sequence[TagOptionAssociation]) -> Shows[TagOptionAssociation]:
        owner = some[0].owner
        there = [it for it, _ in observed(owner, self.engine.described(owner) or {})]
        return lambda it: it in there


def tag_option(detail: Answer) -> TagOption:
    """A TagOption from its details."""
    return TagOption(tag_key=detail["Key"], value=detail["Value"], active=detail.get("Active", True))


def observed(owner: Owner, answer: Answer) -> Iterator[tuple[TagOption | TagOptionAssociation, str]]:
    """The TagOptions of a described portfolio or product with their ids, and their associations."""
    for detail in answer.get("TagOptions") or ():
        option = tag_option(detail)
        yield option, detail["Id"]
        yield TagOptionAssociation(owner=owner, tag_key=option.tag_key, value=option.value), ""


def used_elsewhere(client: Any, managed: Collection[str], id_: str) -> bool:
    """Whether others than the managed portfolios and products use a TagOption."""
    return any(it not in managed for it in _using(client, id_))


def unused(client: Any, id_: str) -> TagOption | None:
    """A TagOption that a stopped run has disassociated everywhere, but not deleted."""
    answer = found_or_none(lambda: call(client, "describe", "tag-option", id_))
    if not answer or _using(client, id_):
        return None
    return tag_option(answer["TagOptionDetail"])


def pending_deletions(answer: Answer) -> dict[str, str]:
    """By tag, the ids of TagOptions whose deletion a described portfolio or product records."""
    return {
        key: key.removeprefix(_PENDING_TAG) for key in sorted(tags(answer)) if key.startswith(_PENDING_TAG)
    }


def _using(client: Any, id_: str) -> list[str]:
    """The ids of the portfolios and products that have a TagOption."""
    found = list_all(client, "list_resources_for_tag_option", "ResourceDetails", TagOptionId=id_)
    return [it["Id"] for it in found]
