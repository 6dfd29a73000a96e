from __future__ import annotations

import json
from typing import Any

from publisher.aws.account_roles import AccountRoles, Role
from tests.account import Account


def document(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


TRUST = document("sts:AssumeRole")


def test_roles_and_default_versions_in_one_call(account: Account) -> None:
    iam = account.client("iam")
    iam.create_role(
        RoleName="mine", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "a", "Value": "b"}]
    )
    arn = iam.create_policy(PolicyName="mine-1", PolicyDocument=json.dumps(document("s3:GetObject")))
    policy = arn["Policy"]["Arn"]
    iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=json.dumps(document("s3:PutObject")), SetAsDefault=True
    )
    iam.attach_role_policy(RoleName="mine", PolicyArn=policy)
    iam.put_role_policy(RoleName="mine", PolicyName="more", PolicyDocument=json.dumps(document("s3:*")))
    account.aws.calls.clear()
    assert AccountRoles.read(account.aws) == AccountRoles(
        roles={
            "mine": Role(
                name="mine",
                trust=TRUST,
                attached=(policy,),
                inline={"more": document("s3:*")},
                tags={"a": "b"},
            )
        },
        policies={policy: document("s3:PutObject")},
    )
    assert account.aws.calls == {"iam:GetAccountAuthorizationDetails": 1}
