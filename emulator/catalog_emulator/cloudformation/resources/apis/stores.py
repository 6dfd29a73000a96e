"""Tables, file systems and databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from catalog_emulator.cloudformation.resources.apis.api import Api, Change, Show
from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.types.tags import Tagging

_TABLE: Final = "TableName"


def _indexes(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndexUpdate.html"""
    name = "GlobalSecondaryIndexes"
    old, new = ({one["IndexName"]: one for one in side.get(name) or ()} for side in (before, after))
    dropped = [{"Delete": {"IndexName": index}} for index in old if index not in new]
    added = [{"Create": new[index]} for index in new if index not in old]
    told = ("IndexName", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
    changed = [
        {"Update": {key: new[index][key] for key in told if key in new[index]}}
        for index in new
        if index in old and old[index] != new[index]
    ]
    return {
        "AttributeDefinitions": after["AttributeDefinitions"],
        "GlobalSecondaryIndexUpdates": [*dropped, *added, *changed],
    }


def _lifetime(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
    name = "TimeToLiveSpecification"
    told = after.get(name) or {**before[name], "Enabled": False}
    return {name: {"AttributeName": told["AttributeName"], "Enabled": told["Enabled"]}}


def _recovery(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
    name = "PointInTimeRecoverySpecification"
    return {name: after.get(name) or {"PointInTimeRecoveryEnabled": False}}


def _stream(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
    name = "StreamSpecification"
    return {name: {"StreamEnabled": True, **after[name]} if after.get(name) else {"StreamEnabled": False}}


def _lifetime_shown(live: Any, declared: Any) -> Any:
    on = (live or {}).get("TimeToLiveStatus") == "ENABLED"
    return {"Enabled": on, "AttributeName": (live or {}).get("AttributeName")}


def _recovery_shown(live: Any, declared: Any) -> Any:
    on = live.get("PointInTimeRecoveryStatus") == "ENABLED"
    return {**live, "PointInTimeRecoveryEnabled": on}


def _encryption_shown(live: Any, declared: Any) -> Any:
    found = live or {}
    on = found.get("Status") == "ENABLED"
    return {"SSEEnabled": on, "KMSMasterKeyId": found.get("KMSMasterKeyArn"), "SSEType": found.get("SSEType")}


def _arn_of_table(context: Context, physical_id: str, properties: Properties) -> str:
    return f"arn:{context.partition}:dynamodb:{context.region}:{context.account_id}:table/{physical_id}"


def _rds(kind: str) -> Any:
    def arn(context: Context, physical_id: str, properties: Properties) -> str:
        return f"arn:{context.partition}:rds:{context.region}:{context.account_id}:{kind}:{physical_id}"

    return arn


_RDS: Final = Tagging(
    service="rds", target="ResourceName", put="add_tags_to_resource", drop="remove_tags_from_resource"
)
_EFS: Final = Tagging(service="efs", target="ResourceId")


def _parameters(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
    values = after.get("Parameters") or {}
    return {
        "Parameters": [
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for name, value in values.items()
        ]
    }


def _parameters_shown(live: Any, declared: Any) -> Any:
    values = {one["ParameterName"]: one.get("ParameterValue") for one in live or ()}
    return {name: values[name] for name in declared if values.get(name) is not None}


def _lower(live: Any, declared: Any) -> Any:
    """AWS takes these names in any case."""
    return declared if str(live).lower() == str(declared).lower() else live


TABLE: Final[Mapping[str, Api]] = {
    "AWS::DynamoDB::Table": Api(
        service="dynamodb",
        shows=(
            Show(
                operation="describe_table",
                by=_TABLE,
                path=("Table",),
                names={
                    "BillingMode": "BillingModeSummary.BillingMode",
                    "SSESpecification": "SSEDescription",
                    "TableClass": "TableClassSummary.TableClass",
                },
                turns={"SSESpecification": _encryption_shown},
            ),
            Show(
                operation="describe_time_to_live",
                by=_TABLE,
                names={"TimeToLiveSpecification": "TimeToLiveDescription"},
                turns={"TimeToLiveSpecification": _lifetime_shown},
                only=True,
            ),
            Show(
                operation="describe_continuous_backups",
                by=_TABLE,
                path=("ContinuousBackupsDescription",),
                names={"PointInTimeRecoverySpecification": "PointInTimeRecoveryDescription"},
                turns={"PointInTimeRecoverySpecification": _recovery_shown},
                only=True,
            ),
        ),
        changes=(
            Change(
                operation="update_table",
                by=_TABLE,
                of=(
                    "AttributeDefinitions",
                    "BillingMode",
                    "DeletionProtectionEnabled",
                    "OnDemandThroughput",
                    "ProvisionedThroughput",
                    "SSESpecification",
                    "TableClass",
                    "WarmThroughput",
                ),
                always=("AttributeDefinitions",),
            ),
            Change(operation="update_table", by=_TABLE, of=("GlobalSecondaryIndexes",), request=_indexes),
            Change(operation="update_table", by=_TABLE, of=("StreamSpecification",), request=_stream),
            Change(
                operation="update_time_to_live",
                by=_TABLE,
                of=("TimeToLiveSpecification",),
                request=_lifetime,
                late=True,
            ),
            Change(
                operation="update_continuous_backups",
                by=_TABLE,
                of=("PointInTimeRecoverySpecification",),
                request=_recovery,
                late=True,
            ),
        ),
        tagging=Tagging(service="dynamodb", target="ResourceArn", show="list_tags_of_resource"),
        tagged=_arn_of_table,
    ),
    "AWS::EFS::AccessPoint": Api(
        service="efs",
        shows=(Show(operation="describe_access_points", by="AccessPointId", path=("AccessPoints",)),),
        tagging=_EFS,
    ),
    "AWS::EFS::FileSystem": Api(
        service="efs",
        shows=(
            Show(operation="describe_file_systems", by="FileSystemId", path=("FileSystems",)),
            Show(operation="describe_lifecycle_configuration", by="FileSystemId"),
            Show(operation="describe_backup_policy", by="FileSystemId"),
            Show(
                operation="describe_file_system_policy",
                by="FileSystemId",
                names={"FileSystemPolicy": "Policy"},
                only=True,
            ),
        ),
        changes=(
            Change(operation="update_file_system", by="FileSystemId"),
            Change(operation="put_lifecycle_configuration", by="FileSystemId"),
            Change(operation="put_backup_policy", by="FileSystemId"),
            Change(
                operation="put_file_system_policy",
                by="FileSystemId",
                names={"FileSystemPolicy": "Policy"},
            ),
        ),
        tagging=_EFS,
    ),
    "AWS::EFS::MountTarget": Api(
        service="efs",
        shows=(
            Show(operation="describe_mount_targets", by="MountTargetId", path=("MountTargets",)),
            Show(operation="describe_mount_target_security_groups", by="MountTargetId"),
        ),
        changes=(Change(operation="modify_mount_target_security_groups", by="MountTargetId"),),
    ),
    "AWS::RDS::DBInstance": Api(
        service="rds",
        shows=(
            Show(
                operation="describe_db_instances",
                by="DBInstanceIdentifier",
                path=("DBInstances",),
                names={
                    "DBParameterGroupName": "DBParameterGroups.DBParameterGroupName",
                    "DBSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
                    "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
                    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
                    "Port": "Endpoint.Port",
                    "VPCSecurityGroups": "VpcSecurityGroups.VpcSecurityGroupId",
                },
                turns={
                    "DBParameterGroupName": lambda live, declared: live[0] if live else None,
                    "Engine": _lower,
                },
            ),
        ),
        changes=(
            Change(
                operation="modify_db_instance",
                by=lambda physical_id, _: {"DBInstanceIdentifier": physical_id, "ApplyImmediately": True},
                names={"Port": "DBPortNumber", "VPCSecurityGroups": "VpcSecurityGroupIds"},
            ),
        ),
        tagging=_RDS,
        tagged=_rds("db"),
    ),
    "AWS::RDS::DBParameterGroup": Api(
        service="rds",
        shows=(
            Show(
                operation="describe_db_parameter_groups",
                by="DBParameterGroupName",
                path=("DBParameterGroups",),
                names={"Family": "DBParameterGroupFamily"},
            ),
            Show(
                operation="describe_db_parameters",
                by="DBParameterGroupName",
                turns={"Parameters": _parameters_shown},
            ),
        ),
        changes=(
            Change(
                operation="modify_db_parameter_group",
                by="DBParameterGroupName",
                of=("Parameters",),
                request=_parameters,
            ),
        ),
        tagging=_RDS,
        tagged=_rds("pg"),
    ),
    "AWS::RDS::DBSubnetGroup": Api(
        service="rds",
        shows=(
            Show(
                operation="describe_db_subnet_groups",
                by="DBSubnetGroupName",
                path=("DBSubnetGroups",),
                names={"SubnetIds": "Subnets.SubnetIdentifier"},
            ),
        ),
        changes=(
            Change(
                operation="modify_db_subnet_group",
                by="DBSubnetGroupName",
                of=("DBSubnetGroupDescription", "SubnetIds"),
                always=("SubnetIds",),
            ),
        ),
        tagging=_RDS,
        tagged=_rds("subgrp"),
    ),
    "AWS::Redshift::Cluster": Api(
        service="redshift",
        shows=(
            Show(
                operation="describe_clusters",
                by="ClusterIdentifier",
                path=("Clusters",),
                names={
                    "Port": "Endpoint.Port",
                    "VpcSecurityGroupIds": "VpcSecurityGroups.VpcSecurityGroupId",
                    "ClusterSecurityGroups": "ClusterSecurityGroups.ClusterSecurityGroupName",
                },
            ),
        ),
        changes=(Change(operation="modify_cluster", by="ClusterIdentifier"),),
    ),
    "AWS::Redshift::ClusterParameterGroup": Api(
        service="redshift",
        shows=(
            Show(
                operation="describe_cluster_parameter_groups",
                by="ParameterGroupName",
                path=("ParameterGroups",),
            ),
        ),
    ),
    "AWS::Redshift::ClusterSubnetGroup": Api(
        service="redshift",
        shows=(
            Show(
                operation="describe_cluster_subnet_groups",
                by="ClusterSubnetGroupName",
                path=("ClusterSubnetGroups",),
                names={"SubnetIds": "Subnets.SubnetIdentifier"},
            ),
        ),
    ),
}
