"""publisher with the permissions of a build's role: the endpoint checks few services.

Each call is checked as calls of stacks are.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from catalog_emulator.iam.access import Access, DeniedError, Place
from catalog_emulator.iam.call_permissions import needs
from catalog_emulator.iam.policy import compiled
from catalog_emulator.iam.resource_context import whole_arn
from typing_extensions import override

from publisher.aws.clients import Aws

# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
_FREE = frozenset({"GetCallerIdentity"})


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role: the texts of its policies, and of its boundary; what it was denied."""

    arn: str
    policies: Sequence[str]
    boundary: Sequence[str]
    denied: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, iam: Any, name: str) -> Role:
        """As IAM has it."""
        role = iam.get_role(RoleName=name)["Role"]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        limit = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return cls(
            arn=role["Arn"],
            policies=[
                json.dumps(iam.get_role_policy(RoleName=name, PolicyName=it)["PolicyDocument"])
                for it in inline
            ],
            boundary=[_default(iam, limit)] if limit else [],
        )

    def check(self, params: Mapping[str, Any], model: Any, region: str) -> None:
        """Raises ClientError unless the role allows this call."""
        if model.name in _FREE:
            return
        place = Place(partition="aws", region=region, account_id=self.arn.split(":")[4])
        access = Access(
            arn=self.arn,
            policies=tuple(map(compiled, self.policies)),
            boundary=tuple(map(compiled, self.boundary)) if self.boundary else None,
        )
        for need in needs(model, params, place):
            resource = None if need.resource is None else whole_arn(need.resource)
            try:
                access.check(need.action, resource, need.context)
            except DeniedError as error:
                self.denied.append(str(error))
                answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": str(error)}}
                raise ClientError(answer, model.name) from error

    def watch(self, client: Any) -> Any:
        """The client, each of whose calls is checked."""
        region = client.meta.region_name

        def check(params: Mapping[str, Any], model: Any, **_: object) -> None:
            self.check(params, model, region)

        client.meta.events.register("before-parameter-build", check, unique_id="build-role")
        return client

    def identities(self) -> type[Aws]:
        """For `main`: identities with the permissions of the role."""
        role = self

        class Limited(Aws):
            @override
            def client(self, service: str) -> Any:
                return role.watch(super().client(service))

            @override
            def assuming(self, role_arn: str, *, region: str) -> Aws:
                # The role that is assumed has permissions of its own.
                assumed = super().assuming(role_arn, region=region)
                assumed.__class__ = Aws
                return assumed

        return Limited

    def text(self) -> str:
        """For the program."""
        return json.dumps(asdict(self))


def _default(iam: Any, arn: str) -> str:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return json.dumps(found)


def run() -> None:
    """The program: publisher in a process of its own, which can be killed."""
    from publisher.cli import main

    sys.exit(main(sys.argv[1:], connect=Role(**json.loads(os.environ["BUILD_ROLE"])).identities()))


if __name__ == "__main__":
    run()
