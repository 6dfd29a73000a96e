"""The SageMaker pipeline as data: train, evaluate, and register with approval pending. Makes no AWS call.

https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JOB_INSTANCE = "ml.m5.large"
VOLUME_GB = 10
MINIMUM_AUC = 0.7
HYPERPARAMETERS = {
    "objective": "binary:logistic",
    "eval_metric": "auc",
    "num_round": "60",
    "max_depth": "4",
    "eta": "0.2",
    "subsample": "0.9",
    "seed": "1",
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the CodeBuild project says in its environment; key, subnets and group only where there are any."""

    name: str
    group: str
    bucket: str
    role_arn: str
    key_arn: str = ""
    subnets: tuple[str, ...] = ()
    security_group: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Reads the environment of the build. Raises KeyError when a variable is missing."""
        return cls(
            name=environment["ML_NAME"],
            group=environment["MODEL_PACKAGE_GROUP_NAME"],
            bucket=environment["ARTIFACT_BUCKET"],
            role_arn=environment["SAGEMAKER_EXECUTION_ROLE_ARN"],
            key_arn=environment.get("KMS_KEY_ARN", ""),
            subnets=tuple(part for part in environment.get("SUBNET_IDS", "").split(",") if part),
            security_group=environment.get("SECURITY_GROUP_ID", ""),
        )

    @property
    def vpc(self) -> dict[str, Any]:
        """VpcConfig of the jobs; empty outside a VPC."""
        if not self.subnets:
            return {}
        return {"VpcConfig": {"SecurityGroupIds": [self.security_group], "Subnets": list(self.subnets)}}

    @property
    def tags(self) -> dict[str, Any]:
        """Tags of the jobs: the execution role creates only jobs with the project's tag, and sees no others."""
        return {"Tags": [{"Key": "ml-project:name", "Value": self.name}]}

    def encrypted(self, property_name: str) -> dict[str, str]:
        """The key under the name that a part of the request gives it; empty without a key."""
        return {property_name: self.key_arn} if self.key_arn else {}


def definition(settings: Settings, *, image: str, inputs: str, outputs: str) -> dict[str, Any]:
    """The pipeline's definition. `inputs` and `outputs` are S3 locations of this run, without a slash at the end."""
    return {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "MinimumAuc", "Type": "Float", "DefaultValue": MINIMUM_AUC}],
        "Steps": [
            _train(settings, image, inputs, outputs),
            _evaluate(settings, image, inputs, outputs),
            {
                "Name": "CheckQuality",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [_good_enough()],
                    "IfSteps": [_register(settings, image, outputs)],
                    "ElseSteps": [_refuse()],
                },
            },
        ],
    }


_MODEL = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}


def _train(settings: Settings, image: str, inputs: str, outputs: str) -> dict[str, Any]:
    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "HyperParameters": HYPERPARAMETERS,
            "InputDataConfig": [_channel(name, inputs) for name in ("train", "validation")],
            "OutputDataConfig": {"S3OutputPath": f"{outputs}/model", **settings.encrypted("KmsKeyId")},
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": JOB_INSTANCE,
                "VolumeSizeInGB": VOLUME_GB,
                **settings.encrypted("VolumeKmsKeyId"),
            },
            "RoleArn": settings.role_arn,
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            **settings.tags,
            **settings.vpc,
        },
    }


def _channel(name: str, inputs: str) -> dict[str, Any]:
    source = {
        "S3DataDistributionType": "FullyReplicated",
        "S3DataType": "S3Prefix",
        "S3Uri": f"{inputs}/{name}.csv",
    }
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def _evaluate(settings: Settings, image: str, inputs: str, outputs: str) -> dict[str, Any]:
    network = {"NetworkConfig": settings.vpc} if settings.vpc else {}
    return {
        "Name": "Evaluate",
        "Type": "Processing",
        "Arguments": {
            "AppSpecification": {
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/evaluate.py"],
                "ImageUri": image,
            },
            "ProcessingInputs": [
                _input("model", _MODEL),
                _input("test", f"{inputs}/test.csv"),
                _input("code", f"{inputs}/evaluate.py"),
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "evaluation",
                        "S3Output": {
                            "LocalPath": "/opt/ml/processing/evaluation",
                            "S3UploadMode": "EndOfJob",
                            "S3Uri": f"{outputs}/evaluation",
                        },
                    }
                ],
                **settings.encrypted("KmsKeyId"),
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceCount": 1,
                    "InstanceType": JOB_INSTANCE,
                    "VolumeSizeInGB": VOLUME_GB,
                    **settings.encrypted("VolumeKmsKeyId"),
                }
            },
            "RoleArn": settings.role_arn,
            "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
            **settings.tags,
            **network,
        },
        "PropertyFiles": [
            {"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "evaluation.json"}
        ],
    }


def _input(name: str, location: str | dict[str, str]) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "LocalPath": f"/opt/ml/processing/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3Uri": location,
        },
    }


def _good_enough() -> dict[str, Any]:
    return {
        "Type": "GreaterThanOrEqualTo",
        "LeftValue": {
            "Std:JsonGet": {
                "PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"},
                "Path": "binary_classification_metrics.auc.value",
            }
        },
        "RightValue": {"Get": "Parameters.MinimumAuc"},
    }


def _register(settings: Settings, image: str, outputs: str) -> dict[str, Any]:
    statistics = {"ContentType": "application/json", "S3Uri": f"{outputs}/evaluation/evaluation.json"}
    return {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "InferenceSpecification": {
                "Containers": [{"Image": image, "ModelDataUrl": _MODEL}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large", "ml.m5.xlarge"],
                "SupportedResponseMIMETypes": ["text/csv"],
                "SupportedTransformInstanceTypes": ["ml.m5.large"],
            },
            "ModelApprovalStatus": "PendingManualApproval",
            "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
            "ModelPackageGroupName": settings.group,
        },
    }


def _refuse() -> dict[str, Any]:
    message = f"The model's AUC on the test data is below MinimumAuc, {MINIMUM_AUC} by default; it is not registered."
    return {"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": message}}
