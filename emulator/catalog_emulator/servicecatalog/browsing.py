"""What an end user sees before a launch: products, paths, parameters.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisioningParameters.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog_emulator.servicecatalog.artifacts import parsed
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import ResourceNotFoundException
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.parameters import described
from catalog_emulator.servicecatalog.paths import LaunchPath, Paths
from catalog_emulator.servicecatalog.products import product_view_summary
from catalog_emulator.servicecatalog.searching import aggregated, matching, ordered
from catalog_emulator.servicecatalog.state import present
from catalog_emulator.servicecatalog.values import Answer, Artifact, Constraint, Product


class Browsing(Paths):
    """Operations of an end user that change nothing."""

    def search_products(
        self,
        *,
        caller: Caller,
        filters: Mapping[str, Sequence[str]] | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """SearchProducts: those the caller has a launch path to."""
        kept = ordered(matching(self.visible_products(caller), filters or {}), sort_by, sort_order)
        of = f"products of {caller.arn} {filters} {sort_by} {sort_order}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        answer = {
            "ProductViewSummaries": [self._summary(caller, one) for one in found],
            "ProductViewAggregations": aggregated(kept),
        }
        return with_token(answer, following)

    def describe_product(self, *, caller: Caller, id: str | None = None, name: str | None = None) -> Answer:
        """DescribeProduct: the versions that can be launched or updated to, and the launch paths."""
        product = self.visible_product(caller, id, name)
        paths = self.launch_paths(caller, product)
        return {
            "ProductViewSummary": self._summary(caller, product),
            "ProvisioningArtifacts": _offered(product),
            "Budgets": self.budgets_of(product.id),
            "LaunchPaths": [{"Id": path.id, "Name": path.portfolio.display_name} for path in paths],
        }

    def describe_product_view(self, *, caller: Caller, id: str) -> Answer:
        """DescribeProductView, by the view's id."""
        for product in self.visible_products(caller):
            if product.view_id == id:
                return {
                    "ProductViewSummary": self._summary(caller, product),
                    "ProvisioningArtifacts": _offered(product),
                }
        raise ResourceNotFoundException(f"Product view {id} does not exist or access was denied.")

    def list_launch_paths(
        self,
        *,
        caller: Caller,
        product_id: str,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListLaunchPaths."""
        paths = self.launch_paths(caller, self.any_product(product_id))
        found, following = page(
            paths, of=f"paths {product_id} {caller.arn}", size=page_size, token=page_token
        )
        return with_token({"LaunchPathSummaries": [_path_summary(one) for one in found]}, following)

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
        """DescribeProvisioningParameters."""
        path, artifact = self.offer(
            caller,
            (product_id, product_name),
            (provisioning_artifact_id, provisioning_artifact_name),
            (path_id, path_name),
        )
        template = parsed(artifact)
        outputs = template.get("Outputs") or {}
        return {
            "ProvisioningArtifactParameters": described(template),
            "ConstraintSummaries": _constraint_summaries(path.constraints),
            "UsageInstructions": _usage(path, template),
            "TagOptions": [{"Key": key, "Values": values} for key, values in self.tag_choices(path).items()],
            "ProvisioningArtifactPreferences": _preferences(path),
            "ProvisioningArtifactOutputs": [
                present(Key=key, Description=output.get("Description")) for key, output in outputs.items()
            ],
            "ProvisioningArtifactOutputKeys": [
                present(Key=key, Description=output.get("Description")) for key, output in outputs.items()
            ],
        }

    def offer(
        self,
        caller: Caller,
        product: tuple[str | None, str | None],
        artifact: tuple[str | None, str | None],
        path: tuple[str | None, str | None],
    ) -> tuple[LaunchPath, Artifact]:
        """What a request names, each by id or name: the way to a product, and an active version of it."""
        identifier, name = product
        if identifier is not None and name is None:
            chosen = self.any_product(identifier)
        else:
            chosen = self.visible_product(caller, identifier, name)
        way = self.launch_path(caller, chosen, *path)
        version = self.artifact_by(chosen, *artifact)
        if not version.active:
            raise ResourceNotFoundException(f"Provisioning artifact {version.id} is not active.")
        return way, version

    def _summary(self, caller: Caller, product: Product) -> Answer:
        only_path = len(self.launch_paths(caller, product)) == 1
        return product_view_summary(product, has_default_path=only_path)


def _offered(product: Product) -> list[Answer]:
    return [
        present(
            Id=one.id,
            Name=one.name,
            Description=one.description,
            CreatedTime=one.created,
            Guidance=one.guidance,
        )
        for one in product.artifacts.values()
        if one.active
    ]


def _path_summary(path: LaunchPath) -> Answer:
    return {
        "Id": path.id,
        "ConstraintSummaries": _constraint_summaries(path.constraints),
        # That tags of portfolios and products reach launches is not documented; examples show none.
        "Tags": [],
        "Name": path.portfolio.display_name,
    }


def _constraint_summaries(constraints: Iterable[Constraint]) -> list[Answer]:
    return [present(Type=one.type, Description=one.description) for one in constraints]


def _usage(path: LaunchPath, template: Mapping[str, Any]) -> list[Answer]:
    usage = []
    rules: dict[str, Any] = {}
    for constraint in path.constraints:
        parameters = json.loads(constraint.parameters)
        match constraint.type:
            case "TEMPLATE":
                # Each holds, also when two constraints call theirs the same.
                for name, rule in parameters["Rules"].items():
                    rules[name if name not in rules else f"{name}-{constraint.id}"] = rule
            case "LAUNCH":
                role = parameters.get("RoleArn") or parameters["LocalRoleName"]
                usage.append({"Type": "launchAsRole", "Value": role})
            case "RESOURCE_UPDATE":
                allowed = parameters["Properties"]["TagUpdateOnProvisionedProduct"]
                usage.append({"Type": "tagUpdateOnProvisionedProduct", "Value": allowed})
            case _:
                pass
    if rules:
        usage.append({"Type": "rules", "Value": json.dumps(rules, sort_keys=True)})
    for kind, section in (("version", "AWSTemplateFormatVersion"), ("instruction", "Description")):
        if section in template:
            usage.append({"Type": kind, "Value": str(template[section])})
    if "Metadata" in template:
        usage.append({"Type": "metadata", "Value": json.dumps(template["Metadata"], sort_keys=True)})
    return usage


def _preferences(path: LaunchPath) -> Answer | None:
    constraint = path.constraint("STACKSET")
    if constraint is None:
        return None
    properties = json.loads(constraint.parameters)["Properties"]
    return {"StackSetAccounts": properties["AccountList"], "StackSetRegions": properties["RegionList"]}
