"""AWS on this machine: moto, plus what moto lacks. For the command line, and for anybody's tests."""

from __future__ import annotations


def install() -> None:
    """Puts Service Catalog, the stack engine and pending e-mail subscriptions into moto, in this process.

    Works for `mock_aws()` and for a moto server alike; calling it twice changes nothing.
    """
    from publisher.local import cloudformation, servicecatalog, sns, tuning

    tuning.install()
    sns.install()
    cloudformation.install()
    servicecatalog.install()
