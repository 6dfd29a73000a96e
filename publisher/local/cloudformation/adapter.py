"""moto's own CloudFormation models behind the engine's interface, for types that have no handler of ours."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.parsing import get_model_map
from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource

from publisher.local.cloudformation.resource import Context, Made, Properties, ResourceFailed
from publisher.local.cloudformation.schema import Schema

Store = MutableMapping[tuple[str, str], Any]

_NAME_LIMITS = {
    "AWS::ElasticLoadBalancing::LoadBalancer": 32,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": 32,
    "AWS::ElasticLoadBalancingV2::TargetGroup": 32,
    "AWS::IAM::Role": 64,
    "AWS::IAM::User": 64,
    "AWS::Lambda::Function": 64,
    "AWS::S3::Bucket": 63,
    "AWS::SageMaker::Endpoint": 63,
    "AWS::SageMaker::EndpointConfig": 63,
    "AWS::SageMaker::Model": 63,
}
_LOWER_CASE = frozenset(("AWS::ECR::Repository", "AWS::S3::Bucket"))


@cache
def models() -> Mapping[str, Any]:
    """moto's models by resource type."""
    found: Mapping[str, Any] = get_model_map()
    return {name: model for name, model in found.items() if name != "AWS::SERVICE::RESOURCE"}


@dataclass(frozen=True, kw_only=True)
class MotoType:
    """A resource type that moto can make from a template. The store keeps moto's objects."""

    type_name: str
    model: Any
    schema: Schema | None
    store: Store

    def create(self, context: Context, properties: Properties) -> Made:
        """Makes moto's resource."""
        resource = self.model.create_from_cloudformation_json(
            self._name(context, properties),
            self._document(properties),
            context.account_id,
            context.region,
            LogicalId=context.logical_id,
            StackId=context.stack_id,
            ResourceType=self.type_name,
        )
        return self._keep(context, resource)

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Changes moto's resource, where its model can."""
        resource = self.store.get((self.type_name, physical_id))
        if not _implements(self.model, "update_from_cloudformation_json"):
            return Made(physical_id=physical_id, attributes=self._attributes(resource))
        changed = self.model.update_from_cloudformation_json(
            original_resource=resource,
            new_resource_name=self._name(context, after, physical_id),
            cloudformation_json=self._document(after),
            account_id=context.account_id,
            region_name=context.region,
        )
        self.store.pop((self.type_name, physical_id), None)
        return self._keep(context, changed)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deletes moto's resource, by its own method or by its model's."""
        resource = self.store.get((self.type_name, physical_id))
        if not _deleted_by_itself(resource, context) and _implements(
            self.model, "delete_from_cloudformation_json"
        ):
            self.model.delete_from_cloudformation_json(
                physical_id, self._document(properties), context.account_id, context.region
            )
        self.store.pop((self.type_name, physical_id), None)

    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What the template gave, as long as the object is known: moto's models cannot tell."""
        return dict(properties) if (self.type_name, physical_id) in self.store else None

    def _document(self, properties: Properties) -> dict[str, Any]:
        # moto's models write into what they get.
        return {"Type": self.type_name, "Properties": copy.deepcopy(dict(properties))}

    def _name(self, context: Context, properties: Properties, otherwise: str | None = None) -> str:
        given = properties.get(self.model.cloudformation_name_type() or "")
        limit, lower = _NAME_LIMITS.get(self.type_name, 128), self.type_name in _LOWER_CASE
        return str(given or otherwise or context.name(limit, lower=lower))

    def _keep(self, context: Context, resource: Any) -> Made:
        # Some of moto's models know no physical id.
        physical_id = str(getattr(resource, "physical_resource_id", None) or context.name())
        if isinstance(resource, TaggedEC2Resource):
            tags = {**context.tags}
            ec2_backends[context.account_id][context.region].create_tags([physical_id], tags)
        self.store[(self.type_name, physical_id)] = resource
        return Made(physical_id=physical_id, attributes=self._attributes(resource))

    def _attributes(self, resource: Any) -> dict[str, Any]:
        names = [name for name, _ in self.schema.attributes()] if self.schema else []
        found = ((name, _attribute(resource, name)) for name in (*names, "Arn"))
        return {name: value for name, value in found if value is not None}


@dataclass(frozen=True, kw_only=True)
class CustomType:
    """A custom resource: moto calls the function of its ServiceToken, which answers moto's callback."""

    type_name: str
    patience: float

    def create(self, context: Context, properties: Properties) -> Made:
        """Calls the function and waits for its answer."""
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
        return Made(physical_id=resource.physical_resource_id, attributes=dict(resource.data or {}))

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Calls the function again."""
        return Made(physical_id=physical_id, attributes=self.create(context, after).attributes)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """moto does not call the function for a deletion."""

    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What the template gave."""
        return dict(properties)


def _attribute(resource: Any, name: str) -> Any:
    try:
        return resource.get_cfn_attribute(name)
    except Exception:  # moto's models raise anything for what they do not know
        return None


def _implements(model: Any, method: str) -> bool:
    return not hasattr(getattr(model, method), "__isabstractmethod__")


def _deleted_by_itself(resource: Any, context: Context) -> bool:
    try:
        resource.delete(context.account_id, context.region)
    except (TypeError, AttributeError):
        return False
    return True
