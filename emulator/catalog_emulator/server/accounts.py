"""Who works on the local endpoint: an administrator, and the role of a team that launches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from catalog_emulator.errors import InvalidInputError
from catalog_emulator.server.record import ACCOUNT_ID, ADMIN_PROFILE, LAUNCHER_PROFILE, REGION

ADMIN_USER = "publisher-local-admin"
LAUNCHER_ROLE = "ml-team-local"

# What those who launch have of Service Catalog, and what reading and ending a launch asks beyond it.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceCatalogEndUserFullAccess.html
_LAUNCHING = (
    *(
        f"servicecatalog:{action}"
        for action in (
            "CreateProvisionedProductPlan",
            "DeleteProvisionedProductPlan",
            "DescribeProduct",
            "DescribeProductView",
            "DescribeProvisionedProduct",
            "DescribeProvisionedProductPlan",
            "DescribeProvisioningParameters",
            "DescribeRecord",
            "DescribeServiceActionExecutionParameters",
            "ExecuteProvisionedProductPlan",
            "ExecuteProvisionedProductServiceAction",
            "GetProvisionedProductOutputs",
            "ListLaunchPaths",
            "ListProvisionedProductPlans",
            "ListRecordHistory",
            "ListServiceActionsForProvisioningArtifact",
            "ListStackInstancesForProvisionedProduct",
            "ProvisionProduct",
            "ScanProvisionedProducts",
            "SearchProducts",
            "SearchProvisionedProducts",
            "TerminateProvisionedProduct",
            "UpdateProvisionedProduct",
        )
    ),
    "cloudformation:Describe*",
    "cloudformation:List*",
    "ssm:GetParameter*",
    "sns:*",
    "s3:*",
    "sagemaker:*",
)

_CONFIG = """\
# Written by `publisher local start`; these credentials are good for the endpoint on this machine only.
[profile {admin_profile}]
aws_access_key_id = {key_id}
aws_secret_access_key = {secret}
region = {region}
endpoint_url = {url}

[profile {launcher_profile}]
role_arn = arn:aws:iam::{account_id}:role/{role}
role_session_name = {session}
source_profile = {admin_profile}
region = {region}
endpoint_url = {url}
"""


def prepare() -> None:
    """Makes the administrator, with an access key, and the launching role in moto's IAM."""
    iam = _iam()
    iam.create_user("us-east-1", ADMIN_USER, path="/", tags=[])
    iam.put_user_policy(ADMIN_USER, "administrator", _policy("*"))
    iam.create_access_key(ADMIN_USER)
    iam.create_role(
        role_name=LAUNCHER_ROLE,
        assume_role_policy_document=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
        path="/",
        permissions_boundary=None,
        description="An ML team that launches products on the local endpoint.",
        tags=[],
        max_session_duration="3600",
    )
    iam.put_role_policy(LAUNCHER_ROLE, "launch", _policy(*_LAUNCHING))


def connect(url: str, config_file: Path) -> None:
    """Writes the two profiles. Raises InvalidInputError when the administrator has no access key."""
    user = _iam().users.get(ADMIN_USER)
    if user is None or not user.access_keys:
        raise InvalidInputError(
            f"the account has no access key of user {ADMIN_USER}",
            hint="it must be a state of an endpoint that publisher local started",
        )
    key = user.access_keys[0]
    config_file.write_text(
        _CONFIG.format(
            admin_profile=ADMIN_PROFILE,
            launcher_profile=LAUNCHER_PROFILE,
            key_id=key.access_key_id,
            secret=key.secret_access_key,
            region=REGION,
            url=url,
            account_id=ACCOUNT_ID,
            role=LAUNCHER_ROLE,
            # The AWS CLI keeps sessions on disk, by their name, and another account knows none of them.
            session=f"{LAUNCHER_ROLE}-{key.access_key_id[-6:].lower()}",
        ),
        encoding="utf-8",
    )
    config_file.chmod(0o600)


def _iam() -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[ACCOUNT_ID]["aws"]


def _policy(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
