"""Plays a pipeline at the local endpoint, which only keeps pipelines and projects.

Every action is done with the permissions of its role: builds run the phases of buildspec.yml in a copy of the
source, CloudFormation and S3 are called as the pipeline.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import Local
from tests.pipeline.build_role import Role
from tests.pipeline.build_shell import run_shell

Approval = Callable[[str, Mapping[str, str]], bool]
PHASES = ("pre_build", "build")


@dataclass(kw_only=True)
class Execution:
    """What happened: (stage, action) that were begun, the output of builds, and the action that failed."""

    done: list[tuple[str, str]] = field(default_factory=list)
    output: dict[tuple[str, str], str] = field(default_factory=dict)
    approvals: list[Mapping[str, str]] = field(default_factory=list)
    failed: tuple[str, str] | None = None


class Player:
    """The pipeline of a name; `approve` answers its approvals."""

    def __init__(self, local: Local, name: str, work: Path) -> None:
        self._local, self._name, self._work = local, name, work
        self._numbers = count(1)

    def client(self, role_arn: str, service: str) -> Any:
        """A client with the permissions of a role."""
        return self._role(role_arn).watch(self._local.client(service))

    def _role(self, arn: str) -> Role:
        return Role.of(self._local.client("iam"), arn.rpartition("/")[2])

    def run(self, source: Path, approve: Approval = lambda _stage, _text: True) -> Execution:
        """One execution of the pipeline as it is now, until an action fails or is rejected."""
        pipeline = self._local.client("codepipeline").get_pipeline(name=self._name)["pipeline"]
        execution, ident = Execution(), f"execution-{next(self._numbers)}"
        artifacts = {"Source": source}
        variables = {"codepipeline.PipelineExecutionId": ident}
        for stage in pipeline["stages"]:
            if not _entered(stage, variables):
                continue
            for action in sorted(stage["actions"], key=lambda it: it.get("runOrder", 1)):
                place = (stage["name"], action["name"])
                configuration = {
                    key: _resolved(value, variables) for key, value in action["configuration"].items()
                }
                execution.done.append(place)
                match action["actionTypeId"]["provider"]:
                    case "CodeBuild":
                        good = self._build(action, configuration, artifacts, variables, execution, place)
                    case "CloudFormation":
                        good = self._stack(pipeline["roleArn"], configuration, artifacts)
                    case "S3" if stage["name"] != "Source":
                        good = self._deploy(pipeline, action, configuration, artifacts)
                    case "Manual":
                        execution.approvals.append(configuration)
                        good = approve(stage["name"], configuration)
                    case _:
                        good = True
                if not good:
                    execution.failed = place
                if not good or configuration.get("ActionMode") == "CHANGE_SET_EXECUTE":
                    # A pipeline that was updated starts again.
                    return execution
        return execution

    def _build(
        self,
        action: Mapping[str, Any],
        configuration: Mapping[str, str],
        artifacts: dict[str, Path],
        variables: dict[str, str],
        execution: Execution,
        place: tuple[str, str],
    ) -> bool:
        name = configuration["ProjectName"]
        (project,) = self._local.client("codebuild").batch_get_projects(names=[name])["projects"]
        folder = self._work / f"{next(self._numbers)}-{name}"
        shutil.copytree(artifacts["Source"], folder)
        connect = self._role(project["serviceRole"]).identities()
        spec = yaml.safe_load((folder / project["source"]["buildspec"]).read_text(encoding="utf-8"))
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            **spec["env"]["variables"],
            **{it["name"]: it["value"] for it in project["environment"]["environmentVariables"]},
            **{
                f"CODEBUILD_SRC_DIR_{it['name']}": str(artifacts[it["name"]])
                for it in action["inputArtifacts"]
                if it["name"] != "Source"
            },
            "AWS_ENDPOINT_URL": self._local.endpoint.url,
            "AWS_CONFIG_FILE": os.environ["AWS_CONFIG_FILE"],
            "AWS_PROFILE": self._local.endpoint.admin_profile,
        }
        exported = spec["env"]["exported-variables"]
        done = run_shell([spec["env"]["shell"], "-c", _script(spec, exported)], folder, environment, connect)
        execution.output[place] = done.stdout + done.stderr
        if done.returncode == 0 and "namespace" in action:
            for key in exported:
                variables[f"{action['namespace']}.{key}"] = (folder / f"exported-{key}").read_text()
        if done.returncode == 0 and not any([*folder.glob(it)] for it in spec["artifacts"]["files"]):
            # CodeBuild: "no matching artifact paths found".
            return False
        for output in action.get("outputArtifacts", []) if done.returncode == 0 else []:
            artifacts[output["name"]] = self._kept(project, output["name"], folder, spec)
        return done.returncode == 0

    def _kept(self, project: Mapping[str, Any], artifact: str, folder: Path, spec: Mapping[str, Any]) -> Path:
        """The output artifact, which the build's role may write to its folder of the bucket only."""
        kept = self._work / f"{next(self._numbers)}-{artifact}"
        kept.mkdir()
        for pattern in spec["artifacts"]["files"]:
            for file in folder.glob(pattern):
                shutil.copy(file, kept)
        archive = shutil.make_archive(str(kept), "zip", kept)
        self.client(project["serviceRole"], "s3").put_object(
            Bucket=self._bucket(),
            Key=f"{self._name[:20]}/{artifact}/{kept.name}",
            Body=Path(archive).read_bytes(),
        )
        return kept

    def _bucket(self) -> str:
        pipeline = self._local.client("codepipeline").get_pipeline(name=self._name)["pipeline"]
        return str(pipeline["artifactStore"]["location"])

    def _deploy(
        self,
        pipeline: Mapping[str, Any],
        action: Mapping[str, Any],
        configuration: Mapping[str, str],
        artifacts: Mapping[str, Path],
    ) -> bool:
        client = self.client(pipeline["roleArn"], "s3")
        for file in artifacts[action["inputArtifacts"][0]["name"]].iterdir():
            key = f"{configuration['ObjectKey']}/{file.name}"
            client.put_object(Bucket=configuration["BucketName"], Key=key, Body=file.read_bytes())
        return True

    def _stack(self, role: str, configuration: Mapping[str, str], artifacts: Mapping[str, Path]) -> bool:
        client = self.client(role, "cloudformation")
        place = {"StackName": configuration["StackName"], "ChangeSetName": configuration["ChangeSetName"]}
        if configuration["ActionMode"] == "CHANGE_SET_EXECUTE":
            client.execute_change_set(**place)
            (stack,) = client.describe_stacks(StackName=configuration["StackName"])["Stacks"]
            return bool(stack["StackStatus"] == "UPDATE_COMPLETE")
        artifact, _, path = configuration["TemplatePath"].partition("::")
        # CodePipeline stores it, and passes its address.
        body = (artifacts[artifact] / path).read_bytes()
        key = f"{self._name}/template-{next(self._numbers)}"
        self.client(role, "s3").put_object(Bucket=self._bucket(), Key=key, Body=body)
        client.delete_change_set(**place)
        overrides = json.loads(configuration["ParameterOverrides"])
        client.create_change_set(
            **place,
            TemplateURL=f"https://{self._bucket()}.s3.{self._local.endpoint.region}.amazonaws.com/{key}",
            Parameters=[{"ParameterKey": name, "ParameterValue": it} for name, it in overrides.items()],
            Capabilities=[configuration["Capabilities"]],
            RoleARN=configuration["RoleArn"],
        )
        found = client.describe_change_set(**place)
        return bool(found["Status"] == "CREATE_COMPLETE")


def _script(spec: Mapping[str, Any], exported: list[str]) -> str:
    """All commands of the phases in one shell; the first that fails ends it."""
    lines = [f"{{ {command}\n}} || exit 1" for name in PHASES for command in spec["phases"][name]["commands"]]
    kept = [f'printf %s "${{{name}}}" > exported-{name}' for name in exported]
    return "\n".join([*lines, *kept])


def _resolved(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"#\{([\w.]+)\}", lambda it: variables[it[1]], text)


def _entered(stage: Mapping[str, Any], variables: Mapping[str, str]) -> bool:
    for condition in stage.get("beforeEntry", {}).get("conditions", []):
        for rule in condition["rules"]:
            checked = rule["configuration"]
            assert (condition["result"], checked["Operator"]) == ("SKIP", "EQ")
            if _resolved(checked["Variable"], variables) != checked["Value"]:
                return False
    return True
