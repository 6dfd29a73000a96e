"""Puts into moto's services what the resource types need and moto lacks (`moto_<service>.py`).

What moto answers already stays as it is, but for what AWS refuses.
"""

from functools import cache
from importlib import import_module
from typing import Any, Final

from moto import backends

# Modules of moto.
SERVICES: Final = (
    "awslambda",
    "budgets",
    "codebuild",
    "codecommit",
    "codepipeline",
    "ec2",
    "events",
    "iam",
    "logs",
    "s3",
)


def install() -> None:
    """Add to every service as soon as moto loads it; calling it again changes nothing."""
    moto: Any = backends
    load = moto._import_backend
    if hasattr(load, "additions"):
        return

    def loaded(module_name: str, backends_name: str) -> Any:
        found = load(module_name, backends_name)
        add(module_name.partition(".")[0])
        return found

    vars(loaded)["additions"] = SERVICES
    moto._import_backend = loaded


@cache
def add(service: str) -> None:
    """Add to a service, by the name of moto's module; only once."""
    if service not in SERVICES:
        return
    module = import_module(f"catalog_emulator.cloudformation.types.moto_{service}")
    for owner, functions in module.ADDITIONS.items():
        for function in functions:
            setattr(owner, function.__name__, function)
