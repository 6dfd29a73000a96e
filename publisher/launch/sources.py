"""Where products, and what launches made of them, are read: Service Catalog, or templates in S3.

The one place that chooses; what makes and changes launches is chosen in operations.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from publisher.aws.calls import or_none
from publisher.aws.clients import Aws
from publisher.launch import s3_templates, selection
from publisher.launch.deployed import published_template
from publisher.launch.outputs import outputs_of
from publisher.launch.provisioned import ProvisionedProduct
from publisher.launch.request import Door, LaunchRequest
from publisher.launch.selection import AvailableProduct, Named

Template = dict[str, Any]


class _Requested(Protocol):
    def __call__(
        self, aws: Aws, request: LaunchRequest, *, report: Callable[[str], None]
    ) -> AvailableProduct: ...


class _Read(Protocol):
    def __call__(self, aws: Aws, *, product_id: str, version_id: str) -> Template | None: ...


@dataclass(frozen=True, kw_only=True)
class Source:
    """`requested` is the product of a request, `product` one by its id, None where the caller has none.

    `described` is a version as DescribeProvisioningParameters has it, `template` its template in the long
    form (None where it is gone), `outputs` those of a launch.
    """

    requested: _Requested
    product: Callable[[Aws, str], AvailableProduct | None]
    described: Callable[[Aws, AvailableProduct, Named, Named], Mapping[str, Any]]
    template: _Read
    outputs: Callable[[Aws, ProvisionedProduct], dict[str, str]]


def source_of(door: Door) -> Source:
    """Of launches by this door."""
    return _S3 if door == "s3" else _CATALOG


def _product(aws: Aws, product_id: str) -> AvailableProduct | None:
    return or_none(partial(selection.described_product, aws, product_id), "ResourceNotFoundException")


_CATALOG = Source(
    requested=selection.select_product,
    product=_product,
    described=selection.described_version,
    template=published_template,
    outputs=outputs_of,
)
_S3 = Source(
    requested=s3_templates.requested,
    product=s3_templates.product,
    described=s3_templates.described,
    template=s3_templates.template,
    outputs=s3_templates.outputs,
)
