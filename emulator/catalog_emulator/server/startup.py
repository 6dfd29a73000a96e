"""Makes moto quicker without changing what it answers."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any


def share_models() -> None:
    """One loader of botocore's models for the process; otherwise every session parses its own.

    Best before moto is imported, which makes sessions while it is; only in a process of ours. moto reads
    models for itself, with changes of its own.
    """
    import botocore.loaders

    loaders: Any = botocore.loaders
    if hasattr(loaders.create_loader, "shared"):
        return
    made = cache(loaders.create_loader)

    def create_loader(search_path_string: str | None = None) -> Any:
        return made(search_path_string)

    vars(create_loader)["shared"] = True
    loaders.create_loader = create_loader


def install() -> None:
    """Puts shortcuts into moto, in this process; calling it twice changes nothing."""
    from moto.core import responses
    from moto.kms import models

    moto_responses: Any = responses
    moto_kms: Any = models
    if hasattr(moto_responses.method_names_from_class, "cache_info"):
        return
    # Which methods a class has is asked with every request, and does not change.
    moto_responses.method_names_from_class = cache(moto_responses.method_names_from_class)
    generate = moto_kms.generate_private_key
    moto_kms.generate_private_key = lambda spec: generate(spec) if _asymmetric(spec) else Later(spec)


class Later:
    """A private key that is made when somebody needs it: symmetric keys never do."""

    def __init__(self, spec: str) -> None:
        self.spec = spec

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)

    @cached_property
    def _key(self) -> Any:
        from moto.kms.utils import generate_private_key

        return generate_private_key(self.spec)


def _asymmetric(spec: str) -> bool:
    return spec.startswith(("RSA", "ECC", "SM2", "ML"))
