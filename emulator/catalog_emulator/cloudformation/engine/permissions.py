"""The role of a stack: whether it can be assumed, and whether it allows what the stack's operations do.

A resource that is made through a service's API needs what its calls need: every call that changes something,
and the reading calls that the type's handler documents for the operation. Any other resource needs the action
of its handler that is named like the type (`lambda:CreateFunction` for AWS::Lambda::Function), if there is
one, and iam:PassRole for its roles. Not simulated: actions that a service takes in the role's name (forward
access), kms:CreateGrant among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.model import OperationModel
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.acting import acting
from catalog_emulator.cloudformation.engine.stack import Stack
from catalog_emulator.cloudformation.resources.custom_resources import CUSTOM
from catalog_emulator.cloudformation.resources.resource import Properties, ResourceFailed
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.cloudformation.types import TABLE
from catalog_emulator.cloudformation.types.adapted import adapted
from catalog_emulator.iam import Access, DeniedError, Need, Place, access_of, needs, trusted_services
from catalog_emulator.iam.actions import reads
from catalog_emulator.iam.call_permissions import pass_role, passed_roles
from catalog_emulator.iam.principals import profile_roles
from catalog_emulator.iam.resource_context import resource_context, whole_arn
from catalog_emulator.settings import settings

Clients = Callable[[str], Any]

_CATALOG: Final = "servicecatalog"
_PLAIN: Final = "AWSCloudFormation"
STACK_SET: Final = "AWSCloudFormationStackSet"
_TRUSTED: Final = {_CATALOG: "servicecatalog.amazonaws.com", _PLAIN: "cloudformation.amazonaws.com"}
_ARTIFACT: Final = "aws:servicecatalog:provisioningArtifactIdentifier"
_PREFIX: Final = "aws:servicecatalog:"
_VERBS: Final = {
    "create": "Add|Allocate|Associate|Attach|Create|Define|Enable|Import|Provision|Put|Register|Request|Set",
    "update": "Modify|Put|Replace|Set|Update",
    "delete": "Delete|Deregister|Detach|Disable|Disassociate|Release|Remove|Terminate",
}


def session_of(tags: Mapping[str, str] | None) -> str:
    """The name of the role session for a stack with these tags."""
    launched = any(name.startswith(_PREFIX) for name in tags or ())
    return _CATALOG if launched else _PLAIN


class Permissions:
    """What a stack's role allows; messages are AWS's."""

    def __init__(self, access: Access, place: Place) -> None:
        self._access = access
        self._place = place

    @classmethod
    def of(cls, stack: Stack, role_arn: str | None = None) -> Permissions | None:
        """The permissions of the stack's (new) role, or of who launches it; None has every permission."""
        role = role_arn or stack.role_arn
        if not role and not (settings.authorize and is_launch(stack.session)):
            return None
        # Without a role, an operation of Service Catalog has the permissions of its caller.
        arn = role or acting("")
        access = access_of(
            arn, session=stack.session, region=stack.region_name, via="cloudformation.amazonaws.com"
        )
        if access is None and not role:
            return None
        # A role or user that was deleted during the operation allows nothing.
        access = access or Access(arn=arn, policies=())
        partition = access.arn.split(":")[1]
        return cls(access, Place(partition=partition, region=stack.region_name, account_id=stack.account_id))

    def check_start(
        self, action: str, stack: Stack, tags: Mapping[str, str], *, keeps_template: bool = False
    ) -> None:
        """Check the calls that Service Catalog and CloudFormation make in its name before any resource's.

        https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
        """
        where = self._place
        start = f"arn:{where.partition}:cloudformation:{where.region}:{where.account_id}:stack/{stack.name}/"
        reads = action not in ("cloudformation:DeleteStack", "cloudformation:ExecuteChangeSet")
        if reads and not keeps_template:
            self._require("cloudformation:ValidateTemplate")
            self._require("cloudformation:GetTemplateSummary")
            # Templates of products are read from a bucket of Service Catalog's own, which tags them.
            template = f"arn:{where.partition}:s3:::servicecatalog-{where.region}/{tags.get(_ARTIFACT, '')}"
            self._require(
                "s3:GetObject", template, {"s3:existingobjecttag/servicecatalog:provisioning": ("true",)}
            )
        self._require(action, f"{start}*" if action == "cloudformation:CreateStack" else stack.stack_id)
        self._require("cloudformation:DescribeStacks", f"{start}*")
        self._require("cloudformation:DescribeStackEvents", f"{start}*")

    def lookup_clients(self, clients: Clients) -> Clients:
        """Clients for lookups before any resource is made; every call is checked."""

        def check(operation: OperationModel, parameters: Mapping[str, Any]) -> None:
            for need in needs(operation, parameters, self._place):
                self._require(need.action, need.resource, need.context)

        return lambda service: _checked(clients(service), check)

    def clients(self, clients: Clients, schema: Schema | None, operation: str) -> Clients:
        """Clients for the handler of a type, which raise ResourceFailed for calls that the role denies."""
        documented = _documented(schema, operation)

        def check(operation: OperationModel, parameters: Mapping[str, Any]) -> None:
            for need in needs(operation, parameters, self._place):
                if not reads(need.action) or need.action.lower() in documented:
                    self.require(need)

        return lambda service: _checked(clients(service), check)

    def handle(self, type_name: str, schema: Schema | None, operation: str, properties: Properties) -> None:
        """Check what a type needs beside its calls; raises ResourceFailed."""
        if operation != "delete":
            self._pass_profile(str(properties.get("IamInstanceProfile") or ""))
        if type_name in TABLE or type_name in adapted():
            return
        if type_name.startswith(CUSTOM):
            token = str(properties.get("ServiceToken", ""))
            action = "sns:Publish" if ":sns:" in token else "lambda:InvokeFunction"
            self.require(Need(action=action, resource=token))
            return
        action_of_type = _main_action(schema, operation)
        if action_of_type is not None:
            self.require(Need(action=action_of_type, resource=None))
        if operation != "delete":
            for arn in passed_roles(properties):
                self._pass(arn, type_name)

    def require(self, need: Need) -> None:
        """Raise ResourceFailed unless the role allows it."""
        resource = None if need.resource is None else whole_arn(need.resource)
        known = {} if resource is None else resource_context(need.action, resource)
        try:
            self._access.check(need.action, resource, {**known, **need.context})
        except DeniedError as error:
            service = need.action.partition(":")[0].capitalize()
            raise ResourceFailed(f"{error} (Service: {service}, Status Code: 403)") from error

    def _require(
        self, action: str, resource: str | None = "*", context: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        try:
            self._access.check(action, None if resource is None else whole_arn(resource), context)
        except DeniedError as error:
            raise ValidationError(message=str(error)) from error

    def _pass_profile(self, profile: str) -> None:
        """An instance gets the role of its profile.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permission-to-pass-iam-roles.html
        """
        for arn in profile_roles(profile, self._place.partition, self._place.account_id):
            self.require(pass_role(arn, "ec2.amazonaws.com"))

    def _pass(self, arn: str, type_name: str) -> None:
        """Types do not say which service gets their roles; it may be any that the role trusts."""
        takers = trusted_services(arn) or (f"{type_name.split('::')[1].lower()}.amazonaws.com",)
        refusals = []
        for service in takers:
            try:
                self.require(pass_role(arn, service))
            except ResourceFailed as error:
                refusals.append(error)
        if len(refusals) == len(takers):
            raise refusals[0]


def check_assumable(role_arn: str, session: str) -> None:
    """Raise ValidationError for a role that does not exist or does not trust the service that assumes it.

    The execution role of a stack set trusts no service; stack sets check its trust.
    """
    if session != STACK_SET and _TRUSTED[session] not in (trusted_services(role_arn) or ()):
        raise ValidationError(message=f"Role {role_arn} is invalid or cannot be assumed")


def leave_launch_role(stack: Stack) -> None:
    """Before a call that changes a stack: who makes it past Service Catalog does so in their own name.

    Service Catalog assumes the launch role for its own calls; CloudFormation could not assume it.
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
    """
    launched = stack.role_arn and is_launch(stack.session)
    if launched and _TRUSTED[_PLAIN] not in (trusted_services(stack.role_arn or "") or ()):
        stack.role_arn = None


def is_launch(session: str) -> bool:
    """Whether a session is Service Catalog's."""
    return session == _CATALOG


def _documented(schema: Schema | None, operation: str) -> frozenset[str]:
    handlers = schema.document.get("handlers", {}) if schema is not None else {}
    return frozenset(action.lower() for action in handlers.get(operation, {}).get("permissions", ()))


def _main_action(schema: Schema | None, operation: str) -> str | None:
    """The action of a handler that is named like the type, or its only one."""
    if schema is None:
        return None
    short = schema.type_name.rpartition("::")[2]
    pattern = re.compile(rf"[a-z0-9-]+:({_VERBS[operation]}){re.escape(short)}", re.IGNORECASE)
    listed = schema.document.get("handlers", {}).get(operation, {}).get("permissions", ())
    only = listed[0] if len(listed) == 1 else None
    return next((action for action in sorted(listed) if pattern.fullmatch(action)), only)


def _checked(client: Any, check: Callable[[OperationModel, Mapping[str, Any]], None]) -> Any:
    """The same client with a check before every call, those of its paginators included.

    Every method of a client ends in `_make_api_call`; the copy module cannot copy clients.
    """
    checked = object.__new__(type(client))
    checked.__dict__.update(client.__dict__)

    def call(operation: str, parameters: Mapping[str, Any]) -> Any:
        check(client.meta.service_model.operation_model(operation), parameters)
        return client._make_api_call(operation, parameters)

    checked._make_api_call = call
    return checked
