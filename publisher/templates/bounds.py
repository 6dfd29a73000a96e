"""What Jinja2 makes of a template's source, changed so that all that costs time goes through the sandbox.

Refuses what Python could not compile: too deep, too many digits, an argument twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable

from jinja2 import TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame, operators

# Python takes 20 loops in each other, 100 levels of indentation and 200 of brackets.
_LOOPS, _STATEMENTS, _PARTS = 15, 40, 90
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4000}")

Parse = Callable[[str, str | None, str | None], nodes.Template]


class Generator(CodeGenerator):
    """Calls the sandbox before it runs statements, compares, slices, joins, or hashes a key."""

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Statements that may run many times; each time counts."""
        statements = list(nodes)
        if statements:
            self.writeline(f"environment.step({sum(map(size, statements))})", statements[0])
        super().blockvisit(statements, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        """`a ~ b`."""
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:
        """`a == b`, `a in b`, `a < b < c`."""
        self.write("(")
        self._weighed(node.expr, frame)
        for operand in node.ops:
            self.write(f" {operators[operand.op]} ")
            self._weighed(operand.expr, frame)
        self.write(")")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        """`a[b]`; a slice of it is a copy."""
        if isinstance(node.arg, nodes.Slice):
            self._weighed(node.node, frame)
            self.write("[")
            self.visit(node.arg, frame)
            self.write("]")
        else:
            super().visit_Getitem(node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:
        """`{a: b}`."""
        self.write("{")
        for item in node.items:
            self._weighed(item.key, frame)
            self.write(": ")
            self.visit(item.value, frame)
            self.write(", ")
        self.write("}")

    def _weighed(self, node: nodes.Node, frame: Frame) -> None:
        self.write("environment.weighed(")
        self.visit(node, frame)
        self.write(")")


def size(node: nodes.Node) -> int:
    """The parts of a statement or expression, without the statements in it."""
    inner = (child for child in node.iter_child_nodes() if not isinstance(child, nodes.Stmt))
    return 1 + sum(map(size, inner))


def parsed(parse: Parse, source: str, name: str | None, filename: str | None) -> nodes.Template:
    """The syntax tree of a template. Raises TemplateSyntaxError."""

    def refuse(message: str, line: int) -> TemplateSyntaxError:
        return TemplateSyntaxError(message, line, name, filename)

    long = _LONG_NUMBER.search(source)
    if long:
        raise refuse("a number has thousands of digits", source.count("\n", 0, long.start()) + 1)
    try:
        tree = parse(source, name, filename)
    except RecursionError:
        raise refuse("brackets, operators or statements are nested too deeply", 1) from None
    for flaw, line in _flaws(tree):
        raise refuse(flaw, line)
    return tree


def _flaws(tree: nodes.Template) -> Iterable[tuple[str, int]]:
    todo: list[tuple[nodes.Node, int, int, int]] = [(tree, 0, 0, 0)]
    while todo:
        node, loops, statements, parts = todo.pop()
        if loops > _LOOPS or statements > _STATEMENTS:
            yield "statements are nested too deeply", node.lineno
            return
        if parts > _PARTS:
            yield "brackets or operators are nested too deeply", node.lineno
            return
        if isinstance(node, nodes.Const) and isinstance(node.value, float) and math.isinf(node.value):
            yield "a number is too large", node.lineno
        if isinstance(node, nodes.Macro | nodes.CallBlock):
            names = [argument.name for argument in node.args]
            twice = next((each for n, each in enumerate(names) if each in names[:n]), None)
            if twice is not None:
                yield f"duplicate argument '{twice}'", node.lineno
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Stmt):
                todo.append((child, loops + isinstance(child, nodes.For), statements + 1, 0))
            else:
                todo.append((child, loops, statements, parts + 1))
