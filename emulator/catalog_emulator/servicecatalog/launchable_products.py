"""What end users see before a launch: products, launch paths, parameters.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningParameters.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from catalog_emulator.servicecatalog.artifacts import parsed
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import NotFound
from catalog_emulator.servicecatalog.launch_paths import LaunchPath, LaunchPaths, tag_choices
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.products import aggregated, matching, ordered, product_view_summary
from catalog_emulator.servicecatalog.state import State, present
from catalog_emulator.servicecatalog.templates import parameter_details
from catalog_emulator.servicecatalog.values import Answer, Artifact, Constraint, Filters, Product, Text
from catalog_emulator.servicecatalog.visible_portfolios import Operations

# End users get every text; administrators only those that there are.
# https://docs.aws.amazon.com/cli/latest/reference/servicecatalog/search-products.html#examples
_EMPTY: Mapping[str, str] = dict.fromkeys(
    ("ShortDescription", "Distributor", "SupportEmail", "SupportDescription", "SupportUrl"), ""
)


class LaunchableProducts(Operations):
    """Operations of end users before a launch."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._paths = LaunchPaths(state)

    def search_products(
        self, *, caller: Caller, filters: Filters | None = None, sort_by: Text = None, sort_order: Text = None
    ) -> Listing:
        kept = ordered(matching(self._paths.products(caller), filters or {}), sort_by, sort_order)
        return Listing(
            "ProductViewSummaries",
            kept,
            lambda product: self._summary(caller, product),
            {"ProductViewAggregations": aggregated(kept)},
        )

    def describe_product(self, *, caller: Caller, id: str | None = None, name: str | None = None) -> Answer:
        """DescribeProduct: the versions that can be launched or updated to, and the launch paths."""
        product = self._paths.product(caller, id, name)
        paths = self._paths.all(caller, product)
        return {
            "ProductViewSummary": self._summary(caller, product),
            "ProvisioningArtifacts": _active_versions(product),
            "Budgets": self._state.budgets_of(product.id),
            "LaunchPaths": [{"Id": path.id, "Name": path.portfolio.display_name} for path in paths],
        }

    def describe_product_view(self, *, caller: Caller, id: str) -> Answer:
        for product in self._paths.products(caller):
            if product.view_id == id:
                return {
                    "ProductViewSummary": self._summary(caller, product),
                    "ProvisioningArtifacts": _active_versions(product),
                }
        raise NotFound(f"Product view {id} does not exist or access was denied.")

    def list_launch_paths(self, *, caller: Caller, product_id: str) -> Listing:
        paths = self._paths.all(caller, self._visible.product(product_id))
        return Listing("LaunchPathSummaries", paths, _path_summary)

    def describe_provisioning_parameters(
        self,
        *,
        caller: Caller,
        product_id: str | None = None,
        product_name: str | None = None,
        provisioning_artifact_id: str | None = None,
        provisioning_artifact_name: str | None = None,
        path_id: str | None = None,
        path_name: str | None = None,
    ) -> Answer:
        path, artifact = self._paths.select(
            caller,
            (product_id, product_name),
            (provisioning_artifact_id, provisioning_artifact_name),
            (path_id, path_name),
        )
        template = parsed(artifact)
        outputs = [
            {"Key": key, "Description": output.get("Description", "")}
            for key, output in (template.get("Outputs") or {}).items()
        ]
        return {
            "ProvisioningArtifactParameters": parameter_details(template),
            "ConstraintSummaries": _constraint_summaries(path.constraints),
            "UsageInstructions": _usage(path, template),
            "TagOptions": [{"Key": key, "Values": values} for key, values in tag_choices(path).items()],
            "ProvisioningArtifactPreferences": _preferences(path),
            "ProvisioningArtifactOutputs": outputs,
            "ProvisioningArtifactOutputKeys": outputs,
        }

    def _summary(self, caller: Caller, product: Product) -> Answer:
        only_path = len(self._paths.all(caller, product)) == 1
        return {**_EMPTY, **product_view_summary(product, has_default_path=only_path)}


def _active_versions(product: Product) -> list[Artifact]:
    return [one for one in product.artifacts.values() if one.active]


def _path_summary(path: LaunchPath) -> Answer:
    return {
        "Id": path.id,
        "ConstraintSummaries": _constraint_summaries(path.constraints),
        # AWS's examples show none, although launches get the tags of portfolios and products.
        "Tags": [],
        "Name": path.portfolio.display_name,
    }


def _constraint_summaries(constraints: Iterable[Constraint]) -> list[Answer]:
    return [present(Type=one.type, Description=one.description) for one in constraints]


def _usage(path: LaunchPath, template: Mapping[str, Any]) -> list[Answer]:
    rules: dict[str, Any] = {}
    role, tag_update = None, "NOT_ALLOWED"
    for constraint in path.constraints:
        parameters = json.loads(constraint.parameters)
        match constraint.type:
            case "TEMPLATE":
                # Two constraints may use the same name; both rules apply.
                for name, rule in parameters["Rules"].items():
                    rules[name if name not in rules else f"{name}-{constraint.id}"] = rule
            case "LAUNCH":
                role = parameters.get("RoleArn") or parameters["LocalRoleName"]
            case "RESOURCE_UPDATE":
                tag_update = parameters["Properties"]["TagUpdateOnProvisionedProduct"]
            case _:
                pass
    metadata = template.get("Metadata")
    usage = {
        "rules": json.dumps(rules, sort_keys=True),
        "version": template.get("AWSTemplateFormatVersion"),
        "instruction": template.get("Description"),
        "metadata": None if metadata is None else json.dumps(metadata, sort_keys=True),
        "launchAsRole": role,
        "tagUpdateOnProvisionedProduct": tag_update,
    }
    return [{"Type": kind, "Value": str(value)} for kind, value in usage.items() if value is not None]


def _preferences(path: LaunchPath) -> Answer:
    constraint = path.constraint("STACKSET")
    if constraint is None:
        return {}
    properties = json.loads(constraint.parameters)["Properties"]
    return {"StackSetAccounts": properties["AccountList"], "StackSetRegions": properties["RegionList"]}
