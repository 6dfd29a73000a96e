"""Budgets of portfolios and products.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_budgets.html
"""

from typing import Any

from moto.budgets.models import budgets_backends

from catalog_emulator.servicecatalog.exceptions import Duplicate, NotFound
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.state import find
from catalog_emulator.servicecatalog.visible_portfolios import Operations


class Budgets(Operations):
    """Operations on the budgets of portfolios and products."""

    def associate_budget_with_resource(self, *, budget_name: str, resource_id: str) -> None:
        """AssociateBudgetWithResource: a budget of this account."""
        self._check_resource(resource_id)
        budgets: Any = budgets_backends[self._state.account_id][self._state.partition]
        if budget_name not in budgets.budgets[self._state.account_id]:
            raise NotFound(f"Budget {budget_name} not found.")
        names = self._state.budgets.setdefault(resource_id, [])
        if budget_name in names:
            raise Duplicate(f"Budget {budget_name} is already associated with {resource_id}.")
        self._state.quotas.check("budgets_per_resource", len(names))
        names.append(budget_name)

    def disassociate_budget_from_resource(self, *, budget_name: str, resource_id: str) -> None:
        """DisassociateBudgetFromResource: the budget itself need not exist."""
        self._check_resource(resource_id)
        names = self._state.budgets.get(resource_id, [])
        if budget_name not in names:
            raise NotFound(f"Budget {budget_name} is not associated with {resource_id}.")
        names.remove(budget_name)

    def list_budgets_for_resource(self, *, resource_id: str) -> Listing:
        self._check_resource(resource_id)
        return Listing("Budgets", self._state.budgets_of(resource_id))

    def _check_resource(self, identifier: str) -> None:
        if identifier not in self._state.portfolios:
            find(self._state.products, "Resource", identifier)
