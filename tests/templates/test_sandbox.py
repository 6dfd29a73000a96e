from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from publisher.declarations import Variant
from publisher.errors import InputError
from publisher.templates.render import render
from publisher.templates.workers import Workers

Project = Callable[..., tuple[Variant, ...]]


# Too much time or too much memory, whichever a machine has less of.
LIMIT = "T004 rendering "
DEEP_LIMIT = "T004 includes or macros call each other endlessly, or something is nested too deeply"
# Two lists (or tuples) of 2^60 items, of which each is a list of one item twice, and so on.
TWINS = (
    "{% set a = namespace(x=[1]) %}{% set b = namespace(x=[1]) %}"
    "{% for i in range(60) %}{% set a.x = [a.x, a.x] %}{% set b.x = [b.x, b.x] %}{% endfor %}"
)
TUPLES = TWINS.replace("[1]", "(1,)").replace("[a.x, a.x]", "(a.x, a.x)").replace("[b.x, b.x]", "(b.x, b.x)")
DEEP = "{% set a = namespace(x=(1,)) %}{% for i in range(9999) %}{% set a.x = (a.x,) %}{% endfor %}"
# A text of a million characters.
BIG = (
    "{% set n = namespace(x='a') %}{% for i in range(20) %}{% set n.x = n.x ~ n.x %}{% endfor %}"
    "{% set big = n.x %}"
)


def often(statement: str) -> str:
    """Runs it a hundred million times."""
    loops = "{% for i in range(9999) %}{% for j in range(9999) %}"
    return f"{loops}{statement}{{% endfor %}}{{% endfor %}}"


def growing(first: str, next_: str) -> str:
    """A template that makes much of little: n.x becomes something larger, ninety times."""
    loop = f"{{% for i in range(90) %}}{{% set n.x = {next_} %}}{{% endfor %}}"
    return f"{{% set n = namespace(x={first}) %}}{loop}"


REFUSED = [
    # Ways out
    ("{{ ''.__class__ }}", "T003 access to attribute '__class__' of 'str' object is unsafe."),
    ("{{ ''['__class__'] }}", "T003 access to attribute '__class__' of 'str' object is unsafe."),
    (
        "{{ ().__class__.__base__.__subclasses__() }}",
        "T003 access to attribute '__class__' of 'tuple' object",
    ),
    (
        "{{ self.__init__.__globals__ }}",
        "T003 access to attribute '__init__' of 'TemplateReference' object",
    ),
    (
        "{{ namespace.__init__.__globals__ }}",
        "T003 access to attribute '__init__' of 'type' object is unsafe.",
    ),
    (
        "{% macro m() %}{% endmacro %}{{ m._func }}",
        "T003 access to attribute '_func' of 'Macro' object is unsafe.",
    ),
    ("{{ range.__self__ }}", "T002 'function object' has no attribute '__self__'"),
    ("{{ content.update({}) }}", "T003 access to attribute 'update' of 'dict' object is unsafe."),
    ("{{ [1].append(2) }}", "T003 access to attribute 'append' of 'list' object is unsafe."),
    ("{{ 'a'.format(1) }}", "T003 access to attribute 'format' of 'str' object is unsafe."),
    ("{{ ''|attr('__class__') }}", "T001 invalid Jinja2: No filter named 'attr'."),
    (
        "{{ [{}]|map(attribute='__class__')|list }}",
        "T003 access to attribute '__class__' of 'dict' object",
    ),
    ("{{ lipsum }}", "T002 'lipsum' is undefined"),
    ("{{ cycler }}", "T002 'cycler' is undefined"),
    ("{{ [1, 2]|random }}", "T001 invalid Jinja2: No filter named 'random'."),
    ("{% include '../product.yaml' %}", "T003 '../product.yaml' is outside the template folder"),
    ("{% include '/etc/passwd' %}", "T003 '/etc/passwd' is outside the template folder"),
    ("{% include 'a\\\\b' %}", "T003 'a\\b' is outside the template folder"),
    ("{% include 'outside' %}", "T003 'outside' points outside the template folder"),
    # Work without end
    (
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        LIMIT,
    ),
    ("{{ 10 ** 10 ** 10 }}", "T003 cannot print a number with more than 20 digits"),
    ("{{ 99999999999999999999999 * 9 }}", "T003 cannot print a number with more than 20 digits"),
    ("{{ '%99999999999s' % 1 }}", "T003 % is not available on text; concatenate with ~"),
    ("{{ 'a'.center(99999999999) }}", "T003 access to attribute 'center' of 'str' object is unsafe."),
    ("{{ 'a'|center(99999999999) }}", "T001 invalid Jinja2: No filter named 'center'."),
    ("{{ 'a'|indent(99999999999) }}", LIMIT),
    ("{{ (5).to_bytes(99999999999) }}", LIMIT),
    ("{{ 1|round(-99999999999) }}", LIMIT),
    (
        "{{ 1|round(method='ceil', precision=-99999999999) }}",
        "T006 ZeroDivisionError: float division by zero",
    ),
    (
        "{{ ['a', 'b']|sum(start='') }}",
        "T006 TypeError: sum() can't sum strings",
    ),
    ("{% include 'main.yaml.j2' %}", "T004 includes or macros call each other endlessly"),
    (
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "T004 includes or macros call each other endlessly",
    ),
    (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(90) }}",
        LIMIT,
    ),
    (
        "{% for i in range(9000) %}{% for j in range(90) %}{% include 'empty' %}{% endfor %}{% endfor %}",
        LIMIT,
    ),
    # Memory without end
    (growing("'aaaa'", "n.x ~ n.x"), LIMIT),
    (growing("'aaaa'", "n.x + n.x"), LIMIT),
    (growing("'aaaa'", "n.x|replace('a', n.x)"), LIMIT),
    (growing("'aaaa'", "[n.x, n.x]|join"), LIMIT),
    (growing("[1]", "n.x + n.x"), LIMIT),
    (growing("[1]", "[n.x, n.x]") + "{{ n.x }}", LIMIT),
    (growing("[1]", "[n.x, n.x]") + "{{ n.x ~ 'a' }}", "T003 ~ requires text or numbers, not a list"),
    (
        growing("[1]", "[n.x, n.x]") + "{{ n.x|lower }}",
        "T003 |lower requires text or numbers, not a list",
    ),
    (
        "{% set big %}{% for i in range(9999) %}{{ 'a' }}{% endfor %}{% endset %}"
        "{% for i in range(90) %}{{ big }}{% endfor %}",
        LIMIT,
    ),
    (BIG + often("{% set y = big|upper %}"), LIMIT),
    (BIG + often("{% set y = big[1:] %}"), LIMIT),
    (BIG + often("{% set y = big ~ 'a' %}"), LIMIT),
    (BIG + often("{% set y = big == big ~ '' %}"), LIMIT),
    (
        BIG + "X:{% for i in range(9999) %} {{ big }}{% endfor %}",
        "T010 invalid YAML: expected <block end>, but found '<scalar>'",
    ),
    (
        BIG + "{% for i in range(9999) %}- {{ big }}\n{% endfor %}",
        LIMIT,
    ),
    (
        BIG + "{% set y %}{{ big }}{% endset %}{% for i in range(9999) %}- {{ y }}\n{% endfor %}",
        LIMIT,
    ),
    # Small lists that are endless once somebody looks all through them
    *(
        (TWINS + f"{{{{ {expression} }}}}", LIMIT)
        for expression in (
            "a.x == b.x",
            "a.x < b.x",
            "a.x in [b.x]",
            "a.x is in([b.x])",
            "[a.x, b.x]|sort",
            "{'a': a.x, 'b': b.x}|dictsort(by='value')",
            "[{'k': a.x}, {'k': b.x}]|groupby('k')|list",
            "[a.x]|select('eq', b.x)|list",
            "[a.x].index(b.x)",
            "a.x|tojson",
        )
    ),
    (TWINS + "{{ a.x|string }}", "T003 |string requires text or numbers, not a list"),
    (TWINS + "{% for i in [a.x, b.x] %}{{ loop.changed(i) }}{% endfor %}", LIMIT),
    *(
        (TUPLES + f"{{{{ {expression} }}}}", LIMIT)
        for expression in ("{a.x: 1}", "{}[a.x]", "{}.get(a.x)", "dict([(a.x, 1)])", "[a.x]|unique|list")
    ),
    (DEEP + "{{ {a.x: 1} }}", DEEP_LIMIT),
    (DEEP + "{{ a.x }}", DEEP_LIMIT),
    # Loops whose turns are not all the work
    (
        "{% for i in range(9999) recursive %}{% if loop.depth < 4 %}{% set x = loop(range(9999)) %}"
        "{% endif %}{% endfor %}",
        LIMIT,
    ),
    (often("{% set y = i - 1 %}" * 2000), LIMIT),
    (
        "{% for i in range(999) %}{% for j in range(9999) if [i, i, i, i, i] %}{% endfor %}{% endfor %}",
        LIMIT,
    ),
    (BIG + "{% set big = big[:500000] %}{{ big.strip(big|replace('a', 'b') ~ 'a') }}", LIMIT),
    (BIG + "{% set big = big[:500000] %}{{ big|trim(big|replace('a', 'b') ~ 'a') }}", LIMIT),
    (BIG + "{{ big.split('a') }}", LIMIT),
    # Long numbers
    (growing("1", "n.x + n.x") + "{{ n.x }}", "T003 cannot print a number with more than 20 digits"),
    ("{{ 'ffffffffffffffffff'|int(base=16) }}", "T003 cannot print a number with more than 20 digits"),
    (
        f"{{{{ {'9' * 5000} }}}}",
        "T006 ValueError: Exceeds the limit (4300 digits)",
    ),
    ("{{ 1e400 }}", "T006 NameError: name 'inf' is not defined"),
    # Files, blocks and macros in circles
    ("{% extends 'main.yaml.j2' %}", DEEP_LIMIT),
    ("{% import 'main.yaml.j2' as m %}", DEEP_LIMIT),
    ("{% block a %}{{ self.a() }}{% endblock %}", DEEP_LIMIT),
    (
        "{% macro m() %}{% call m() %}{% endcall %}{{ caller() }}{% endmacro %}{% call m() %}{% endcall %}",
        DEEP_LIMIT,
    ),
    ("{% extends 'empty' %}{% extends 'empty' %}", "T006 TemplateRuntimeError: extended multiple times"),
    ("{% include 'empty' %}" * 47_000, LIMIT),
    ("{% set n = namespace() %}{% set n.n = n %}{{ n }}", "T003 cannot print a Namespace"),
    ("{% for i in [1] %}{{ loop }}{% endfor %}", "T003 cannot print a LoopContext"),
    # What is long
    ("X: " + "a" * 1_000_000, "T005 larger than 1,000,000 bytes"),
    ("{{ " + " ~ ".join(["product"] * 90_000) + " }}", LIMIT),
    ("{{ product" + ".a" * 3000 + " }}", DEEP_LIMIT),
    ("{" * 100_000, DEEP_LIMIT),
    ("X: {{ '\\ud800' }}", "T010 half of a surrogate pair"),
    ("X: \0", "T010 the character U+0000 is not allowed in YAML"),
    # What Python cannot compile
    (
        "{% for x in [1] %}" * 25 + "{% endfor %}" * 25,
        "T001 invalid Jinja2: too many statically nested blocks",
    ),
    ("{% if 1 %}" * 120 + "{% endif %}" * 120, "T001 invalid Jinja2: too many levels of indentation"),
    ("{{ " + "[" * 9999, DEEP_LIMIT),
    (
        "{{ " + " and ".join(["product"] * 300) + " }}",
        "T001 invalid Jinja2: too many nested parentheses",
    ),
    (
        "{% macro m(a, a) %}{% endmacro %}",
        "T001 invalid Jinja2: duplicate argument 'a'",
    ),
    # Words of Python's that are nobody's business
    ("{{ 'a'|tojson(2) }}", "T006 TypeError: tojson() takes 2 positional arguments but 3 were given"),
    ("{{ 'a'|upper(x=1) }}", "T006 TypeError: upper() got an unexpected keyword argument 'x'"),
    (
        "{{ 'a'|replace }}",
        "T006 TypeError: replace() missing 2 required positional",
    ),
    (
        "{{ 1 is divisibleby }}",
        "T006 TypeError: test_divisibleby() missing 1 required",
    ),
    ("{{ range(a=1) }}", "T006 TypeError: safe_range() got an unexpected keyword argument 'a'"),
    ("{{ dict(**1) }}", "T006 TypeError: a call's argument after ** must be a mapping, not int"),
    ("{{ {}['a\nb'] }}", "T002 'dict object' has no attribute 'a\\nb'"),
    ("{% include 'a\nb' %}", "T005 file not found: 'products/fam/template/a\\nb'"),
    (
        "{% include '" + "x" * 300 + "' %}",
        "T005 cannot be read: File name too long: 'products/fam/template/xxx",
    ),
    # Values out of their scalar
    ("{{ 'a'|safe }}", "T001 invalid Jinja2: No filter named 'safe'."),
    (
        "{% macro m() %}x{% endmacro %}{{ m() ~ 'a: b' }}",
        "T003 ~ cannot mix the output of a macro with a value; print",
    ),
    (
        "{% macro m() %}x{% endmacro %}{{ m() + 'a: b' }}",
        "T003 + cannot mix the output of a macro with a value; print",
    ),
    (
        "{% macro m() %}x{% endmacro %}{{ [m(), 'a']|join }}",
        "T003 |join cannot mix the output of a macro with a value",
    ),
    (
        "{% macro m() %}x{% endmacro %}{{ [m(), m()]|join('a') }}",
        "T003 |join cannot mix the output of a macro with",
    ),
    (
        "{% macro m() %}x{% endmacro %}{{ m()|replace('x', 'a') }}",
        "T003 |replace requires a value, not the output of a",
    ),
    (
        "{{ [1]|join(attribute='a') }}",
        "T006 TypeError: join() got an unexpected keyword",
    ),
    ("{{ range }}", "T003 cannot print a function: only text, numbers, true, false, lists and mappings"),
    ("{{ [1]|map('abs') }}", "T003 cannot print a generator: only text, numbers"),
    (
        "{{ content.a }}",
        "T003 cannot print a Handle: only text, numbers, true, false, lists and mappings",
    ),
    (
        "{{ 1e308 * 10 }}",
        "T003 cannot print a float: only text, numbers, true, false, lists and mappings",
    ),
]


def _marks(number: int, problem: str) -> list[pytest.MarkDecorator]:
    """Those that run into a limit take a second each: the tests have each third of them."""
    if problem != LIMIT:
        return []
    return [pytest.mark.slow, *([pytest.mark.whole] if number % 3 else [])]


@pytest.mark.parametrize(
    ("source", "problem"),
    [pytest.param(*it, marks=_marks(number, it[1])) for number, it in enumerate(REFUSED)],
)
def test_refused(project: Project, quick: Workers, source: str, problem: str) -> None:
    (variant,) = project({"main.yaml.j2": source, "empty": ""}, content={"a": {"a": "a"}})
    (variant.family.folder / "template" / "outside").symlink_to("/etc/hostname")
    begun = time.monotonic()
    with pytest.raises(InputError) as raised:
        render(variant, pool=quick)
    assert time.monotonic() - begun < 60
    (found,) = raised.value.problems
    # A limit of time may strike in the file that is included.
    places = (
        ("main.yaml.j2", "empty") if problem == LIMIT and "include 'empty'" in source else ("main.yaml.j2",)
    )
    assert str(found).startswith(tuple(f"products/fam/template/{it}:1:1: {problem}" for it in places))
    assert found.hint


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ [3, 1, 2]|sort|map('string')|join('-') }}", "1-2-3"),
        ("{{ ['a', 'b']|join(', ') ~ '.' }}", "a, b."),
        ("{{ 'a b'|replace(' ', '-')|upper }}", "A-B"),
        ("{{ 'aaa'|replace('a', 'b', 2) }}", "bba"),
        ("{{ 'a-b'.split('-')|last }}", "b"),
        ("{{ ({'b': 1, 'a': 2}|dictsort)[0][0] }}", "a"),
        ("{{ 'x' if product == 'fam' else 'y' }}", "x"),
        ("{{ 2 * 3 + 10 % 4 }}", 8),
        ("{{ 7 / 2 }}", 3.5),
        ("{{ [1]|first == 1 }}", True),
        ("{{ ['a'] + ['b'] }}", ["a", "b"]),
        ("{{ dict(a=1, b=none is none) }}", {"a": 1, "b": True}),
        ("{{ range(3)|list }}", [0, 1, 2]),
        ("{{ range(20000)|list|length }}", 20000),
        ("{{ 'ab' * 2 }}", "abab"),
        ("{{ 2 ** 8 }}", 256),
        ("{% for i in [1, 2] %}{{ loop.last }}{% if not loop.last %}-{% endif %}{% endfor %}", "false-true"),
        (
            "{% set n = namespace(x=1) %}{% for i in range(3) %}{% set n.x = n.x + i %}{% endfor %}{{ n.x }}",
            4,
        ),
        ("{% for i in [1, [2, [3]]] recursive %}{{ loop(i) if i is iterable else i }}{% endfor %}", 123),
        ("{% macro m() %}{'a':\n1}{% endmacro %}{{ m()|indent(4, first=true) }}", {"a": 1}),
        ("{% macro m(a) %}{{ a }}{% endmacro %}{{ [m(1), m(2)]|join(' ') }}", "1 2"),
        ("{% macro m() %}1{% endmacro %}{{ m() ~ m() + m() }}", 111),
        ("{% set t %}a: {{ product }}{% endset %}{ {{ t }} }", {"a": "fam"}),
        ("{{ 'abc'|tojson }}", "abc"),
        ("{{ 'é😀' }}", "é😀"),
    ],
)
def test_allowed(project: Project, source: str, value: object) -> None:
    variants = project({"main.yaml.j2": f"Resources:\n  A: {{Type: T}}\nX: {source}\n"})
    assert render(*variants).template["X"] == value
