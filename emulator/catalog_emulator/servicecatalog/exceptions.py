"""The errors that Service Catalog answers with; botocore turns each code into its exception class.

https://docs.aws.amazon.com/servicecatalog/latest/dg/CommonErrors.html
"""

from moto.core.exceptions import ServiceException


class NotFound(ServiceException):
    """It does not exist, or the caller may not see it."""

    code = "ResourceNotFoundException"


class InvalidParameters(ServiceException):
    """A value that the service model allows and this operation does not."""

    code = "InvalidParametersException"


class Duplicate(ServiceException):
    """Something that may exist only once exists already."""

    code = "DuplicateResourceException"


class LimitExceeded(ServiceException):
    """The quota is used up."""

    code = "LimitExceededException"


class InUse(ServiceException):
    """Something that is still in use cannot be deleted."""

    code = "ResourceInUseException"


class InvalidState(ServiceException):
    """The state of the resource does not allow the operation."""

    code = "InvalidStateException"


class Undeletable(ServiceException):
    """What CloudFormation refuses to delete; users report this code, which the model does not list."""

    code = "ValidationException"


class NotSupported(ServiceException):
    """Only the organization's management account or a delegated administrator can do this."""

    code = "OperationNotSupportedException"


class NotImplementedHere(ServiceException):
    """The local Service Catalog does not have this operation."""

    code = "NotImplemented"
