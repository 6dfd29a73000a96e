"""Puts into moto's services what the resource types need and moto lacks (`moto_<service>.py`).

What moto answers already stays as it is, but for what AWS refuses.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

from moto import backends

from catalog_emulator.iam.policy_principals import check_principals

_OWN = (
    *("awslambda", "budgets", "codebuild", "codecommit", "codepipeline", "ec2"),
    *("ecr", "iam", "logs", "organizations", "resourcegroupstaggingapi", "s3", "servicequotas"),
)
# By the name of moto's module.
MODULES: Final = {
    "events": "catalog_emulator.events.delivery",
    **{name: f"catalog_emulator.cloudformation.types.moto_{name}" for name in _OWN},
}


def install(modules: Mapping[str, str] = MODULES) -> None:
    """Add to every service as soon as moto loads it; calling it again changes nothing.

    `modules` have the ADDITIONS, by the name of moto's module.
    """
    moto: Any = backends
    load = moto._import_backend
    if hasattr(load, "additions"):
        load.additions.update(modules)
        return

    def loaded(module_name: str, backends_name: str) -> Any:
        found = load(module_name, backends_name)
        add(module_name.partition(".")[0])
        return found

    vars(loaded)["additions"] = {**modules}
    moto._import_backend = loaded


def add(service: str) -> None:
    """Add to a service, by the name of moto's module; only once."""
    check_principals(service)
    module = vars(backends._import_backend).get("additions", MODULES).get(service)
    if module is not None:
        _add(module)


@cache
def _add(module: str) -> None:
    for owner, functions in import_module(module).ADDITIONS.items():
        for function in functions:
            setattr(owner, function.__name__, function)
