"""UpdateBudget, and the tags of budgets.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_UpdateBudget.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import BudgetsBackend
from moto.budgets.responses import BudgetsResponse
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.core.utils import unix_time
from typing_extensions import override

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


class Tags(TaggableResourcesMixin):
    """Budgets in the tagging API; a base of moto's backend."""

    SERVICE_NAMESPACE = "budgets"

    @override
    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        backend: Any = self
        for account_id, budgets in backend.budgets.items():
            for name in budgets:
                arn = f"arn:{backend.partition}:budgets::{account_id}:budget/{name}"
                tags = {tag["Key"]: tag["Value"] for tag in _tagged(backend, arn).tags}
                yield TaggedResource(arn=arn, tags=tags, resource_type="budgets:budget")

    @override
    def tag_resource(self, arn: str, tags: Mapping[str, str]) -> None:
        self.untag_resource(arn, list(tags))
        _tagged(self, arn).tags += [{"Key": key, "Value": value} for key, value in tags.items()]

    @override
    def untag_resource(self, arn: str, tag_keys: Sequence[str]) -> None:
        budget = _tagged(self, arn)
        budget.tags = [tag for tag in budget.tags if tag["Key"] not in tag_keys]


def list_tags_for_resource(self: BudgetsResponse) -> str:
    """The tags of a budget."""
    return json.dumps({"ResourceTags": _tagged(self.backend, self._get_param("ResourceARN")).tags})


def tag_resource(self: BudgetsResponse) -> str:
    """Adds tags, and replaces those with the same keys."""
    tags = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")}
    _taggable(self).tag_resource(self._get_param("ResourceARN"), tags)
    return "{}"


def untag_resource(self: BudgetsResponse) -> str:
    """Removes tags by their keys."""
    _taggable(self).untag_resource(self._get_param("ResourceARN"), self._get_param("ResourceTagKeys"))
    return "{}"


def _taggable(response: BudgetsResponse) -> Any:
    return response.backend


def _tagged(backend: Any, arn: str) -> Any:
    return _budget(backend, backend.account_id, arn.partition(":budget/")[2])


def _named(response: BudgetsResponse, name: str) -> Any:
    return _budget(response.backend, response.current_account, name)


def _budget(backend: Any, account_id: str, name: str) -> Any:
    budgets = backend.budgets[account_id]
    if name not in budgets:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    budget: Any = budgets[name]
    # One that moto's own model of a stack made has none.
    budget.tags = getattr(budget, "tags", [])
    return budget


_backend: Any = BudgetsBackend
if not issubclass(_backend, Tags):
    _backend.__bases__ += (Tags,)

ADDITIONS = {
    BudgetsResponse: (create_budget, update_budget, list_tags_for_resource, tag_resource, untag_resource)
}
