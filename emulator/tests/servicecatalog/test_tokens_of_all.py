"""A token used again with other parameters, for each operation that takes one."""

from typing import Any

from botocore import xform_name

from tests.servicecatalog.account import ACCOUNT, REGION, Account, Launchable, client, refused


def every_call(account: Account) -> list[tuple[Any, str, dict[str, Any]]]:
    """Calls that succeed in this order, with the member that their token is."""
    launchable = Launchable(account)
    portfolio, product = launchable.portfolio, launchable.product
    user, admin, launch = launchable.user, account.admin, launchable.key
    definition = {"Name": "AWS-StopEC2Instance", "Version": "1"}
    kept = launchable.provision("kept")
    owner = {"OWNER": f"arn:aws:iam::{ACCOUNT}:user/x"}
    title = [{"Key": "Title", "Value": "bye"}]
    body = account.s3.get_object(Bucket="templates", Key="topic.yaml")["Body"].read().decode()
    stack = client("cloudformation").create_stack(StackName="old", TemplateBody=body)["StackId"]
    action = admin.create_service_action(Name="a", DefinitionType="SSM_AUTOMATION", Definition=definition)
    action_id = action["ServiceActionDetail"]["ServiceActionSummary"]["Id"]
    associated = {**launch, "ServiceActionId": action_id}
    plan = {"PlanName": "x", "PlanType": "CLOUDFORMATION", "ProvisionedProductName": "planned"}
    planned = user.create_provisioned_product_plan(**launch, **plan)["PlanId"]
    arn = f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/{product}"
    named = {"ProvisionedProductName": "kept"}
    token = "IdempotencyToken"
    return [
        (admin.create_portfolio, token, {"DisplayName": "x", "ProviderName": "x"}),
        (
            admin.create_product,
            token,
            {
                "Name": "x",
                "Owner": "x",
                "ProductType": "CLOUD_FORMATION_TEMPLATE",
                "ProvisioningArtifactParameters": account.version("1"),
            },
        ),
        (
            admin.create_provisioning_artifact,
            token,
            {"ProductId": product, "Parameters": account.version("2")},
        ),
        (
            admin.create_constraint,
            token,
            {
                "PortfolioId": portfolio,
                "ProductId": product,
                "Type": "LAUNCH",
                "Parameters": '{"LocalRoleName": "launch"}',
            },
        ),
        (admin.copy_product, token, {"SourceProductArn": arn}),
        (
            admin.create_service_action,
            token,
            {"Name": "b", "DefinitionType": "SSM_AUTOMATION", "Definition": definition},
        ),
        (admin.associate_service_action_with_provisioning_artifact, token, associated),
        (
            user.execute_provisioned_product_service_action,
            "ExecuteToken",
            {"ProvisionedProductId": kept["ProvisionedProductId"], "ServiceActionId": action_id},
        ),
        (admin.disassociate_service_action_from_provisioning_artifact, token, associated),
        (admin.delete_service_action, token, {"Id": action_id}),
        (user.execute_provisioned_product_plan, token, {"PlanId": planned}),
        (user.create_provisioned_product_plan, token, {**launch, **plan, "ProvisionedProductName": "p2"}),
        (user.provision_product, "ProvisionToken", {**launch, "ProvisionedProductName": "new"}),
        (user.update_provisioned_product, "UpdateToken", {**named, "ProvisioningParameters": title}),
        (
            user.import_as_provisioned_product,
            token,
            {**launch, "ProvisionedProductName": "imported", "PhysicalId": stack},
        ),
        (
            admin.update_provisioned_product_properties,
            token,
            {"ProvisionedProductId": kept["ProvisionedProductId"], "ProvisionedProductProperties": owner},
        ),
        (user.terminate_provisioned_product, "TerminateToken", named),
    ]


def test_other_parameters_are_refused(account: Account) -> None:
    calls = every_call(account)
    model = account.admin.meta.service_model
    taking = {
        name
        for name in model.operation_names
        if (shape := model.operation_model(name).input_shape) is not None and not name.startswith("Notify")
        if any(member.metadata.get("idempotencyToken") for member in shape.members.values())
    }
    assert sorted(call.__name__ for call, _, _ in calls) == sorted(xform_name(name) for name in taking)
    for call, member, request in calls:
        first = next(key for key, value in request.items() if isinstance(value, str))
        call(**request, **{member: "one"})
        with refused("InvalidParametersException", "token one was used before with other parameters"):
            call(**{**request, first: f"{request[first]}x"}, **{member: "one"})
