"""The tagging API: what a service refuses fails for its resource only, and says why.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_FailureInfo.html
"""

from collections.abc import Iterable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.resource_tagging import TaggableResourcesMixin
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

Failures = dict[str, dict[str, Any]]


def tag_resources(
    self: ResourceGroupsTaggingAPIBackend, resource_arns: Iterable[str], tags: dict[str, str]
) -> Failures:
    """Adds tags to each resource."""
    return _failures(self, resource_arns, "tag_resource", tags)


def untag_resources(
    self: ResourceGroupsTaggingAPIBackend, resource_arn_list: Iterable[str], tag_keys: list[str]
) -> Failures:
    """Removes tags from each resource."""
    return _failures(self, resource_arn_list, "untag_resource", tag_keys)


def _failures(
    tagging: ResourceGroupsTaggingAPIBackend, arns: Iterable[str], method: str, argument: Any
) -> Failures:
    failed: Failures = {}
    for arn in arns:
        backend: Any = tagging._get_backend_for_resource(arn) or TaggableResourcesMixin
        try:
            getattr(backend, method)(arn, argument)
        except (NotImplementedError, TypeError):
            message = f"the tags of {arn} are not implemented by this endpoint"
            failed[arn] = {
                "StatusCode": 501,
                "ErrorCode": "InternalServiceException",
                "ErrorMessage": message,
            }
        except ServiceException as error:
            failed[arn] = {
                "StatusCode": 400,
                "ErrorCode": "InvalidParameterException",
                "ErrorMessage": error.message,
            }
    return failed


ADDITIONS = {ResourceGroupsTaggingAPIBackend: (tag_resources, untag_resources)}
