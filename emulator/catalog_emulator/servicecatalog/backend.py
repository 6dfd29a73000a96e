"""The Service Catalog of an account in one Region: its state, and the classes that implement operations."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from botocore import xform_name
from moto.core.base_backend import BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.core.utils import get_service_model
from typing_extensions import override

from catalog_emulator.servicecatalog.action_executions import ActionExecutions
from catalog_emulator.servicecatalog.artifacts import Artifacts
from catalog_emulator.servicecatalog.budgets import Budgets
from catalog_emulator.servicecatalog.constraints import Constraints
from catalog_emulator.servicecatalog.copies import ProductCopies
from catalog_emulator.servicecatalog.launchable_products import LaunchableProducts
from catalog_emulator.servicecatalog.launching import Launching
from catalog_emulator.servicecatalog.organizations import Organizations
from catalog_emulator.servicecatalog.plans import Plans
from catalog_emulator.servicecatalog.portfolios import Portfolios
from catalog_emulator.servicecatalog.principals import Principals
from catalog_emulator.servicecatalog.products import Products
from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.records import Records
from catalog_emulator.servicecatalog.service_actions import ServiceActions
from catalog_emulator.servicecatalog.shares import ReceivedShares, Shares
from catalog_emulator.servicecatalog.stack_imports import StackImports
from catalog_emulator.servicecatalog.state import State
from catalog_emulator.servicecatalog.tag_options import TagOptions
from catalog_emulator.servicecatalog.values import tag_list

# The classes with operations.
_SUBJECTS: tuple[type, ...] = (
    *(ActionExecutions, Artifacts, Budgets, Constraints, LaunchableProducts, Launching, Organizations, Plans),
    *(Portfolios, Principals, ProductCopies, Products, ProvisionedProducts, ReceivedShares, Records),
    *(ServiceActions, Shares, StackImports, TagOptions),
)


class ServiceCatalogBackend(BaseBackend, TaggableResourcesMixin):
    """What moto asks of a backend, the tagging API's part in it included."""

    SERVICE_NAMESPACE = "catalog"
    # The module with moto's url_bases and url_paths; install() sets it, because that module needs this one.
    urls_module: ClassVar[Any]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.state = State(account_id, region_name)

    @property
    @override
    def _url_module(self) -> Any:
        return self.urls_module

    @override
    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        for kind, resources in (("portfolio", self.state.portfolios), ("product", self.state.products)):
            for one in resources.values():
                yield TaggedResource(arn=one.arn, tags=dict(one.tags), resource_type=f"servicecatalog:{kind}")

    @override
    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        self._update(arn, add_tags=tag_list(tags))

    @override
    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        self._update(arn, remove_tags=tag_keys)

    def _update(self, arn: str, **tags: Any) -> None:
        kind, _, identifier = arn.rpartition(":")[2].partition("/")
        operation = "UpdatePortfolio" if kind == "portfolio" else "UpdateProduct"
        implementation(self, operation)(id=identifier, **tags)


@cache
def operations() -> Mapping[str, type]:
    """The class that implements each operation; its method is named like botocore's."""
    names = get_service_model("servicecatalog").operation_names
    return {name: subject for name in names for subject in _SUBJECTS if hasattr(subject, xform_name(name))}


def implementation(backend: ServiceCatalogBackend, operation: str) -> Any:
    """The method that implements an operation: it takes members and returns an answer. None if none does."""
    subject = operations().get(operation)
    return None if subject is None else getattr(subject(backend.state), xform_name(operation))
