"""AWS on this machine: moto, with Service Catalog, stacks, SageMaker projects and SNS as AWS has them."""

from catalog_emulator.settings import settings

__all__ = ["install", "settings"]


def install() -> None:
    """Put the emulator into moto, in this process; calling it again changes nothing.

    It works for `mock_aws()` and for a moto server.
    """
    from catalog_emulator import cloudformation, codeconnections, iam, sagemaker, servicecatalog, sns
    from catalog_emulator.server import startup

    startup.install()
    iam.install()
    sns.install()
    codeconnections.install()
    cloudformation.install()
    servicecatalog.install()
    sagemaker.install()
