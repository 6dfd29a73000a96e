from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publisher.adoption.entering import enter
from publisher.adoption.factory import Entry, Reading, read_factory
from publisher.documents import parse
from publisher.errors import InputError
from tests.conftest import cases, write_files

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
    reading = read_factory(tmp_path / "demo.yaml", regions=["us-west-2"], portfolios={}, families={})
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
        "product account-iam in the portfolio 'elsewhere' of another file:"
        " adopt that file first, then this one again",
    ]


ODD = """\
Portfolios:
  - {Name: c, ProviderName: x}
  - DisplayName: d
    ProviderName: x
    Associations: arn:aws:iam::${AWS::AccountId}:role/A
    Tags: [{Value: a}, {Key: b}]
    Products: [{Name: q, Versions: [{Name: v1}, {}], PipelineMode: combined}]
Products: {a: 1}
"""


def test_unexpected_shapes_are_omitted(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text(ODD)
    reading = read_factory(tmp_path / "demo.yaml", regions=["us-west-2"], portfolios={}, families={})
    assert [draft.path for draft in reading.files] == ["products/q/product.yaml", "portfolio/demo-d.yaml"]
    assert "- principal_arn: arn:aws:iam::{account_id}:role/A\n" in reading.files[1].text
    assert reading.omitted == [
        "an entry without Name in Products of the file",
        "an entry without DisplayName or PortfolioName in Portfolios of the file",
        "an entry without Name in Versions of q",
        "the template of product q: save it as products/q/template.yaml; its source is unknown",
        "PipelineMode of product q: publisher does not build templates",
        "an entry without Key in Tags of d",
    ]


@pytest.mark.parametrize("text", ["Schema: factory-2019-04-01\n", "- 1\n", "a: b\n"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo.yaml").write_text(text)
    with pytest.raises(InputError, match="is not a portfolio file of Service Catalog Factory"):
        read_factory(tmp_path / "demo.yaml", regions=["us-west-2"], portfolios={}, families={})


def convert(root: Path, path: str, files: dict[str, str], **portfolios: str) -> Reading:
    write_files(root, files)
    return read_factory(root / path, regions=["us-west-2"], portfolios=portfolios, families={})


def converted(reading: Reading, path: str) -> object:
    (text,) = [it.text for it in reading.files if it.path == path]
    return parse(text, path=path).value


WHOLE = """\
Portfolios:
  - PortfolioName: shared-tools
    ProviderName: it
    Associations:
      - {PrincipalARN: "arn:aws:iam:::role/sso/*", PrincipalType: IAM_PATTERN}
      - PrincipalARN: arn:aws:iam::${AWS::AccountId}:role/A
      - arn:aws:iam::${AWS::AccountId}:role/A
      - {PrincipalType: IAM}
    TagOptions:
      - {Key: stage, Value: dev}
      - {Key: stage, Value: prod}
      - {Key: stage, Value: dev}
      - {Key: n, Value: 1}
    Constraints:
      ResourceUpdate:
        - {Products: [queue], TagUpdateOnProvisionedProduct: ALLOWED}
        - {Product: "t.*", TagUpdateOnProvisionedProduct: ALLOWED}
      Other: 1
    Products:
      - Name: queue
        Owner: x
        TagOptions: [{Key: size, Value: big}]
        Source: {Provider: CodeCommit, Configuration: {RepositoryName: queue}}
        Constraints: {Launch: {LocalRoleName: r, RoleArn: a}, Template: b}
        Versions:
          - {Name: v1, Status: terminated}
          - {Name: v2, Active: terminated}
          - Name: 2.0.0
            Tags: []
            Source: {Configuration: {BranchName: main, Code: {S3: {Bucket: b, Key: k}}}}
      - {Name: gone, Owner: x, Status: terminated}
  - {DisplayName: dead, ProviderName: it, Status: terminated, Products: [{Name: topic, Owner: x}]}
Stacks: []
"""


def test_a_whole_file(tmp_path: Path) -> None:
    reading = convert(
        tmp_path, "portfolios/store.yaml", {"portfolios/store.yaml": WHOLE, "products/a.yaml": ""}
    )
    assert converted(reading, "portfolio/shared-tools.yaml") == {
        "display_name": "shared-tools",
        "provider_name": "it",
        "regions": ["us-west-2"],
        "principals": [
            {"principal_arn": "arn:aws:iam:::role/sso/*", "principal_type": "IAM_PATTERN"},
            {"principal_arn": "arn:aws:iam::{account_id}:role/A", "principal_type": "IAM"},
        ],
        "tag_options": [{"key": "stage", "values": ["dev", "prod"]}, {"key": "n", "values": ["1"]}],
        "products": [
            {
                "product": "queue",
                "constraints": [
                    {"type": "LAUNCH", "local_role_name": "r"},
                    {"type": "RESOURCE_UPDATE", "tag_update_on_provisioned_product": "ALLOWED"},
                ],
            }
        ],
    }
    assert converted(reading, "products/queue/product.yaml") == {
        "family": "queue",
        "version": "2.0.0",
        "display_name": "queue",
        "owner": "x",
        "tag_options": [{"key": "size", "values": ["big"]}],
        "template": "template.yaml",
        "launch_role": "r",
    }
    assert sorted(it.path for it in reading.files) == [
        "portfolio/shared-tools.yaml",
        "products/queue/product.yaml",
        "products/topic/product.yaml",
    ]
    assert reading.omitted == [
        "the template of product queue: save it as products/queue/template.yaml; its source is"
        " CodeCommit RepositoryName=queue BranchName=main Code.S3.Bucket=b Code.S3.Key=k",
        "the versions v1, v2 of product queue: their Status is terminated",
        "Tags of version 2.0.0 of product queue",
        "Template of Constraints of product queue",
        "RoleArn of Launch of product queue",
        "product gone: its Status is terminated",
        "the ResourceUpdate constraint of portfolio shared-tools for 't.*': list its products",
        "Other of Constraints of portfolio shared-tools",
        "an entry without PrincipalARN in Associations of shared-tools",
        "the template of product topic: save it as products/topic/template.yaml; its source is unknown",
        "portfolio store-dead: its Status is terminated; no portfolio has its products topic",
        "Stacks of the file",
        "products/a.yaml: adopt it after this file, with --factory",
    ]


def test_products_and_versions_with_files_of_their_own(tmp_path: Path) -> None:
    folder = "store/Portfolios/tools/Products"
    reading = convert(
        tmp_path,
        "store.yaml",
        {
            "store.yaml": "Portfolios: [{DisplayName: tools, Products: [{Name: b, Owner: x}]}]",
            f"{folder}/a/a.yaml": "Owner: x\n",
            f"{folder}/a/Versions/1.0.0/specification.yaml": "Description: first\n",
            f"{folder}/b/Versions/1.2.0/specification.yaml": "Source: {Provider: S3}\n",
            f"{folder}/c/Versions/1.2.0/specification.yaml": "",
        },
    )
    assert [it.path for it in reading.files] == [
        "products/b/product.yaml",
        "products/a/product.yaml",
        "portfolio/store-tools.yaml",
    ]
    versions = [f"{it}/product.yaml" for it in ("products/a", "products/b")]
    found: list[Any] = [converted(reading, it) for it in versions]
    assert [it["version"] for it in found] == ["1.0.0", "1.2.0"]
    assert reading.omitted == [
        "the product c of tools: its folder has no c.yaml",
        "the template of product b: save it as products/b/template.yaml; its source is S3",
        "the template of product a: save it as products/a/template.yaml; its source is unknown",
    ]


LOOSE = "Products: [{Name: queue, Owner: x, Portfolios: [%s], Constraints: {Launch: {LocalRoleName: r}}}]\n"


@cases(
    ("named", "portfolio"),
    {
        "as in the account": ("store-tools", "tools"),
        "as in its file": ("tools", "tools"),
        "by its group": ("{PortfolioGroupName: store, DisplayName: tools}", "tools"),
        "by PortfolioName": ("{PortfolioName: store-tools}", "tools"),
        "unknown": ("other", None),
    },
)
def test_a_product_of_a_portfolio_that_is_adopted(tmp_path: Path, named: str, portfolio: str | None) -> None:
    reading = convert(tmp_path, "queue.yaml", {"queue.yaml": LOOSE % named}, tools="store-tools")
    fields = {"product": "queue", "constraints": [{"type": "LAUNCH", "local_role_name": "r"}]}
    assert reading.entries == ([Entry(portfolio=portfolio, fields=fields)] if portfolio else [])
    assert any("adopt that file first" in it for it in reading.omitted) == (portfolio is None)


ENTRY = {"product": "queue", "constraints": [{"type": "LAUNCH", "local_role_name": "r"}]}
ADDED = "- product: queue\n  constraints:\n  - type: LAUNCH\n    local_role_name: r\n"


@cases(
    ("before", "after"),
    {
        "at the end": ("a: 1\nproducts:\n- product: b\n", f"a: 1\nproducts:\n- product: b\n{ADDED}"),
        "no products": ("a: 1  # first\n", f"a: 1  # first\nproducts:\n{ADDED}"),
        "empty": ("products: []\na: 1\n", f"a: 1\nproducts:\n{ADDED}"),
        "no newline at the end": ("products:\n- product: b", f"products:\n- product: b\n{ADDED}"),
        "in the middle, indented, with comments": (
            "products:  # all\n  # one\n  - product: b  # x\n    # y\n\n# regions\nregions: [a]\n",
            "products:  # all\n  # one\n  - product: b  # x\n"
            + "".join(f"  {line}\n" for line in ADDED.splitlines())
            + "    # y\n\n# regions\nregions: [a]\n",
        ),
        "lines of Windows": (
            "products:\r\n- product: b\r\n",
            ("products:\n- product: b\n" + ADDED).replace("\n", "\r\n"),
        ),
        "in flow style": ("products: [{product: b}]\n", False),
        "with an alias": ("products: &x\n- product: b\nalso: *x\n", False),
        "there already": ("products:\n- {product: queue}\n", None),
        "not a list": ("products: {a: 1}\n", False),
        "not a mapping": ("- 1\n", False),
    },
)
def test_entering_keeps_what_is_written(tmp_path: Path, before: str, after: str | bool | None) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(before.encode())
    expected = True if isinstance(after, str) else after
    assert enter(path, tmp_path, ENTRY) is expected
    assert path.read_bytes().decode() == (after if isinstance(after, str) else before)


@cases(
    ("text", "message"),
    {
        "portfolios": ("Portfolios: 5", "1:13: P103 'Portfolios' must be a list, not '5'"),
        "a portfolio": (
            "Portfolios: [[a]]",
            "1:14: P103 an entry of 'Portfolios' must be a mapping, not a list",
        ),
        "a name": (
            "Portfolios: [{DisplayName: [a]}]",
            "1:28: P103 'DisplayName' must be text, not a list",
        ),
        "associations": (
            "Portfolios: [{DisplayName: a, Associations: [[b]]}]",
            "1:46: P103 an entry of 'Associations' must be a mapping, not a list",
        ),
        "an arn": (
            "Portfolios: [{DisplayName: a, Associations: [{PrincipalARN: {}}]}]",
            "1:61: P103 'PrincipalARN' must be text, not a mapping",
        ),
        "tags": (
            "Portfolios: [{DisplayName: a, Tags: [{Key: b, Value: true}]}]",
            "1:54: P103 'Value' must be text, not 'True'",
        ),
        "versions": (
            "Products: [{Name: a, Versions: [1]}]",
            "1:33: P103 an entry of 'Versions' must be a mapping, not '1'",
        ),
        "a status": ("Products: [{Name: a, Status: {}}]", "1:30: P103 'Status' must be text, not a mapping"),
        "a source": (
            "Products: [{Name: a, Portfolios: 7}]",
            "1:34: P103 'Portfolios' must be a list, not '7'",
        ),
        "constraints": (
            "Products: [{Name: a, Constraints: [1]}]",
            "1:35: P103 'Constraints' must be a mapping, not a list",
        ),
        "a launch": (
            "Products: [{Name: a, Constraints: {Launch: x}}]",
            "1:44: P103 'Launch' must be a mapping, not 'x'",
        ),
    },
)
def test_values_of_the_wrong_type(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        convert(tmp_path, "demo.yaml", {"demo.yaml": text + "\n"})
    assert str(raised.value) == f"demo.yaml:{message}"


KEYS = st.sampled_from(
    [
        *("Portfolios", "Products", "Components", "DisplayName", "PortfolioName", "Name", "Associations"),
        *("PrincipalARN", "PrincipalType", "Tags", "TagOptions", "Key", "Value", "Versions", "Active"),
        *("Status", "Source", "Configuration", "Provider", "Constraints", "Launch", "LocalRoleName"),
        *("ResourceUpdate", "Product", "Description", "Owner", "Options"),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda it: st.lists(it, max_size=3) | st.dictionaries(KEYS, it, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, ANYTHING, max_size=4))
def test_any_types_are_converted_or_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    root = tmp_path_factory.mktemp("any")
    try:
        reading = convert(root, "demo.yaml", {"demo.yaml": yaml.safe_dump(value)})
    except InputError as error:
        assert error.message
    else:
        assert all(it.path.count("..") == 0 for it in reading.files)
