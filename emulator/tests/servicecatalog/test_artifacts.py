from __future__ import annotations

from typing import Any

import pytest

from tests.servicecatalog.account import TEMPLATE, Account, client, refused


def test_create_list_and_describe(world: Account) -> None:
    product, first = world.product()
    made = world.admin.create_provisioning_artifact(
        ProductId=product, Parameters={**world.version("2.0.0"), "Description": "Second"}
    )
    detail = made["ProvisioningArtifactDetail"]
    assert {name: value for name, value in detail.items() if name not in ("Id", "CreatedTime")} == {
        "Name": "2.0.0",
        "Description": "Second",
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "Active": True,
        "Guidance": "DEFAULT",
    }
    assert made["Info"] == {"TemplateUrl": world.url}
    assert made["Status"] == "CREATING"
    listed = world.admin.list_provisioning_artifacts(ProductId=product)
    assert [one["Id"] for one in listed["ProvisioningArtifactDetails"]] == [first, detail["Id"]]
    assert "NextPageToken" not in listed
    found = world.admin.describe_provisioning_artifact(ProductId=product, ProvisioningArtifactId=detail["Id"])
    found.pop("ResponseMetadata")
    assert found == {
        "ProvisioningArtifactDetail": detail,
        "Info": {"TemplateUrl": world.url},
        "Status": "AVAILABLE",
    }


def test_describe_more(world: Account) -> None:
    world.product("topic")
    found = world.admin.describe_provisioning_artifact(
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


def test_update(world: Account) -> None:
    product, version = world.product()
    changed = world.admin.update_provisioning_artifact(
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
        world.admin.update_provisioning_artifact(
            ProductId=product, ProvisioningArtifactId=version, Guidance="OLD"
        )


def test_delete(world: Account) -> None:
    product, first = world.product()
    with refused("ResourceInUseException", f"{first} is the last one of product {product}."):
        world.admin.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)
    world.admin.create_provisioning_artifact(ProductId=product, Parameters=world.version("2.0.0"))
    world.admin.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)
    with refused(
        "ResourceNotFoundException", f"Provisioning artifact {first} of product {product} not found."
    ):
        world.admin.delete_provisioning_artifact(ProductId=product, ProvisioningArtifactId=first)


def test_what_is_not_there(world: Account) -> None:
    product, _ = world.product()
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        world.admin.create_provisioning_artifact(ProductId="prod-none", Parameters=world.version("2"))
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        world.admin.list_provisioning_artifacts(ProductId="prod-none")
    with refused("ResourceNotFoundException", "Provisioning artifact pa-none of product"):
        world.admin.update_provisioning_artifact(ProductId=product, ProvisioningArtifactId="pa-none")
    with refused("ResourceNotFoundException", "Provisioning artifact with name 9 not found."):
        world.admin.describe_provisioning_artifact(ProductId=product, ProvisioningArtifactName="9")
    with refused("InvalidParametersException", "Specify either the provisioning artifact's id or its name."):
        world.admin.describe_provisioning_artifact(ProductId=product)
    world.admin.create_provisioning_artifact(ProductId=product, Parameters=world.version("1.0.0"))
    with refused("InvalidParametersException", "More than one provisioning artifact has the name 1.0.0."):
        world.admin.describe_provisioning_artifact(ProductId=product, ProvisioningArtifactName="1.0.0")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"Name": "1.0 beta"}, "no spaces: '1.0 beta'", id="space in the name"),
        pytest.param({"Name": "1" * 101}, "has 1 to 100 characters", id="long name"),
        pytest.param({"Name": None}, "has 1 to 100 characters", id="no name"),
        pytest.param({"Info": None}, "Info must have exactly one of", id="no source"),
        pytest.param({"Info": {"Template": "x"}}, "Info must have exactly one of", id="unknown source"),
        pytest.param(
            {"Info": {"LoadTemplateFromURL": "https://templates.s3.us-west-2.amazonaws.com/none"}},
            "Unable to access the template at https://templates",
            id="no such object",
        ),
        pytest.param(
            {"Info": {"ImportFromPhysicalId": "none"}}, "Stack none does not exist.", id="no such stack"
        ),
    ],
)
def test_refused(world: Account, change: dict[str, Any], message: str) -> None:
    product, _ = world.product()
    params = {**world.version("2.0.0"), **change}
    with refused("InvalidParametersException", message):
        world.admin.create_provisioning_artifact(
            ProductId=product,
            Parameters={name: value for name, value in params.items() if value is not None},
        )


def test_template_validation(world: Account) -> None:
    product, _ = world.product()
    bad = world.version("2.0.0", world.put("bad.yaml", "Resources: {}"))
    with refused("InvalidParametersException", "At least one Resources member must be defined."):
        world.admin.create_provisioning_artifact(ProductId=product, Parameters=bad)
    world.admin.create_provisioning_artifact(
        ProductId=product, Parameters={**bad, "DisableTemplateValidation": True}
    )


def test_import_from_a_stack(world: Account) -> None:
    stack = client("cloudformation").create_stack(StackName="one", TemplateBody=TEMPLATE)["StackId"]
    product, _ = world.product()
    made = world.admin.create_provisioning_artifact(
        ProductId=product, Parameters={"Name": "2.0.0", "Info": {"ImportFromPhysicalId": stack}}
    )
    assert made["Info"] == {"ImportFromPhysicalId": stack}
    found = world.admin.describe_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=made["ProvisioningArtifactDetail"]["Id"], Verbose=True
    )
    assert found["Info"]["CloudFormationTemplate"] == TEMPLATE


def test_limit(world: Account) -> None:
    product, _ = world.product()
    for number in range(99):
        world.admin.create_provisioning_artifact(ProductId=product, Parameters=world.version(f"1.{number}.0"))
    with refused("LimitExceededException", "the limit of 100 provisioning artifacts of a product."):
        world.admin.create_provisioning_artifact(ProductId=product, Parameters=world.version("2.0.0"))
