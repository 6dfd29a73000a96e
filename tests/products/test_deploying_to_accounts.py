"""The starting content of model deployment projects, played in an organization from package to endpoint."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from catalog_emulator import settings
from catalog_emulator.iam import DeniedError, Place, access_of, needs

from publisher.permissions.boundary import boundary
from publisher.permissions.names import Names
from publisher.templates.render import render_all
from tests.account import REGION, Account
from tests.conftest import ROOT, cases
from tests.policies import allowing, trusting
from tests.products.family import repository, resources
from tests.products.resolve import resolve
from tests.products.test_model_deploy import UNITS, USUAL

CONTENT = ROOT / "products/sagemaker-model-deploy/content/model-deploy"
MODULES = ("build", "call_endpoint", "deploy", "stack_set")
BOUNDARY = "launch-sagemaker-deploy-role-boundary"
PROJECT = "churn-p-0123456789ab"
IMAGE = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.7-1"
STAGES = ("staging", "prod")


@pytest.fixture(scope="module")
def code() -> Iterator[Any]:
    """The modules of the content, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.syspath_prepend(str(CONTENT))
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
        for name in MODULES:
            patch.delitem(sys.modules, name)


def session_of(account: str, role: str = "administrator", *, source: Any = None) -> Any:
    """A session in an account, by default that of a role which does not exist there."""
    sts = (source or boto3).client("sts", region_name=REGION)
    arn = f"arn:aws:iam::{account}:role/{role}"
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=REGION,
    )


class Organization:
    """A tooling account that administers stack sets, and a unit with an account for each stage.

    The accounts of the stages have the deploy role, by stack sets of the management account.
    """

    def __init__(self, account: Account, folder: Path) -> None:
        self._client = account.client("organizations")
        self._client.create_organization(FeatureSet="ALL")
        self.root = self._client.list_roots()["Roots"][0]["Id"]
        self.tooling = self.add("tooling", self.root)
        self.units = {stage: self.unit(stage) for stage in STAGES}
        self.accounts = {stage: self.add(stage, self.units[stage]) for stage in STAGES}
        self._client.register_delegated_administrator(
            AccountId=self.tooling, ServicePrincipal="member.org.stacksets.cloudformation.amazonaws.com"
        )
        self.session, self.folder = session_of(self.tooling), folder
        self.cloudformation = self.session.client("cloudformation")
        self.sagemaker = self.session.client("sagemaker")
        self.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
        (folder / "release.txt").write_text("")

    def unit(self, name: str) -> str:
        made = self._client.create_organizational_unit(ParentId=self.root, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def add(self, name: str, unit: str) -> str:
        made = self._client.create_account(AccountName=name, Email=f"{name}@example.com")
        account = str(made["CreateAccountStatus"]["AccountId"])
        if unit != self.root:
            self._client.move_account(AccountId=account, SourceParentId=self.root, DestinationParentId=unit)
        return account

    def close(self, account: str) -> None:
        self._client.close_account(AccountId=account)

    def give_roles(self) -> None:
        """The deploy role of each stage, with the boundary that bootstrap makes."""
        (role,) = render_all(repository().select("sagemaker-deploy-role"))
        bound = boundary(Names(role.template))
        assert bound is not None
        for stage, unit in self.units.items():
            document = bound.resolved(partition="aws", account_id=self.accounts[stage])
            iam = session_of(self.accounts[stage]).client("iam")
            iam.create_policy(PolicyName=BOUNDARY, PolicyDocument=json.dumps(document))
            values = {"SageMakerRoleSuffix": stage, "ToolingAccountId": self.tooling}
            manager = boto3.client("cloudformation", REGION)
            manager.create_stack_set(
                StackSetName=f"deploy-role-{stage}",
                TemplateBody=role.body,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
                Capabilities=["CAPABILITY_NAMED_IAM"],
                PermissionModel="SERVICE_MANAGED",
            )
            started = manager.create_stack_instances(
                StackSetName=f"deploy-role-{stage}",
                DeploymentTargets={"OrganizationalUnitIds": [unit]},
                Regions=[REGION],
            )["OperationId"]
            found = manager.describe_stack_set_operation(
                StackSetName=f"deploy-role-{stage}", OperationId=started
            )
            assert found["StackSetOperation"]["Status"] == "SUCCEEDED"

    def project_session(self, role: str) -> Any:
        """That of a role of the project, with what the product lets it do."""
        known = USUAL | {"AWS::AccountId": self.tooling, f"{role.removesuffix('Role')}LogGroup.Arn": "*"}
        known |= {"SageMakerExecutionRoleStagingName": "sagemaker-role-staging"}
        made = resolve(resources(UNITS[0], "AWS::IAM::Role")[role], known)
        iam = self.session.client("iam")
        trust = trusting(AWS=self.tooling)
        iam.create_role(RoleName=role, Path=made["Path"], AssumeRolePolicyDocument=trust)
        (policy,) = made["Policies"]
        document = json.dumps(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)
        session = session_of(self.tooling, f"{made['Path'][1:]}{role}", source=self.session)
        access = access_of(session.client("sts").get_caller_identity()["Arn"], region=REGION)
        assert access is not None
        place = Place(partition="aws", region=REGION, account_id=self.tooling)

        def on_call(params: dict[str, Any], model: Any, **_: object) -> None:
            for need in needs(model, params, place):
                access.check(need.action, need.resource, need.context)

        # The emulator checks what resources and launches need, and not each call.
        session.events.register("provide-client-params.cloudformation.*", on_call)
        return session

    def build_session(self, path: str) -> Any:
        """That of a role of a build in the tooling account, which may assume deploy roles."""
        iam = self.session.client("iam")
        trust = trusting(AWS=self.tooling)
        iam.create_role(RoleName="Test", Path=path, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(
            RoleName="Test",
            PolicyName="test",
            PolicyDocument=allowing("sts:AssumeRole", on="arn:aws:iam::*:role/sagemaker-role-*"),
        )
        return session_of(self.tooling, f"{path[1:]}Test", source=self.session)

    def variables(self, stage: str = "staging") -> dict[str, str]:
        """What the builds find in their environment."""
        return {
            "AWS_REGION": REGION,
            "CODEBUILD_SRC_DIR_BuildArtifact": str(self.folder),
            "SAGEMAKER_PROJECT_NAME": "churn",
            "SAGEMAKER_PROJECT_ID": "p-0123456789ab",
            "SOURCE_MODEL_PACKAGE_GROUP_NAME": "churn",
            "EXPORT_TEMPLATE_NAME": "template-export.yml",
            **{f"EXPORT_TEMPLATE_{it.upper()}_CONFIG": f"{it}-config-export.json" for it in STAGES},
            **{f"SAGEMAKER_EXECUTION_ROLE_{it.upper()}_NAME": f"sagemaker-role-{it}" for it in STAGES},
            "BUILD_CONFIG": f"{stage}-config-export.json",
            "STACK_SET_NAME": f"sagemaker-{PROJECT}-deploy-{stage}",
            "ORGANIZATIONAL_UNIT_ID": self.units[stage],
            "CALL_AS": "DELEGATED_ADMIN",
            "EXPORT_TEST_RESULTS": "test-results.json",
            "SAGEMAKER_EXECUTION_ROLE_NAME": f"sagemaker-role-{stage}",
        }

    def register(self, data: str = "s3://models/1.tar.gz", status: str = "Approved") -> str:
        """A model package of the group; its ARN."""
        made = self.sagemaker.create_model_package(
            ModelPackageGroupName="churn",
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [{"Image": IMAGE, "ModelDataUrl": data}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
        return str(made["ModelPackageArn"])

    def served(self, stage: str = "staging") -> str:
        """The model data on the endpoint of a stage's account."""
        sagemaker = session_of(self.accounts[stage]).client("sagemaker")
        config = sagemaker.describe_endpoint(EndpointName=f"{PROJECT}-{stage}")["EndpointConfigName"]
        (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        model = sagemaker.describe_model(ModelName=variant["ModelName"])
        assert model["ExecutionRoleArn"] == (
            f"arn:aws:iam::{self.accounts[stage]}:role/sagemaker-role-{stage}"
        )
        return str(model["Containers"][0]["ModelDataUrl"])

    def parameters(self, account: str) -> dict[str, str]:
        """Those of the stack in an account."""
        found = session_of(account).client("cloudformation").describe_stacks()["Stacks"]
        (stack,) = [it for it in found if PROJECT in it["StackName"]]
        return {it["ParameterKey"]: it["ParameterValue"] for it in stack["Parameters"]}


@pytest.fixture
def organization(account: Account, tmp_path: Path) -> Organization:
    return Organization(account, tmp_path)


def released(code: Any, organization: Organization, **package: str) -> str:
    """Registers and exports a package; its ARN."""
    arn = organization.register(**package)
    assert (
        code.build.export(organization.sagemaker, organization.variables(), folder=organization.folder)
        == f"release is {arn}"
    )
    return arn


def deployed(code: Any, organization: Organization, stage: str = "staging") -> str:
    said: str = code.deploy.run(
        organization.cloudformation, organization.variables(stage), sleep=lambda _: time.sleep(0.01)
    )
    return said


def test_from_a_package_to_production(code: Any, organization: Organization) -> None:
    """Nothing is deployed before an approval; then staging, its test, and production."""
    organization.give_roles()
    session = organization.project_session("TestRole")
    organization.cloudformation = organization.project_session("DeployRole").client("cloudformation")
    settings.authorize = True
    call = partial(
        code.call_endpoint.run,
        session,
        organization.variables(),
        assume=partial(code.call_endpoint.deploy_role, session, organization.variables()),
        folder=organization.folder,
    )
    results = organization.folder / "test-results.json"
    organization.register(status="PendingManualApproval")
    said = code.build.export(organization.sagemaker, organization.variables(), folder=organization.folder)
    assert said.startswith("nothing to deploy: model package group churn holds no approved package")
    assert deployed(code, organization) == "nothing to deploy: no model package is approved"
    assert call()
    assert json.loads(results.read_text()) == {"model_package": "none", "passed": True, "accounts": {}}

    first = released(code, organization)
    staging, prod = organization.accounts.values()
    stack_set = f"stack set sagemaker-{PROJECT}-deploy"
    assert deployed(code, organization) == f"{stack_set}-staging: {staging} has {first}"
    assert organization.served() == "s3://models/1.tar.gz"
    assert call()
    answers = {"sample.csv": {"passed": True, "answer": "body"}}
    assert json.loads(results.read_text()) == {
        "model_package": first,
        "passed": True,
        "accounts": {staging: {"passed": True, "status": "InService", "answers": answers}},
        "endpoint": f"{PROJECT}-staging",
    }
    assert session_of(prod).client("sagemaker").list_endpoints()["Endpoints"] == []
    assert deployed(code, organization, "prod") == f"{stack_set}-prod: {prod} has {first}"
    assert organization.served("prod") == "s3://models/1.tar.gz"

    second = released(code, organization, data="s3://models/2.tar.gz")
    assert deployed(code, organization) == f"{stack_set}-staging: {staging} has {second}"
    assert (organization.served(), organization.served("prod")) == (
        "s3://models/2.tar.gz",
        "s3://models/1.tar.gz",
    )


def test_a_pipeline_deploys_to_a_named_account_with_the_role(code: Any, organization: Organization) -> None:
    """CloudFormation makes and updates the stack with the permissions of the deploy role alone."""
    organization.give_roles()
    account = organization.accounts["staging"]
    cloudformation = session_of(account).client("cloudformation")
    for number, change in enumerate((cloudformation.create_stack, cloudformation.update_stack)):
        data = f"s3://models/{number}.tar.gz"
        released(code, organization, data=data)
        configuration = json.loads((organization.folder / "staging-config-export.json").read_text())
        change(
            StackName=f"sagemaker-{PROJECT}-deploy-staging",
            RoleARN=f"arn:aws:iam::{account}:role/sagemaker-role-staging",
            TemplateBody=(organization.folder / "template-export.yml").read_text(),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in configuration["Parameters"].items()
            ],
            Tags=[{"Key": key, "Value": value} for key, value in configuration["Tags"].items()],
        )
        (stack,) = cloudformation.describe_stacks(StackName=f"sagemaker-{PROJECT}-deploy-staging")["Stacks"]
        assert stack["StackStatus"] == ("CREATE_COMPLETE", "UPDATE_COMPLETE")[number]
        assert organization.served() == data
    cloudformation.delete_stack(StackName=f"sagemaker-{PROJECT}-deploy-staging")
    assert session_of(account).client("sagemaker").list_endpoints()["Endpoints"] == []


@cases(
    "path",
    {"another product's": "/sagemaker-model-deployment/x/", "none": "/"},
)
def test_other_roles_of_the_tooling_account_are_not_trusted(
    path: str, code: Any, organization: Organization
) -> None:
    organization.give_roles()
    session = organization.build_session(path)
    settings.authorize = True
    with pytest.raises(
        session.client("sts").exceptions.ClientError, match="is not authorized to perform: sts:AssumeRole"
    ):
        code.call_endpoint.deploy_role(
            session, organization.variables(), account=organization.accounts["staging"]
        )


def test_artifacts_are_decrypted_with_a_key_that_is_made_after_the_role(organization: Organization) -> None:
    """Through S3 alone, from artifact buckets alone, with keys of the tooling account alone."""
    organization.give_roles()
    account = organization.accounts["staging"]
    access = access_of(f"arn:aws:sts::{account}:assumed-role/sagemaker-role-staging/test", region=REGION)
    assert access is not None

    def decrypts(owner: str, bucket: str, service: str = "s3") -> bool:
        context = {"kms:ViaService": (f"{service}.us-west-2.amazonaws.com",)}
        context["kms:EncryptionContext:aws:s3:arn"] = (f"arn:aws:s3:::{bucket}",)
        try:
            access.check("kms:Decrypt", f"arn:aws:kms:us-west-2:{owner}:key/made-later", context)
        except DeniedError:
            return False
        return True

    artifacts = "sagemaker-project-p-0123456789ab-0242ac120002"
    assert decrypts(organization.tooling, artifacts)
    assert decrypts(organization.tooling, f"{artifacts}/churn/BuildArtif/abc")
    assert not decrypts(organization.tooling, "payroll")
    assert not decrypts(account, artifacts)
    assert not decrypts(organization.tooling, artifacts, "dynamodb")


class Killed(BaseException):
    """The build was stopped."""


def test_a_step_that_was_killed_is_finished_by_the_next(code: Any, organization: Organization) -> None:
    """After each call, while the operation that it has started still runs."""
    settings.background = True
    stop, count = 1000, 0

    def on_answer(**_: object) -> None:
        nonlocal count
        count += 1
        if count == stop:
            raise Killed

    organization.cloudformation.meta.events.register("after-call.cloudformation.*", on_answer)
    released(code, organization)
    for stop in range(1, 40):
        count = 0
        try:
            deployed(code, organization)
        except Killed:
            released(code, organization, data=f"s3://models/{stop}.tar.gz")
            continue
        break
    assert 8 < stop < 40
    assert organization.served() == f"s3://models/{stop - 1}.tar.gz"


def drifted(organization: Organization) -> None:
    """Somebody has set parameters, in the stack set and for the account."""
    asked: Any = {"StackSetName": f"sagemaker-{PROJECT}-deploy-staging", "CallAs": "DELEGATED_ADMIN"}
    wrong = {"ParameterKey": "InstanceCount", "ParameterValue": "7"}
    kept = [it for it in organization.parameters(organization.accounts["staging"]) if it != "InstanceCount"]
    organization.cloudformation.update_stack_set(
        **asked,
        UsePreviousTemplate=True,
        Parameters=[wrong, *({"ParameterKey": it, "UsePreviousValue": True} for it in kept)],
    )
    organization.cloudformation.update_stack_instances(
        **asked,
        DeploymentTargets={"OrganizationalUnitIds": [organization.units["staging"]]},
        Regions=[REGION],
        ParameterOverrides=[wrong | {"ParameterValue": "9"}],
    )
    assert organization.parameters(organization.accounts["staging"])["InstanceCount"] == "9"


def joined(organization: Organization) -> None:
    organization.accounts["joined"] = organization.add("joined", organization.units["staging"])


def closed(organization: Organization) -> None:
    joined(organization)
    organization.close(organization.accounts.pop("staging"))
    organization.accounts["staging"] = organization.accounts.pop("joined")


@cases(
    ("change", "count"),
    {
        "parameters were changed": (drifted, 1),
        "an account joined": (joined, 2),
        "one was closed": (closed, 1),
    },
)
def test_a_release_sets_what_is_different(
    change: Callable[[Organization], None], count: int, code: Any, organization: Organization
) -> None:
    released(code, organization)
    deployed(code, organization)
    change(organization)
    said = deployed(code, organization)
    accounts = [account for stage, account in organization.accounts.items() if stage != "prod"]
    assert said.partition(": ")[2].startswith(", ".join(sorted(accounts)))
    assert [organization.parameters(it)["InstanceCount"] for it in accounts] == ["1"] * count


def empty(organization: Organization) -> None:
    organization.units["staging"] = organization.unit("empty")


def out_of_service(organization: Organization) -> None:
    settings.endpoint_status = "Failed"


@cases(
    ("change", "message"),
    {
        "an empty unit": (empty, "{unit} holds no active account that a stack set reaches"),
        "an endpoint that fails": (
            out_of_service,
            "CREATE FAILED\n  {account}/us-west-2 FAILED: ResourceLogicalId:Endpoint, "
            "ResourceType:AWS::SageMaker::Endpoint, ResourceStatusReason:",
        ),
    },
)
def test_a_stage_fails_with_the_reasons(
    change: Callable[[Organization], None], message: str, code: Any, organization: Organization
) -> None:
    released(code, organization)
    change(organization)
    places: Mapping[str, str] = {
        "unit": organization.units["staging"],
        "account": organization.accounts["staging"],
    }
    with pytest.raises(code.stack_set.StackSetFailed) as raised:
        deployed(code, organization)
    expected = f"stack set sagemaker-{PROJECT}-deploy-staging: {message.format(**places)}"
    assert str(raised.value)[: len(expected)] == expected
    if change is out_of_service:
        settings.endpoint_status = "InService"
        deployed(code, organization)
        assert organization.served() == "s3://models/1.tar.gz"
