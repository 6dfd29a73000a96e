"""What moto lacks, cannot read, and fails at, as AWS reports errors: a code, and the operation's name."""

import logging
import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from json import JSONDecodeError
from typing import Any
from xml.parsers.expat import ExpatError

import flask
from botocore.model import OperationNotFoundError
from moto import backends
from moto.backend_index import backend_url_patterns
from moto.core.exceptions import ServiceException
from moto.moto_server import werkzeug_app
from typing_extensions import override

from catalog_emulator.faults.called_operation import Call
from catalog_emulator.faults.middleware import CALL
from catalog_emulator.faults.replies import Reply, refused
from catalog_emulator.moto_lock import Application, Environ
from catalog_emulator.regular_expressions import SlowPatternError
from catalog_emulator.server.access_keys import RefusedKeyError, check_key
from catalog_emulator.server.request_bodies import check_body, malformed

_log = logging.getLogger(__name__)
# moto takes these for other operations on the same bucket or object, DeleteBucket and PutObject among them.
# https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
_POSTED = ("POST", "multipart/form-data")
# Begins the paths of S3's second API, which signs for S3.
_S3_CONTROL = "/v20180820/"
_NOT_IN_S3 = re.compile(
    r"\w*(Abac|Analytics|Annotation|IntelligentTiering|BucketMetadata|DirectoryBuckets|Metrics|Payment)\w*"
    r"|CreateSession|DeleteBucketInventoryConfiguration|GetObject(Retention|Torrent)|RenameObject"
    r"|UpdateObjectEncryption|WriteGetObjectResponse"
)


class Dispatcher(werkzeug_app.DomainDispatcherApplication):
    """moto's dispatcher, which raises NotImplementedError for a service or path that moto lacks."""

    def __init__(self) -> None:
        super().__init__(_backend_app)

    @override
    def get_backend_for_host(self, host: str | None) -> str | None:
        return None if host is None else _backend(host)

    @override
    def infer_service_region_host(self, environ: Environ, path: str) -> str | None:
        call = environ[CALL]
        if call.region and call.service != "s3":
            # Also of a presigned request, which moto takes for one to S3.
            scope = f"AWS4-HMAC-SHA256 Credential=//{call.region}/{call.service}/aws4_request"
            environ = {**environ, "HTTP_AUTHORIZATION": scope}
        host: str | None = super().infer_service_region_host(environ, path)
        return host


@lru_cache(1024)
def _backend(host: str) -> str:
    if host == "moto_api" or host in _modules():
        return host
    for backend, pattern in backend_url_patterns:
        if pattern.match(f"http://{host}"):
            return backend
    raise NotImplementedError(host)


class _Request(werkzeug_app.BackendRequest):
    @property
    @override
    def want_form_data_parsed(self) -> bool:
        """The body of a REST operation is content, whatever its type, but for the forms that S3 takes."""
        call: Call = self.environ[CALL]
        form = not call.protocol.startswith("rest-") or (self.method, self.mimetype) == _POSTED
        return form and super().want_form_data_parsed


def _backend_app(service: Any) -> flask.Flask:
    app = werkzeug_app.create_backend_app(service)
    app.request_class = _Request

    @app.before_request
    def check_route() -> None:
        if flask.request.routing_exception is not None:
            raise NotImplementedError(flask.request.path)

    return app


@cache
def _modules() -> frozenset[str]:
    return frozenset(backends.list_of_moto_modules())


def with_error_replies(application: Application) -> Application:
    """A WSGI application that answers with an error in place of raising one.

    Otherwise the server would answer a page of HTML, which clients cannot read.
    """

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        call: Call = environ[CALL]
        try:
            check_key(call)
            check_body(call, environ)
            if not _implemented(call) and not environ["PATH_INFO"].startswith(_S3_CONTROL):
                raise NotImplementedError(call.name)
            return application(environ, start_response)
        except Exception as error:
            return _reply(call, error)(environ, start_response)

    return answer


def _implemented(call: Call) -> bool:
    """Whether moto has the service of the operation, and S3 the operation; it checks others itself."""
    if call.model is None:
        return call.service != "s3" or call.operation == "OPTIONS"
    name = call.model.service_model.service_name
    if name == "s3":
        return _NOT_IN_S3.fullmatch(call.operation) is None
    return name == "lambda" or name.replace("-", "") in _modules()


def _reply(call: Call, error: Exception) -> Reply:
    match error:
        case NotImplementedError() | OperationNotFoundError():
            reason = f"{call.name} is not implemented by this endpoint"
            return refused(call, "NotImplemented", reason, status=501)
        case RefusedKeyError():
            return refused(call, error.code, str(error), status=error.status)
        case ServiceException():
            return refused(call, error.code, error.message)
        case SlowPatternError():
            return refused(call, "ValidationException", str(error))
        case ExpatError() | JSONDecodeError() | UnicodeError():
            # Of a document in a parameter, too.
            return refused(call, malformed(call), str(error))
    _log.error("%s failed", call.name, exc_info=error)
    reason = f"{call.name} failed: {type(error).__name__}: {error}"
    return refused(call, "InternalFailure", reason, status=500)
