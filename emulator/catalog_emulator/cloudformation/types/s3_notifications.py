"""Notifications of a bucket, one event a line in the template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-notificationconfiguration.html
"""

from typing import Any

from catalog_emulator.cloudformation.types.shapes import truth

KINDS = (
    ("TopicConfigurations", "Topic", "TopicConfigurations", "TopicArn"),
    ("QueueConfigurations", "Queue", "QueueConfigurations", "QueueArn"),
    ("LambdaConfigurations", "Function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
)


def sent(configuration: Any) -> Any:
    """The API's form."""
    api: dict[str, Any] = {}
    bridge = configuration.get("EventBridgeConfiguration")
    if bridge is not None and truth(bridge.get("EventBridgeEnabled", True)):
        api["EventBridgeConfiguration"] = {}
    for name, target, api_name, api_target in KINDS:
        if configuration.get(name):
            api[api_name] = [_sent(item, target, api_target) for item in configuration[name]]
    return api


def shown(configuration: Any) -> Any:
    """The template's form."""
    template: dict[str, Any] = {}
    if "EventBridgeConfiguration" in configuration:
        template["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
    for name, target, api_name, api_target in KINDS:
        if configuration.get(api_name):
            template[name] = [_shown(item, target, api_target) for item in configuration[api_name]]
    return template


def _sent(item: Any, target: str, api_target: str) -> dict[str, Any]:
    api = {api_target: item[target], "Events": [item["Event"]]}
    if "Filter" in item:
        api["Filter"] = {"Key": {"FilterRules": item["Filter"]["S3Key"]["Rules"]}}
    return api


def _shown(item: Any, target: str, api_target: str) -> dict[str, Any]:
    template = {target: item[api_target], "Event": item["Events"][0]}
    if "Filter" in item:
        template["Filter"] = {"S3Key": {"Rules": item["Filter"]["Key"]["FilterRules"]}}
    return template
