"""Writes TagOptions, budgets and service actions, and their associations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, assert_never

from publisher.aws.calls import ClientError, error_code
from publisher.catalog.attachment_shapes import action_fields, tag_option
from publisher.catalog.confirmation import NOT_YET, Confirmer
from publisher.catalog.creating import Creator, Made
from publisher.catalog.observe import found_or_none, list_all
from publisher.catalog.pending_deletion import PendingDeletions
from publisher.catalog.shapes import Request
from publisher.errors import AwsError
from publisher.model import (
    BudgetAssociation,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
)

Association = TagOptionAssociation | BudgetAssociation | ServiceActionAssociation
_TAKEN = "DuplicateResourceException"


class Attaching:
    """The writes of one target. Each returns once a read has confirmed it."""

    def __init__(
        self, client: Any, confirmer: Confirmer, creator: Creator, *, lacks_budget: Callable[[str], bool]
    ) -> None:
        self._client, self._confirmer, self._creator = client, confirmer, creator
        self._lacks_budget = lacks_budget
        self.pending = PendingDeletions(client, confirmer, {})

    def create_tag_option(self, desired: TagOption) -> None:
        """Creates a TagOption, or uses the existing one: a key and value exist once in an account.

        Raises AwsError when that has the other state and unmanaged resources use it.
        """
        request = {"Key": desired.tag_key, "Value": desired.value}
        try:
            detail = self._client.create_tag_option(**request)["TagOptionDetail"]
        except ClientError as error:
            if error_code(error) != _TAKEN:
                raise
            detail = self._confirmer.shown(desired, lambda: self._listed(request))
        self._confirmer.ids[desired.key] = detail["Id"]
        self._confirmer.exists(desired)
        if tag_option(detail) != desired:
            self._refuse_change_of_used(desired, detail["Id"])
            self.update_tag_option(desired)

    def _refuse_change_of_used(self, desired: TagOption, id_: str) -> None:
        using = list_all(self._client, "list_resources_for_tag_option", "ResourceDetails", TagOptionId=id_)
        if using:
            state, other = ("inactive", "active") if desired.active else ("active", "inactive")
            raise AwsError(
                f"the TagOption {desired.label} exists, is {state}, and {using[0]['Id']} (unmanaged) uses it",
                hint=f"ask its owner to make it {other}, or make it {state} in the files",
            )

    def _listed(self, request: Mapping[str, str]) -> Mapping[str, Any] | None:
        return next(
            iter(list_all(self._client, "list_tag_options", "TagOptionDetails", Filters=request)), None
        )

    def update_tag_option(self, desired: TagOption) -> None:
        """Activates or deactivates a TagOption; everything else is its key."""
        id_ = self._confirmer.id_of(*desired.key)
        self._confirmer.retry_until(lambda: self._client.update_tag_option(Id=id_, Active=desired.active))
        self._confirmer.equals(desired)

    def create_action(self, desired: ServiceAction) -> None:
        """Creates a service action."""
        request = action_fields(desired)

        def create(token: str) -> Made:
            answer = self._client.create_service_action(
                **request, DefinitionType="SSM_AUTOMATION", IdempotencyToken=token
            )
            return Made(id=answer["ServiceActionDetail"]["ServiceActionSummary"]["Id"])

        self._creator.create(desired, request, create)

    def update_action(self, desired: ServiceAction) -> None:
        """Changes a service action in place."""
        id_ = self._confirmer.id_of(*desired.key)
        self._confirmer.retry_until(
            lambda: self._client.update_service_action(Id=id_, **action_fields(desired))
        )
        self._confirmer.equals(desired)

    def associate(self, desired: Association) -> None:
        """Associates; an existing association is no error."""
        call = self._calls(desired)[0]
        request = self._request(desired)

        def attempt() -> None:
            try:
                call(**request)
            except ClientError as error:
                if error_code(error) in NOT_YET:
                    self.refuse_missing_budget(desired)
                if error_code(error) != _TAKEN:
                    raise

        self._confirmer.retry_until(attempt)
        self._confirmer.exists(desired)
        if isinstance(desired, TagOptionAssociation):
            self.pending.unmark(request["TagOptionId"])

    def refuse_missing_budget(self, desired: Association) -> None:
        """Raises AwsError when the budget is what was not found, so that retrying cannot help."""
        if isinstance(desired, BudgetAssociation) and self._lacks_budget(desired.budget_name):
            raise AwsError(
                f"budget '{desired.budget_name}' of {' '.join(desired.owner)} not found in the account",
                hint="create the budget, or remove it from the file, then run sync again",
            )

    def disassociate(self, observed: Association) -> Any:
        """Deletes an association."""
        request = self._request(observed)
        if isinstance(observed, TagOptionAssociation) and observed.last:
            self.pending.mark(request["TagOptionId"], observed)
        return self._calls(observed)[1](**request)

    def delete_tag_option(self, observed: TagOption) -> None:
        """Deletes a TagOption without associations."""
        id_ = self._confirmer.id_of(*observed.key)
        found_or_none(lambda: self._client.delete_tag_option(Id=id_))
        self.pending.unmark(id_)

    def delete_version(self, version: Request) -> Any:
        """Deletes a version, after disassociating its service actions."""
        listing = "list_service_actions_for_provisioning_artifact"
        disassociate = self._client.disassociate_service_action_from_provisioning_artifact
        for action in list_all(self._client, listing, "ServiceActionSummaries", **version):
            # "Not found" must not look as if the version were gone.
            found_or_none(partial(disassociate, **version, ServiceActionId=action["Id"]))
        return self._client.delete_provisioning_artifact(**version)

    def _calls(self, resource: Association) -> tuple[Callable[..., Any], Callable[..., Any]]:
        client = self._client
        match resource:
            case TagOptionAssociation():
                return (
                    client.associate_tag_option_with_resource,
                    client.disassociate_tag_option_from_resource,
                )
            case BudgetAssociation():
                return client.associate_budget_with_resource, client.disassociate_budget_from_resource
            case ServiceActionAssociation():
                return (
                    client.associate_service_action_with_provisioning_artifact,
                    client.disassociate_service_action_from_provisioning_artifact,
                )
            case _:
                assert_never(resource)

    def _request(self, resource: Association) -> Request:
        id_of = self._confirmer.id_of
        match resource:
            case TagOptionAssociation():
                option = id_of("tag-option", resource.tag_key, resource.value)
                return {"ResourceId": id_of(*resource.owner), "TagOptionId": option}
            case BudgetAssociation():
                return {"ResourceId": id_of(*resource.owner), "BudgetName": resource.budget_name}
            case ServiceActionAssociation():
                return {
                    "ProductId": id_of("product", resource.product),
                    "ProvisioningArtifactId": id_of(
                        "provisioning-artifact", resource.product, resource.version
                    ),
                    "ServiceActionId": id_of("service-action", resource.action),
                }
            case _:
                assert_never(resource)
