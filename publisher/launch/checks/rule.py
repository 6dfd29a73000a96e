"""What a rule about launches is, and what it looks at: a launch in its account, before it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from publisher.errors import page_of, title_of
from publisher.launch.request import LaunchRequest

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.declarations.product import Variant
    from publisher.errors import Refused
    from publisher.permissions.names import Names

Severity = Literal["error", "warning", "note"]
Arguments = Mapping[str, str]
SSM = "AWS::SSM::Parameter::"
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
_AT_ONCE = 10


class NotCheckedError(Exception):
    """Something that a rule needs is not known; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """What a rule finds. `refusal` is the error of one that has its own words."""

    message: str
    hint: str = ""
    refusal: Refused | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A launch, as one identity sees its account.

    `described` is the answer of DescribeProvisioningParameters for the version, `values` are those of all its
    parameters. `template` and `variant` are of the version in the project's files, None where they do not
    have it. `stack` is that of a launch that is updated, empty for a new one; `caller` is the ARN of who
    launches, also where another identity looks. `read` is what rules share.
    """

    aws: Aws
    request: LaunchRequest
    version: str = ""
    described: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    template: Mapping[str, Any] | None = None
    variant: Variant | None = None
    stack: str = ""
    caller: str = ""
    read: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, str]:
        """The types of the version's parameters by name."""
        parameters = self.described.get("ProvisioningArtifactParameters", ())
        return {it["ParameterKey"]: it.get("ParameterType") or "String" for it in parameters}

    @property
    def stored(self) -> Mapping[str, str | None]:
        """The values of the SSM parameters that the launch reads, by name; None: not found."""
        return self._read("SSM parameters")

    @property
    def existing(self) -> Mapping[str, str | None]:
        """The physical IDs of what an updated launch has already, by logical ID."""
        return self._read("resources of the stack")

    def _read(self, what: str) -> Mapping[str, str | None]:
        if what not in self.read:
            raise NotCheckedError(f"your role is not allowed to read the {what}")
        return self.read[what]

    def resolved(self, name: str) -> tuple[str, str]:
        """A parameter's type and value, of an SSM type those of what is stored; "" where nothing is."""
        kind, value = self.types[name], self.values.get(name, "")
        if not kind.startswith(SSM):
            return kind, value
        if not kind.startswith(f"{SSM}Value<"):
            return "String", value
        inner = kind.removeprefix(f"{SSM}Value<").removesuffix(">")
        return inner, (self.stored.get(value) if value else "") or ""

    @cached_property
    def names(self) -> Names:
        """The template with the values of this launch. Raises NotCheckedError where it is not known."""
        # The package first: a thread that holds a module of it and one that holds it would block each other.
        from publisher.permissions import Scope
        from publisher.permissions.names import Names

        template = self.known_template
        declared = template.get("Parameters", {})
        resolved = {name: self.resolved(name) for name in declared if name in self.types}
        parameters = {name: {**declared[name], "Type": kind} for name, (kind, _) in resolved.items()}
        scope = Scope(
            # Without any value it would be that of every launch.
            parameters={"": "", **{name: value for name, (_, value) in resolved.items()}},
            region=self.aws.region,
        )
        return Names({**template, "Parameters": {**declared, **parameters}}, scope)

    @property
    def known_template(self) -> Mapping[str, Any]:
        """The version's template. Raises NotCheckedError where it is not known."""
        if self.template is None:
            raise NotCheckedError(f"the template of version {self.version} is not in the files")
        return self.template

    def of_type(self, type_name: str) -> Iterator[str]:
        """The logical IDs of the resources of a type that the launch has."""
        names = self.names
        for name in sorted(names.resources):
            condition = names.resources[name].get("Condition")
            if names.type_of(name) == type_name and (
                condition is None or names.values.condition(str(condition)) is not False
            ):
                yield name

    def filled(self, text: str) -> str:
        """A pattern with the launch's account and partition."""
        place = {"AccountId": self.request.account_id, "Partition": self.aws.partition}
        for name, value in place.items():
            text = text.replace(f"${{AWS::{name}}}", value)
        return text


def read_stored(subject: Subject) -> Mapping[str, str | None]:
    """The SSM parameters that parameters of SSM types name. Raises ClientError."""
    asked = {subject.values.get(name, "") for name, kind in subject.types.items() if kind.startswith(SSM)}
    names = sorted(filter(None, asked))
    client: Any = subject.aws.client("ssm") if names else None
    found: dict[str, str | None] = dict.fromkeys(names)
    for n in range(0, len(names), _AT_ONCE):
        answer = client.get_parameters(Names=names[n : n + _AT_ONCE])
        # A name may be asked for with its version, and the answer has it apart.
        found |= {f"{it['Name']}{it.get('Selector') or ''}": it["Value"] for it in answer["Parameters"]}
    return found


def read_existing(subject: Subject) -> Mapping[str, str | None]:
    """The resources of the stack of a launch that is updated. Raises ClientError."""
    if not subject.stack:
        return {}
    from publisher.aws.stack_events import stack_resources

    resources = stack_resources(subject.aws, subject.stack)
    return {it["LogicalResourceId"]: it.get("PhysicalResourceId", "") for it in resources}


READ: Mapping[str, Callable[[Subject], Mapping[str, str | None]]] = {
    "SSM parameters": read_stored,
    "resources of the stack": read_existing,
}
Find = Callable[[Subject, Arguments], Iterator[Flaw]]


def _by_selecting(_subject: Subject, _arguments: Arguments) -> Iterator[Flaw]:
    """What selects the launch has found it before."""
    yield from ()


def _to_all(_subject: Subject) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class LaunchRule:
    """A check before a launch: its id, what holds when it finds nothing, where that is written, how it looks.

    Forms ask for those with a `name`, with `arguments`; an empty argument leaves it out. The others look at
    every launch that they apply to, so that none says "ok" of what a launch does not have. Errors refuse a
    launch; what a command of ours can fix, or AWS may take, is only a warning.
    """

    id: str
    title: str
    source_url: str
    find: Find = _by_selecting
    severity: Severity = "error"
    name: str = ""
    arguments: tuple[str, ...] = ()
    applies: Callable[[Subject], object] = _to_all

    @classmethod
    def of(
        cls,
        id_: str,
        source: str,
        *,
        severity: Severity = "error",
        name: str = "",
        arguments: str = "",
        applies: Callable[[Subject], object] = _to_all,
    ) -> Callable[[Find], LaunchRule]:
        """Makes a rule of how it looks, whose docstring begins with the title; `source` as in `page_of`."""
        return lambda find: cls(
            id=id_,
            title=title_of(find),
            source_url=page_of(source),
            find=find,
            severity=severity,
            name=name,
            arguments=tuple(arguments.split()),
            applies=applies,
        )
