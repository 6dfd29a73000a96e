"""What the kinds share at one target: its client, the ids, repeated calls, and reads that confirm a write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any, Protocol, TypeVar

from publisher.aws.calls import ClientError, error_code, or_none, pages
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.errors import AwsError, command
from publisher.model import Key, Resource, StoredContent, StoredTemplate

T = TypeVar("T")
R = TypeVar("R", bound=Resource)
Answer = Mapping[str, Any]
Request = dict[str, Any]
CONFIRM_SECONDS = 240
RETRY_SECONDS = 60
_NAMES = {"describe_product": "describe_product_as_admin"}
NOT_YET = frozenset({"ResourceNotFoundException"})


class Bucket(Protocol):
    """Where a target stores templates and starting content."""

    def url(self, object_key: str) -> str:
        """Where Service Catalog loads an object from."""
        ...

    def store(self, desired: StoredContent | StoredTemplate) -> None:
        """Writes an object; one that is already there is no error."""
        ...

    def body(self, object_key: str) -> bytes:
        """The bytes of an object of the files."""
        ...

    def published(self, short_digest: str) -> tuple[str, bytes]:
        """The digest and the bytes of a template that is stored. Raises AwsError."""
        ...


class Engine:
    """One target. The only holder of `ids`, by key."""

    def __init__(self, aws: Aws, *, bucket: Bucket, clock: Clock | None = None) -> None:
        self.aws, self.bucket, self.clock = aws, bucket, clock or Clock()
        self.ids: dict[Key, str] = {}
        # By place, what was created there and is confirmed together.
        self.together: dict[Key, Any] = {}

    @cached_property
    def client(self) -> Any:
        """Service Catalog."""
        return self.aws.client("servicecatalog")

    def id_of(self, *key: str) -> str:
        """The id of the resource with this key. Raises AwsError when there is none."""
        try:
            return self.ids[key]
        except KeyError:
            raise AwsError(
                f"{' '.join(key)} not found at this target", hint=f"run {command('sync')} again"
            ) from None

    def place(self, portfolio: str, product: str) -> Request:
        """The ids of a portfolio and a product in a request."""
        return {
            "PortfolioId": self.id_of("portfolio", portfolio),
            "ProductId": self.id_of("product", product),
        }

    def call(self, verb: str, key: Key, **request: Any) -> Any:
        """Describes, updates or deletes the resource with this key."""
        return call(self.client, verb, key[0], self.id_of(*key), **request)

    def described(self, key: Key) -> Answer | None:
        """The resource with this key; None when it is not found."""
        return found_or_none(lambda: self.call("describe", key))

    def retry_until(
        self, call: Callable[[], T], *, codes: Collection[str] = NOT_YET, seconds: float = RETRY_SECONDS
    ) -> T:
        """The call's answer, retried while it fails with one of these codes, for a minute."""
        refused: list[ClientError] = []

        def attempt() -> tuple[T] | None:
            try:
                return (call(),)
            except ClientError as error:
                if error_code(error) not in codes:
                    raise
                refused.append(error)
                return None

        answer = poll(attempt, clock=self.clock, seconds=seconds)
        if answer is None:
            raise refused[-1]
        return answer[0]

    def shown(self, desired: Resource, read: Callable[[], T | None]) -> T:
        """The first result of a read that is not None."""
        found = poll(read, clock=self.clock, seconds=CONFIRM_SECONDS)
        if found is None:
            raise unconfirmed(desired)
        return found

    def exists(self, desired: R, read: Callable[[R], R | None]) -> None:
        """Waits until a read shows it."""
        self.shown(desired, lambda: read(desired))

    def equals(self, desired: R, read: Callable[[R], R | None]) -> None:
        """Waits until a read shows exactly this."""
        self.shown(desired, lambda: read(desired) == desired or None)

    def gone(self, observed: R, read: Callable[[R], R | None]) -> None:
        """Waits until no read shows it."""
        if not poll(lambda: read(observed) is None or None, clock=self.clock, seconds=CONFIRM_SECONDS):
            raise AwsError(f"{observed.kind} {observed.label} was deleted, but still exists")


def unconfirmed(desired: Resource) -> AwsError:
    """The error when no read shows a write."""
    return AwsError(
        f"{desired.kind} {desired.label} was written, but no read showed it within {CONFIRM_SECONDS} s",
        hint=f"run {command('sync')} again: it continues from there",
    )


def call(client: Any, verb: str, word: str, id_: str, **request: Any) -> Any:
    """The answer of an operation that is named after a kind, such as UpdateServiceAction."""
    name = f"{verb}_{word.replace('-', '_')}"
    return getattr(client, _NAMES.get(name, name))(Id=id_, **request)


def list_all(client: Any, operation: str, result: str, **request: Any) -> list[Answer]:
    """All pages of a listing."""
    return list(pages(getattr(client, operation), result, **request))


def found_or_none(read: Callable[[], T]) -> T | None:
    """The result of a read; None when the resource is not found."""
    return or_none(read, *NOT_YET)
