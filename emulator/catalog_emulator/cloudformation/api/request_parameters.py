"""Reads what several CloudFormation calls have in their requests."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore import xform_name
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from typing_extensions import override

from catalog_emulator.client_tokens import TokenReused
from catalog_emulator.cloudformation.engine.backend import StackBackend
from catalog_emulator.cloudformation.engine.stack import Stack
from catalog_emulator.cloudformation.template.document import load
from catalog_emulator.cloudformation.template.quotas import BODY_BYTES
from catalog_emulator.cloudformation.template.summary import check_capabilities
from catalog_emulator.paging import page

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_PAGE = 100
_PAGING = ("MaxResults", "NextToken")


class RequestParameters(CloudFormationResponse):
    """moto's responses on the emulator's backend."""

    @property
    def _backend(self) -> StackBackend:
        found: Any = self.cloudformation_backend
        assert isinstance(found, StackBackend)
        return found

    def _stack(self) -> Stack:
        return self._backend.get_stack(self._get_param("StackName"))

    def _name(self, member: str) -> str:
        """The name for something new."""
        name: str = self._get_param(member) or ""
        if not _NAME.fullmatch(name):
            raise ValidationError(
                message=f"1 validation error detected: Value '{name}' at '{member[0].lower()}{member[1:]}' "
                "failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        return name

    def _template(self) -> str:
        url, body = self._get_param("TemplateURL"), self._get_param("TemplateBody")
        if bool(url) == bool(body):
            raise ValidationError(message="Either Template URL or Template Body must be specified.")
        if len((body or "").encode()) > BODY_BYTES:
            raise ValidationError(
                message="1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {BODY_BYTES}"
            )
        text: str = self._get_stack_from_s3_url(url) if url else body
        return text

    @override
    def _get_stack_from_s3_url(self, template_url: str) -> str:
        return self._backend.scheduler.lookups.template(template_url)

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}

    def _disables_rollback(self) -> bool:
        found = self._get_bool_param("DisableRollback", False)
        return found or self._get_bool_param("DeploymentConfig.DisableRollback", False)

    def _check_capabilities(self, text: str, *needless: str) -> None:
        """Raise InsufficientCapabilities when the request does not acknowledge what the template needs."""
        check_capabilities(load(text), [*self._get_param("Capabilities", []), *needless])

    def _members(self, *names: str) -> dict[str, Any]:
        """Those of the request's members that it has, by their names in Python."""
        found = {xform_name(name): self._get_param(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def _once(self, do: Callable[[], Mapping[str, Any]]) -> ActionResult:
        """The answer of `do`, which runs once for all requests with the same token."""
        token = self._get_param("ClientRequestToken") or self._get_param("ClientToken")
        if token is None:
            return ActionResult(do())
        key = (self._get_action(), self._get_param("StackName") or self._get_param("ChangeSetName"), token)
        try:
            answer, _ = self._backend.tokens.once(key, self._get_params(), do)
        except TokenReused:
            raise CloudFormationError(
                "TokenAlreadyExistsException",
                f"A client request token {token} already exists with other parameters",
            ) from None
        return ActionResult(answer)

    def _page(
        self, member: str, items: Sequence[Any], *, newest_first: bool = False, **rest: Any
    ) -> ActionResult:
        """The page of a list that NextToken and MaxResults ask for.

        AWS documents pages of 1 MB for most lists; how many items that is, it does not say.
        """
        size = min(int(self._get_param("MaxResults") or _PAGE), _PAGE)
        token = self._get_param("NextToken")
        asked = {name: value for name, value in self._get_params().items() if name not in _PAGING}
        request = json.dumps([self._get_action(), asked], sort_keys=True)
        try:
            shown, following = page(items, size, token, request, newest_first=newest_first)
        except ValueError:
            raise ValidationError(message=f"Invalid NextToken {token}") from None
        return ActionResult({**rest, member: shown, "NextToken": following})
