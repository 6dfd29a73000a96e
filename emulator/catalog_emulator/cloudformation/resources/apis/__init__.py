"""How resources of moto's models are read and changed through their services: one row of a table a type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from catalog_emulator.cloudformation.resources.apis.api import Api

# Imported when a type is first asked for: most stacks have few.
_TABLES: Final[Mapping[str, str]] = {
    "ApiGateway": "serverless",
    "AutoScaling": "compute",
    "Batch": "containers",
    "DynamoDB": "stores",
    "EC2": "compute",
    "ECS": "containers",
    "EFS": "stores",
    "EMR": "compute",
    "ElasticLoadBalancing": "network",
    "ElasticLoadBalancingV2": "network",
    "Events": "serverless",
    "IAM": "identity",
    "Kinesis": "streams",
    "Lambda": "serverless",
    "Logs": "streams",
    "RDS": "stores",
    "Redshift": "stores",
    "Route53": "network",
    "SQS": "streams",
    "SSM": "streams",
    "StepFunctions": "serverless",
}


@cache
def api_of(type_name: str) -> Api | None:
    """The type's row, if it has one."""
    service = type_name.split("::")[1] if "::" in type_name else ""
    if service not in _TABLES:
        return None
    table: Mapping[str, Api] = import_module(f"{__name__}.{_TABLES[service]}").TABLE
    return table.get(type_name)
