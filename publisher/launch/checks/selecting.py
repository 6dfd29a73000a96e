"""The rules that preflight.py asks first: they select what is launched, and the others look at that."""

from __future__ import annotations

from publisher.launch.checks.rule import LaunchRule

_PATHS = "https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListLaunchPaths.html"
LAUNCH_NAME = LaunchRule(
    id="L101",
    title="No launch or SageMaker project has the config's name",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html",
)
PRODUCT = LaunchRule(id="L102", title="One product is available to the caller", source_url=_PATHS)
VERSION = LaunchRule(
    id="L103",
    title="The version is active and not deprecated",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/adminguide/managing-versions.html",
)
PATH = LaunchRule(id="L104", title="One launch path leads to it", source_url=_PATHS)
VALUES = LaunchRule(
    id="L105",
    title="The version accepts the config's parameters and tags",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningParameters.html",
)
