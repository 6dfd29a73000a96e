"""The IAM action of an API operation, and the further actions that a request of it needs.

Operations and actions have the same name, except for S3. Source:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping
from typing import Final

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_S3: Final[Mapping[str, str]] = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}

# Tags in a creating request need the tagging action. CodeBuild has none: its tags are a property.
_TAGGING: Final[Mapping[str, str]] = {
    "cloudwatch": "cloudwatch:TagResource",
    "codecommit": "codecommit:TagResource",
    "codepipeline": "codepipeline:TagResource",
    "ec2": "ec2:CreateTags",
    "ecr": "ecr:TagResource",
    "events": "events:TagResource",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "iam:CreateUser": "iam:TagUser",
    "kms": "kms:TagResource",
    "logs": "logs:TagResource",
    "sagemaker": "sagemaker:AddTags",
    "sns": "sns:TagResource",
    "ssm": "ssm:AddTagsToResource",
}

# The service that a request passes a role to, if not the lowercase name of the service itself.
_ROLE_RECEIVERS: Final[Mapping[str, str]] = {
    "ec2:CreateFlowLogs": "vpc-flow-logs.amazonaws.com",
    "stepfunctions": "states.amazonaws.com",
}

_READING: Final = ("BatchGet", "Describe", "Get", "Head", "List")


def action_of(service: str, operation: str) -> str:
    """The action that an operation of a service (as boto3 names them) needs."""
    return f"{service}:{_S3.get(operation, operation) if service == 's3' else operation}"


def tagging_action(service: str, operation: str) -> str | None:
    """The action that tags in a creating request need; None if there is none."""
    if not operation.startswith(("Create", "Put")):
        return None
    return _TAGGING.get(f"{service}:{operation}", _TAGGING.get(service))


def role_receiver(service: str, operation: str) -> str:
    """The service principal that a request passes a role to."""
    known = _ROLE_RECEIVERS.get(f"{service}:{operation}") or _ROLE_RECEIVERS.get(service)
    return known or f"{service}.amazonaws.com"


def reads(action: str) -> bool:
    """Whether an action only reads."""
    return action.partition(":")[2].startswith(_READING)
