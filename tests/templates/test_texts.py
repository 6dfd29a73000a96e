from __future__ import annotations

import pytest

from publisher.errors import InputError, Where
from publisher.templates.texts import texts
from publisher.templates.workers import Workers

VALUES = {"name": "fraud", "count": 3, "on": True, "zones": ["a", "b"], "vpc": {"id": "vpc-1"}}


def where(*names: str) -> dict[str, Where]:
    return {name: Where(path="launch.yaml", line=line) for line, name in enumerate(names, 1)}


def test_texts_are_printed_as_they_are() -> None:
    templates = {
        "launch": "{{ name }}-{{ count + 1 }}",
        "quotes": """"{{ name ~ "<'&'>" }}": {{ on }}""",
        "list": "{{ zones|join(',') }} in {{ vpc.id }}",
        "condition": "{% if on %}yes{% else %}no{% endif %}",
        "empty": "",
        "line": "a\n",
    }
    assert texts(templates, VALUES, where=where(*templates)) == {
        "launch": "fraud-4",
        "quotes": """"fraud<'&'>": true""",
        "list": "a,b in vpc-1",
        "condition": "yes",
        "empty": "",
        "line": "a\n",
    }
    assert texts({}, VALUES, where={}) == {}


def test_the_problems_of_all_texts_are_reported_at_their_places() -> None:
    templates = {
        "a": "{{ nmae }}",
        "b": "{{",
        "c": "{{ zones }}",
        "d": "{{ name.__class__ }}",
        "e": "{{ name }}",
    }
    with pytest.raises(InputError) as raised:
        texts(templates, VALUES, where=where(*templates))
    assert [f"{problem} | {problem.hint}" for problem in raised.value.problems] == [
        "launch.yaml:1:1: T002 'nmae' is undefined"
        " | did you mean 'name'? (templates see count, name, on, vpc, zones)",
        "launch.yaml:2:1: T001 invalid Jinja2: unexpected 'end of template'"
        " | docs/templates.md shows the syntax",
        "launch.yaml:3:1: T003 {{ }} requires text or numbers, not a list"
        " | docs/templates.md lists what templates can do",
        "launch.yaml:4:1: T003 access to attribute '__class__' of 'str' object is unsafe."
        " | docs/templates.md lists what templates can do",
    ]


@pytest.mark.parametrize(
    "endless",
    ["{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "{{ 'a' * 10**9 }}"],
)
def test_an_endless_text_is_one_problem(quick: Workers, endless: str) -> None:
    templates = {"a": "{{ name }}", "b": endless}
    with pytest.raises(InputError) as raised:
        texts(templates, VALUES, where=where("a", "b"), pool=quick)
    (problem,) = raised.value.problems
    assert str(problem).startswith("launch.yaml:2:1: T004 rendering ")
