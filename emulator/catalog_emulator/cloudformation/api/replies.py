"""What all our answers to CloudFormation calls share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse

from catalog_emulator.cloudformation.engine.backend import StackBackend
from catalog_emulator.cloudformation.template.document import load
from catalog_emulator.cloudformation.template.summary import check_capabilities
from catalog_emulator.settings import settings

Item = TypeVar("Item")

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_BODY_SIZE = 51_200


class Replies(CloudFormationResponse):
    """moto's responses on our backend."""

    @property
    def _backend(self) -> StackBackend:
        found: Any = self.cloudformation_backend
        assert isinstance(found, StackBackend)
        return found

    def _template(self) -> str:
        url, body = self._get_param("TemplateURL"), self._get_param("TemplateBody")
        if bool(url) == bool(body):
            raise ValidationError(message="Either Template URL or Template Body must be specified.")
        if settings.strict and len((body or "").encode()) > _BODY_SIZE:
            raise ValidationError(
                message="1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_BODY_SIZE}"
            )
        text: str = self._get_stack_from_s3_url(url) if url else body
        return text

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}

    def _check_capabilities(self, text: str) -> None:
        """Raises InsufficientCapabilities for powers that the request does not acknowledge; not in moto."""
        if settings.strict:
            check_capabilities(load(text), self._get_param("Capabilities", []))

    def _once(self, action: str, subject: str, token: str, do: Callable[[], Item]) -> Item:
        """Does it once for all requests with the same token."""
        return self._backend.tokens.once(action, subject, self._get_param(token), self._get_params(), do)

    def _page(self, items: Sequence[Item], limit: int = 100) -> tuple[Sequence[Item], str | None]:
        """The page that NextToken and MaxResults ask for, and the token of the next one."""
        start = int(self._get_param("NextToken") or 0)
        stop = start + min(int(self._get_param("MaxResults") or limit), limit)
        return items[start:stop], str(stop) if stop < len(items) else None
