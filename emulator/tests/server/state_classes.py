"""Which classes a saved state may hold: those of values, by a rule. `lines` is what state_classes.txt is."""

import importlib
import pkgutil
import re
import threading
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from moto.backends import list_of_moto_modules
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import BaseResponse

import catalog_emulator
from catalog_emulator.server import state_kinds

FILE = Path(state_kinds.__file__).with_name("state_classes.txt")
# What serves requests, or runs: never part of an account.
_NO_VALUES = (BackendDict, BaseBackend, BaseException, BaseResponse, threading.Thread, type)
# Modules whose classes are values; of moto's others only enumerations, and these.
_VALUES = re.compile(
    r"moto\.\w+\.(models|dataclasses|data_models|policies|policy|types)(\.|$)"
    r"|catalog_emulator\.(sns\.(mailbox|pending)|sagemaker\.(project|studio)|servicecatalog\.(values|caller|visible_portfolios)"
    r"|cloudformation\.(template\.(blueprint|graph|parameters|scope)|stack_sets\.model"
    r"|engine\.(change_preview|change_sets|drift|drift_detection|operation_events|stack)))$"
)
_OTHERS = frozenset(
    (
        "catalog_emulator.cloudformation.engine.nested_stacks:NestedStack",
        "catalog_emulator.cloudformation.resources.custom_resources:FailedAnswer",
        "catalog_emulator.server.startup:NoPrivateKey",
        "moto.apigateway.integration_parsers.aws_parser:TypeAwsParser",
        "moto.apigateway.integration_parsers.http_parser:TypeHttpParser",
        "moto.apigateway.integration_parsers.unknown_parser:TypeUnknownParser",
        "moto.cloudformation.custom_model:CustomModel",
        "moto.cloudformation.parsing:Export",
        "moto.kms.utils:ECDSAPrivateKey",
        "moto.kms.utils:RSAPrivateKey",
        "moto.logs.metric_filters:MetricFilters",
        "moto.logs.utils:EventMessageFilter",
        "moto.logs.utils:QuotedTermFilterPattern",
        "moto.logs.utils:SingleTermFilterPattern",
        "moto.logs.utils:UnsupportedFilterPattern",
        "moto.route53domains.validators:NameServer",
        "moto.route53domains.validators:Route53Domain",
        "moto.route53domains.validators:Route53DomainsContactDetail",
        "moto.s3.utils:_VersionedKeyStore",
        "moto.sns.utils:FilterPolicyMatcher",
        "moto.utilities.tagging_service:TaggingService",
        "moto.utilities.utils:CaseInsensitiveDict",
        "moto.utilities.utils:LowercaseDict",
        "requests.structures:CaseInsensitiveDict",
    )
)
_SKIPPED = re.compile(
    r"moto\.(core\.models|moto_\w+|stepfunctions\.parser)\b|\.(responses|exceptions|urls)\b|_responses\b"
)
# Parts of backends, and what runs containers. A `FakeBackend` is a target of a load balancer.
_PARTS = re.compile(r"(?!Fake)\w*Backend|_Docker\w*|_VolumeRefCount")
_OWN_PACKAGES = ("cloudformation", "sagemaker", "server", "servicecatalog", "sns")
# Finalizers that act only on what the instance itself holds.
_FINALIZERS = ("moto.ec2.models.instances:Instance", "moto.s3.models:FakeKey")


def lines() -> list[str]:
    """`module Class Class.Inner …`, sorted."""
    found = [f"{module.__name__} {' '.join(names)}" for module in _modules() if (names := _names(module))]
    return sorted(found)


def write() -> None:
    FILE.write_text("\n".join(lines()) + "\n", encoding="utf-8")


def _modules() -> Iterator[ModuleType]:
    yield importlib.import_module("requests.structures")
    roots = [f"moto.{name}" for name in (*list_of_moto_modules(), "utilities")]
    roots += [f"{catalog_emulator.__name__}.{name}" for name in _OWN_PACKAGES]
    for root in sorted(set(roots)):
        package = importlib.import_module(root)
        for one in pkgutil.walk_packages(package.__path__, f"{root}."):
            if not _SKIPPED.search(one.name):
                yield importlib.import_module(one.name)


def _names(module: ModuleType) -> list[str]:
    return sorted(kind.__qualname__ for kind in _classes(module, module.__name__) if _is_value(kind))


def _classes(holder: Any, module: str) -> Iterator[type]:
    for kind in list(vars(holder).values()):
        inner = f"{holder.__qualname__}." if isinstance(holder, type) else ""
        if isinstance(kind, type) and (kind.__module__, kind.__qualname__) == (module, inner + kind.__name__):
            yield kind
            yield from _classes(kind, module)


def _is_value(kind: type) -> bool:
    name = f"{kind.__module__}:{kind.__qualname__}"
    if issubclass(kind, _NO_VALUES) or hasattr(kind, "__required_keys__") or _PARTS.fullmatch(kind.__name__):
        return False
    if hasattr(kind, "__del__") and name not in _FINALIZERS:
        return False
    return issubclass(kind, Enum) or name in _OTHERS or _VALUES.match(kind.__module__) is not None
