"""The operations on projects, as methods of moto's responses."""

import json
from collections.abc import Callable, Iterator

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import SagemakerClientError
from moto.sagemaker.responses import SageMakerResponse

from catalog_emulator.acting import acting, acting_as
from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.iam import Need
from catalog_emulator.request_validation import validate
from catalog_emulator.sagemaker.projects import Projects
from catalog_emulator.servicecatalog.caller import Caller, caller_of, denial

Method = Callable[[SageMakerResponse], ActionResult]


class AccessDenied(SagemakerClientError):
    """The caller's policies do not allow it."""

    code = "AccessDeniedException"


def operations() -> Iterator[Method]:
    """A method for each operation of Projects."""
    for name in get_service_model("sagemaker").operation_names:
        if hasattr(Projects, xform_name(name)):
            yield _method(name)


def _method(operation: str) -> Method:
    name = xform_name(operation)

    def method(self: SageMakerResponse) -> ActionResult:
        body = self.body or "{}"
        # Templates can be at this endpoint's own address, which the pattern of URLs does not admit.
        shape = get_service_model("sagemaker").operation_model(operation).input_shape
        validate(shape, json.loads(body.replace('"http://', '"https://')))
        request = json.loads(body)
        caller = caller_of(acting(self.access_key), self.current_account, self.partition)
        members = {xform_name(key): value for key, value in request.items()}
        with acting_as(caller.session_arn):
            return ActionResult(getattr(_projects(self, caller), name)(**members) or {})

    method.__name__ = name
    return method


def _projects(response: SageMakerResponse, caller: Caller) -> Projects:
    def require(need: Need) -> None:
        problem = denial(caller, response.region, need.action, need.resource, need.context)
        if problem:
            raise AccessDenied(problem)

    own = clients(response.current_account, response.region)
    return Projects(response.sagemaker_backend, own, _identity(caller), require)


def _identity(caller: Caller) -> dict[str, str]:
    """IamIdentity; the principal's id is not known of callers that IAM does not know."""
    found = {"Arn": caller.session_arn}
    for identity in caller.identities[:1]:
        session = caller.session_arn.rpartition("/")[2]
        in_session = ":assumed-role/" in caller.session_arn
        found["PrincipalId"] = f"{identity.unique_id}:{session}" if in_session else identity.unique_id
    return found
