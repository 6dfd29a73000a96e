"""What holds for every product: its promises to callers in contracts.yaml, names, roles, buckets, lint."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from publisher.impact.resolution import resolved
from publisher.permissions import Knowledge
from publisher.permissions.iam_reference import Action, action, matching
from publisher.permissions.names import Names, references
from publisher.permissions.stack_names import limits
from publisher.templates.lint import lint
from tests.conftest import WHOLE, whole
from tests.products.contract import CONTRACTS, longest, promised
from tests.products.family import as_list, everything, repository, resources

PRODUCTS = sorted(it.key for it in repository().variants)
# One of each family; the portfolios' lint has the Region us-west-2 of all.
LINTED = {
    "account-blueprint-workload-prod",
    "ml-project-starter-codeconnection",
    "sagemaker-deploy-role",
    "sagemaker-model-deploy-codeconnection-account",
}


ACCOUNT = {"Ref": "AWS::AccountId"}


def launched(product: str) -> dict[str, dict[str, Any]]:
    """The resources of a launch with the longest input."""
    found: dict[str, dict[str, Any]] = resolved(everything()[product].template, longest(product))["Resources"]
    return found


def test_every_family_has_a_contract() -> None:
    assert sorted({each.family for each in everything().values()}) == sorted(CONTRACTS)


@pytest.mark.parametrize("product", PRODUCTS)
def test_outputs_and_parameters_are_those_that_are_promised(product: str) -> None:
    template = everything()[product].template
    outputs, promises = template["Outputs"], dict(promised(product))
    words = dict(promised(product, "words"))
    assert sorted(outputs) == sorted({**promises, **words})
    parameters = {
        it["Properties"]["Name"]: template["Resources"][name]["Properties"]
        for name, it in launched(product).items()
        if it["Type"] == "AWS::SSM::Parameter"
    }
    assert sorted(parameters) == sorted(promises.values())
    for output, name in promises.items():
        assert parameters[name]["Value"] == outputs[output]["Value"], output
        assert parameters[name]["Type"] == ("StringList" if output.endswith("SubnetIds") else "String")
    assert all(it["Description"] and "Export" not in it for it in outputs.values())


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_name_fits_at_its_longest(product: str) -> None:
    """And whatever else has a limit. A name without one is a row of name_limits.yaml that is missing."""
    names = Names(everything()[product].template, knowledge=Knowledge.load())
    wrong = []
    for logical_id, resource in launched(product).items():
        for key, text in resource.get("Properties", {}).items():
            allowed, is_name = limits(resource["Type"], key), key == names.name_property(logical_id)
            what = f"{resource['Type']} {key} '{text}'"
            if not isinstance(text, str):
                # What is named like another resource has its limits.
                wrong += [what] if is_name and not {*references(text)} & names.resources.keys() else []
            elif allowed.longest is None and is_name:
                wrong.append(f"{what} has no limit")
            elif allowed.longest is not None and len(text) > allowed.longest:
                wrong.append(f"{what} has {len(text)} characters, at most {allowed.longest} are allowed")
            elif is_name and not re.search(allowed.pattern, text):
                wrong.append(f"{what} does not match {allowed.pattern}")
    assert wrong == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_roles_may_work_on_everything_only_where_there_is_nothing_narrower(product: str) -> None:
    """And there they have to: IAM compares an action without resources with nothing but `*`."""
    roles = [it for it in launched(product).values() if it["Type"] == "AWS::IAM::Role"]
    documents = [policy["PolicyDocument"] for role in roles for policy in role["Properties"]["Policies"]]
    wrong = set()
    for statement in (each for document in documents for each in document["Statement"]):
        wild = "*" in as_list(statement["Resource"])
        for pattern in as_list(statement["Action"]):
            assert "*" not in pattern or pattern in {"kms:GenerateDataKey*", "kms:ReEncrypt*"}
            kinds = [kind for name in matching(pattern) for kind in _known(name).resources]
            if any(kind.required for kind in kinds) if wild else not kinds:
                wrong.add((statement["Sid"], pattern))
    assert wrong == set()


def _known(name: str) -> Action:
    found = action(name)
    assert found is not None
    return found


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_console_form_shows_every_parameter_once(product: str) -> None:
    template = everything()[product].template
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(interface["ParameterLabels"]) == sorted(template["Parameters"])


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_role_is_bounded_and_taken_for_this_account_and_one_source(product: str) -> None:
    """And is under the path of its family. For whom one is whose name others know, its own tests say."""
    boundary = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/launch-{product}-boundary"
    for role in resources(product, "AWS::IAM::Role").values():
        assert role["PermissionsBoundary"] == {
            "Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Fn::Sub": boundary}]
        }
        if "RoleName" not in role:
            assert f'"/{everything()[product].family}/' in json.dumps(role["Path"])
            (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
            account, source = trust["Condition"].values()
            assert (account, set(source)) == ({"aws:SourceAccount": ACCOUNT}, {"aws:SourceArn"})


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_bucket_is_closed_encrypted_and_takes_tls_only(product: str) -> None:
    keys = resources(product, "AWS::KMS::Key")
    with_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}
    for bucket in resources(product, "AWS::S3::Bucket").values():
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        )
        (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert encryption["ServerSideEncryptionByDefault"] == (
            with_key if keys else {"SSEAlgorithm": "AES256"}
        )
        (policy,) = resources(product, "AWS::S3::BucketPolicy").values()
        denied = [
            it["Condition"] for it in policy["PolicyDocument"]["Statement"] if it.get("Effect") == "Deny"
        ]
        assert denied == [
            {"Bool": {"aws:SecureTransport": "false"}},
            {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        ]


@pytest.mark.slow
@pytest.mark.parametrize("product", [it if it in LINTED else whole(it) for it in PRODUCTS])
def test_lint_finds_nothing_in_either_partition(product: str) -> None:
    regions = ["us-gov-west-1", *(["us-west-2"] if WHOLE else [])]
    assert lint([everything()[product]], regions) == ()
