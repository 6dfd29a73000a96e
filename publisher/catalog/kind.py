"""What a kind of resource is to a target: how it is created, read, updated and deleted.

And what the shapes of several kinds share: texts by name, and descriptions with a suffix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from typing_extensions import override

from publisher.aws.calls import ClientError, error_code
from publisher.catalog.engine import NOT_YET, Answer, Engine, R, Request, found_or_none
from publisher.catalog.together import Shows, Together
from publisher.model import Key, Resource

# What is created, or deleted, in the same write.
Includes = Sequence[Resource]
TAKEN = "DuplicateResourceException"
_STILL_USED = frozenset({"ResourceInUseException"})


def to_wire(resource: Resource, names: Mapping[str, str]) -> Request:
    """The fields of a resource under their names in the API."""
    return {wire: getattr(resource, field) for field, wire in names.items()}


def from_wire(detail: Answer, names: Mapping[str, str]) -> dict[str, str]:
    """The texts of an answer under their names in the model; one that is missing is empty."""
    return {field: detail.get(wire) or "" for field, wire in names.items()}


def split(description: str, suffix: re.Pattern[str]) -> tuple[str, str]:
    """A description's text and the suffix that the pattern finds, or an empty one."""
    match = suffix.search(description)
    return (description[: match.start()], match[1]) if match else (description, "")


class Kind(Protocol[R]):
    """A kind at one target. Its file holds all there is to know of it; each write returns once confirmed."""

    engine: Engine

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def create(self, desired: R, includes: Includes = ()) -> Together[R] | None:
        """Creates it. `includes` is created in the same write.

        Answers what confirms it together with others, unless a read did.
        """
        ...

    def read(self, resource: R) -> R | None:
        """What a read by id shows."""
        ...

    def ready(self, resource: R) -> R | None:
        """What a read shows, once it is ready for use. Raises AwsError when it has failed."""
        return self.read(resource)

    def update(self, observed: R, desired: R) -> None:
        """Updates it in place; nothing to do where everything is in the key."""
        return

    def remove(self, observed: R) -> Any:
        """The call that deletes it, once."""
        ...

    def delete(self, observed: R, includes: Includes = ()) -> None:
        """Deletes it, empty, after `includes`; one that is already gone is no error."""
        self.engine.retry_until(lambda: found_or_none(lambda: self.remove(observed)), codes=_STILL_USED)
        self.engine.gone(observed, self.read)


class Identified(Kind[R], Protocol[R]):
    """A kind with an id, by which operations named after the kind describe, update and delete it."""

    def shaped(self, answer: Answer, resource: R) -> R:
        """What describing a resource answers."""
        ...

    @override
    def read(self, resource: R) -> R | None:
        answer = self.engine.described(resource.key)
        return self.shaped(answer, resource) if answer else None

    def write(self, desired: R, **request: Any) -> None:
        """Updates it, and waits until a read shows exactly this."""
        self.engine.retry_until(lambda: self.engine.call("update", desired.key, **request))
        self.engine.equals(desired, self.ready)

    @override
    def remove(self, observed: R) -> Any:
        return self.engine.call("delete", observed.key)


class Association(Kind[R], Protocol[R]):
    """A kind without an id: two operations with one request make it and delete it."""

    associate: ClassVar[str]
    disassociate: ClassVar[str]

    def request(self, resource: R) -> Request:
        """The request of both operations."""
        ...

    def refuse_missing(self, desired: R) -> None:
        """Raises AwsError when retrying cannot help: what was not found does not exist."""
        return

    def place(self, resource: R) -> Key | None:
        """Those in one place are confirmed together; None without others."""
        return None

    def look(self, some: Sequence[R]) -> Shows[R]:
        """What one read of these, which are in one place, shows."""
        return lambda it: self.read(it) is not None

    @override
    def read(self, resource: R) -> R | None:
        return resource if self.look([resource])(resource) else None

    @override
    def create(self, desired: R, includes: Includes = ()) -> Together[R] | None:
        """Associates; an existing association is no error."""
        call, request = getattr(self.engine.client, self.associate), self.request(desired)

        def attempt() -> None:
            try:
                call(**request)
            except ClientError as error:
                if error_code(error) in NOT_YET:
                    self.refuse_missing(desired)
                if error_code(error) != TAKEN:
                    raise

        self.engine.retry_until(attempt)
        place = self.place(desired)
        if place is None:
            self.engine.exists(desired, self.ready)
            return None
        together = Together(self.look, self.engine.clock)
        waiting: Together[R] = self.engine.together.setdefault((self.associate, *place), together)
        waiting.add(desired)
        return waiting

    @override
    def remove(self, observed: R) -> Any:
        return getattr(self.engine.client, self.disassociate)(**self.request(observed))
