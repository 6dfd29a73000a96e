"""The protocol of a resource type: what the stack engine calls, with what, and what it gets."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from catalog_emulator.iam import Need

Properties = Mapping[str, Any]

_USUAL = {"form": "{stack}-{logical}-{suffix}", "longest": 128, "case": "kept"}
_SUFFIX = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def allow_everything(need: Need) -> None:
    """Allows everything."""


class ResourceFailed(Exception):
    """The message is shown as the resource's status reason."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where and for whom a resource is made. `tags` are the stack's, for every resource that takes tags.

    `attributes` are those that the resource has already.
    `generation` counts replacements: a new physical resource gets another name than the one it replaces.
    `clients` and `require` check the role that the stack works as, where it has one; `require` is for what
    is done without the service's API, and raises ResourceFailed.
    """

    account_id: str
    region: str
    partition: str
    stack_id: str
    stack_name: str
    logical_id: str
    type_name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    generation: int = 0
    clients: Callable[[str], Any]
    require: Callable[[Need], None] = allow_everything

    def client(self, service: str) -> Any:
        return self.clients(service)

    def name(self, limit: int = 1024, *, lower: bool = False) -> str:
        """A physical name as CloudFormation makes one for the type; see physical_names.yaml."""
        row = _physical_names().get(self.type_name, _USUAL)
        form, suffix, longest = row["form"], self.suffix(), min(row["longest"], limit)
        room = longest - len(form.format(stack="", logical="", suffix=suffix))
        stack = self.stack_name[: max((room + 1) // 2, room - len(self.logical_id))].rstrip("-")
        logical = self.logical_id[: room - len(stack) * ("{stack}" in form)]
        made = form.format(stack=stack, logical=logical, suffix=suffix) if room > 1 else suffix[:longest]
        return made.lower() if lower or row["case"] == "lower" else made

    def suffix(self, salt: str = "", length: int = 12, alphabet: str = _SUFFIX) -> str:
        """Letters that look random and are the same for the same stack, logical id, generation and salt."""
        seed = f"{self.stack_id}|{self.logical_id}|{self.generation}|{salt}"
        return "".join(
            alphabet[byte % len(alphabet)] for byte in hashlib.shake_256(seed.encode()).digest(length)
        )


@cache
def _physical_names() -> Mapping[str, Any]:
    table = Path(__file__).with_name("physical_names.yaml").read_bytes()
    names: Mapping[str, Any] = yaml.load(table, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return names


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource that exists: the value of Ref and those of GetAtt (dotted names flat: `Endpoint.Port`).

    The remark is shown in the event. `untaken` are properties that the service did not take as the template
    says: the event names them, and drift does not compare them.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    untaken: tuple[str, ...] = ()


class ResourceType(Protocol):
    """One CloudFormation resource type; properties arrive with every intrinsic function resolved."""

    def create(self, context: Context, properties: Properties) -> Made:
        """Create the resource; raises ResourceFailed (or ClientError) with the service's reason."""
        ...

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Change it in place; the engine calls this only when no create-only property differs."""
        ...

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, unless it is gone already."""
        ...

    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The live properties that can be read, in the template's form; None when it is gone."""
        ...
