"""From a folded graph to what is worth drawing: few boxes, few lines, signs for what many use."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from publisher.report.diagram_folding import Folded, fold_private, folded, joined
from publisher.report.diagram_graph import Graph, Line, facts

# What a person can take in, and what a page can show.
_MOST_BOXES = 32
# More than so many do not become so few by being connected alike.
_MOST_TRIED, _ROUNDS = 200, 20


@dataclass(frozen=True, kw_only=True)
class Box:
    """One or more resources, drawn as one, with their parts and the signs of what they are connected to.

    `own` are the signs that stand for it, `conditions` those without which none of it exists.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    kind: str
    parts: tuple[str, ...] = ()
    part_types: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Stands on `users` in place of lines: they do `word` to `name`, or, if `back`, it does to them."""

    sign: str
    name: str
    word: str
    users: tuple[str, ...]
    back: bool = False


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Boxes, the lines between them by their first names, and signs."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    signs: tuple[Sign, ...]


def picture_of(graph: Graph) -> Picture:
    """What to draw of a template: each resource, else each type, else each service."""
    drawing = folded(graph)
    for group in (_each, _type, _service_or_rest(graph)):
        groups = {name: group(name, type_) for name, type_ in drawing.types.items()}
        if group in (_each, _type) and len(set(groups.values())) > _MOST_TRIED:
            continue
        drawing.merge(groups)
        _merge_numbered(drawing)
        _merge_twins(drawing, ())
        fold_private(drawing)
        signs = _signs(drawing)
        _merge_twins(drawing, signs)
        if len(drawing.types) <= _MOST_BOXES:
            break
        drawing = folded(graph)
    _drop_implied(drawing)
    return Picture(
        boxes=tuple(_boxes(drawing, graph, signs)), lines=tuple(joined(drawing.lines)), signs=tuple(signs)
    )


def service_of(type_: str) -> str:
    """The service of a resource type: EC2 of AWS::EC2::VPC."""
    owner, _, rest = type_.partition("::")
    return rest.partition("::")[0] if owner == "AWS" else owner


def _each(name: str, type_: str) -> str:
    return name


def _type(name: str, type_: str) -> str:
    return type_


def _service_or_rest(graph: Graph) -> Callable[[str, str], str]:
    """By service, the smallest as one when there are too many."""
    many = Counter(map(service_of, graph.types.values()))
    kept = sorted(many, key=lambda it: (-many[it], it))[: _MOST_BOXES - 1]
    return lambda name, type_: it if (it := service_of(type_)) in kept else ""


def _kind_of(type_: str) -> str:
    service = service_of(type_)
    return next((kind for kind, services in facts()["kinds"].items() if service in services), "other")


def _merge_numbered(drawing: Folded) -> None:
    """Resources whose names differ in a number only, connected alike, are drawn as one."""
    lines = joined(drawing.lines)
    group = {name: f"{type_} {_stem(name)}" for name, type_ in drawing.types.items()}
    for _ in range(_ROUNDS):
        before = len(set(group.values()))
        seen: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            seen[line.source].add(f"{line.word} > {group[line.target]}")
            seen[line.target].add(f"{line.word} < {group[line.source]}")
        keys = {name: f"{group[name]}: {sorted(seen[name])}" for name in group}
        numbers = {key: str(number) for number, key in enumerate(sorted(set(keys.values())))}
        group = {name: numbers[keys[name]] for name in group}
        if len(numbers) == before:
            drawing.merge(group)
            break


def _merge_twins(drawing: Folded, signs: Collection[Sign]) -> None:
    """Resources of one type with the same lines and signs are drawn as one, when they are many."""
    ends: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for line in joined(drawing.lines):
        ends[line.source].add((">", line.target, line.word))
        ends[line.target].add(("<", line.source, line.word))
    for sign in signs:
        ends[sign.name].add(("own", sign.sign, ""))
        for user in sign.users:
            ends[user].add(("sign", sign.sign, ""))
    keys = {name: (type_, frozenset(ends[name])) for name, type_ in drawing.types.items()}
    many = Counter(keys.values())
    least = {
        name: facts()["alike"][_kind_of(type_)] if ends[name] else 2 for name, type_ in drawing.types.items()
    }
    drawing.merge({name: key if many[key] >= least[name] else name for name, key in keys.items()})


def _stem(name: str) -> str:
    """A name without what tells it apart: `PublicSubnet` of `PublicSubnet1` and of `PublicSubnetB`."""
    return re.sub(r"[0-9]+|(?<=[a-z])[A-F]$", "", name)


def _signs(drawing: Folded) -> list[Sign]:
    """What so many are connected to that the lines would hide all others."""
    # By name, and whether it points at the others: these, and the lines to each.
    around: dict[tuple[str, bool], dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in drawing.lines:
        around[line.target, False][line.source].append(line)
        around[line.source, True][line.target].append(line)
    # More users than its kind should have lines.
    least = {end: facts()["hubs"][_kind_of(drawing.types[end[0]])] for end in around}
    found: list[Sign] = []
    while crowds := [(-len(users), *end) for end, users in around.items() if len(users) >= least[end]]:
        _, name, back = min(crowds)
        users = around.pop((name, back))
        for user in users:
            del around[user, not back][name]
        lines = {it for each in users.values() for it in each}
        words = {part for it in joined(lines) for part in it.word.split(", ") if part} or {"uses"}
        sign = Sign(
            sign=str(len(found) + 1),
            name=name,
            word=", ".join(sorted(words)),
            users=tuple(sorted(users)),
            back=back,
        )
        found.append(sign)
        drawing.lines -= lines
    return found


def _drop_implied(drawing: Folded) -> None:
    """Takes out the lines that say nothing, or that a box is in something, where others lead there too."""
    kept = joined(drawing.lines)
    for line in list(kept):
        if line.word in facts()["implied"]:
            others = [it for it in kept if it is not line]
            if leads(others, line.source, line.target):
                kept = others
    drawing.lines = set(kept)


def leads(lines: Collection[Line], source: str, target: str) -> bool:
    """Whether lines lead from one box to another."""
    following: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        following[line.source].add(line.target)
    seen, todo = {source}, [source]
    while todo:
        for name in following[todo.pop()] - seen:
            seen.add(name)
            todo.append(name)
    return target in seen


def _boxes(drawing: Folded, graph: Graph, signs: Sequence[Sign]) -> Iterator[Box]:
    for name in sorted(drawing.types):
        names = (name, *sorted(drawing.alike.get(name, ())))
        held = [graph.conditions.get(it, "") for it in names]
        parts = tuple(sorted({*drawing.parts.get(name, ())}))
        yield Box(
            names=names,
            types=tuple(graph.types[it] for it in names),
            kind=_kind_of(graph.types[name]),
            parts=parts,
            part_types=tuple(graph.types[it] for it in parts),
            signs=tuple(it.sign for it in signs if name in it.users),
            own=tuple(it.sign for it in signs if name == it.name),
            conditions=tuple(sorted(set(held))) if all(held) else (),
        )
