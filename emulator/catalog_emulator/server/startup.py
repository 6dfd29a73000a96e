"""Makes moto start and answer quicker, without changing its answers.

Half of a plain start is spent on reading what few requests need: each trick here saves more than 0.1 s.
"""

import importlib.util
import sys
from functools import cache, partial
from types import ModuleType
from typing import Any, NoReturn

from werkzeug.local import LocalProxy

_INSTANCE_TYPES = "moto.ec2.models.instance_types"
_API_GATEWAY = "moto.apigateway.models"
_VALIDATOR = "openapi_spec_validator"
# The kinds of keys of KMS that are pairs.
_PAIRS = ("RSA", "ECC", "SM2", "ML")
_VALIDATOR_MODULES = (_VALIDATOR, f"{_VALIDATOR}.validation", f"{_VALIDATOR}.validation.exceptions")


def prepare_import() -> None:
    """For a process of the emulator's own, before moto is imported; afterwards most of it does nothing."""
    _share_models()
    if _INSTANCE_TYPES not in sys.modules:
        _defer_instance_types()
    if _API_GATEWAY not in sys.modules and _VALIDATOR not in sys.modules:
        _defer_validator()


def install() -> None:
    """Puts shortcuts into moto, in any process; calling it twice changes nothing."""
    from moto.core import responses
    from moto.kms import models

    moto_responses: Any = responses
    moto_kms: Any = models
    if hasattr(moto_responses.method_names_from_class, "cache_info"):
        return
    # Asked with every request, and always the same.
    moto_responses.method_names_from_class = cache(moto_responses.method_names_from_class)
    generate = moto_kms.generate_private_key
    moto_kms.generate_private_key = lambda spec: generate(spec) if spec.startswith(_PAIRS) else NoPrivateKey()


class NoPrivateKey:
    """What a symmetric key of KMS has in place of the pair that moto would take 0.1 s to generate."""

    def public_key(self, *_: object) -> NoReturn:
        from moto.core.exceptions import JsonRESTError

        # https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html
        raise JsonRESTError("UnsupportedOperationException", "The key is not asymmetric")

    sign = verify = public_key


def _share_models() -> None:
    """One loader of botocore's models for the process; otherwise every session parses its own."""
    import botocore.loaders

    loaders: Any = botocore.loaders
    if not hasattr(loaders.create_loader, "cache_info"):
        loaders.create_loader = cache(loaders.create_loader)


def _defer_instance_types() -> None:
    from moto.utilities import utils

    files: Any = utils
    load = files.load_resource
    files.load_resource = lambda path: {} if "ec2/resources/instance_type" in path else load(path)
    try:
        models: Any = importlib.import_module(_INSTANCE_TYPES)
    finally:
        files.load_resource = load

    @cache
    def whole() -> Any:
        """The same module once more, with all that it reads."""
        spec = importlib.util.spec_from_file_location(models.__name__, models.__file__)
        assert spec is not None and spec.loader is not None, "imported from there before"
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    # Other modules hold this dictionary itself.
    offerings = models.INSTANCE_TYPE_OFFERINGS
    for kind in offerings:
        offerings[kind] = LocalProxy(partial(lambda one: whole().INSTANCE_TYPE_OFFERINGS[one], kind))
    models.INSTANCE_TYPES = LocalProxy(lambda: whole().INSTANCE_TYPES)
    models.INSTANCE_FAMILIES = LocalProxy(lambda: whole().INSTANCE_FAMILIES)
    models.InstanceTypeBackend.instance_types = LocalProxy(lambda: whole().InstanceTypeBackend.instance_types)


def _defer_validator() -> None:
    """The validator of OpenAPI documents: stands in for its modules while API Gateway's are imported."""

    def validate(document: Any) -> None:
        models.validate = importlib.import_module(_VALIDATOR).validate
        exceptions = importlib.import_module(_VALIDATOR_MODULES[-1])
        models.OpenAPIValidationError = exceptions.OpenAPIValidationError
        models.validate(document)

    for name in _VALIDATOR_MODULES:
        sys.modules[name] = ModuleType(name)
    vars(sys.modules[_VALIDATOR])["validate"] = validate
    vars(sys.modules[_VALIDATOR_MODULES[-1]])["OpenAPIValidationError"] = ValueError
    try:
        models: Any = importlib.import_module(_API_GATEWAY)
    finally:
        for name in _VALIDATOR_MODULES:
            del sys.modules[name]
