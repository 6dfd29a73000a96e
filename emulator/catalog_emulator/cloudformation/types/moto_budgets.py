"""UpdateBudget, and the tags of budgets.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_UpdateBudget.html
"""

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time

_create = BudgetsResponse.create_budget


def create_budget(self: BudgetsResponse) -> str:
    """With ResourceTags."""
    reply = _create(self)
    _named(self, self._get_param("Budget")["BudgetName"]).tags = self._get_param("ResourceTags") or []
    return reply


def update_budget(self: BudgetsResponse) -> str:
    """Replaces all that the call names."""
    new = self._get_param("NewBudget")
    budget = _named(self, new["BudgetName"])
    budget.budget = {"TimePeriod": budget.budget["TimePeriod"], **new, "LastUpdatedTime": unix_time()}
    return "{}"


def list_tags_for_resource(self: BudgetsResponse) -> str:
    """The tags of a budget."""
    return json.dumps({"ResourceTags": _of_arn(self).tags})


def tag_resource(self: BudgetsResponse) -> str:
    """Adds tags, and replaces those with the same keys."""
    added = self._get_param("ResourceTags")
    _untag(self, [tag["Key"] for tag in added])
    _of_arn(self).tags += added
    return "{}"


def untag_resource(self: BudgetsResponse) -> str:
    """Removes tags by their keys."""
    _untag(self, self._get_param("ResourceTagKeys"))
    return "{}"


def _untag(response: BudgetsResponse, keys: list[str]) -> None:
    budget = _of_arn(response)
    budget.tags = [tag for tag in budget.tags if tag["Key"] not in keys]


def _of_arn(response: BudgetsResponse) -> Any:
    return _named(response, response._get_param("ResourceARN").partition(":budget/")[2])


def _named(response: BudgetsResponse, name: str) -> Any:
    budgets = response.backend.budgets[response.current_account]
    if name not in budgets:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    budget: Any = budgets[name]
    # One that moto's own model of a stack made has none.
    budget.tags = getattr(budget, "tags", [])
    return budget


ADDITIONS = {
    BudgetsResponse: (create_budget, update_budget, list_tags_for_resource, tag_resource, untag_resource)
}
