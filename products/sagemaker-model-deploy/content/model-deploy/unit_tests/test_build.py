import json
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from build import HERE, STAGES, NotDeployable, containers, export

ENVIRONMENT = {
    "SAGEMAKER_PROJECT_NAME": "churn",
    "SAGEMAKER_PROJECT_ID": "p-0123456789ab",
    "SOURCE_MODEL_PACKAGE_GROUP_NAME": "churn",
    "EXPORT_TEMPLATE_NAME": "template-export.yml",
    "EXPORT_TEMPLATE_STAGING_CONFIG": "staging-config-export.json",
    "EXPORT_TEMPLATE_PROD_CONFIG": "prod-config-export.json",
    "SAGEMAKER_EXECUTION_ROLE_STAGING_NAME": "sagemaker-role-staging",
    "SAGEMAKER_EXECUTION_ROLE_PROD_NAME": "sagemaker-role-prod",
}
CONTAINER = {
    "Image": "123456789012.dkr.ecr.us-west-2.amazonaws.com/churn:1",
    "ImageDigest": "sha256:0",
    "ModelDataUrl": "s3://models/model.tar.gz",
    "Environment": {"LEVEL": "20"},
    "Framework": "XGBOOST",
}


class SageMaker:
    """A group with these containers in its only package, or without a package."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self.found = found

    def list_model_packages(self, **request: Any) -> dict[str, Any]:
        assert (request["ModelApprovalStatus"], request["SortOrder"]) == ("Approved", "Descending")
        return {"ModelPackageSummaryList": [{"ModelPackageArn": "arn:1"}] if self.found else []}

    def describe_model_package(self, **request: Any) -> dict[str, Any]:
        specification = {"Containers": [*self.found]}
        return {"ModelPackageArn": request["ModelPackageName"], "InferenceSpecification": specification}


class Build(unittest.TestCase):
    def exported(self, *found: dict[str, Any]) -> tuple[str, dict[str, str]]:
        with TemporaryDirectory() as folder:
            said = export(SageMaker(*found), ENVIRONMENT, folder=Path(folder))
            return said, {path.name: path.read_text() for path in Path(folder).iterdir()}

    def test_nothing_approved_is_a_success_that_says_so(self) -> None:
        said, files = self.exported()
        self.assertEqual(
            said,
            "nothing to deploy: model package group churn holds no approved package; "
            "approve one, and this pipeline starts by itself",
        )
        self.assertEqual(files, {"release.txt": "none"})

    def test_writes_the_template_and_the_stages(self) -> None:
        said, files = self.exported(CONTAINER)
        self.assertEqual((said, files.pop("release.txt")), ("release is arn:1", "arn:1"))
        template = yaml.safe_load(files.pop("template-export.yml"))
        kept = {key: CONTAINER[key] for key in ("Environment", "Image", "ModelDataUrl")}
        self.assertEqual(template["Resources"]["Model"]["Properties"]["Containers"], [kept])
        self.assertEqual(set(files), {f"{stage}-config-export.json" for stage in STAGES})
        for stage in STAGES:
            configuration = json.loads(files[f"{stage}-config-export.json"])
            self.assertEqual(set(configuration["Parameters"]), set(template["Parameters"]))
            self.assertEqual({type(it) for it in configuration["Parameters"].values()}, {str})
            self.assertEqual(configuration["Parameters"]["ExecutionRoleName"], f"sagemaker-role-{stage}")
            self.assertEqual(configuration["Tags"]["sagemaker:deployment-stage"], stage)

    def test_refuses_what_other_accounts_cannot_have(self) -> None:
        for found, text in (([], "no container"), ([CONTAINER | {"ProductId": "1"}], "with ProductId")):
            package = {"ModelPackageArn": "arn:1", "InferenceSpecification": {"Containers": found}}
            with (
                self.subTest(text),
                self.assertRaisesRegex(NotDeployable, f"^model package arn:1 has .*{text}"),
            ):
                containers(package)

    def test_every_stage_has_its_sizing(self) -> None:
        for stage in STAGES:
            sizing = json.loads((HERE / f"config/{stage}.json").read_text())
            self.assertEqual(set(sizing), {"instance_type", "instance_count"})
