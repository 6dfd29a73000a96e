"""GetSessionToken and GetFederationToken with keys of their own: moto's are the same for all callers.

AssumeRole refuses what is no ARN of a role, and whom the role does not trust; moto refuses nothing.
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
"""

import re
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import IAMBackend, iam_backends
from moto.sts.exceptions import STSClientError, STSValidationError
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

from catalog_emulator.iam.access import DeniedError
from catalog_emulator.iam.principals import caller_arn
from catalog_emulator.iam.trust import check_trust
from catalog_emulator.settings import settings

Method = Callable[[Any], Any]
_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)


def install() -> None:
    """Puts them into moto; calling it twice changes nothing."""
    if hasattr(TokenResponse.get_session_token, "own_key"):
        return
    for name in ("get_session_token", "get_federation_token"):
        setattr(TokenResponse, name, _with_own_key(getattr(TokenResponse, name)))
    responses: Any = TokenResponse
    responses.assume_role = _of_a_role(responses.assume_role)
    moto_iam: Any = IAMBackend
    find = moto_iam.get_user_from_access_key_id

    def get_user_from_access_key_id(self: Any, access_key_id: str) -> Any:
        key = self.access_keys.get(access_key_id)
        return self.users.get(key.user_name) if key is not None else find(self, access_key_id)

    moto_iam.get_user_from_access_key_id = get_user_from_access_key_id


def _of_a_role(method: Method) -> Method:
    def assume_role(self: Any) -> ActionResult:
        arn = str(self._get_param("RoleArn"))
        found = _ROLE.fullmatch(arn)
        if found is None or found[1] not in iam_backends[self.current_account]:
            raise STSValidationError(f"{arn} is invalid")
        if settings.authorize:
            _check_trust(self, arn)
        result: ActionResult = method(self)
        return result

    return assume_role


def _check_trust(self: Any, role_arn: str) -> None:
    caller = caller_arn(self.access_key, self.current_account)
    keys = {"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"}
    sent = {key: self._get_param(name) for key, name in keys.items()}
    request = {key: (str(value),) for key, value in sent.items() if value}
    try:
        check_trust(role_arn, caller, region=self.region, request=request)
    except DeniedError as error:
        raise STSClientError("AccessDenied", str(error)) from error


def _with_own_key(method: Method) -> Method:
    """The same, for a session with the permissions of the caller; a federated user's policy is ignored."""

    def answer(self: Any) -> ActionResult:
        result: Any = method(self).result
        backend: Any = iam_backends[self.current_account][self.partition]
        caller, key = backend.access_keys.get(self.access_key), backend.create_temp_access_key()
        if caller is not None:
            key.user_name, key.role_arn = caller.user_name, caller.role_arn
        result["Credentials"] |= {
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret_access_key,
            "SessionToken": random_session_token(),
        }
        return ActionResult(result)

    vars(answer)["own_key"] = True
    return answer
