"""Service Catalog's types, as rows of data on four classes: with an id, associations, products, launches.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ServiceCatalog.html
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.service_type import ServiceType, exists_already, listed
from catalog_emulator.cloudformation.types.tags import declared_tags, pairs, without_stack_tags

# Seconds between two looks at a record.
_PAUSE: Final = 0.05


class CatalogType(ServiceType):
    """What the types share."""

    service = "servicecatalog"
    gone = ("ResourceNotFoundException",)

    def pages(
        self, context: Context, operation: str, request: Mapping[str, Any], member: str
    ) -> Iterator[Any]:
        """The items of all pages of a listing call."""
        token: str | None = None
        while True:
            answer = self.call(context, operation, request, PageToken=token)
            yield from answer.get(member, ())
            token = answer.get("NextPageToken")
            if not token:
                return


@dataclass(frozen=True, kw_only=True)
class Item(CatalogType):
    """What Service Catalog gives an id: `kind` names its calls, `detail` is the way to it in answers."""

    kind: str
    detail: tuple[str, ...]
    identifier: str = "Id"
    attributes: tuple[tuple[str, str], ...] = ()

    def request(self, properties: Properties) -> dict[str, Any]:
        """The members of the creating and the updating call."""
        return dict(properties)

    def shown(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """An answer with the members of its details."""
        found = dict(answer)
        for step in self.detail:
            found |= found[step]
        if "Definition" in found:
            found["Definition"] = pairs(found["Definition"])
        return found

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        tags = _tags(context, properties)
        answer = self.call(context, f"create_{self.kind}", self.request(properties), Tags=tags)
        made = self.made(context, self.shown(answer)[self.identifier])
        if "Active" in properties:
            self.call(context, f"update_{self.kind}", properties, Id=made.physical_id)
        return made

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        request = {"Id": physical_id, **_emptied(before, after), **self.request(after)}
        tags = _tags(context, after)
        # Somebody else's tags stay.
        removed = sorted(declared_tags(before).keys() - {tag["Key"] for tag in tags})
        self.call(context, f"update_{self.kind}", request, AddTags=tags, RemoveTags=removed)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, f"delete_{self.kind}", {"Id": physical_id})

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        found = self._described(context, physical_id)
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
        found["Tags"] = pairs(without_stack_tags(context, properties, tags))
        return {name: found.get(name) for name in properties if name != "AcceptLanguage"}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        detail = self._described(context, physical_id) if self.attributes else {}
        found = {name: detail[member] for name, member in self.attributes}
        return Made(physical_id=physical_id, attributes={"Id": physical_id, **found})

    def _described(self, context: Context, physical_id: str) -> dict[str, Any]:
        suffix = "_as_admin" if self.kind == "product" else ""
        return self.shown(self.call(context, f"describe_{self.kind}{suffix}", {"Id": physical_id}))


@dataclass(frozen=True, kw_only=True)
class Constraint(Item):
    """A constraint: `members` are its parameters, which some types nest under a version."""

    kind: str = "constraint"
    detail: tuple[str, ...] = ("ConstraintDetail",)
    identifier: str = "ConstraintId"
    type: str
    members: tuple[str, ...]
    version: str = ""

    @override
    def request(self, properties: Properties) -> dict[str, Any]:
        chosen = {name: properties[name] for name in self.members if name in properties}
        parameters = {"Version": self.version, "Properties": chosen} if self.version else chosen
        text = json.dumps(parameters)
        if self.type == "TEMPLATE":
            # The rules are text themselves; what is wrong with them Service Catalog says.
            text = f'{{"Rules": {shapes.text(properties["Rules"])}}}'
        return {**properties, "Type": self.type, "Parameters": text}

    @override
    def shown(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        found = super().shown(answer)
        parameters = json.loads(found["ConstraintParameters"])
        found |= parameters.get("Properties", parameters)
        return found | ({"Rules": shapes.Exact(found["Rules"])} if "Rules" in found else {})


@dataclass(frozen=True, kw_only=True)
class Association(CatalogType):
    """What two things are to each other: `names` identify it, `listing` finds it.

    `listing` is the call, its member with the items, and the members of an item with the property they hold.
    """

    names: tuple[str, ...]
    add: str
    drop: str
    listing: tuple[str, str, str, str]
    scope: tuple[str, str] | None = None
    change: str = ""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        made = Made(physical_id="|".join(str(properties[name]) for name in self.names))
        if self._found(context, properties) is not None:
            raise exists_already(made.physical_id)
        self.call(context, self.add, properties)
        return made

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if self.change:
            self.call(context, self.change, after)
        return self.made(context, physical_id)

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, self.drop, properties)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        found = self._found(context, properties)
        return None if found is None else {name: found.get(name, value) for name, value in properties.items()}

    def _found(self, context: Context, properties: Properties) -> dict[str, Any] | None:
        operation, items, member, name = self.listing
        request = properties if self.scope is None else dict([*properties.items(), self.scope])
        for item in self.pages(context, operation, request, items):
            if item[member] == properties[name]:
                return dict(item)
        return None


@dataclass(frozen=True, kw_only=True)
class CloudFormationProduct(Item):
    """AWS::ServiceCatalog::CloudFormationProduct: versions are told apart by name and template URL."""

    kind: str = "product"
    detail: tuple[str, ...] = ("ProductViewDetail", "ProductViewSummary")
    identifier: str = "ProductId"
    attributes: tuple[tuple[str, str], ...] = (("ProductName", "Name"),)

    @override
    def request(self, properties: Properties) -> dict[str, Any]:
        first = next(iter(listed(properties.get("ProvisioningArtifactParameters"))), None)
        kind = properties.get("ProductType", "CLOUD_FORMATION_TEMPLATE")
        return {**properties, "ProductType": kind, "ProvisioningArtifactParameters": _version(first)}

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        made = super().create(context, properties)
        with self.undo_on_failure(context, made.physical_id, properties):
            for version in listed(properties.get("ProvisioningArtifactParameters"))[1:]:
                self._add(context, made.physical_id, version)
        return self.made(context, made.physical_id)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        super().update(context, physical_id, before, after)
        old, new = (listed(one.get("ProvisioningArtifactParameters")) for one in (before, after))
        # Those of before are the template's; somebody else's versions stay.
        left = [one for _, one in self._versions(context, physical_id, old)]
        replace = shapes.truth(after.get("ReplaceProvisioningArtifacts", False)) and before != after
        for version in new:
            known = (
                None if replace else next((one for one in left if _identity(one) == _identity(version)), None)
            )
            if known is None:
                self._add(context, physical_id, version)
            else:
                left.remove(known)
                key = {"ProductId": physical_id, "ProvisioningArtifactId": known["Id"]}
                self.call(context, "update_provisioning_artifact", {"Description": "", **version, **key})
        # Last, because a product keeps its last version.
        for one in left:
            self._drop(context, {"ProductId": physical_id, "ProvisioningArtifactId": one["Id"]})
        return self.made(context, physical_id)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        live = super().live(context, physical_id, properties) or {}
        versions = listed(properties.get("ProvisioningArtifactParameters"))
        live["ProvisioningArtifactParameters"] = [
            {name: one.get(name, value) for name, value in declared.items()}
            for declared, one in self._versions(context, physical_id, versions)
        ]
        names = ("ReplaceProvisioningArtifacts", "ProductType")
        return {name: value for name, value in live.items() if name not in names}

    @override
    def made(self, context: Context, physical_id: str) -> Made:
        versions = self._details(context, physical_id)
        attributes = {
            **super().made(context, physical_id).attributes,
            "ProvisioningArtifactIds": ",".join(one["Id"] for one in versions),
            "ProvisioningArtifactNames": ",".join(one.get("Name", "") for one in versions),
        }
        return Made(physical_id=physical_id, attributes=attributes)

    def _add(self, context: Context, physical_id: str, version: Mapping[str, Any]) -> None:
        request = {"ProductId": physical_id, "Parameters": _version(version)}
        self.call(context, "create_provisioning_artifact", request)

    def _drop(self, context: Context, version: Mapping[str, str]) -> None:
        operation = "list_service_actions_for_provisioning_artifact"
        for action in list(self.pages(context, operation, version, "ServiceActionSummaries")):
            request = {**version, "ServiceActionId": action["Id"]}
            self.call(context, "disassociate_service_action_from_provisioning_artifact", request)
        self.call(context, "delete_provisioning_artifact", version)

    def _details(self, context: Context, physical_id: str) -> list[dict[str, Any]]:
        answer = self.call(context, "list_provisioning_artifacts", {"ProductId": physical_id})
        return listed(answer["ProvisioningArtifactDetails"])

    def _versions(
        self, context: Context, physical_id: str, declared: list[Mapping[str, Any]]
    ) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
        """The declared versions that there are; two may have the same name and URL."""
        left = []
        for one in self._details(context, physical_id):
            request = {"ProductId": physical_id, "ProvisioningArtifactId": one["Id"]}
            info = self.call(context, "describe_provisioning_artifact", request)["Info"]
            left.append({**one, "Info": info})
        for version in declared:
            for one in left:
                if _identity(one) == _identity(version):
                    left.remove(one)
                    yield version, {**one, "Info": version["Info"]}
                    break


class CloudFormationProvisionedProduct(CatalogType):
    """AWS::ServiceCatalog::CloudFormationProvisionedProduct: a launch, which the stack waits for."""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("ProvisionedProductName") or context.name()
        tags = _tags(context, properties)
        answer = self.call(context, "provision_product", properties, ProvisionedProductName=name, Tags=tags)
        physical_id = answer["RecordDetail"]["ProvisionedProductId"]
        with self.undo_on_failure(context, physical_id, properties):
            return self._finished(context, answer)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        members = {"ProvisionedProductId": physical_id, "ProvisionedProductName": None}
        request = {**after, **members, "Tags": _tags(context, after)}
        return self._finished(context, self.call(context, "update_provisioned_product", request))

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        request = {"ProvisionedProductId": physical_id}
        self._finished(context, self.call(context, "terminate_provisioned_product", request))

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        answer = self.call(context, "describe_provisioned_product", {"Id": physical_id})
        detail = answer["ProvisionedProductDetail"]
        found = {**detail, "ProvisionedProductName": detail["Name"]}
        return {name: found[name] for name in properties if name in found}

    def _finished(self, context: Context, answer: Mapping[str, Any]) -> Made:
        """The launch, when its record has succeeded; ResourceFailed with the errors of one that failed."""
        identifier = {"Id": answer["RecordDetail"]["RecordId"]}
        detail = self.call(context, "describe_record", identifier)["RecordDetail"]
        while detail["Status"] not in ("SUCCEEDED", "FAILED"):
            time.sleep(_PAUSE)
            detail = self.call(context, "describe_record", identifier)["RecordDetail"]
        if detail["Status"] == "FAILED":
            errors = "; ".join(error["Description"] for error in detail["RecordErrors"])
            raise ResourceFailed(f"{detail['ProvisionedProductName']}: {errors}")
        outputs = {
            output["OutputKey"]: output["OutputValue"]
            for output in self.pages(context, "describe_record", identifier, "RecordOutputs")
        }
        attributes = {
            **{f"Outputs.{key}": value for key, value in outputs.items()},
            "CloudformationStackArn": outputs.get("CloudformationStackARN", ""),
            **{name: detail[name] for name in ("ProvisionedProductId", "RecordId")},
        }
        return Made(physical_id=detail["ProvisionedProductId"], attributes=attributes)


def _tags(context: Context, properties: Properties) -> list[dict[str, str]]:
    """The stack's own tags and the template's: Service Catalog refuses those of AWS."""
    inherited = {name: value for name, value in context.tags.items() if not name.startswith("aws:")}
    return pairs({**inherited, **declared_tags(properties)})


def _emptied(before: Properties, after: Properties) -> dict[str, str]:
    """What is text and no longer in the template: a call that leaves it out keeps its value."""
    return {name: "" for name, value in before.items() if name not in after and isinstance(value, str)}


def _version(declared: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if declared is None else {"Type": "CLOUD_FORMATION_TEMPLATE", **declared}


def _identity(version: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(version.get("Name")), *map(str, version["Info"].values()))


Portfolio = partial(
    Item, kind="portfolio", detail=("PortfolioDetail",), attributes=(("PortfolioName", "DisplayName"),)
)
TagOption = partial(Item, kind="tag_option", detail=("TagOptionDetail",))
ServiceAction = partial(Item, kind="service_action", detail=("ServiceActionDetail", "ServiceActionSummary"))
LaunchNotificationConstraint = partial(Constraint, type="NOTIFICATION", members=("NotificationArns",))
LaunchRoleConstraint = partial(Constraint, type="LAUNCH", members=("LocalRoleName", "RoleArn"))
LaunchTemplateConstraint = partial(Constraint, type="TEMPLATE", members=("Rules",))
ResourceUpdateConstraint = partial(
    Constraint, type="RESOURCE_UPDATE", members=("TagUpdateOnProvisionedProduct",), version="2.0"
)
StackSetConstraint = partial(
    Constraint,
    type="STACKSET",
    members=("AccountList", "RegionList", "AdminRole", "ExecutionRole", "StackInstanceControl"),
    version="1.0",
)
PortfolioProductAssociation = partial(
    Association,
    names=("PortfolioId", "ProductId"),
    add="associate_product_with_portfolio",
    drop="disassociate_product_from_portfolio",
    listing=("list_portfolios_for_product", "PortfolioDetails", "Id", "PortfolioId"),
)
PortfolioPrincipalAssociation = partial(
    Association,
    names=("PortfolioId", "PrincipalARN"),
    add="associate_principal_with_portfolio",
    drop="disassociate_principal_from_portfolio",
    listing=("list_principals_for_portfolio", "Principals", "PrincipalARN", "PrincipalARN"),
)
TagOptionAssociation = partial(
    Association,
    names=("TagOptionId", "ResourceId"),
    add="associate_tag_option_with_resource",
    drop="disassociate_tag_option_from_resource",
    listing=("list_resources_for_tag_option", "ResourceDetails", "Id", "ResourceId"),
)
ServiceActionAssociation = partial(
    Association,
    names=("ProductId", "ProvisioningArtifactId", "ServiceActionId"),
    add="associate_service_action_with_provisioning_artifact",
    drop="disassociate_service_action_from_provisioning_artifact",
    listing=(
        "list_service_actions_for_provisioning_artifact",
        "ServiceActionSummaries",
        "Id",
        "ServiceActionId",
    ),
)
PortfolioShare = partial(
    Association,
    names=("PortfolioId", "AccountId"),
    add="create_portfolio_share",
    drop="delete_portfolio_share",
    change="update_portfolio_share",
    listing=("describe_portfolio_shares", "PortfolioShareDetails", "PrincipalId", "AccountId"),
    scope=("Type", "ACCOUNT"),
)
AcceptedPortfolioShare = partial(
    Association,
    names=("PortfolioId",),
    add="accept_portfolio_share",
    drop="reject_portfolio_share",
    listing=("list_accepted_portfolio_shares", "PortfolioDetails", "Id", "PortfolioId"),
    scope=("PortfolioShareType", "IMPORTED"),
)
