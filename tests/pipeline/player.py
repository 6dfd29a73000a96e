"""Plays a pipeline at the local endpoint, which only keeps pipelines and projects.

Every action is done with the permissions of its role: builds run the phases of buildspec.yml in a copy of the
source, CloudFormation and S3 are called as the pipeline.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, dropwhile
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
    retried: list[str] = field(default_factory=list)


class Player:
    """The pipeline of a name. `kill`: of a batch the build of a SHARD, once, as it reports a step."""

    def __init__(self, local: Local, name: str, work: Path, kill: tuple[str, str] | None = None) -> None:
        self._local, self._name, self._work, self._kill = local, name, work, kill
        self._numbers = count(1)

    def client(self, role_arn: str, service: str) -> Any:
        """A client with the permissions of a role."""
        return self._role(role_arn).watch(self._local.client(service))

    def _role(self, arn: str) -> Role:
        return Role.of(self._local.client("iam"), arn.rpartition("/")[2])

    def run(
        self, source: Path, approve: Approval = lambda _stage, _text: True, *, first: str = "Source"
    ) -> Execution:
        """One execution of the pipeline as it is now, from a stage until an action fails or is rejected."""
        pipeline = self._local.client("codepipeline").get_pipeline(name=self._name)["pipeline"]
        execution, ident = Execution(), f"execution-{next(self._numbers)}"
        artifacts = {"Source": source}
        variables = {"codepipeline.PipelineExecutionId": ident}
        stages = dropwhile(lambda it: it["name"] != first, pipeline["stages"])
        for stage in stages:
            if not _entered(stage, variables):
                continue
            again = stage.get("onFailure", {}).get("retryConfiguration") == {"retryMode": "ALL_ACTIONS"}
            good = self._stage(pipeline, stage, artifacts, variables, execution, approve)
            if not good and again:
                execution.retried.append(stage["name"])
                execution.failed = None
                good = self._stage(pipeline, stage, artifacts, variables, execution, approve)
            if not good:
                return execution
        return execution

    def _stage(
        self,
        pipeline: Mapping[str, Any],
        stage: Mapping[str, Any],
        artifacts: dict[str, Path],
        variables: dict[str, str],
        execution: Execution,
        approve: Approval,
    ) -> bool:
        """Whether the execution goes on after a stage."""
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
                return False
        return True

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
        given = project["source"]["buildspec"]
        batch = json.loads(given)["batch"]["build-list"] if "BatchEnabled" in configuration else [{}]
        inputs = {
            f"CODEBUILD_SRC_DIR_{it['name']}": str(artifacts[it["name"]])
            for it in action["inputArtifacts"]
            if it["name"] != "Source"
        }
        output, folders, good = execution.output.get(place, ""), [], True
        for build in batch:
            done, folder = self._run(
                project, build.get("buildspec", given), build, artifacts["Source"], inputs
            )
            output += done.stdout + done.stderr
            good = good and (done.returncode == 0 or build.get("ignore-failure", False))
            folders += [folder] if done.returncode == 0 else []
        execution.output[place] = output
        if good and "namespace" in action:
            for file in folders[0].glob("exported-*"):
                variables[f"{action['namespace']}.{file.name.removeprefix('exported-')}"] = file.read_text()
        if good and not all(any(self._artifacts(folder)) for folder in folders):
            # CodeBuild: "no matching artifact paths found".
            return False
        for made in action.get("outputArtifacts", []) if good else []:
            artifacts[made["name"]] = self._kept(project, made["name"], folders)
        return good

    def _run(
        self,
        project: Mapping[str, Any],
        path: str,
        build: Mapping[str, Any],
        source: Path,
        inputs: Mapping[str, str],
    ) -> tuple[subprocess.CompletedProcess[str], Path]:
        """One build, and its folder."""
        given = build.get("env", {}).get("variables", {})
        folder = self._work / f"{next(self._numbers)}-{project['name']}"
        shutil.copytree(source, folder)
        role = self._role(project["serviceRole"])
        spec = yaml.safe_load((folder / path).read_text(encoding="utf-8"))
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            **spec["env"]["variables"],
            **{it["name"]: it["value"] for it in project["environment"]["environmentVariables"]},
            **given,
            **inputs,
            "AWS_ENDPOINT_URL": self._local.endpoint.url,
            "AWS_CONFIG_FILE": os.environ["AWS_CONFIG_FILE"],
            "AWS_PROFILE": self._local.endpoint.admin_profile,
        }
        command = [spec["env"]["shell"], "-c", _script(spec, spec["env"]["exported-variables"])]
        if self._kill and given.get("SHARD") == self._kill[0]:
            _, at = self._kill
            self._kill = None
            return _killed(command, folder, environment, role, at), folder
        return run_shell(command, folder, environment, role.identities()), folder

    @staticmethod
    def _artifacts(folder: Path) -> Iterator[Path]:
        spec = yaml.safe_load((folder / "buildspec.yml").read_text(encoding="utf-8"))
        return (it for pattern in spec["artifacts"]["files"] for it in folder.glob(pattern))

    def _kept(self, project: Mapping[str, Any], artifact: str, folders: Sequence[Path]) -> Path:
        """The output artifact, of all builds, which the role may write to its folder of the bucket only."""
        kept = self._work / f"{next(self._numbers)}-{artifact}"
        kept.mkdir()
        for folder in folders:
            for file in self._artifacts(folder):
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


def _killed(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], role: Role, at: str
) -> subprocess.CompletedProcess[str]:
    """Runs it in processes of its own, which are killed as soon as publisher reports this step."""
    program = folder / ".venv/bin/publisher"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.pipeline.build_role "$@"\n')
    program.chmod(0o755)
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path), "BUILD_ROLE": role.text()},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(at):
            os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.wait(), "", "".join(lines))


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
