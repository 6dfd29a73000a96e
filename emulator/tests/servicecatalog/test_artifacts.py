from typing import Any

from tests.conftest import cases
from tests.servicecatalog.account import TEMPLATE, Account, client, refused


def test_create_list_and_describe(account: Account) -> None:
    product, first = account.product()
    made = account.admin.create_provisioning_artifact(
        ProductId=product, Parameters={**account.version("2.0.0"), "Description": "Second"}
    )
    detail = made["ProvisioningArtifactDetail"]
    assert {name: value for name, value in detail.items() if name not in ("Id", "CreatedTime")} == {
        "Name": "2.0.0",
        "Description": "Second",
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Active": True,
        "Guidance": "DEFAULT",
    }
    assert made["Info"] == {"TemplateUrl": account.url}
    assert made["Status"] == "CREATING"
    listed = account.admin.list_provisioning_artifacts(ProductId=product)
    assert [one["Id"] for one in listed["ProvisioningArtifactDetails"]] == [first, detail["Id"]]
    assert "NextPageToken" not in listed
    found = account.admin.describe_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=detail["Id"]
    )
    found.pop("ResponseMetadata")
    assert found == {
        "ProvisioningArtifactDetail": detail,
        "Info": {"TemplateUrl": account.url},
        "Status": "AVAILABLE",
    }


def test_describe_more(account: Account) -> None:
    account.product("topic")
    found = account.admin.describe_provisioning_artifact(
        ProductName="topic",
        ProvisioningArtifactName="1.0.0",
        Verbose=True,
        IncludeProvisioningArtifactParameters=True,
    )
    assert found["Info"]["CloudFormationTemplate"] == TEMPLATE
    assert found["ProvisioningArtifactParameters"] == [
        {
            "ParameterKey": "Title",
            "DefaultValue": "hello",
            "ParameterType": "String",
            "IsNoEcho": False,
            "Description": "Shown in mails.",
            "ParameterConstraints": {"AllowedValues": [], "MaxLength": "10"},
        }
    ]


@cases(
    "named",
    {
        "spaces": {"Name": " AWS Control Tower Account Factory "},
        "path": {"Name": "release/2024 ✓"},
        "long": {"Name": "1" * 8192},
        "taken": {"Name": "1.0.0"},
        "empty": {"Name": ""},
        "none": {},
    },
)
def test_any_name_is_taken(account: Account, named: dict[str, str]) -> None:
    product, _ = account.product()
    parameters = {name: value for name, value in account.version("").items() if name != "Name"} | named
    account.admin.create_provisioning_artifact(ProductId=product, Parameters=parameters)
    listed = account.admin.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    assert {name: value for name, value in listed[1].items() if name == "Name"} == named


def test_update(account: Account) -> None:
    product, version = account.product()
    changed = account.admin.update_provisioning_artifact(
        ProductId=product,
        ProvisioningArtifactId=version,
        Name="1.0.1",
        Description="Other",
        Active=False,
        Guidance="DEPRECATED",
    )["ProvisioningArtifactDetail"]
    assert (changed["Name"], changed["Description"], changed["Active"], changed["Guidance"]) == (
        "1.0.1",
        "Other",
        False,
        "DEPRECATED",
    )
    with refused("ValidationException", "Member must satisfy enum value set: [DEFAULT, DEPRECATED]"):
        account.admin.update_provisioning_artifact(
            ProductId=product, ProvisioningArtifactId=version, Guidance="OLD"
        )


def test_delete(account: Account) -> None:
    product, first = account.product()
    with refused("ResourceInUseException", f"{first} is the last one of product {product}."):
        account.admin.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)
    account.admin.create_provisioning_artifact(ProductId=product, Parameters=account.version("2.0.0"))
    account.admin.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)
    with refused(
        "ResourceNotFoundException", f"Provisioning artifact {first} of product {product} not found."
    ):
        account.admin.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)


def test_unknown_ids(account: Account) -> None:
    product, _ = account.product()
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        account.admin.create_provisioning_artifact(ProductId="prod-none", Parameters=account.version("2"))
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        account.admin.list_provisioning_artifacts(ProductId="prod-none")
    with refused("ResourceNotFoundException", "Provisioning artifact pa-none of product"):
        account.admin.update_provisioning_artifact(ProductId=product, ProvisioningArtifactId="pa-none")
    with refused("ResourceNotFoundException", "Provisioning artifact with name 9 not found."):
        account.admin.describe_provisioning_artifact(ProductId=product, ProvisioningArtifactName="9")
    with refused("InvalidParametersException", "Specify either the provisioning artifact's id or its name."):
        account.admin.describe_provisioning_artifact(ProductId=product)
    account.admin.create_provisioning_artifact(ProductId=product, Parameters=account.version("1.0.0"))
    with refused("InvalidParametersException", "More than one provisioning artifact has the name 1.0.0."):
        account.admin.describe_provisioning_artifact(ProductId=product, ProvisioningArtifactName="1.0.0")


@cases(
    ("change", "message"),
    {
        "no source": ({"Info": None}, "Info must have exactly one of"),
        "unknown source": ({"Info": {"Template": "x"}}, "Info must have exactly one of"),
        "no such object": (
            {"Info": {"LoadTemplateFromURL": "https://templates.s3.us-west-2.amazonaws.com/none"}},
            "Unable to access the template at https://templates",
        ),
        "no such stack": ({"Info": {"ImportFromPhysicalId": "none"}}, "Stack none does not exist."),
    },
)
def test_refused(account: Account, change: dict[str, Any], message: str) -> None:
    product, _ = account.product()
    params = {**account.version("2.0.0"), **change}
    with refused("InvalidParametersException", message):
        account.admin.create_provisioning_artifact(
            ProductId=product, Parameters={name: value for name, value in params.items() if value is not None}
        )


def test_template_validation(account: Account) -> None:
    product, _ = account.product()
    bad = account.version("2.0.0", account.put("bad.yaml", "Resources: {}"))
    with refused("InvalidParametersException", "At least one Resources member must be defined."):
        account.admin.create_provisioning_artifact(ProductId=product, Parameters=bad)
    account.admin.create_provisioning_artifact(
        ProductId=product, Parameters={**bad, "DisableTemplateValidation": True}
    )


def test_import_from_a_stack(account: Account) -> None:
    stack = client("cloudformation").create_stack(StackName="one", TemplateBody=TEMPLATE)["StackId"]
    product, _ = account.product()
    made = account.admin.create_provisioning_artifact(
        ProductId=product, Parameters={"Name": "2.0.0", "Info": {"ImportFromPhysicalId": stack}}
    )
    assert made["Info"] == {"ImportFromPhysicalId": stack}
    found = account.admin.describe_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=made["ProvisioningArtifactDetail"]["Id"], Verbose=True
    )
    assert found["Info"]["CloudFormationTemplate"] == TEMPLATE


def test_quota(account: Account) -> None:
    product, _ = account.product()
    for number in range(99):
        account.admin.create_provisioning_artifact(
            ProductId=product, Parameters=account.version(f"1.{number}.0")
        )
    with refused("LimitExceededException", "the limit of 100 provisioning artifacts of a product."):
        account.admin.create_provisioning_artifact(ProductId=product, Parameters=account.version("2.0.0"))
