import json
from typing import Any

from tests.conftest import cases
from tests.servicecatalog.account import Account, refused, stack_set

RULES = {"Rules": {"Short": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Title"}, "a"]}}]}}}
STACK_SET = stack_set(["123456789012"], "us-west-2")


def admit(account: Account, portfolio: str, arn: str, kind: str = "IAM") -> None:
    account.admin.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=arn, PrincipalType=kind
    )


def test_no_access_without_a_principal(account: Account) -> None:
    _, product, version = account.associated_product()
    view = account.admin.describe_product_as_admin(Id=product)["ProductViewDetail"]["ProductViewSummary"][
        "Id"
    ]
    for user in (account.admin, account.session(account.role("team"))):
        assert user.search_products()["ProductViewSummaries"] == []
        with refused("ResourceNotFoundException", f"No launch paths found for resource: {product}"):
            user.list_launch_paths(ProductId=product)
        with refused("ResourceNotFoundException", f"No launch paths found for resource: {product}"):
            user.describe_provisioning_parameters(ProductId=product, ProvisioningArtifactId=version)
        with refused("ResourceNotFoundException", f"id {product} does not exist or access was denied."):
            user.describe_product(Id=product)
        with refused("ResourceNotFoundException", "name topic does not exist or access was denied."):
            user.describe_provisioning_parameters(ProductName="topic", ProvisioningArtifactId=version)
        with refused("ResourceNotFoundException", f"{view} does not exist or access was denied."):
            user.describe_product_view(Id=view)


def test_role_with_a_path(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    arn = account.role("team", path="/ml/")
    admit(account, portfolio, arn)
    [path] = account.session(arn).list_launch_paths(ProductId=product)["LaunchPathSummaries"]
    assert path["Name"] == "Platform"
    assert path["Id"].startswith("lpv3-")


def test_pattern(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    admit(account, portfolio, "arn:aws:iam:::role/ml-team-*", "IAM_PATTERN")
    account.session(account.role("ml-team-one")).list_launch_paths(ProductId=product)
    with refused("ResourceNotFoundException", "No launch paths found"):
        account.session(account.role("web-team")).list_launch_paths(ProductId=product)


def test_recreated_role_has_no_access(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    arn = account.role("team")
    admit(account, portfolio, arn)
    account.delete_role("team")
    account.role("team")
    with refused("ResourceNotFoundException", "No launch paths found"):
        account.session(arn).list_launch_paths(ProductId=product)


def test_describe(account: Account) -> None:
    portfolio, product, version = account.associated_product()
    account.product("elsewhere")
    other = account.admin.create_provisioning_artifact(ProductId=product, Parameters=account.version("2"))
    hidden = other["ProvisioningArtifactDetail"]["Id"]
    account.admin.update_provisioning_artifact(ProductId=product, ProvisioningArtifactId=hidden, Active=False)
    user = account.launcher(portfolio)
    found = user.describe_product(Name="topic")
    assert [one["Id"] for one in found["ProvisioningArtifacts"]] == [version]
    assert found["ProvisioningArtifacts"][0]["Guidance"] == "DEFAULT"
    [path] = found["LaunchPaths"]
    assert path["Name"] == "Platform"
    summary = found["ProductViewSummary"]
    assert (summary["HasDefaultPath"], summary["Distributor"], summary["ShortDescription"]) == (True, "", "")
    assert user.describe_product_view(Id=summary["Id"])["ProductViewSummary"] == summary
    searched = user.search_products(Filters={"FullTextSearch": ["topic"]}, SortBy="Title")
    assert searched["ProductViewSummaries"] == [summary]
    assert searched["ProductViewAggregations"] == {
        "Owner": [{"Value": "Team", "ApproximateCount": 1}],
        "ProductType": [{"Value": "CLOUD_FORMATION_TEMPLATE", "ApproximateCount": 1}],
    }
    with refused("ResourceNotFoundException", f"Provisioning artifact {hidden} is not active."):
        user.describe_provisioning_parameters(ProductId=product, ProvisioningArtifactId=hidden)
    with refused("InvalidParametersException", "Specify either the product's id or its name."):
        user.describe_product()


def test_same_name_twice(account: Account) -> None:
    portfolio, _, _ = account.associated_product()
    twin, _ = account.product()
    account.admin.associate_product_with_portfolio(ProductId=twin, PortfolioId=portfolio)
    with refused("InvalidParametersException", "More than one product has the name topic."):
        account.launcher(portfolio).describe_product(Name="topic")


def test_provisioning_parameters(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    account.constrain(portfolio, product, "LAUNCH", {"LocalRoleName": "launch"}, Description="As launch")
    account.constrain(portfolio, product, "TEMPLATE", RULES)
    account.constrain(
        portfolio,
        product,
        "RESOURCE_UPDATE",
        {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}},
    )
    found = account.launcher(portfolio).describe_provisioning_parameters(
        ProductName="topic", ProvisioningArtifactName="1.0.0", PathName="Platform"
    )
    found.pop("ResponseMetadata")
    output = {"Key": "TopicArn", "Description": "Where it is."}
    assert found == {
        "ProvisioningArtifactParameters": [
            {
                "ParameterKey": "Title",
                "DefaultValue": "hello",
                "ParameterType": "String",
                "IsNoEcho": False,
                "Description": "Shown in mails.",
                "ParameterConstraints": {"AllowedValues": [], "MaxLength": "10"},
            }
        ],
        "ConstraintSummaries": [
            {"Type": "LAUNCH", "Description": "As launch"},
            {"Type": "TEMPLATE"},
            {"Type": "RESOURCE_UPDATE"},
        ],
        "UsageInstructions": [
            {"Type": "rules", "Value": json.dumps(RULES["Rules"])},
            {"Type": "version", "Value": "2010-09-09"},
            {"Type": "instruction", "Value": "A topic."},
            {"Type": "launchAsRole", "Value": "launch"},
            {"Type": "tagUpdateOnProvisionedProduct", "Value": "ALLOWED"},
        ],
        "TagOptions": [],
        "ProvisioningArtifactPreferences": {},
        "ProvisioningArtifactOutputs": [output],
        "ProvisioningArtifactOutputKeys": [output],
    }


def test_rules_of_several_constraints(account: Account) -> None:
    portfolio, product, version = account.associated_product()
    account.constrain(portfolio, product, "TEMPLATE", RULES)
    second = account.constrain(portfolio, product, "TEMPLATE", RULES)
    found = account.launcher(portfolio).describe_provisioning_parameters(
        ProductId=product, ProvisioningArtifactId=version
    )
    [rules] = [one["Value"] for one in found["UsageInstructions"] if one["Type"] == "rules"]
    [(name, rule)] = RULES["Rules"].items()
    assert json.loads(rules) == {name: rule, f"{name}-{second}": rule}


def test_stack_set_preferences(account: Account) -> None:
    metadata = "Metadata: {a: b}\nResources: {T: {Type: 'AWS::SNS::Topic'}}\n"
    portfolio, product, version = account.associated_product(url=account.put("m.yaml", metadata))
    account.constrain(portfolio, product, "STACKSET", STACK_SET)
    found = account.launcher(portfolio).describe_provisioning_parameters(
        ProductId=product, ProvisioningArtifactId=version
    )
    assert found["ProvisioningArtifactPreferences"] == {
        "StackSetAccounts": ["123456789012"],
        "StackSetRegions": ["us-west-2"],
    }
    assert found["UsageInstructions"] == [
        {"Type": "rules", "Value": "{}"},
        {"Type": "metadata", "Value": '{"a": "b"}'},
        {"Type": "tagUpdateOnProvisionedProduct", "Value": "NOT_ALLOWED"},
    ]


@cases(
    ("portfolio_options", "product_options", "choices"),
    {
        "portfolio": ([("team", "ml")], [], {"team": ["ml"]}),
        "product": ([], [("team", "ml")], {"team": ["ml"]}),
        "both": ([("team", "a"), ("team", "b")], [("team", "b"), ("team", "c")], {"team": ["b"]}),
        "conflict": ([("team", "a")], [("team", "b")], {"team": []}),
    },
)
def test_tag_options(account: Account, portfolio_options: Any, product_options: Any, choices: Any) -> None:
    portfolio, product, version = account.associated_product()
    known: dict[tuple[str, str], str] = {}
    for resource, options in ((portfolio, portfolio_options), (product, product_options)):
        for key, value in options:
            if (key, value) not in known:
                made = account.admin.create_tag_option(Key=key, Value=value)
                known[key, value] = made["TagOptionDetail"]["Id"]
            account.admin.associate_tag_option_with_resource(
                ResourceId=resource, TagOptionId=known[key, value]
            )
    found = account.launcher(portfolio).describe_provisioning_parameters(
        ProductId=product, ProvisioningArtifactId=version
    )
    assert {one["Key"]: one["Values"] for one in found["TagOptions"]} == choices


def test_several_paths(account: Account) -> None:
    first, product, version = account.associated_product()
    second = account.portfolio("Second")
    account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=second)
    arn = account.role("team")
    admit(account, first, arn)
    admit(account, second, arn)
    user = account.session(arn)
    paths = user.list_launch_paths(ProductId=product)["LaunchPathSummaries"]
    assert [one["Name"] for one in paths] == ["Platform", "Second"]
    assert user.describe_product(Id=product)["ProductViewSummary"]["HasDefaultPath"] is False
    request = {"ProductId": product, "ProvisioningArtifactId": version}
    with refused("InvalidParametersException", "More than one launch path ids exist."):
        user.describe_provisioning_parameters(**request)
    user.describe_provisioning_parameters(**request, PathId=paths[0]["Id"])
    user.describe_provisioning_parameters(**request, PathName="Second")
    with refused("InvalidParametersException", "Invalid PathId: lpv3-none"):
        user.describe_provisioning_parameters(**request, PathId="lpv3-none")
    with refused("InvalidParametersException", "Specify either the path's id or its name, not both."):
        user.describe_provisioning_parameters(**request, PathId=paths[0]["Id"], PathName="Second")
