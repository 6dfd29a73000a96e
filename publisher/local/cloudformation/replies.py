"""What all our answers to CloudFormation calls share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse

from publisher.local.cloudformation.backend import StackBackend

Item = TypeVar("Item")


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
        text: str = self._get_stack_from_s3_url(url) if url else body
        return text

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}

    def _page(self, items: Sequence[Item], limit: int = 100) -> tuple[Sequence[Item], str | None]:
        """The page that NextToken and MaxResults ask for, and the token of the next one."""
        start = int(self._get_param("NextToken") or 0)
        stop = start + min(int(self._get_param("MaxResults") or limit), limit)
        return items[start:stop], str(stop) if stop < len(items) else None
