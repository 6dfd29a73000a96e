"""ARNs, Regions and partitions as text: data, so that a file is right or wrong on every machine alike.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
"""

from __future__ import annotations

from typing import NamedTuple

_AWS = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1
eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1
sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2
"""
_CHINA = "cn-north-1 cn-northwest-1"
_GOVERNMENT = "us-gov-east-1 us-gov-west-1"

REGIONS = tuple(sorted(f"{_AWS} {_CHINA} {_GOVERNMENT}".split()))
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


class Arn(NamedTuple):
    """The parts of an ARN; `resource` may hold colons."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """The parts of a text that begins with `arn:`; parts that are missing are empty."""
        return cls(*[*text.split(":", 5)[1:], "", "", "", "", ""][:5])


def partition_of(region: str) -> str:
    """The partition that a Region is in."""
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")
