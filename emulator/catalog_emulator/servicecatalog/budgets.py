"""Budgets of portfolios and products.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_budgets.html
"""

from __future__ import annotations

from typing import Any

from moto.budgets.models import budgets_backends

from catalog_emulator.servicecatalog.exceptions import DuplicateResourceException, ResourceNotFoundException
from catalog_emulator.servicecatalog.limits import BUDGETS_PER_RESOURCE, under
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.state import State
from catalog_emulator.servicecatalog.values import Answer


class Budgets(State):
    """Operations on the budgets that portfolios and products are associated with."""

    def associate_budget_with_resource(self, *, budget_name: str, resource_id: str) -> None:
        """AssociateBudgetWithResource: a budget of this account."""
        self._check_resource(resource_id)
        budgets: Any = budgets_backends[self.account_id][self.partition]
        if budget_name not in budgets.budgets[self.account_id]:
            raise ResourceNotFoundException(f"Budget {budget_name} not found.")
        names = self.budgets.setdefault(resource_id, [])
        if budget_name in names:
            raise DuplicateResourceException(
                f"Budget {budget_name} is already associated with {resource_id}."
            )
        under(BUDGETS_PER_RESOURCE, len(names), "budgets of a resource")
        names.append(budget_name)

    def disassociate_budget_from_resource(self, *, budget_name: str, resource_id: str) -> None:
        """DisassociateBudgetFromResource: the budget itself may be gone."""
        self._check_resource(resource_id)
        names = self.budgets.get(resource_id, [])
        if budget_name not in names:
            raise ResourceNotFoundException(f"Budget {budget_name} is not associated with {resource_id}.")
        names.remove(budget_name)

    def list_budgets_for_resource(
        self, *, resource_id: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """ListBudgetsForResource."""
        self._check_resource(resource_id)
        budgets = self.budgets_of(resource_id)
        found, following = page(budgets, of=f"budgets {resource_id}", size=page_size, token=page_token)
        return with_token({"Budgets": found}, following)

    def _check_resource(self, identifier: str) -> None:
        if identifier not in self.portfolios:
            self._found(self.products, "Resource", identifier)
