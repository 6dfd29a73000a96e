"""What is asked of SageMaker for one stage, as data. Makes no AWS call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STAGES = ("staging", "production")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the CodeBuild project says in its environment; key, subnets and group only where there are any."""

    group: str
    endpoint_prefix: str
    role_arn: str
    key_arn: str = ""
    subnets: tuple[str, ...] = ()
    security_group: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Reads the environment of the build. Raises KeyError when a variable is missing."""
        return cls(
            group=environment["MODEL_PACKAGE_GROUP_NAME"],
            endpoint_prefix=environment["ENDPOINT_PREFIX"],
            role_arn=environment["SAGEMAKER_EXECUTION_ROLE_ARN"],
            key_arn=environment.get("KMS_KEY_ARN", ""),
            subnets=tuple(part for part in environment.get("SUBNET_IDS", "").split(",") if part),
            security_group=environment.get("SECURITY_GROUP_ID", ""),
        )

    def endpoint(self, stage: str) -> str:
        """The endpoint of a stage."""
        return f"{self.endpoint_prefix}-{stage}"


def model(settings: Settings, package_arn: str) -> dict[str, Any]:
    """CreateModel; the name follows from the content, so that the same model is made once."""
    request: dict[str, Any] = {
        "Containers": [{"ModelPackageName": package_arn}],
        "ExecutionRoleArn": settings.role_arn,
    }
    if settings.subnets:
        request["VpcConfig"] = {
            "SecurityGroupIds": [settings.security_group],
            "Subnets": list(settings.subnets),
        }
    return {"ModelName": _named(settings, request), **request}


def endpoint_config(
    settings: Settings, stage: str, model_name: str, sizing: Mapping[str, Any]
) -> dict[str, Any]:
    """CreateEndpointConfig; named by its content too, so that an endpoint that has it needs no update."""
    variant = {
        "VariantName": "main",
        "ModelName": model_name,
        "InstanceType": sizing["instance_type"],
        "InitialInstanceCount": sizing["instance_count"],
    }
    request: dict[str, Any] = {"ProductionVariants": [variant]}
    if settings.key_arn:
        request["KmsKeyId"] = settings.key_arn
    return {"EndpointConfigName": _named(settings, {"stage": stage, **request}), **request}


def _named(settings: Settings, content: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{settings.endpoint_prefix}-{digest[:10]}"
