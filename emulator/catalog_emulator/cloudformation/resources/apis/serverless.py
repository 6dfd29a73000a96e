"""Functions, state machines, REST APIs and archives of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from catalog_emulator.cloudformation.resources.apis.api import Api, Change, Show
from catalog_emulator.cloudformation.resources.resource import Context, Properties
from catalog_emulator.cloudformation.types.tags import Tagging

_FUNCTION: Final = "FunctionName"


def _name_of(value: Any) -> str:
    return str(value).partition(":function:")[2].partition(":")[0] or str(value)


def _same_function(live: Any, declared: Any) -> Any:
    """The service tells an ARN where the template may give a name."""
    return declared if _name_of(live) == _name_of(declared) else live


def _enabled(live: Any, declared: Any) -> Any:
    return str(live) in ("Enabled", "Enabling", "Creating")


def _definition(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any] | None:
    """A definition that has substitutions, or lies in a bucket, is moto's model's."""
    names = ("DefinitionString", "RoleArn", "LoggingConfiguration", "TracingConfiguration")
    sent = {name: after[name] for name in names if name in after and before.get(name) != after[name]}
    if "DefinitionString" in sent:
        sent["Definition"] = sent.pop("DefinitionString")
    return sent


def _of_rest_api(context: Context, physical_id: str, properties: Properties) -> str:
    return f"arn:{context.partition}:apigateway:{context.region}::/restapis/{physical_id}"


def _of_function(context: Context, physical_id: str, properties: Properties) -> str:
    start = f"arn:{context.partition}:lambda:{context.region}:{context.account_id}"
    return f"{start}:function:{physical_id}"


def _patched(*names: str) -> Any:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html"""

    def request(physical_id: str, before: Properties, after: Properties) -> Mapping[str, Any]:
        differing = [name for name in names if before.get(name) != after.get(name)]
        operations = [
            {
                "op": "replace",
                "path": f"/{name[:1].lower()}{name[1:]}",
                "value": str(after.get(name, "")),
            }
            for name in differing
        ]
        return {"patchOperations": operations}

    return request


_REST: Final = ("Name", "Description")


def _method(physical_id: str, properties: Properties) -> Mapping[str, Any]:
    names = ("RestApiId", "ResourceId", "HttpMethod")
    return {f"{name[:1].lower()}{name[1:]}": properties[name] for name in names}


def _integration_shown(live: Any, declared: Any) -> Any:
    return None if live is None else {**live, "IntegrationHttpMethod": live.get("httpMethod")}


TABLE: Final[Mapping[str, Api]] = {
    "AWS::ApiGateway::Method": Api(
        service="apigateway",
        shows=(
            Show(
                operation="get_method",
                by=_method,
                names={"Integration": "MethodIntegration"},
                turns={"Integration": _integration_shown},
            ),
        ),
        changes=(
            Change(
                operation="put_integration",
                by=_method,
                of=("Integration",),
                request=lambda physical_id, before, after: after.get("Integration"),
            ),
        ),
    ),
    "AWS::ApiGateway::Resource": Api(
        service="apigateway",
        shows=(
            Show(
                operation="get_resource",
                by=lambda physical_id, properties: {
                    "restApiId": properties["RestApiId"],
                    "resourceId": physical_id,
                },
            ),
        ),
    ),
    "AWS::ApiGateway::RestApi": Api(
        service="apigateway",
        shows=(Show(operation="get_rest_api", by="restApiId", names={"ApiKeySourceType": "ApiKeySource"}),),
        changes=(Change(operation="update_rest_api", by="restApiId", of=_REST, request=_patched(*_REST)),),
    ),
    "AWS::Events::Archive": Api(
        service="events",
        shows=(Show(operation="describe_archive", by="ArchiveName", names={"SourceArn": "EventSourceArn"}),),
        changes=(Change(operation="update_archive", by="ArchiveName"),),
    ),
    "AWS::Lambda::EventSourceMapping": Api(
        service="lambda",
        shows=(
            Show(
                operation="get_event_source_mapping",
                by="UUID",
                names={"FunctionName": "FunctionArn", "Enabled": "State"},
                turns={"FunctionName": _same_function, "Enabled": _enabled},
            ),
        ),
        changes=(Change(operation="update_event_source_mapping", by="UUID", always=("FunctionName",)),),
    ),
    "AWS::Lambda::Function": Api(
        service="lambda",
        shows=(
            Show(operation="get_function_configuration", by=_FUNCTION, names={"Layers": "Layers.Arn"}),
            Show(operation="get_function_concurrency", by=_FUNCTION),
        ),
        changes=(
            Change(
                operation="put_function_concurrency",
                by=_FUNCTION,
                of=("ReservedConcurrentExecutions",),
                request=lambda physical_id, before, after: (
                    {"ReservedConcurrentExecutions": after["ReservedConcurrentExecutions"]}
                    if "ReservedConcurrentExecutions" in after
                    else None
                ),
                late=True,
            ),
            Change(
                operation="delete_function_concurrency",
                by=_FUNCTION,
                of=("ReservedConcurrentExecutions",),
                request=lambda physical_id, before, after: (
                    None if "ReservedConcurrentExecutions" in after else {}
                ),
            ),
        ),
        tagging=Tagging(service="lambda", target="Resource", show="list_tags"),
        tagged=_of_function,
    ),
    "AWS::StepFunctions::StateMachine": Api(
        service="stepfunctions",
        shows=(
            Show(
                operation="describe_state_machine",
                by="stateMachineArn",
                names={
                    "DefinitionString": "Definition",
                    "StateMachineName": "Name",
                    "StateMachineType": "Type",
                },
            ),
        ),
        changes=(
            Change(
                operation="update_state_machine",
                by="stateMachineArn",
                of=("DefinitionString", "RoleArn", "LoggingConfiguration", "TracingConfiguration"),
                request=_definition,
            ),
        ),
        tagging=Tagging(service="stepfunctions", target="resourceArn"),
    ),
}
