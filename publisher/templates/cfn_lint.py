"""cfn-lint over one template, as a worker process runs it. No setting of the machine has a say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from publisher.errors import InputError, Severity


@dataclass(frozen=True, kw_only=True)
class Job:
    """One distinct content in one set of Regions."""

    digest: str
    body: str
    regions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """What cfn-lint found, in plain values that can cross processes."""

    line: int
    column: int
    rule: str
    message: str
    severity: Severity
    hint: str


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

    return Runner(_config(regions=["us-east-1"])).rules


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
        path = [str(part) for part in getattr(match, "path", None) or []]
        at = f" (at {'/'.join(path)})" if path else ""
        yield Finding(
            line=match.linenumber,
            column=match.columnnumber,
            rule=rule.id,
            message=f"{match.message}{at}",
            severity="error" if rule.severity == "error" else "warning",
            hint=f"see {rule.source_url}" if rule.source_url else rule.description,
        )
