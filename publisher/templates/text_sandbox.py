"""What a worker process does with expressions of launch forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.loaders import DictLoader
from typing_extensions import override

from publisher.errors import excerpt
from publisher.templates.expressions import EndlessError, Expressions, Fault
from publisher.templates.sandbox import Sandbox
from publisher.templates.worker_process import TimeLimitError, exceeded

_LONGEST_MESSAGE = 300
_LONGEST_TEXT = 10_000


class TextSandbox(Sandbox):
    """Prints values as they are: text unquoted, None as nothing; no lists or mappings."""

    @override
    def flow(self, value: Any) -> str:
        match value:
            case str():
                return str(value)
            case None:
                return ""
            case list() | tuple() | Mapping():
                raise SecurityError("an expression prints text or numbers: use |join for a list")
        return super().flow(value)

    @override
    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            raise TemplateSyntaxError("an expression includes nothing", node.lineno)
        return tree


def evaluate(expressions: Expressions) -> list[dict[str, str] | Fault]:
    """For each scope the texts by key, without blanks around them, or the first fault."""
    sandbox = TextSandbox(DictLoader(dict(expressions.texts)))
    return [_evaluated(sandbox, expressions, scope) for scope in expressions.scopes]


def _evaluated(
    sandbox: TextSandbox, expressions: Expressions, scope: Mapping[str, Any]
) -> dict[str, str] | Fault:
    variables, found = dict(scope), dict[str, str]()
    for key in expressions.texts:
        needs = expressions.only.get(key, {})
        if any(found[other] not in values for other, values in needs.items()):
            continue
        try:
            found[key] = sandbox.text(key, variables).strip()
            if len(found[key]) > _LONGEST_TEXT:
                raise SecurityError(f"it prints more than {_LONGEST_TEXT:,} characters")
        except (TimeLimitError, MemoryError) as error:
            raise EndlessError(exceeded(error), key) from error
        except Exception as error:  # an expression may raise anything that Python can
            return Fault(key=key, message=_message(error))
        if key in expressions.named:
            variables[key] = found[key]
    return found


def names_in(expressions: Expressions) -> list[tuple[str, tuple[str, ...]] | Fault]:
    """What each expression reads: (key, path), e.g. `("client", "account_id")`; or its fault."""
    sandbox = TextSandbox(DictLoader({}))
    found: list[tuple[str, tuple[str, ...]] | Fault] = []
    for key, text in expressions.texts.items():
        try:
            tree = sandbox.parse(text)
            sandbox.compile(tree)
        except (TimeLimitError, MemoryError) as error:
            raise EndlessError(exceeded(error), key) from error
        except Exception as error:
            found.append(Fault(key=key, message=_message(error)))
            continue
        own = {"range", "dict", "loop"}
        own |= {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
        found += [(key, path) for path in dict.fromkeys(_paths(tree)) if path[0] not in own]
    return found


def _paths(node: nodes.Node) -> Iterator[tuple[str, ...]]:
    """The names that are read below, each with the attributes that are asked of it."""
    attributes: list[str] = []
    inner = node
    while isinstance(inner, nodes.Getattr):
        attributes.insert(0, inner.attr)
        inner = inner.node
    if isinstance(inner, nodes.Name):
        yield (inner.name, *attributes)
        return
    for child in inner.iter_child_nodes():
        yield from _paths(child)


def _message(error: Exception) -> str:
    match error:
        case TemplateSyntaxError():
            words = f"invalid Jinja2: {error.message}"
        case UndefinedError() | SecurityError():
            words = str(error)
        case RecursionError():
            words = "it is nested too deeply"
        case _:
            words = f"{type(error).__name__}: {error}"
    return excerpt(words, _LONGEST_MESSAGE)
