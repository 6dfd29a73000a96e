"""What a launch config's fields must be to each other: tier, source and network, and the names they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import get_args

from publisher.declarations.config import LaunchConfig, RetentionDays
from publisher.declarations.problems import shaped
from publisher.documents import Document, read
from publisher.errors import InputError, Problem, counted, quoted

_YEAR = 365


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """A field that decides which of its neighbours are used, and which of those are needed."""

    block: tuple[str, ...]
    field: str
    values: Sequence[str]
    used: Mapping[str, Sequence[str]]
    needed: Sequence[str]


_CHOICES = (
    _Choice(
        block=("ml_product",),
        field="tier",
        values=("starter", "professional", "enterprise"),
        used={"alerts_email": ("professional", "enterprise"), "vpc_integration": ("enterprise",)},
        needed=("vpc_integration",),
    ),
    _Choice(
        block=("ml_product",),
        field="source_control",
        values=("codecommit", "s3"),
        used={"s3_prefix": ("s3",)},
        needed=("s3_prefix",),
    ),
    _Choice(
        block=("ml_product", "vpc_integration"),
        field="vpc_source",
        values=("ssm", "direct"),
        used={
            "vpc_id": ("direct",),
            "subnet_ids": ("direct",),
            "vpc_id_parameter": ("ssm",),
            "subnet_ids_parameter": ("ssm",),
        },
        needed=("vpc_id", "subnet_ids"),
    ),
    _Choice(
        block=("ml_product", "vpc_integration"),
        field="mode",
        values=("standalone", "sgprov"),
        used={"security_group_id_parameter": ("sgprov",)},
        needed=(),
    ),
)

# The longest name of each kind of resource, by its suffix.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackageGroup.html
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
# https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
_LONGEST = (
    ("-ml", 63, "a model package group"),
    ("-deploy-pipeline", 100, "a pipeline"),
    ("-model-deploy", 100, "a repository"),
    ("-deploy", 150, "a build project"),
    ("-dashboard", 255, "a dashboard"),
    ("-alerts", 256, "a topic"),
)


def parse_config(document: Document) -> tuple[LaunchConfig | None, list[Problem]]:
    """The config that a document holds, or None, with all its problems."""
    config, document, problems = shaped(LaunchConfig, document)
    problems.extend(_checked(document))
    if config is not None and not problems:
        problems.extend(_named(config))
    return config, problems


def read_config(path: Path, *, root: Path) -> LaunchConfig:
    """One launch config. Raises InputError with every problem of the file."""
    config, problems = parse_config(read(path, root=root))
    if config is None or problems:
        raise InputError.of(problems)
    return config


def _checked(document: Document) -> Iterator[Problem]:
    """What can be checked even while other fields are wrong."""
    for choice in _CHOICES:
        yield from _chosen(document, choice)
    yield from _retention(document)
    for name in ("account_id", "tenant_id"):
        yield from _quotes(document, name)


def _chosen(document: Document, choice: _Choice) -> Iterator[Problem]:
    value = document.get(*choice.block, choice.field)
    if value not in choice.values:
        return
    present = {name for name in choice.used if document.get(*choice.block, name) is not None}
    stray = [name for name in choice.used if name in present and value not in choice.used[name]]
    missing = [name for name in choice.needed if name not in present and value in choice.used[name]]
    chosen = f"{choice.field} {quoted(value)}"
    if stray:
        where = min(document.where(*choice.block, name, key=True) for name in stray)
        message = f"{_listed(stray)} {_be(stray)} not used by {chosen}"
        if missing:
            message += f", which requires {_listed(missing)}"
        hint = f"remove {_it(stray)}, or set {choice.field} to {_users(choice, stray)}"
        yield Problem(rule="P150", where=where, message=message, hint=hint)
    elif missing:
        where = document.where(*choice.block, choice.field)
        others = [other for other in choice.values if other not in choice.used[missing[0]]]
        hint = f"add {_it(missing)}, or set {choice.field} to {' or '.join(others)}"
        yield Problem(rule="P151", where=where, message=f"{chosen} requires {_listed(missing)}", hint=hint)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(quoted(name) for name in names)


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _users(choice: _Choice, names: Sequence[str]) -> str:
    return " or ".join(value for value in choice.values if all(value in choice.used[name] for name in names))


def _retention(document: Document) -> Iterator[Problem]:
    """The compliance log of the tier enterprise is kept for a year at least."""
    days = document.get("ml_product", "log_retention_days")
    if document.get("ml_product", "tier") != "enterprise" or isinstance(days, bool):
        return
    legal = get_args(RetentionDays)
    if days in legal and days < _YEAR:
        yield Problem(
            rule="P152",
            where=document.where("ml_product", "log_retention_days"),
            message=f"'log_retention_days' must be at least 365 for tier 'enterprise', not {days}",
            hint=f"valid values are {', '.join(str(each) for each in legal if each >= _YEAR)}",
        )


def _quotes(document: Document, name: str) -> Iterator[Problem]:
    """Text of digits needs quotes, or other readers of YAML take it for a number."""
    text = document.get("client", name)
    if isinstance(text, str) and text.isdigit() and document.plain("client", name):
        yield Problem(
            rule="P103",
            where=document.where("client", name),
            message=f"{quoted(name)} must be quoted: other YAML parsers read {text} as a number",
            hint=f'write "{text}"',
        )


def _named(config: LaunchConfig) -> Iterator[Problem]:
    """The computed names fit, and the file is called after its content."""
    excess, what = max((len(config.prefix + suffix) - most, what) for suffix, most, what in _LONGEST)
    if excess > 0:
        fields = "use_case or workload" if config.ml_product.workload else "use_case"
        yield Problem(
            rule="P153",
            where=config.document.where("ml_product", "use_case"),
            message=f"'use_case' is {counted(excess, 'character')} too long for the name of {what}: "
            f"{quoted(config.ml_name)} has {len(config.ml_name)} characters",
            hint=f"shorten {fields} by {counted(excess, 'character')}",
        )
    elif PurePosixPath(config.path).name != config.file_name:
        name = quoted(PurePosixPath(config.path).name)
        yield Problem(
            rule="P154",
            where=config.document.where(),
            message=f"file name {name} does not match its content",
            hint=f"rename it to {config.file_name}, or fix the fields that form the name",
        )
