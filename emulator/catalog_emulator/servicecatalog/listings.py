"""Lists that come in pages: operations return all items, and a request gets one page of them.

Page tokens are opaque and valid for the same request only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog_emulator.paging import page
from catalog_emulator.servicecatalog.exceptions import InvalidParameters

_SIZE = 20


def _as_is(item: Any) -> Any:
    return item


@dataclass(frozen=True)
class Listing:
    """An answer whose `member` is a list. `show` makes an item's JSON value, for the items of a page only.

    `rest` are the other members of the answer.
    """

    member: str
    items: Sequence[Any]
    show: Callable[[Any], Any] = _as_is
    rest: Mapping[str, Any] = field(default_factory=dict)

    def page(
        self, request: str, *, size: int | None, token: str | None, token_member: str = "NextPageToken"
    ) -> dict[str, Any]:
        """The answer with one page, and the token of the next. `request` is what a token is valid for."""
        try:
            # PageSize 0 is allowed by the model and means the default.
            shown, following = page(self.items, size or _SIZE, token, request)
        except ValueError:
            raise InvalidParameters(f"The page token is not valid: {token}") from None
        answer = {**self.rest, self.member: [self.show(item) for item in shown]}
        return answer if following is None else {**answer, token_member: following}
