"""Notifications of a bucket, one event a line in the template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-notificationconfiguration.html
"""

from typing import Any, Final

from catalog_emulator.cloudformation.types.s3_lifecycle import moved
from catalog_emulator.cloudformation.types.shapes import truth

_FILTER: Final = ("Filter.S3Key.Rules", "Filter.Key.FilterRules")
# Lists in the template and in the API, and what their items name.
_KINDS: Final = (
    ("TopicConfigurations", "TopicConfigurations", ("Topic", "TopicArn")),
    ("QueueConfigurations", "QueueConfigurations", ("Queue", "QueueArn")),
    ("LambdaConfigurations", "LambdaFunctionConfigurations", ("Function", "LambdaFunctionArn")),
)


def sent(configuration: Any) -> Any:
    """The API's form."""
    api: dict[str, Any] = {}
    bridge = configuration.get("EventBridgeConfiguration")
    if bridge is not None and truth(bridge.get("EventBridgeEnabled", True)):
        api["EventBridgeConfiguration"] = {}
    for name, api_name, target in _KINDS:
        for item in configuration.get(name) or ():
            one = {**moved(item, (target, _FILTER)), "Events": [item["Event"]]}
            api[api_name] = [*api.get(api_name, ()), one]
    return api


def shown(configuration: Any) -> Any:
    """The template's form."""
    template: dict[str, Any] = {}
    if "EventBridgeConfiguration" in configuration:
        template["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
    for name, api_name, target in _KINDS:
        for item in configuration.get(api_name) or ():
            one = {**moved(item, (target[::-1], _FILTER[::-1])), "Event": item["Events"][0]}
            template[name] = [*template.get(name, ()), one]
    return template
