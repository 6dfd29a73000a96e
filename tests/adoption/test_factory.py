from __future__ import annotations

from pathlib import Path

import pytest

from publisher.adoption.factory import read_factory
from publisher.errors import InputError

FILE = """\
Schema: factory-2019-04-01
Portfolios:
  - DisplayName: central
    Description: Self service.
    ProviderName: central-it
    Associations:
      - arn:aws:iam::${AWS::AccountId}:role/Admin
      - arn:aws:iam::${Unknown}:role/Admin
    Tags: [{Key: provider, Value: central-it}]
    Components:
      - Name: account-iam
        Owner: central@example.com
        Description: Roles.
        Distributor: central-it
        SupportDescription: Ask us.
        SupportEmail: central@example.com
        SupportUrl: https://wiki.example.com/
        Tags: [{Key: kind, Value: iam}]
        Options: {ShouldCFNNag: true}
        Constraints: {Launch: {LocalRoleName: launcher}}
        Versions:
          - {Name: v1, Description: Old., Active: false}
          - Name: v2
            Description: New.
            BuildSpec: |
              version: 0.2
            Source:
              Provider: CodeCommit
              Configuration: {RepositoryName: account-iam, BranchName: main}
Products:
  - Name: account-iam
    Owner: others@example.com
    Portfolios: [central, elsewhere]
    Surprise: 1
    Versions: [{Name: 1.2.0, Description: x, Source: {Provider: S3, Configuration: {BucketName: b}}}]
"""
PORTFOLIO = """\
# yaml-language-server: $schema=../docs/schema/portfolio.schema.json
display_name: demo-central
provider_name: central-it
description: Self service.
regions:
- us-west-2
tags:
  provider: central-it
principals:
- principal_arn: arn:aws:iam::{account_id}:role/Admin
  principal_type: IAM
- principal_arn: arn:aws:iam::${Unknown}:role/Admin
  principal_type: IAM
products:
- product: account-iam-2
  constraints:
  - type: LAUNCH
    local_role_name: launcher
- product: account-iam
"""
PRODUCT = """\
# yaml-language-server: $schema=../../docs/schema/product.schema.json
family: account-iam-2
version: 1.0.0
display_name: account-iam
owner: central@example.com
description: Roles.
distributor: central-it
support_description: Ask us.
support_email: central@example.com
support_url: https://wiki.example.com/
tags:
  kind: iam
template: template.yaml
launch_role: launcher
"""
OTHER = """\
# yaml-language-server: $schema=../../docs/schema/product.schema.json
family: account-iam
version: 1.2.0
display_name: account-iam
owner: others@example.com
template: template.yaml
"""


def test_a_factory_file(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text(FILE)
    reading = read_factory(tmp_path / "demo.yaml", regions=["us-west-2"])
    assert {draft.path: draft.text for draft in reading.files} == {
        "portfolio/demo-central.yaml": PORTFOLIO,
        "products/account-iam/product.yaml": OTHER,
        "products/account-iam-2/product.yaml": PRODUCT,
    }
    assert reading.omitted == [
        "the template of product account-iam: save it as products/account-iam/template.yaml;"
        " its source is S3 BucketName=b",
        "Surprise of product account-iam",
        "the template of product account-iam-2: save it as products/account-iam-2/template.yaml;"
        " its source is CodeCommit RepositoryName=account-iam BranchName=main",
        "the versions v1 of product account-iam-2: published versions stay as they are",
        "BuildSpec of version v2 of product account-iam-2: publisher does not build templates",
        "Options of product account-iam-2: publisher does not build templates",
        "${Unknown} in a principal of demo-central: replace it with its value",
        "the products account-iam in the portfolio 'elsewhere' of another file",
    ]


ODD = """\
Portfolios:
  - {Name: c, ProviderName: x}
  - DisplayName: d
    ProviderName: x
    Associations: arn:aws:iam::${AWS::AccountId}:role/A
    Tags: [{Value: a}, {Key: b}]
    Products: [{Name: q, Versions: [1, {Name: v1, Source: x}], Constraints: [1], PipelineMode: combined}]
Products: {a: 1}
"""


def test_unexpected_shapes_are_omitted(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text(ODD)
    (tmp_path / "demo").mkdir()
    reading = read_factory(tmp_path / "demo.yaml", regions=["us-west-2"])
    assert [draft.path for draft in reading.files] == ["products/q/product.yaml", "portfolio/demo-d.yaml"]
    assert "- principal_arn: arn:aws:iam::{account_id}:role/A\n" in reading.files[1].text
    assert reading.omitted == [
        "an entry without Name in Products of the file",
        "an entry without DisplayName in Portfolios of the file",
        "an entry without Name in Versions of product q",
        "the template of product q: save it as products/q/template.yaml; its source is unknown",
        "PipelineMode of product q: publisher does not build templates",
        "an entry without Key in Tags of portfolio demo-d",
        "the products and versions in the folder demo/:"
        " move them into the file, or adopt the portfolio by its id",
    ]


@pytest.mark.parametrize("text", ["Schema: factory-2019-04-01\n", "- 1\n", "a: b\n"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo.yaml").write_text(text)
    with pytest.raises(InputError, match="is not a portfolio file of Service Catalog Factory"):
        read_factory(tmp_path / "demo.yaml", regions=["us-west-2"])
