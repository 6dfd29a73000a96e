"""What services know of the resource of a request: its whole ARN, and values of keys that no request has.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_identityandaccessmanagement.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

import sys
from collections.abc import Mapping
from typing import Any, Final

from catalog_emulator.iam.principals import find_principal, organization_key, tags_of, with_path
from catalog_emulator.iam.reference import action

_BOUNDARY: Final = "iam:permissionsboundary"


def whole_arn(arn: str) -> str:
    """The ARN with the path of an IAM resource, or with the six letters of a secret's."""
    _, is_secret, name = arn.partition(":secret:")
    if not is_secret:
        return with_path(arn)
    models: Any = sys.modules.get("moto.secretsmanager.models")
    _, _, _, region, account_id, _ = arn.split(":", 5)
    held = models.secretsmanager_backends[account_id][region].secrets.values() if models else ()
    # Any six letters stand for those of a secret that is not there yet.
    return next((str(one.arn) for one in held if arn == one.arn or name == one.name), f"{arn}-abcdef")


def resource_context(name: str, resource: str) -> dict[str, tuple[str, ...]]:
    """The tags of a principal or a resource of EC2, the principal's boundary, the resource's VPC.

    Of each the account that has it, and its organization.
    """
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return {}
    _, partition, service, region, account_id, path = parts
    found: dict[str, tuple[str, ...]] = {}
    if account_id:
        found = {"aws:resourceaccount": (account_id,)} | organization_key("resource", account_id, partition)
    tags: Mapping[str, str] = {}
    if service == "iam":
        principal = find_principal(resource)
        tags = tags_of(principal)
        known, boundary = action(name), getattr(principal, "permissions_boundary_arn", None)
        if boundary and known is not None and _BOUNDARY in known.keys:
            found[_BOUNDARY] = (str(boundary),)
    # EC2 is imported by the first call of it, and has nothing before.
    elif service == "ec2" and "moto.ec2.models" in sys.modules and region:
        ec2 = sys.modules["moto.ec2.models"].ec2_backends[account_id][region]
        identifier = path.rpartition("/")[2]
        tags = dict(ec2.tags.get(identifier) or {})
        vpc = _vpc(ec2, identifier)
        if vpc:
            found["ec2:vpc"] = (f"arn:{partition}:ec2:{region}:{account_id}:vpc/{vpc}",)
    for prefix in ("aws", service):
        found |= {f"{prefix}:resourcetag/{key.lower()}": (value,) for key, value in tags.items()}
    return found


def _vpc(ec2: Any, identifier: str) -> str | None:
    tables: tuple[Mapping[str, Any], ...] = (*ec2.groups.values(), *ec2.subnets.values(), ec2.route_tables)
    return next((str(table[identifier].vpc_id) for table in tables if identifier in table), None)
