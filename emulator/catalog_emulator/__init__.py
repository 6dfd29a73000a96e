"""AWS on this machine: moto, plus what moto lacks. For the command line, and for anybody's tests."""

from __future__ import annotations

from catalog_emulator.settings import settings

__all__ = ["install", "settings"]


def install(*, strict: bool = False) -> None:
    """Puts Service Catalog, the stack engine and mail into moto, in this process.

    Works for `mock_aws()` and for a moto server alike; calling it twice changes nothing. Calls that moto has
    itself go on as in moto; `strict` has them do as AWS does.
    """
    from catalog_emulator import cloudformation, servicecatalog, sns
    from catalog_emulator.server import startup as tuning

    settings.strict = strict
    tuning.install()
    sns.install()
    cloudformation.install()
    servicecatalog.install()
