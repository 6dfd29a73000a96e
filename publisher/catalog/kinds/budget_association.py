"""Budgets of portfolios and products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociateBudgetWithResource.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from typing_extensions import override

from publisher.aws.calls import ClientError, error_code
from publisher.catalog.engine import Answer, Request
from publisher.catalog.kind import Association
from publisher.errors import AwsError, command
from publisher.model import BudgetAssociation, Owner


class BudgetAssociationKind(Association[BudgetAssociation]):
    """The one budget of a portfolio or product."""

    associate: ClassVar[str] = "associate_budget_with_resource"
    disassociate: ClassVar[str] = "disassociate_budget_from_resource"

    @override
    def request(self, resource: BudgetAssociation) -> Request:
        return {"ResourceId": self.engine.id_of(*resource.owner), "BudgetName": resource.budget_name}

    @override
    def read(self, resource: BudgetAssociation) -> BudgetAssociation | None:
        return next(budgets(resource.owner, self.engine.described(resource.owner) or {}), None)

    @override
    def update(self, observed: BudgetAssociation, desired: BudgetAssociation) -> None:
        """Replaces it: there is no update, and at most one budget."""
        self.refuse_missing(desired)
        self.delete(observed)
        self.create(desired)

    @override
    def refuse_missing(self, desired: BudgetAssociation) -> None:
        """Refuses when the account certainly has no such budget: who may not read budgets cannot tell.

        https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeBudget.html
        """
        aws, name = self.engine.aws, desired.budget_name
        try:
            aws.client("budgets").describe_budget(AccountId=aws.account_id, BudgetName=name)
        except ClientError as error:
            if error_code(error) == "NotFoundException":
                raise AwsError(
                    f"budget '{name}' of {' '.join(desired.owner)} not found in the account",
                    hint=f"create the budget, or remove it from the file, then run {command('sync')} again",
                ) from None


def budgets(owner: Owner, answer: Answer) -> Iterator[BudgetAssociation]:
    """The budget of a described portfolio or product."""
    for detail in answer.get("Budgets") or ():
        yield BudgetAssociation(owner=owner, budget_name=detail["BudgetName"])
