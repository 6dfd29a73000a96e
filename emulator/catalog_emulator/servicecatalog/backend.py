"""The Service Catalog of one account in one Region: builds the objects that implement the operations.

Each takes the objects it calls by its constructor, so they are built in the order of their needs.
"""

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
from catalog_emulator.servicecatalog.launch_paths import LaunchPaths
from catalog_emulator.servicecatalog.launchable_products import LaunchableProducts
from catalog_emulator.servicecatalog.launching import Launching
from catalog_emulator.servicecatalog.organizations import Organizations
from catalog_emulator.servicecatalog.plans import Plans
from catalog_emulator.servicecatalog.portfolios import Portfolios
from catalog_emulator.servicecatalog.principals import Principals
from catalog_emulator.servicecatalog.products import Products
from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.provisioning import Provisioning
from catalog_emulator.servicecatalog.records import Records
from catalog_emulator.servicecatalog.service_actions import ServiceActions
from catalog_emulator.servicecatalog.shares import ReceivedShares, Shares
from catalog_emulator.servicecatalog.stack_imports import StackImports
from catalog_emulator.servicecatalog.stack_requests import StackRequests
from catalog_emulator.servicecatalog.stack_sets import StackSets
from catalog_emulator.servicecatalog.state import State, tag_list
from catalog_emulator.servicecatalog.tag_options import TagOptions
from catalog_emulator.servicecatalog.visible_portfolios import VisiblePortfolios

# The objects with operations: by class, the backend's attribute.
_SUBJECTS: Mapping[type, str] = {
    ActionExecutions: "action_executions",
    Artifacts: "artifacts",
    Budgets: "budgets",
    Constraints: "constraints",
    LaunchableProducts: "launchable_products",
    Launching: "launching",
    Organizations: "organizations",
    Plans: "plans",
    Portfolios: "portfolios",
    Principals: "principals",
    ProductCopies: "copies",
    Products: "products",
    ProvisionedProducts: "provisioned",
    ReceivedShares: "received_shares",
    Records: "records",
    ServiceActions: "service_actions",
    Shares: "shares",
    StackImports: "stack_imports",
    TagOptions: "tag_options",
}


class ServiceCatalogBackend(BaseBackend, TaggableResourcesMixin):
    """Methods named after operations take the request's members and return the answer."""

    SERVICE_NAMESPACE = "catalog"
    # The module with moto's url_bases and url_paths; install() sets it, because that module needs this one.
    urls_module: ClassVar[Any]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.state = state = State(account_id, region_name)
        self.organizations = Organizations(state)
        visible = VisiblePortfolios(state)
        self.shares = Shares(state, self.organizations)
        self.received_shares = ReceivedShares(state, visible, self.organizations)
        self.portfolios = Portfolios(state, visible)
        self.artifacts = Artifacts(state, visible)
        self.products = Products(state, visible, self.artifacts)
        self.copies = ProductCopies(state)
        self.constraints = Constraints(state, visible)
        self.principals = Principals(state, visible)
        self.tag_options = TagOptions(state, visible)
        self.budgets = Budgets(state)
        self.service_actions = ServiceActions(state, visible)
        paths = LaunchPaths(state, visible)
        self.launchable_products = LaunchableProducts(state, visible, paths)
        stack_sets = StackSets(state)
        self.records = Records(state, stack_sets)
        self.provisioned = ProvisionedProducts(state, self.records, stack_sets)
        requests = StackRequests(state)
        provisioning = Provisioning(state, self.records, stack_sets)
        self.launching = Launching(
            state, visible, paths, self.records, self.provisioned, requests, provisioning
        )
        self.plans = Plans(state, paths, self.records, self.provisioned, requests, provisioning)
        self.stack_imports = StackImports(state, visible, paths, self.records, self.provisioned)
        self.action_executions = ActionExecutions(state, self.records, self.provisioned)

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
        update = self.portfolios.update_portfolio if kind == "portfolio" else self.products.update_product
        update(id=identifier, **tags)


@cache
def operations() -> Mapping[str, type]:
    """The class that implements each operation; its method is named like botocore's."""
    names = get_service_model("servicecatalog").operation_names
    return {name: subject for name in names for subject in _SUBJECTS if hasattr(subject, xform_name(name))}


def implementation(backend: ServiceCatalogBackend, operation: str) -> Any:
    """The method of the backend's object that implements an operation; None when there is none."""
    subject = operations().get(operation)
    if subject is None:
        return None
    return getattr(getattr(backend, _SUBJECTS[subject]), xform_name(operation))
