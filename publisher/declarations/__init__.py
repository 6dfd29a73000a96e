"""Files that people write, as typed values: portfolios, product families, launch configs.

Every problem of every file is found in one run, each with its place and remedy. Knows nothing of AWS.
"""

from publisher.declarations.config import LaunchConfig
from publisher.declarations.portfolio import Launch, PortfolioFile, Template
from publisher.declarations.product import Family, Variant
from publisher.declarations.repository import Repository, load

__all__ = [
    "Family",
    "Launch",
    "LaunchConfig",
    "PortfolioFile",
    "Repository",
    "Template",
    "Variant",
    "load",
]
