"""Resource policies of one log group, and keys put on it later.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
"""

import json
from typing import Any

from moto.core.utils import unix_time_millis
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

_put = LogsResponse.put_resource_policy
_describe = LogsResponse.describe_resource_policies
_delete = LogsResponse.delete_resource_policy


def put_resource_policy(self: LogsResponse) -> str:
    """With a resourceArn: the policy of that log group, which goes when the group goes."""
    arn = self._get_param("resourceArn")
    if not arn:
        return _put(self)
    group = _group(self, arn)
    group.own_policy = {
        "resourceArn": arn,
        "policyScope": "RESOURCE",
        "policyDocument": self._get_param("policyDocument"),
        "lastUpdatedTime": int(unix_time_millis()),
    }
    return json.dumps({"resourcePolicy": group.own_policy})


def describe_resource_policies(self: LogsResponse) -> str:
    """With policyScope RESOURCE: those of log groups."""
    arn = self._get_param("resourceArn")
    if not arn and self._get_param("policyScope") != "RESOURCE":
        return _describe(self)
    groups = [_group(self, arn)] if arn else list(self.logs_backend.groups.values())
    return json.dumps(
        {"resourcePolicies": [group.own_policy for group in groups if hasattr(group, "own_policy")]}
    )


def delete_resource_policy(self: LogsResponse) -> str:
    """With a resourceArn: that of the log group."""
    arn = self._get_param("resourceArn")
    if not arn:
        return _delete(self)
    group = _group(self, arn)
    if not hasattr(group, "own_policy"):
        raise ResourceNotFoundException(msg=f"No policy exists for resource {arn}")
    del group.own_policy
    return ""


def associate_kms_key(self: LogsResponse) -> str:
    """The key that new log events are encrypted with."""
    self.logs_backend.groups[_name(self)].kms_key_id = self._get_param("kmsKeyId")
    return ""


def disassociate_kms_key(self: LogsResponse) -> str:
    """Returns to the service's key."""
    self.logs_backend.groups[_name(self)].kms_key_id = None
    return ""


def _name(response: LogsResponse) -> str:
    name: str = response._get_param("logGroupName") or _of(response._get_param("resourceIdentifier") or "")
    if name not in response.logs_backend.groups:
        raise ResourceNotFoundException()
    return name


def _group(response: LogsResponse, arn: str) -> Any:
    if _of(arn) not in response.logs_backend.groups:
        raise ResourceNotFoundException()
    return response.logs_backend.groups[_of(arn)]


def _of(arn: str) -> str:
    return arn.split(":log-group:", 1)[-1].removesuffix(":*")


ADDITIONS = {
    LogsResponse: (
        *(put_resource_policy, describe_resource_policies, delete_resource_policy),
        *(associate_kms_key, disassociate_kms_key),
    )
}
