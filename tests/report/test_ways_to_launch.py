"""How to launch a product, and who may: what pages propose works, and says what is so."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import Any

import boto3

from publisher.declarations.config import parse_config
from publisher.declarations.form import form_of
from publisher.documents import parse
from publisher.launch.by_form import requests_of
from publisher.model import (
    VISIBLE,
    Catalog,
    ExecutionRolePolicy,
    Portfolio,
    PortfolioShare,
    Principal,
    ProductAssociation,
    Resource,
    StudioDomain,
    TagOptionAssociation,
)
from publisher.permissions.iam_reference import matching
from publisher.report.access import Access, Share, Who, access, principal_words
from publisher.report.config_skeleton import config_skeleton
from publisher.report.launcher_rights import all_rights
from publisher.report.ways_to_launch import Ways, ways
from publisher.templates.interface import Interface
from tests.account import Account
from tests.conftest import cases
from tests.products.family import example, repository
from tests.samples import PLACED, STACK_SET, association, launch, ml, product, version, without


@cases("name", {it.key: it.key for it in repository().variants if form_of(it.key, repository().forms)})
def test_a_config_that_was_filled_in_launches_the_product(name: str) -> None:
    (variant,) = repository().select(name)
    forms = repository().forms
    text = config_skeleton(name, form=form_of(name, forms), axes=variant.axes)
    started, filled = parse(text, path="configs/x.yaml"), parse(example(name)[1], path="configs/x.yaml")
    config, problems = parse_config(started, forms)
    assert config is None or not problems
    lines = text.splitlines()
    assert [it for it in problems if "<" not in lines[it.where.line - 1]] == []
    values = _filled(started.value, filled.value)
    config, problems = parse_config(parse(json.dumps(values), path=example(name)[0]), forms)
    assert config is not None, problems
    (request,) = requests_of([config])[0].values()
    assert request.product == name


def _filled(started: Any, values: Any) -> Any:
    """What was started, with values in place of what is asked for in <>, and of comments."""
    if isinstance(started, dict):
        return values | {name: _filled(it, values[name]) for name, it in started.items()}
    return values if "<" in str(started) else started


TEMPLATE = {
    "Parameters": {
        "Size": {"Type": "String", "AllowedValues": ["a", "b: c"]},
        "Secret": {"Type": "String", "NoEcho": True, "Description": "Two\nlines."},
        "Count": {"Type": "Number", "Default": 1, "Description": "How many."},
    },
    "Resources": {},
}


def test_a_generic_config_asks_for_the_parameters() -> None:
    text = config_skeleton("studio", Interface.of(TEMPLATE))
    assert text.splitlines()[-5:] == [
        "parameters:",
        '  Secret: "<String>"  # secret: nobody should read it in a file. Two lines.',
        '  Size: "<a or b: c>"',
        '  # Count: "1"  # How many.',
        "# tags: {owner: my-team}",
    ]
    assert parse(text, path="x").value["product"] == "studio"
    assert "sagemaker_project" not in text


def of(*resources: Resource, **more: Any) -> Ways:
    catalog = Catalog.of([ml, product("studio"), version(), association(), launch(), *resources])
    return ways(catalog, "studio", interface=Interface.of(TEMPLATE), **more)


def test_the_steps_in_the_console() -> None:
    lab = Portfolio(name="lab", display_name="Lab", provider_name="x")
    tag = TagOptionAssociation(owner=("portfolio", "ml"), tag_key="stage", value="dev")
    found = of(
        lab, ProductAssociation(portfolio="lab", product="studio"), tag, version(number="1.1.0", letter="b")
    )
    assert (found.version, found.portfolios) == ("1.1.0", ("Lab", "ML"))
    assert found.console[1:-1] == (
        "Choose “Studio”, then Launch product.",
        "Enter a name: letters, digits and . _ -, a letter or digit first. It cannot change later.",
        "Choose through which portfolio: “Lab” or “ML”.",
        "Choose version 1.1.0.",
        "Fill in the parameters: Secret, Size; the other 1 have defaults.",
        "Choose the tags: stage.",
    )


def test_where_studio_shows_a_product() -> None:
    role = "arn:aws:iam::1:role/science"
    domain = StudioDomain(portfolio="ml", domain_arn="arn:x:domain/d-1", location="s3://b/p/")
    policy = ExecutionRolePolicy(portfolio="ml", role_arn=role, document="{}")
    found = of(product("studio", tags=(VISIBLE,)), PLACED, domain, policy)
    assert [it.title for it in found.studio] == ["From Service Catalog", "From its template in S3"]
    assert dict(found.studio[1].facts) == {
        "Templates": "s3://b/p/studio/",
        "Version shown": "1.0.0",
        "Domains that list it": "d-1",
        "By their tag": "sagemaker:projectS3TemplatesLocation",
        "Execution roles that may use it": role,
        "Role to name": "deploy-studio",
    }
    assert of().studio == ()
    assert [one.steps[0].partition(", and ")[2] for one in found.studio] == [
        "Organization templates.", "Organization templates, then S3 Templates.",
    ]  # fmt: skip
    project = {"Parameters": {"SageMakerProjectName": {"Type": "String"}}, "Resources": {}}
    catalog = Catalog.of([product("studio")])
    assert [ways(catalog, "studio", interface=Interface.of(it)).for_studio for it in (project, TEMPLATE)] == [
        True, False,
    ]  # fmt: skip


def test_the_calls_launch_the_product(account: Account) -> None:
    name = 'It\'s a "product" \\ ✓'
    template = json.dumps(
        {
            "Parameters": {"Name": {"Type": "String"}, "Names": {"Type": "CommaDelimitedList"}},
            "Resources": {"A": {"Type": "AWS::SNS::Topic"}},
        }
    )
    account.build.product(name, portfolio=account.build.portfolio("The 'ML'"), template=template)
    keys = account.client("sts").assume_role(RoleArn=account.role("ml-team-a"), RoleSessionName="me")
    credentials = keys["Credentials"]
    session = boto3.Session(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
        region_name=account.aws.region,
    )
    portfolio = Portfolio(name="ml", display_name="The 'ML'", provider_name="x")
    catalog = Catalog.of([version(), association(), portfolio, replace(product("studio"), display_name=name)])
    found = ways(catalog, "studio", interface=Interface.of(json.loads(template)))
    exec(found.boto3.replace("<name>", "first").replace("import boto3\n", ""), {"boto3": session})
    launched = account.catalog.search_provisioned_products(
        AccessLevelFilter={"Key": "Account", "Value": "self"}
    )
    assert [it["Name"] for it in launched["ProvisionedProducts"]] == ["first"]
    *words, names = shlex.split(found.cli.replace("\\\n", ""))
    # In its shorthand a comma ends a value.
    assert names == 'Key=Names,Value="<Names>"'
    assert words[:3] == ["aws", "servicecatalog", "provision-product"]
    assert dict(zip(words[3::2], words[4::2], strict=True)) == {
        "--product-name": name,
        "--provisioning-artifact-name": "1.0.0",
        "--path-name": "The 'ML'",
        "--provisioned-product-name": "<name>",
        "--provisioning-parameters": "Key=Name,Value=<Name>",
    }


@cases(
    ("arn", "words"),
    {
        "beginning": (
            "arn:aws:iam:::role/ml-team-*",
            "every role of the account with a name that begins with ml-team-",
        ),
        "with a path": (
            "arn:{partition}:iam:::role/service-role/Execution-*",
            "every role of the account with the path /service-role/ and a name that begins with Execution-",
        ),
        "end": ("arn:aws:iam:::user/*-admin", "every user of the account with a name that ends with -admin"),
        "between": ("arn:aws:iam:::role/a-?-b*", "every role of the account with a name that is like a-?-b*"),
        "all": ("arn:aws:iam:::role/*", "every role of the account"),
        "one": ("arn:aws:iam::111111111111:user/ann", "the user ann of account 111111111111"),
        "one of any account": (
            "arn:{partition}:iam::{account_id}:role/x",
            "the role x of the account that it is published to",
        ),
        "no ARN": ("{variables.lead}", "{variables.lead}"),
    },
)
def test_principals_in_words(arn: str, words: str) -> None:
    assert principal_words(arn) == words


def test_access_of_a_product_and_of_a_portfolio() -> None:
    lead = Principal(portfolio="ml", principal_arn="arn:aws:iam::1:role/lead", principal_type="IAM")
    share = PortfolioShare(
        portfolio="ml", share_type="ORGANIZATIONAL_UNIT", principal_id="ou-1", share_principals=True
    )
    other = Principal(portfolio="lab", principal_arn="arn:aws:iam::1:role/lab", principal_type="IAM")
    catalog = Catalog.of([ml, product("studio"), association(), lead, share, STACK_SET, other])
    expected = Access(
        principals=(
            Who(
                words="the role lead of account 1", arn=lead.principal_arn, pattern=False, portfolios=("ML",)
            ),
        ),
        shares=(
            Share(
                words="every account of the organizational unit ou-1; "
                "who may launch here by a pattern may do so there",
                id="ou-1",
                portfolio="ML",
            ),
        ),
        stack_sets=(
            "a launch is a stack set: a stack in each of the accounts 1, 2, in us-west-2; users cannot "
            "change single stacks",
        ),
        rights=tuple(it for it in all_rights() if not it.of),
    )
    assert access(catalog, "studio") == expected
    assert access(without(catalog, STACK_SET.key), "studio").as_role is False
    assert access(catalog, portfolio="ml").rights == ()
    assert access(catalog, portfolio="ml").principals == expected.principals


def test_the_launchers_rights_are_actions_that_exist() -> None:
    named = [action for it in all_rights() for action in it.actions if ":" in action]
    assert [action for action in named if not matching(action)] == []
