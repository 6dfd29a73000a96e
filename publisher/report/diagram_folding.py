"""Folds the graph of a template: what only serves another resource becomes a part of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from publisher.report.diagram_graph import Graph, Line, facts, first_of, ordered


class Folded:
    """What is drawn so far: `types` by logical ID, `lines` between these, and the `parts` of each.

    `alike` are the resources that are drawn as one with it.
    """

    def __init__(self, graph: Graph) -> None:
        self.types = dict(graph.types)
        self.lines = set(graph.lines)
        self.parts: dict[str, list[str]] = defaultdict(list)
        self.alike: dict[str, list[str]] = defaultdict(list)

    def move(self, wholes: Mapping[str, str]) -> None:
        """Gives the lines of some to others, in whose place they are drawn."""

        def moved(line: Line) -> Line:
            if wholes.keys().isdisjoint((line.source, line.target, line.owner)):
                return line
            source, target, owner = (wholes.get(it, it) for it in (line.source, line.target, line.owner))
            return replace(line, source=source, target=target, owner=owner)

        for name in wholes:
            del self.types[name]
        self.lines = {it for it in map(moved, self.lines) if it.source != it.target}

    def fold(self, wholes: Mapping[str, str]) -> None:
        """Draws resources as parts of others."""
        self.move(wholes)
        for part, whole in wholes.items():
            self.parts[whole] += [part, *self.parts.pop(part, ())]

    def merge(self, groups: Mapping[str, object]) -> None:
        """Draws those with an equal value as one, the first of them."""
        first: dict[object, str] = {}
        same = {it: kept for it in sorted(groups) if (kept := first.setdefault(groups[it], it)) != it}
        self.move(same)
        for name, kept in same.items():
            self.alike[kept] += [name, *self.alike.pop(name, ())]
            self.parts[kept] += self.parts.pop(name, ())

    def replace(self, keepers: Mapping[str, str], added: Iterable[Line]) -> None:
        """Draws other lines in place of resources and theirs; each is a part of its keeper."""
        keepers = {it: last for it in keepers if (last := _last(it, keepers)) not in keepers}
        for name, keeper in keepers.items():
            self.parts[keeper] += [name, *self.parts.pop(name, ())]
            del self.types[name]
        kept = [*self.lines, *added]
        self.lines = {
            it for it in kept if keepers.keys().isdisjoint((it.source, it.target)) and it.source != it.target
        }

    def ends(self) -> tuple[dict[str, list[Line]], dict[str, list[Line]]]:
        """The lines into each, and out of each, in a stable order."""
        into, out = defaultdict(list), defaultdict(list)
        for line in ordered(self.lines):
            into[line.target].append(line)
            out[line.source].append(line)
        return into, out


def folded(graph: Graph) -> Folded:
    """The graph without parts, without roles that are no more than permissions, and without rules."""
    drawing = Folded(graph)
    wholes = _wholes(graph)
    silent = {it for it in wholes if not first_of("parts", types=graph.types[it]).get("lines", True)}
    drawing.lines = {it for it in drawing.lines if it.owner not in silent}
    drawing.fold(wholes)
    fold_private(drawing)
    _dissolve_shared_roles(drawing)
    _dissolve_carriers(drawing)
    fold_private(drawing)
    return drawing


def _wholes(graph: Graph) -> dict[str, str]:
    """What is drawn as a part, of what."""
    own: dict[str, list[Line]] = defaultdict(list)
    for line in graph.lines:
        own[line.owner].append(line)
    rows = ((name, first_of("parts", types=type_)) for name, type_ in graph.types.items())
    found = {name: whole for name, row in rows if (whole := _whole(name, row, graph, own[name]))}
    return {name: whole for name in found if (whole := _last(name, found)) not in found}


def _whole(name: str, row: Mapping[str, str], graph: Graph, own: Iterable[Line]) -> str:
    if "properties" not in row:
        return ""
    lines = [it for it in own if re.search(row["properties"], it.property)]
    ends = sorted({it.source if it.target == name else it.target for it in lines})
    service = graph.types[name].rpartition("::")[0]
    near = [it for it in ends if graph.types[it].startswith(service)]
    return next(iter(near if row["properties"] == "." and near else ends), "")


def _last(name: str, wholes: Mapping[str, str]) -> str:
    """The whole of the whole …; one of the parts when they are parts of each other."""
    seen: set[str] = set()
    while name in wholes and name not in seen:
        seen.add(name)
        name = wholes[name]
    return name


def _of_type(drawing: Folded, pattern: str) -> list[str]:
    return [name for name in sorted(drawing.types) if re.search(pattern, drawing.types[name])]


def fold_private(drawing: Folded) -> None:
    """Draws roles, log groups and the like as parts of their only users."""
    for row in facts()["private"]:
        into, _ = drawing.ends()
        wholes = {}
        for name in _of_type(drawing, row["types"]):
            lines = [it for it in into[name] if not it.by_policy]
            users = {it.source for it in lines}
            if len(users) == 1 and all(re.fullmatch(row["word"], it.word) for it in lines):
                wholes[name] = users.pop()
        drawing.fold({it: last for it in wholes if (last := _last(it, wholes)) not in wholes})


def _dissolve_shared_roles(drawing: Folded) -> None:
    """A role that several assume is a part of each, which may do what it allows, to what it uses anyway."""
    into, out = drawing.ends()
    direct = {frozenset((it.source, it.target)) for it in drawing.lines}
    keepers, added, others = {}, set(), []
    for name in _of_type(drawing, "IAM::Role$"):
        users = sorted({it.source for it in into[name]})
        if len(users) > 1 and all(it.word == "assumes" for it in into[name]):
            keepers[name] = users[0]
            others += [(user, name) for user in users[1:]]
            for line in out[name]:
                known = [user for user in users if frozenset((user, line.target)) in direct]
                added |= {replace(line, source=user, owner=user) for user in known or users}
    drawing.replace(keepers, added)
    for user, name in others:
        drawing.parts[user].append(name)


def _dissolve_carriers(drawing: Folded) -> None:
    """A rule becomes the lines from what it listens to, to its targets."""
    into, out = drawing.ends()
    keepers, added = {}, set()
    for name in _of_type(drawing, facts()["carriers"]):
        sources = [it for it in into[name] if it.owner == name]
        targets = [it for it in out[name] if not it.by_policy]
        rows = [first_of("reached", types=drawing.types[it.target]) for it in targets]
        if targets and (sources or all(rows)):
            keepers[name] = targets[0].target
            words = {it.target: row.get("word", it.word) for it, row in zip(targets, rows, strict=True)}
            added |= {replace(it, target=to, word=word) for it in sources for to, word in words.items()}
            added |= {replace(it, target=keepers[name]) for it in into[name] if it not in sources}
    drawing.replace(keepers, added)


def joined(lines: Collection[Line]) -> list[Line]:
    """One line for each pair, with the words of all; what a property says goes before policies."""
    pairs: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in ordered(lines):
        pairs[line.source, line.target].append(line)
    found = []
    for (source, target), each in sorted(pairs.items()):
        declared = {part for it in each if not it.by_policy for part in it.word.split(", ")} - {""}
        if not declared and any(it.word and not it.by_policy for it in pairs.get((target, source), ())):
            continue
        words = declared or {part for it in each for part in it.word.split(", ")} - {""}
        weaker = {it for word in words for it in facts()["stronger"].get(word, ())}
        word = ", ".join(sorted(words - weaker))
        sometimes = all(it.sometimes for it in each)
        found.append(
            Line(source=source, target=target, word=word, owner="", property="", sometimes=sometimes)
        )
    return found
