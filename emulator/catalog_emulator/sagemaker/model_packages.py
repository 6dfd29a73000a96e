"""Versions in model package groups: their approval, and the events of what changes.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from typing import Any

from moto.core.utils import iso_8601_datetime_without_milliseconds
from moto.sagemaker.models import ModelPackage, SageMakerModelBackend

from catalog_emulator.events import send

_create = SageMakerModelBackend.create_model_package
_update = SageMakerModelBackend.update_model_package
# Others have been seen in events (UpdatedModelPackageFields), but are not documented.
_IN_EVENTS = (
    *("ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn"),
    *("ModelPackageDescription", "CreationTime", "InferenceSpecification", "ModelPackageStatus"),
    *("ModelPackageStatusDetails", "CertifyForMarketplace", "ModelApprovalStatus"),
    *("MetadataProperties", "ModelMetrics", "LastModifiedTime"),
)


def create_model_package(self: SageMakerModelBackend, **members: Any) -> str:
    """A version waits for approval unless the request says otherwise, which AWS does not document.

    It is neither run nor scanned.
    """
    if members["model_package_group_name"]:
        members["model_approval_status"] = members["model_approval_status"] or "PendingManualApproval"
    package = self.describe_model_package(_create(self, **members))
    if package.model_package_group_name:
        package.model_package_status_details = {"ValidationStatuses": [], "ImageScanStatuses": []}
    _announce(self, package)
    return package.arn


def update_model_package(self: SageMakerModelBackend, model_package_arn: str, **members: Any) -> str:
    """What the request leaves out stays, which moto takes away."""
    package = self.describe_model_package(model_package_arn)
    for name in ("model_approval_status", "approval_description"):
        members[name] = members[name] or getattr(package, name)
    properties = "customer_metadata_properties"
    members[properties] = {**(getattr(package, properties) or {}), **(members[properties] or {})}
    _update(self, model_package_arn, **members)
    _announce(self, package)
    return package.arn


def _announce(backend: SageMakerModelBackend, package: ModelPackage) -> None:
    """One event; AWS may send several."""
    shown = package.gen_response_object()
    detail = {name: shown[name] for name in _IN_EVENTS if name in shown}
    for name in {"CreationTime", "LastModifiedTime"} & detail.keys():
        detail[name] = iso_8601_datetime_without_milliseconds(detail[name])
    send(
        "aws.sagemaker",
        "SageMaker Model Package State Change",
        [package.arn],
        detail,
        account_id=backend.account_id,
        region=backend.region_name,
    )


BACKEND = (create_model_package, update_model_package)
