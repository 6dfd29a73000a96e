"""Many needs become one document, as little wider as the size demands; nothing that they allow is lost."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

from publisher.permissions import Need
from publisher.permissions.fitting import fitted
from tests.conftest import cases

BUCKET, KEY, EC2 = "arn:aws:s3:::stackset-*", "arn:aws:kms:*:1:key/*", "arn:aws:ec2:*:1"
ROLE = "arn:aws:iam::1:role/studio"
STACKS = "arn:aws:cloudformation:*:*:stack/*"


def need(action: str, *resources: str, **more: str) -> Need:
    return Need(action=action, reason="", resources=resources or ("*",), **more)


NEEDS = (
    need("cloudformation:*", STACKS, sid="Stacks"),
    *(need(f"ec2:Describe{n}") for n in "ABCDE"),
    *(need(f"ec2:Create{n}", f"{EC2}:{n.lower()}/*") for n in "ABCDE"),
    *(need(f"s3:{verb}Bucket{n}", BUCKET) for n in "AB" for verb in ("Get", "Put")),
    need("s3:PutBucketPolicy", "arn:aws:s3:::*"),
    need("kms:CreateGrant", KEY, condition='{"Bool":{"kms:x":["true"]}}'),
    need("kms:ScheduleKeyDeletion", KEY),
    *(need(f"iam:{it}Role", f"{ROLE}/x/r", f"{ROLE}/r") for it in ("Get", "Create")),
    need("iam:PassRole", f"{ROLE}/x/r"),
)


def padded(times: int) -> tuple[Need, ...]:
    """With so much that stays as it is that less of the document is left."""
    condition = json.dumps({"StringEquals": {"aws:x": ["y" * times]}})
    return (*NEEDS, need("sns:Publish", condition=condition))


@cases(
    ("times", "fits", "resources_of", "actions"),
    {
        "enough space": (
            0,
            True,
            {"ec2:CreateA": [f"{EC2}:a/*"]},
            {"ec2:DescribeA", "s3:GetBucketA", "iam:GetRole"},
        ),
        "a little less": (
            4600,
            True,
            {"ec2:CreateA": [f"{EC2}:{n}/*" for n in "abcde"], "s3:PutBucketA": [BUCKET]},
            {"ec2:DescribeA", "s3:PutBucketPolicy"},
        ),
        "none": (
            5000,
            False,
            {"iam:CreateRole": [f"{ROLE}/*"], "iam:PassRole": [f"{ROLE}/x/r"], "s3:Put*": ["arn:aws:s3:::*"]},
            {"ec2:Describe*", "ec2:Create*", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "iam:Get*"},
        ),
    },
)
def test_as_wide_as_needed(
    times: int, fits: bool, resources_of: dict[str, list[str]], actions: set[str]
) -> None:
    made = fitted(padded(times))
    statements = [it for policy in made for it in policy.document["Statement"]]
    assert (len(made) == 1) is fits
    for action, resources in resources_of.items():
        found = [it["Resource"] for it in statements if action in it["Action"]]
        assert resources in [it if isinstance(it, list) else [it] for it in found]
    allowed = {action for it in statements for action in it["Action"]}
    assert actions <= allowed
    assert [it.action for it in NEEDS if not any(fnmatchcase(it.action, one) for one in allowed)] == []


def test_a_required_statement_stays_as_it_is() -> None:
    (statement,) = (it for it in fitted(padded(0))[0].document["Statement"] if it["Sid"] == "Stacks")
    assert statement == {
        "Sid": "Stacks",
        "Effect": "Allow",
        "Action": ["cloudformation:*"],
        "Resource": STACKS,
    }
