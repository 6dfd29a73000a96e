"""Service Catalog over the wire: parsing, validation, authorization, pages, idempotency tokens, errors."""

import inspect
import json
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from botocore import xform_name
from botocore.model import OperationNotFoundError
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.servicecatalog.models import servicecatalog_backends
from moto.servicecatalogappregistry.urls import url_paths as registry_paths

from catalog_emulator.acting import acting, acting_as
from catalog_emulator.iam import Place, needs
from catalog_emulator.request_validation import UnreadableRequest, validate
from catalog_emulator.servicecatalog import app_registry
from catalog_emulator.servicecatalog.backend import ServiceCatalogBackend, implementation
from catalog_emulator.servicecatalog.caller import Caller, caller_of, condition_keys, denial, principal_of
from catalog_emulator.servicecatalog.exceptions import NotImplementedHere
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.records import Records

# One for all accounts and Regions: sharing touches two accounts, and two locks could deadlock.
_LOCK = threading.RLock()
_PAGING = ("PageSize", "PageToken")


class ServiceCatalogResponse(BaseResponse):
    """Service Catalog over the wire (JSON 1.1)."""

    def __init__(self) -> None:
        super().__init__(service_name="servicecatalog")

    @property
    def backend(self) -> ServiceCatalogBackend:
        return cast(ServiceCatalogBackend, servicecatalog_backends[self.current_account][self.region])

    def call_action(self) -> TYPE_RESPONSE:
        self._authenticate_and_authorize_normal_action("*")
        try:
            status, headers, body = self._answer(self._get_action())
            headers["Content-Type"] = "application/x-amz-json-1.1"
        except ServiceException as error:
            status, headers, body = self._refused(error)
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    def _refused(self, error: ServiceException) -> TYPE_RESPONSE:
        # moto's serializer would warn about codes outside the model, such as ValidationException.
        headers = {
            **self.response_headers,
            "Content-Type": "application/x-amz-json-1.1",
            "x-amzn-ErrorType": error.code,
        }
        return 400, headers, json.dumps({"__type": error.code, "Message": error.message})

    def _answer(self, action: str) -> TYPE_RESPONSE:
        try:
            operation = get_service_model("servicecatalog").operation_model(action)
        except OperationNotFoundError:
            raise ServiceException("UnknownOperationException", f"No such operation: {action}") from None
        method = implementation(self.backend, action)
        if method is None:
            raise NotImplementedHere(f"{action} is not implemented by the local Service Catalog")
        caller = caller_of(acting(self.access_key), self.current_account, self.partition)
        params = self._request()
        validate(operation.input_shape, params)
        self._authorize(caller, operation, params)
        accepted = inspect.signature(method).parameters
        arguments = {
            xform_name(name): value
            for name, value in params.items()
            if value is not None and xform_name(name) in accepted
        }
        if "caller" in accepted:
            arguments["caller"] = caller

        def run() -> dict[str, Any]:
            answer = method(**arguments) or {}
            return _page(answer, operation, params, caller) if isinstance(answer, Listing) else answer

        with _LOCK, acting_as(caller.session_arn):
            # The serializer finds members in the attributes of resources, as they are now.
            return self.serialized(ActionResult(self._once(operation, params, run)))

    def _authorize(self, caller: Caller, operation: OperationModel, params: Mapping[str, Any]) -> None:
        if not principal_of(caller):
            return
        with _LOCK:
            owner = ProvisionedProducts(self.backend.state).owner_of(operation.name, params)
        context = condition_keys(operation.name, params, caller, owner)
        place = Place(partition=self.partition, region=self.region, account_id=self.current_account)
        for need in needs(operation, params, place):
            problem = denial(caller, self.region, need.action, need.resource, {**context, **need.context})
            if problem:
                raise ServiceException("AccessDeniedException", problem)

    def _request(self) -> dict[str, Any]:
        try:
            params = json.loads(self.body or "{}")
        except (RecursionError, ValueError):
            raise UnreadableRequest("The request's body is not JSON") from None
        if not isinstance(params, dict):
            raise UnreadableRequest("The request's body is not a JSON object")
        return params

    def _once(
        self, operation: OperationModel, params: Mapping[str, Any], run: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        member = _token_member(operation.name)
        token = params.get(member) if member else None
        if token is None:
            return run()
        rest = {name: value for name, value in params.items() if name not in (member, "AcceptLanguage")}
        return Records(self.backend.state).once(operation.name, token, rest, run)


@cache
def _token_member(operation: str) -> str | None:
    shape = get_service_model("servicecatalog").operation_model(operation).input_shape
    members = shape.members.items() if shape is not None else ()
    return next((name for name, member in members if member.metadata.get("idempotencyToken")), None)


def _page(
    listing: Listing, operation: OperationModel, params: Mapping[str, Any], caller: Caller
) -> dict[str, Any]:
    rest = {name: value for name, value in params.items() if name not in (*_PAGING, "AcceptLanguage")}
    shape: Any = operation.output_shape
    return listing.page(
        json.dumps([operation.name, caller.session_arn, rest], sort_keys=True),
        size=params.get("PageSize"),
        token=params.get("PageToken"),
        token_member="PageToken" if "PageToken" in shape.members else "NextPageToken",
    )


app_registry.install()
# moto reads the backend's addresses here.
url_bases = [r"https?://servicecatalog\.(.+)\.amazonaws\.com"]
url_paths = {
    "{0}/$": ServiceCatalogResponse.dispatch,
    # AppRegistry signs as servicecatalog, so on a served endpoint its requests arrive here too.
    **registry_paths,
}
