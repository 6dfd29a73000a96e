"""How a template's own resources are called: their physical names and ARNs, as patterns.

A name is the property that gives it, else what CloudFormation makes (physical_names.yaml), else `*`.
ARN formats are IAM's. Refuses to know actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

from publisher.permissions.iam_reference import resource_kinds, variables
from publisher.permissions.known_types import Knowledge, Shape, letters
from publisher.permissions.scope import Scope
from publisher.permissions.values import ACCOUNT, PARTITION, UNKNOWN, Values, covering, merged
from publisher.templates.loops import written_out

# The longest suffix, account and unique ID of a provisioned product: SC-{account}-pp-{13 letters and digits}.
_SUFFIX = 13
_ACCOUNT = 12
_LAUNCHED = re.compile(r"-pp-\*$")
_STACK_NAME = 128
_PATHED = re.compile(r"\w+NameWithPath")


class Names:
    """A template with its loops written out, and the names of its resources. Raises InputError for odd loops.

    Its values refer to it, and it to them.
    """

    def __init__(
        self, template: Mapping[str, Any], scope: Scope | None = None, knowledge: Knowledge | None = None
    ) -> None:
        self.scope, self.knowledge = scope or Scope(), knowledge or Knowledge.load()
        self.template = written_out(template, unknown=lambda _: UNKNOWN)
        self.values = Values(self.template, self.scope, self.attribute)
        found = self.template.get("Resources")
        self.resources: dict[str, Mapping[str, Any]] = {
            str(name): entry if isinstance(entry, Mapping) else {"Type": name}
            for name, entry in (found.items() if isinstance(found, Mapping) else ())
        }
        self._found: dict[str, tuple[str, ...]] = {}
        self._filled: dict[tuple[str, str], tuple[str, ...]] = {}
        self._namings: dict[str, tuple[str, str]] = {}
        self._kinds: dict[str, tuple[str, ...]] = {}
        self._entries: dict[str, Sequence[tuple[tuple[str, ...], Any]]] = {}
        self._asked: set[str] = set()

    def type_of(self, logical_id: str) -> str:
        """The resource's type."""
        return str(self.resources[logical_id].get("Type"))

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        """The resource's properties; none when they are no mapping."""
        found = self.resources[logical_id].get("Properties")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of all mappings of the template."""
        return frozenset(path[-1] for path, _ in walk(self.template))

    def entries(self, logical_id: str) -> Sequence[tuple[tuple[str, ...], Any]]:
        """(path of keys, value) of every entry of the resource's properties, at any depth."""
        if logical_id not in self._entries:
            self._entries[logical_id] = [*walk(self.properties(logical_id))]
        return self._entries[logical_id]

    def name_property(self, logical_id: str) -> str:
        """The property that names the resource; "" when none does."""
        return self._naming(self.type_of(logical_id))[0]

    def attribute(self, logical_id: str, attribute: str) -> tuple[str, ...]:
        """What Ref (attribute "") or Fn::GetAtt gives."""
        if logical_id not in self.resources:
            return (UNKNOWN,)
        type_name = self.type_of(logical_id)
        shape = self.knowledge.shape(type_name)
        if not attribute:
            attribute = self.knowledge.facts.references.get(type_name) or shape.identifier
        leaf = attribute.rpartition(".")[2]
        subject = leaf.removesuffix("Arn")
        if leaf.endswith("Arn") and letters(type_name).endswith(letters(subject)):
            return self._once(logical_id, self.arns)
        if leaf and leaf == self._naming(type_name)[0]:
            return self._once(logical_id, self.physical)
        return (UNKNOWN,)

    def _once(self, logical_id: str, find: Any) -> tuple[str, ...]:
        """What is found; `*` where a name leads to itself."""
        if logical_id in self._asked:
            return (UNKNOWN,)
        self._asked.add(logical_id)
        try:
            found: tuple[str, ...] = find(logical_id) or (UNKNOWN,)
            return found
        finally:
            self._asked.discard(logical_id)

    def physical(self, logical_id: str) -> tuple[str, ...]:
        """The patterns of a resource's name."""
        if logical_id not in self._found:
            self._found[logical_id] = self._physical(logical_id)
        return self._found[logical_id]

    def _physical(self, logical_id: str) -> tuple[str, ...]:
        name, _ = self._naming(self.type_of(logical_id))
        expression = self.properties(logical_id).get(name)
        found = self.values.texts(expression)
        if not found or None in self.values.choices(expression):
            found = (*found, self._made(logical_id))
        return covering(found)

    def _made(self, logical_id: str) -> str:
        """The name that CloudFormation makes. Where it may be cut, only what is certain to be kept."""
        row = self.knowledge.physical_names.get(self.type_of(logical_id))
        if row is None:
            return UNKNOWN
        form, stack = str(row["form"]), self.scope.stack
        room = int(row["longest"]) - len(re.sub(r"\{\w+\}", "", form)) - _SUFFIX
        if "{stack}" in form and _longest(stack) + len(logical_id) > room:
            # Not documented how the two share the room; observed: each is cut to what the other leaves.
            kept = min(room // 2, max(room - _longest(stack), room // 3))
            stack = _cut(stack, room // 2)
            logical_id = logical_id if len(logical_id) <= kept else f"{logical_id[:kept]}*"
        elif len(logical_id) > room:
            logical_id = f"{logical_id[:room]}*"
        made = form.format(stack=stack, logical=logical_id, suffix=UNKNOWN)
        return merged(lower(made) if row["case"] == "lower" else made)

    def kinds(self, logical_id: str) -> tuple[str, ...]:
        """The IAM resource types, `sns:topic`, that a resource is."""
        if logical_id not in self._kinds:
            properties = self.properties(logical_id)
            self._kinds[logical_id] = tuple(
                kind.name
                for kind in self.knowledge.own_kinds(self.type_of(logical_id))
                if not kind.with_property or kind.with_property in properties
            )
        return self._kinds[logical_id]

    def arns(self, logical_id: str) -> tuple[str, ...]:
        """The patterns of a resource's own ARN; none when IAM has no type for it."""
        return covering(
            arn
            for kind in self.kinds(logical_id)
            for form in formats_of(kind)
            for arn in self.filled(logical_id, form)
        )

    def filled(self, logical_id: str, arn: str) -> tuple[str, ...]:
        """An ARN format with what is known of a resource: its name, and properties named as a variable."""
        if (logical_id, arn) not in self._filled:
            self._filled[logical_id, arn] = self._fill(logical_id, arn)
        return self._filled[logical_id, arn]

    def _fill(self, logical_id: str, arn: str) -> tuple[str, ...]:
        names = variables(arn)
        choices = [self._variable(logical_id, name) for name in names]
        found = []
        for chosen in product(*choices):
            text = place(arn, self.scope.region)
            for name, value in zip(names, chosen, strict=True):
                text = text.replace(f"${{{name}}}", value)
            found.append(text)
        return covering(found)

    def _variable(self, logical_id: str, variable: str) -> tuple[str, ...]:
        type_name = self.type_of(logical_id)
        _, naming = self._naming(type_name)
        if variable == naming:
            found = self.physical(logical_id)
            if _PATHED.fullmatch(variable):
                paths = [path for path in self.values.texts(self.properties(logical_id).get("Path")) if path]
                return tuple(
                    f"{path.strip('/')}/{name}".lstrip("/") for path in paths or [""] for name in found
                )
            strip = self.knowledge.facts.name_beginnings.get(type_name, "")
            return tuple(name.removeprefix(strip) for name in found)
        for name, expression in self.properties(logical_id).items():
            if _names(type_name, name, variable):
                return tuple(map(_last, self.values.texts(expression))) or (UNKNOWN,)
        return (UNKNOWN,)

    def naming_variable(self, logical_id: str) -> str:
        """The variable of the resource's ARN that holds its name; "" when none does."""
        return self._naming(self.type_of(logical_id))[1]

    def _naming(self, type_name: str) -> tuple[str, str]:
        """The property that names a type's resources, and the variable of its ARN that holds the name."""
        if type_name not in self._namings:
            row = self.knowledge.physical_names.get(type_name)
            kinds = self.knowledge.own_kinds(type_name)
            named = [name for kind in kinds for form in formats_of(kind.name) for name in variables(form)]
            shape = self.knowledge.shape(type_name)
            found = _naming(type_name, shape, str(row["property"]) if row else "", named)
            variable = self.knowledge.facts.naming_variables.get(type_name, found[1])
            self._namings[type_name] = (found[0], variable)
        return self._namings[type_name]


def _naming(type_name: str, shape: Shape, known: str, named: list[str]) -> tuple[str, str]:
    for variable in reversed(named):
        for name in [known] if known else shape.settable:
            if _names(type_name, name, variable):
                return name, variable
    name = known or (shape.identifier if shape.identifier in shape.settable else "")
    last = named[-1] if named else ""
    # What the service numbers does not hold the name.
    fits = last and (not re.search(r"(?i)(?:id|uuid|token)$", last) or name.endswith("Id"))
    return name, last if name and fits else ""


def _names(type_name: str, name: str, variable: str) -> bool:
    """Whether a property's name is that of a variable: `Name` of a Project is `ProjectName`."""
    folded = letters(variable).removesuffix("withpath").removesuffix("withoutleadingslash")
    short = letters(type_name.rpartition("::")[2])
    return folded in {letters(name), short + letters(name)}


def formats_of(kind: str) -> tuple[str, ...]:
    """The ARN formats of `sns:topic`."""
    service, _, name = kind.partition(":")
    return resource_kinds(service)[name.lower()]


def place(arn: str, region: str, account: str = ACCOUNT) -> str:
    """An ARN format with partition, Region and account."""
    found = arn.replace("${Partition}", PARTITION).replace("${Region}", region)
    return found.replace("${Account}", account)


def _longest(stack: str) -> int:
    """How long the name of a stack can be."""
    resolved = stack.replace(ACCOUNT, "0" * _ACCOUNT)
    if UNKNOWN not in resolved:
        return len(resolved)
    return len(resolved) - 1 + _SUFFIX if _LAUNCHED.search(resolved) else _STACK_NAME


def _cut(stack: str, length: int) -> str:
    """The beginning of a stack's name that is certain to be kept, as a pattern."""
    kept, used = "", 0
    for part in re.findall(re.escape(ACCOUNT) + r"|.", stack):
        used += _ACCOUNT if part == ACCOUNT else 1
        if part == UNKNOWN or used > length:
            return f"{kept}*"
        kept += part
    return kept


def lower(text: str) -> str:
    """A pattern in lower case, but for its pseudo parameters."""
    return "".join(
        part if part.startswith("${") else part.lower() for part in re.split(r"(\$\{[^}]*\})", text)
    )


def _last(text: str) -> str:
    """The name in an ARN; another text itself."""
    return re.split("[/:]", text)[-1] if text.startswith("arn:") else text


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path of keys, value) of every mapping entry at any depth; lists add nothing to a path."""
    waiting = [(path, value, False)]
    while waiting:
        here, found, is_entry = waiting.pop()
        if is_entry:
            yield here, found
        if isinstance(found, str):
            continue
        if isinstance(found, (dict, Mapping)):
            waiting += [((*here, str(key)), inner, True) for key, inner in reversed([*found.items()])]
        elif isinstance(found, (list, tuple)):
            waiting += [(here, inner, False) for inner in reversed(found)]


def references(value: Any) -> Iterator[str]:
    """The names that an expression refers to by Ref, Fn::GetAtt or Fn::Sub."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": str(name) | [str(name), *_]}:
            yield name.partition(".")[0]
        case {"Fn::Sub": [str(pattern), variables]}:
            yield from _substituted(pattern)
            yield from references(variables)
        case {"Fn::Sub": str(pattern)}:
            yield from _substituted(pattern)
        case {}:
            for inner in value.values():
                yield from references(inner)
        case list() | tuple():
            for inner in value:
                yield from references(inner)


def _substituted(pattern: str) -> list[str]:
    return [name.strip().partition(".")[0] for name in re.findall(r"\$\{(?!!)([^}]+)\}", pattern)]
