"""Calls that the products' resource types need and moto's services lack, put into moto; nothing it has is changed
for callers that it served before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from publisher.local.cloudformation.types.gaps import (
    codebuild,
    codecommit,
    codepipeline,
    ec2,
    logs,
    sagemaker,
)


def install() -> None:
    """Adds the calls; a second time does nothing new."""
    for service in (codebuild, codecommit, codepipeline, ec2, logs, sagemaker):
        for owner, methods in service.CALLS:
            lend(owner, methods)


def lend(owner: Any, methods: dict[str, Callable[..., Any]]) -> None:
    """Gives a moto class or module these functions."""
    for name, method in methods.items():
        setattr(owner, name, method)
