"""Refuses trust and resource policies for service principals that do not exist, as AWS does.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, wraps
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from moto.core.exceptions import ServiceException

from catalog_emulator.iam.patterns import as_list
from catalog_emulator.iam.reference import services

_SUFFIX: Final = re.compile(r"(\.[a-z]{2}(-[a-z]+)+-\d)?\.(amazonaws\.com(\.cn)?|aws\.internal)$")
# By module of moto: its backend, the calls with policies, and the error of the service; {} is the principal.
_CHECKED: Final[Mapping[str, tuple[str, tuple[str, ...], str, str]]] = {
    "awslambda": (
        "LambdaBackend",
        ("add_permission",),
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    ),
    "ecr": (
        "ECRBackend",
        ("set_repository_policy",),
        "InvalidParameterException",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: "
        "'Invalid repository policy provided'",
    ),
    "iam": (
        "IAMBackend",
        ("create_role", "update_assume_role_policy"),
        "MalformedPolicyDocument",
        'Invalid principal in policy: "SERVICE":"{}"',
    ),
    "kms": (
        "KmsBackend",
        ("create_key", "put_key_policy"),
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    ),
    "s3": ("S3Backend", ("put_bucket_policy",), "MalformedPolicy", "Invalid principal in policy"),
    "secretsmanager": (
        "SecretsManagerBackend",
        ("put_resource_policy",),
        "MalformedPolicyDocumentException",
        "This resource policy contains an unsupported principal.",
    ),
    "sns": (
        "SNSBackend",
        ("create_topic", "set_topic_attribute"),
        "InvalidParameter",
        "Invalid parameter: Policy Error: PrincipalNotFound",
    ),
    "sqs": (
        "SQSBackend",
        ("create_queue", "set_queue_attributes"),
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
    ),
}
_ERRORS: Final = {"awslambda": "LambdaClientError", "s3": "S3ClientError"}


def is_service(principal: str) -> bool:
    """Whether a service has this principal, also in the form of a Region.

    Not every service with actions has one, so that a few are taken that AWS refuses.
    """
    name, suffixes = _SUFFIX.subn("", principal)
    known = suffixes and (name in services() or f"{name}.amazonaws.com" in _special())
    return bool(known) or principal in _special()


@cache
def check_principals(service: str) -> None:
    """Makes a service, by the name of moto's module, refuse such policies."""
    if service not in _CHECKED:
        return
    backend, calls, code, message = _CHECKED[service]
    owner = getattr(import_module(f"moto.{service}.models"), backend)
    # moto finds the service of an error by its module, or knows the class.
    module = f"moto.{service}.exceptions"
    kind = getattr(import_module(module), _ERRORS[service]) if service in _ERRORS else ServiceException
    error: Any = type("RefusedPolicy", (kind,), {"__module__": module})
    for name in calls:
        method = getattr(owner, name)
        setattr(owner, name, _checked(method, lambda one: error(code, message.format(one))))


def _checked(method: Callable[..., Any], error: Callable[[str], Exception]) -> Callable[..., Any]:
    @wraps(method)
    def checked(*arguments: Any, **named: Any) -> Any:
        for value in (*arguments[1:], *named.values()):
            for principal in _principals(value):
                if not is_service(principal):
                    raise error(principal)
        return method(*arguments, **named)

    return checked


def _principals(value: Any) -> Iterator[str]:
    """The services in a policy, in attributes with one, or in a permission of Lambda."""
    if isinstance(value, Mapping):
        value = value.get("Policy")
    try:
        document = json.loads(value) if isinstance(value, str | bytes) else None
    except (RecursionError, ValueError):
        return
    if not isinstance(document, dict):
        return
    if isinstance(document.get("Principal"), str) and "." in document["Principal"]:
        yield document["Principal"]
    for statement in as_list(document.get("Statement")):
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element) if isinstance(statement, dict) else None
            if isinstance(principals, dict):
                yield from (one for one in as_list(principals.get("Service")) if isinstance(one, str))


@cache
def _special() -> frozenset[str]:
    lines = Path(__file__).with_name("service_principals.txt").read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
