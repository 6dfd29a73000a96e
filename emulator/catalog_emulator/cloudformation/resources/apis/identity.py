"""Access keys and instance profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from catalog_emulator.cloudformation.resources.apis.api import Api, Change, Show
from catalog_emulator.cloudformation.resources.resource import Properties


def _key(physical_id: str, properties: Properties) -> Mapping[str, Any]:
    return {"UserName": properties["UserName"], "AccessKeyId": physical_id}


TABLE: Final[Mapping[str, Api]] = {
    "AWS::IAM::AccessKey": Api(
        service="iam",
        shows=(
            Show(
                operation="list_access_keys",
                by=lambda _, properties: {"UserName": properties["UserName"]},
                path=("AccessKeyMetadata",),
                key="AccessKeyId",
            ),
        ),
        changes=(Change(operation="update_access_key", by=_key, of=("Status",)),),
    ),
    "AWS::IAM::InstanceProfile": Api(
        service="iam",
        shows=(
            Show(
                operation="get_instance_profile",
                by="InstanceProfileName",
                path=("InstanceProfile",),
                names={"Roles": "Roles.RoleName"},
            ),
        ),
        changes=(
            Change(
                operation="remove_role_from_instance_profile",
                by="InstanceProfileName",
                of=("Roles",),
                request=lambda physical_id, before, after: {"RoleName": before["Roles"][0]},
            ),
            Change(
                operation="add_role_to_instance_profile",
                by="InstanceProfileName",
                of=("Roles",),
                request=lambda physical_id, before, after: {"RoleName": after["Roles"][0]},
            ),
        ),
    ),
}
