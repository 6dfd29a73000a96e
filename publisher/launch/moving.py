"""A launch whose config now selects another product: what it holds, and how to move. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from publisher.aws.clients import Aws
from publisher.declarations.form import OutputRoles
from publisher.errors import Refused, command
from publisher.impact.resource_types import resource_type
from publisher.launch.launch_contents import Contents, Resource, contents_of
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import ROLE_PREFIX, LaunchRequest


@dataclass(frozen=True, kw_only=True)
class Move:
    """From a launch to one of another product. `contents` is what the launch has."""

    provisioned: ProvisionedProduct
    request: LaunchRequest
    contents: Contents

    @property
    def data(self) -> list[tuple[Resource, str]]:
        """Each resource that holds data, which a new launch does not have, and its contents in words."""
        held = {it.name: str(it).partition(": ")[2] for it in self.contents.not_empty}
        return [
            (it, held.get(it.id, "")) for it in self.contents.resources if resource_type(it.type).holds_data
        ]

    @property
    def steps(self) -> list[str]:
        """What to do, in order."""
        save = ["copy what it holds, see above"] if self.data else []
        empty = ("--empty",) if self.contents.obstacles else ()
        return [
            *save,
            f"run {command('terminate', self.provisioned.name, '--force', *empty)}: "
            "the new launch has the same names",
            f"run {command('launch', self.request.path)}",
        ]

    @property
    def refusal(self) -> Refused:
        """Why it cannot be updated."""
        return Refused(
            f"{self.provisioned.name}: {self.request.path} is for product {self.request.product}, and it was "
            f"launched as {self.provisioned}: a launch cannot change its product",
            hint="follow the steps above, or change the config back",
        )

    def document(self) -> dict[str, Any]:
        """The JSON shape."""
        return {
            "name": self.provisioned.name,
            "product": {"before": self.provisioned.product, "after": self.request.product},
            "data": [{"type": it.type, "id": it.id, "contents": held} for it, held in self.data],
            "steps": self.steps,
        }


def is_another(provisioned: ProvisionedProduct, request: LaunchRequest) -> bool:
    """Whether the config is for another product than the launch is of, as far as its names tell."""
    known = provisioned.door == "s3" or provisioned.launch_role.startswith(ROLE_PREFIX)
    if not (known or request.display_name):
        return False
    return provisioned.product not in (request.product, request.display_name or request.product)


def move_of(aws: Aws, provisioned: ProvisionedProduct, request: LaunchRequest, *, roles: OutputRoles) -> Move:
    """What would have to be moved. `roles` are those of the launch's product. Raises AwsError."""
    return Move(
        provisioned=provisioned,
        request=request,
        contents=contents_of(aws, provisioned, roles=roles),
    )
