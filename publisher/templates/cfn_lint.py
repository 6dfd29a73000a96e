"""cfn-lint over one template, as a worker process runs it. No setting of the machine has a say."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache, partial
from typing import Any

from publisher.errors import InputError, Severity

_PATTERN_SECONDS = 1
_SEARCHES = 256


@dataclass(frozen=True, kw_only=True)
class Job:
    """One distinct content in one set of Regions."""

    digest: str
    body: str
    regions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """What cfn-lint found, in plain values that can cross processes; `path` leads to it in the template."""

    line: int
    column: int
    rule: str
    message: str
    severity: Severity
    hint: str
    path: tuple[str | int, ...] = field(compare=False)


def kept_findings(payload: bytes | None) -> tuple[Finding, ...] | None:
    """What `find` returned, from the JSON of its values; None where there is none."""
    names = [it.name for it in fields(Finding)]
    try:
        rows = [dict(zip(names, row, strict=True)) for row in json.loads(payload or b"")]
        return tuple(Finding(**{**row, "path": tuple(row["path"])}) for row in rows)
    except (ValueError, TypeError):
        return None


def find(job: Job) -> tuple[Finding, ...]:
    """What cfn-lint finds. Raises InputError for a Region that it does not know."""
    from cfnlint.decode.decode import decode_str
    from cfnlint.helpers import REGIONS
    from cfnlint.runner.template import run_template_by_data

    if unknown := sorted(set(job.regions) - set(REGIONS)):
        raise InputError(
            f"cfn-lint does not know Region '{unknown[0]}'",
            hint="fix the portfolio's regions, or update cfn-lint",
        )
    template, matches = decode_str(job.body)
    if not matches:
        # Create a new one for each: it takes over settings from the template's metadata.
        config = _config(regions=list(job.regions), include_checks=["I"])
        matches = list(run_template_by_data(template, config, _rules()))
    return tuple(sorted(set(_findings(matches))))


@cache
def _rules() -> Any:
    """cfn-lint's rules, which take a second to load: once for a process."""
    from cfnlint.runner import Runner

    _quicken()
    rules = Runner(_config(regions=["us-east-1"])).rules
    rules["E2015"].check_allowed_pattern = _default_matches
    return rules


def _quicken() -> None:
    """Spares a quarter of the time, by what each template asks for thousands of times: the fields of classes,
    what has an ID in a schema, and how a hundred classes of validators are shown and compared, which none is.
    """
    from cfnlint.context import context
    from cfnlint.jsonschema import _filter, validators
    from cfnlint.schema.resolver import _resolver

    known = lru_cache(256)(dataclasses.fields)
    for module in (context, _filter, validators):
        if getattr(module, "fields", None) is dataclasses.fields:
            module.fields = known
    if getattr(validators, "dataclass", None) is dataclass:
        validators.dataclass = partial(dataclass, repr=False, eq=False)
    if hasattr(_resolver, "_match_keyword") and hasattr(_resolver, "_search_schema"):
        _resolver._match_keyword = cache(_resolver._match_keyword)
        _resolver._search_schema = _Searches(_resolver._search_schema).search


class _Searches:
    """What is found in schemas, which are not changed once they are read."""

    def __init__(self, search: Any) -> None:
        self._search = search
        # With the schema: no other takes its place in memory.
        self._found: dict[tuple[int, Any], tuple[Any, list[Any]]] = {}

    def search(self, schema: Any, matcher: Any) -> list[Any]:
        """All that the matcher yields."""
        key = (id(schema), matcher)
        if key not in self._found:
            if len(self._found) >= _SEARCHES:
                self._found.clear()
            self._found[key] = (schema, list(self._search(schema, matcher)))
        return self._found[key][1]


def _default_matches(default: Any, pattern: Any, path: Any) -> list[Any]:
    """In the place of cfn-lint's own check, which a hostile AllowedPattern makes endless."""
    from cfnlint.rules import RuleMatch
    from cfnlint.rules.parameters.Default import re as regex

    try:
        if regex.match(pattern, str(default), timeout=_PATTERN_SECONDS):
            return []
        return [RuleMatch(path, "Default should be allowed by AllowedPattern")]
    except TimeoutError:
        return [RuleMatch(path, "the AllowedPattern of this parameter takes too long to match its default")]
    except (regex.error, TypeError):
        return []


def _config(**settings: Any) -> Any:
    from cfnlint.config import ConfigMixIn

    class Config(ConfigMixIn):  # type: ignore[misc]
        def _find_config(self) -> tuple[str, str]:
            """No .cfnlintrc of a person or a folder counts."""
            return "", ""

    return Config([], **settings)


def _findings(matches: Iterable[Any]) -> Iterator[Finding]:
    for match in matches:
        rule = match.rule
        # Its texts know their places, which do not go from process to process.
        path = tuple(it if isinstance(it, int) else str(it) for it in getattr(match, "path", None) or ())
        at = f" (at {'/'.join(map(str, path))})" if path else ""
        yield Finding(
            line=match.linenumber,
            column=match.columnnumber,
            rule=rule.id,
            message=f"{match.message}{at}",
            severity=rule.severity,
            hint=f"see {rule.source_url}" if rule.source_url else rule.description,
            path=path,
        )
