"""Secrets. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html"""

from __future__ import annotations

import json
from typing import Any

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.managed import Managed, changed
from catalog_emulator.cloudformation.types.tags import pairs, wanted


class Secret(Managed):
    """AWS::SecretsManager::Secret: Ref is the ARN."""

    type_name = "AWS::SecretsManager::Secret"
    service = "secretsmanager"
    gone = ("ResourceNotFoundException",)

    def create(self, context: Context, properties: Properties) -> Made:
        """The secret with the text that is given, or with one that Secrets Manager makes."""
        name, tags = properties.get("Name") or context.name(), pairs(wanted(context, properties))
        text = {"SecretString": self._text(context, properties)}
        answer = self.call(context, "create_secret", properties, **text, Name=name, Tags=tags or None)
        return _made(answer["ARN"])

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Text, description and key; a text is made anew only when it is to be made in another way."""
        secret: dict[str, Any] = {"SecretId": physical_id}
        secret |= {"Description": after.get("Description"), "KmsKeyId": after.get("KmsKeyId")}
        if changed(before, after, "SecretString", "GenerateSecretString"):
            secret["SecretString"] = self._text(context, after)
        self.call(context, "update_secret", secret)
        tags = pairs(wanted(context, after))
        if tags:
            self.call(context, "tag_resource", {"SecretId": physical_id}, Tags=tags)
        return _made(physical_id)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """The secret, at once."""
        self.call(context, "delete_secret", {"SecretId": physical_id}, ForceDeleteWithoutRecovery=True)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any]:
        """What Secrets Manager tells without the text, which drift detection does not look at."""
        secret = self.call(context, "describe_secret", {"SecretId": physical_id})
        return {name: secret.get(name) for name in ("Name", "Description", "KmsKeyId")}

    def _text(self, context: Context, properties: Properties) -> str | None:
        if "GenerateSecretString" not in properties:
            return properties.get("SecretString")
        asked = dict(properties["GenerateSecretString"])
        key, template = asked.pop("GenerateStringKey", None), asked.pop("SecretStringTemplate", None)
        made = str(self.call(context, "get_random_password", asked)["RandomPassword"])
        return json.dumps({**json.loads(template), key: made}) if key and template else made


def _made(arn: str) -> Made:
    return Made(physical_id=arn, attributes={"Id": arn})
