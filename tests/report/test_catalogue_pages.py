"""The pages of a catalogue: what they show, and that what an account holds stays text."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import Any

from markupsafe import escape

from publisher.model import (
    Catalog,
    ExecutionRolePolicy,
    LaunchConstraint,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProjectTemplate,
    ProvisioningArtifact,
    StudioDomain,
    Unmanaged,
)
from publisher.planning.product_history import ProductHistory, ProductVersion
from publisher.report import site
from publisher.report.catalogue import catalogue
from publisher.report.catalogue_pages import catalogue_pages
from publisher.report.source import CatalogueSource
from tests.conftest import cases

EVIL = "\"'><script>alert(1)</script>\u202e{{ 7 * 7 }}"
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        EVIL: {
            "Type": "String",
            "Description": EVIL,
            "AllowedValues": [EVIL, ""],
            "ConstraintDescription": EVIL,
        },
        "Password": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
    },
    "Rules": {EVIL: {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Password"}, EVIL]}}]}},
    "Resources": {
        EVIL: {"Type": EVIL},
        "Name": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": f"/{EVIL}"}},
        "Named": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "b-${Password}"}}},
        "Sized": {
            "Type": "AWS::SageMaker::NotebookInstance",
            "Properties": {"InstanceType": {"Ref": "Password"}},
        },
        "Charged": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {"VpcEndpointType": {"Ref": "Password"}, "SubnetIds": [{"Ref": "Password"}]},
        },
    },
    "Outputs": {EVIL: {"Value": "a", "Description": EVIL}},
}
BUCKET: dict[str, Any] = {
    "Resources": {EVIL: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": EVIL}}}
}
LISTS: dict[str, Any] = {
    name: [] for name in ("Conditions", "Metadata", "Outputs", "Parameters", "Resources", "Rules")
}
MALFORMED: dict[str, Any] = {
    "Parameters": {"P": {"Type": 5, "AllowedValues": [[], {}], "MinLength": "x", "Default": {"a": 1}}},
    "Conditions": {"C": {"Fn::And": [{"Condition": "C"}, {"Condition": "C"}]}},
    "Resources": {
        "R": {"Type": ["x"], "Condition": ["y"], "Properties": 5, "DeletionPolicy": {}},
        "S": {"Type": "AWS::SSM::Parameter", "Properties": []},
        "T": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Condition": "C",
            "Properties": {"SubnetIds": {"Fn::If": ["C"]}},
        },
        "Fn::ForEach::X": 5,
    },
    "Outputs": {"O": {"Description": {"a": 1}, "Condition": 5}},
    "Rules": {"R": {"RuleCondition": 5, "Assertions": 5}, "S": {"Assertions": [{"AssertDescription": {}}]}},
}


def hostile(template: dict[str, Any] | None = TEMPLATE) -> dict[str, str]:
    """The pages of an account whose every name is markup, by path."""
    portfolio = Portfolio(
        name=EVIL, display_name=EVIL, provider_name=EVIL, description=EVIL, tags=((EVIL, EVIL),)
    )
    product = Product(
        name=EVIL, family=EVIL, display_name=EVIL, owner=EVIL, description=EVIL, distributor=EVIL,
        support_description=EVIL, support_email=EVIL, support_url=f"javascript:{EVIL}", tags=((EVIL, EVIL),),
    )  # fmt: skip
    version = ProvisioningArtifact(product=EVIL, version=EVIL, digest="", description=EVIL)
    history = ProductHistory(
        product=EVIL, versions=(ProductVersion(artifact=version, place="published"),), current=EVIL,
        template=template, unread=EVIL, notes=(EVIL,),
    )  # fmt: skip
    held = ProductAssociation(portfolio=EVIL, product=EVIL)
    who = Principal(portfolio=EVIL, principal_arn=f"arn:aws:iam:::role/{EVIL}*", principal_type="IAM_PATTERN")
    share = PortfolioShare(portfolio=EVIL, share_type="ACCOUNT", principal_id=EVIL)
    role = LaunchConstraint(portfolio=EVIL, product=EVIL, local_role_name=f"launch-{EVIL}")
    placed = ProjectTemplate(
        portfolio=EVIL, bucket=EVIL, prefix=EVIL, product=EVIL, version=EVIL, digest="sha256:0"
    )
    domain = StudioDomain(portfolio=EVIL, domain_arn=f"arn:{EVIL}", location=str(placed.location))
    execution = ExecutionRolePolicy(portfolio=EVIL, role_arn=EVIL, document="{}")
    catalog = replace(
        Catalog.of([portfolio, product, version, held, who, share, role, placed, domain, execution]),
        unmanaged=(Unmanaged(portfolio=EVIL, kind="product", id=EVIL, name=EVIL),),
    )
    view = catalogue(CatalogueSource(catalog=catalog, histories={EVIL: history}, target=EVIL))
    pages = catalogue_pages(view, site.Site(name=EVIL, source=EVIL, search=False))
    made = {path: make() for path, make in pages.items()}
    assert {path: it.path for path, it in made.items()} == {path: path for path in made}
    return {path: it.content.decode() for path, it in made.items()}


@cases(
    "template",
    {"a template": TEMPLATE, "none": None, "lists": LISTS, "malformed": MALFORMED, "a policy": BUCKET},
)
def test_names_of_an_account_stay_text_and_links_lead_to_pages(template: dict[str, Any] | None) -> None:
    pages = hostile(template)
    assert [len(path.split("/")) for path in sorted(pages)] == [1, 2, 2, 3]
    for path, text in pages.items():
        assert "{{ 7 * 7 }}" in text
        assert not re.search(r"<script|\u202e|=\"javascript:", text), path
        assert re.fullmatch(r"[a-z]+(/[a-z0-9~-]+){0,2}\.html", path)
        for link in re.findall(r'href="([^"#]+)', text):
            there = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
            assert there in {*pages, "style.css"} or link.startswith(
                ("mailto:", "https://docs.aws.amazon.com/", "https://aws.amazon.com/")
            )


def test_a_secret_is_on_no_page_and_pages_are_the_same_each_time() -> None:
    pages = hostile()
    assert not [path for path, text in pages.items() if "hunter2" in text]
    assert pages == hostile()


def test_a_product_without_a_template_says_why() -> None:
    (page,) = (text for path, text in hostile(None).items() if path.count("/") == 1 and "products" in path)
    assert f'<p class="remark">{escape(EVIL)[:20]}' in page
    assert 'id="parameters"' not in page
