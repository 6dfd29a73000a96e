"""The errors that Service Catalog answers with; botocore turns each code into its exception class.

https://docs.aws.amazon.com/servicecatalog/latest/dg/CommonErrors.html
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ResourceNotFoundException(ServiceException):
    """What was named does not exist, or the caller may not see it."""

    code = "ResourceNotFoundException"


class InvalidParametersException(ServiceException):
    """A value the service model allows, but not here."""

    code = "InvalidParametersException"


class DuplicateResourceException(ServiceException):
    """A second of what may exist once."""

    code = "DuplicateResourceException"


class LimitExceededException(ServiceException):
    """One more than the quota allows."""

    code = "LimitExceededException"


class ResourceInUseException(ServiceException):
    """A delete of what something else still needs."""

    code = "ResourceInUseException"


class InvalidStateException(ServiceException):
    """Not while the resource is in the state that it is in."""

    code = "InvalidStateException"


class OperationNotSupportedException(ServiceException):
    """Not from this account: the organization's management account may, or a delegated administrator."""

    code = "OperationNotSupportedException"


class ValidationException(ServiceException):
    """The request does not fit the service model."""

    code = "ValidationException"


class SerializationException(ServiceException):
    """The request's body is not what the operation takes at all."""

    code = "SerializationException"


class NotImplementedHere(ServiceException):
    """An operation of Service Catalog that this backend does not have."""

    code = "NotImplemented"
