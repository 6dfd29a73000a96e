"""Custom resources, whose functions moto runs, but for those of the CDK that only tidy up."""

import copy
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from moto.cloudformation.custom_model import CustomModel
from moto.core.config import default_user_config
from typing_extensions import override

from catalog_emulator.cloudformation.resources.cdk_resources import tidying
from catalog_emulator.cloudformation.resources.resource import (
    Context,
    Made,
    Properties,
    ResourceFailed,
    ResourceType,
)

CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource")


class FailedAnswer(dict[str, Any]):
    """The answer of a function that failed: no data, but a reason."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class CustomType(ResourceType):
    """A custom resource: moto calls the function of its ServiceToken, which answers moto's callback."""

    type_name: str
    patience: float

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        known = tidying(self.type_name, properties)
        if known is not None:
            return known.create(context, properties)
        if not _runs_functions():
            raise ResourceFailed(
                f"{self.type_name} is not implemented by this endpoint: the function "
                f"{properties.get('ServiceToken')} of this custom resource cannot be run. "
                "moto runs functions with Docker, which is not there."
            )
        resource = CustomModel.create_from_cloudformation_json(
            context.name(),
            {"Type": self.type_name, "Properties": copy.deepcopy(dict(properties))},
            context.account_id,
            context.region,
            LogicalId=context.logical_id,
            StackId=context.stack_id,
            ResourceType=self.type_name,
        )
        deadline = time.monotonic() + self.patience
        while not resource.is_created():
            if time.monotonic() > deadline:
                raise ResourceFailed(
                    "CloudFormation did not receive a response from your Custom Resource. "
                    "Please check your logs for requestId "
                    f"[{resource.request_id}]."
                )
            time.sleep(0.02)
        if isinstance(resource.data, FailedAnswer):
            raise ResourceFailed(
                "Received response status [FAILED] from custom resource. "
                f"Message returned: {resource.data.reason} (RequestId: {resource.request_id})"
            )
        return Made(physical_id=resource.physical_resource_id, attributes=dict(resource.data or {}))

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        known = tidying(self.type_name, after)
        if known is not None:
            return known.update(context, physical_id, before, after)
        return Made(physical_id=physical_id, attributes=self.create(context, after).attributes)

    @override
    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        # moto does not call the function for a deletion.
        known = tidying(self.type_name, properties)
        if known is not None:
            known.delete(context, physical_id, properties)

    @override
    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        return dict(properties)


def _runs_functions() -> bool:
    """Whether moto can run functions, as it does in Docker unless it is configured to run none."""
    if default_user_config["lambda"]["use_docker"] is False:
        return True
    try:
        return bool(import_module("docker").from_env().ping())
    except Exception:  # It is unavailable, for any reason.
        return False
