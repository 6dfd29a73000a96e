"""What a stack looks up in its account: SSM parameters, secrets, snippets and templates in S3, zones."""

import json
from collections.abc import Mapping
from typing import Any

import yaml
from botocore.exceptions import ClientError
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.blueprint import Blueprint
from catalog_emulator.cloudformation.template.parameters import unsupported
from catalog_emulator.cloudformation.template.rule_lookups import LISTED, Clients, existing
from catalog_emulator.object_urls import LARGEST, content, location

# Prefixes of AWS's public parameters, and of the names of such images in moto.
_IMAGES: Mapping[str, str] = {
    "/aws/service/ami-windows-latest/": "Windows_Server",
    "/aws/service/bottlerocket/": "al2023-ami",
    "/aws/service/canonical/ubuntu/": "Ubuntu",
    "/aws/service/debian/": "al2023-ami",
    "/aws/service/eks/optimized-ami/": "al2023-ami",
    "/aws/service/neuron/": "al2023-ami",
}


class AccountLookups:
    """Lookups with the clients of an account or of a stack's role."""

    def __init__(self, account_id: str, clients: Clients) -> None:
        self._account_id = account_id
        self._clients = clients

    def parameter(self, name: str) -> str | None:
        """The value of an SSM parameter that a template's parameter names; None when it does not exist.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
        """
        found = self._stored(name)
        if found is not None and found["Type"] == "SecureString":
            raise unsupported(name)
        return None if found is None else str(found["Value"])

    def _stored(self, name: str) -> Mapping[str, Any] | None:
        try:
            found = self._clients("ssm").get_parameters(Names=[name], WithDecryption=True)["Parameters"]
        except ClientError:
            return None
        return found[0] if found else self._image(name)

    def _image(self, name: str) -> Mapping[str, Any] | None:
        """An image of the kind that a public parameter of AWS names; moto has few of these parameters.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
        """
        start = next((images for prefix, images in _IMAGES.items() if name.startswith(prefix)), None)
        if start is None:
            return None
        # Importing EC2 takes longer than most stacks need.
        from moto.ec2.models import ec2_backends

        images = ec2_backends[self._account_id][self._clients("ssm").meta.region_name].amis.values()
        found = sorted(str(image.id) for image in images if str(image.name).startswith(start))
        return {"Type": "String", "Value": found[0]} if found else None

    def dynamic(self, service: str, reference: str) -> str:
        if service == "secretsmanager":
            return self._secret(reference)
        name, _, version = reference.strip().partition(":")
        found = self._stored(f"{name}:{version}" if version else name)
        if found is None:
            raise ValidationError(
                message=f"Parameters: [{service}:{reference}] cannot be found."
                if version
                else f"Unable to fetch parameters [{name}] from parameter store for this account."
            )
        return str(found["Value"])

    def _secret(self, reference: str) -> str:
        identity, _, rest = reference.partition(":SecretString")
        _, key, *where = (*rest.split(":"), "", "")
        stage, version = (*where, "", "")[:2]
        which = {"VersionStage": stage} if stage else {"VersionId": version} if version else {}
        try:
            text: str = self._clients("secretsmanager").get_secret_value(SecretId=identity, **which)[
                "SecretString"
            ]
        except ClientError as error:
            raise ValidationError(message=error.response["Error"]["Message"]) from error
        if not key:
            return text
        values = json.loads(text)
        if key not in values:
            raise ValidationError(
                message=f"Could not find a value associated with JSONKey in SecretString: {key}"
            )
        return str(values[key])

    def included(self, url: str) -> Any:
        """The snippet that AWS::Include names, read with the stack's rights; it has no short forms."""
        place = location(url)
        if place is None or not url.startswith("s3:"):
            raise ValidationError(
                message="Transform AWS::Include failed with: The location parameter is not valid."
            )
        try:
            body = self._clients("s3").get_object(Bucket=place.bucket, Key=place.key)["Body"].read()
            return yaml.safe_load(body)
        except (ClientError, yaml.YAMLError) as error:
            raise ValidationError(message=f"Transform AWS::Include failed with: {error}") from None

    def zones(self, region: str) -> list[str]:
        try:
            found = self._clients("ec2").describe_availability_zones(
                Filters=[{"Name": "region-name", "Values": [region]}]
            )["AvailabilityZones"]
        except ClientError:
            found = []
        return [zone["ZoneName"] for zone in found] or [f"{region}{letter}" for letter in "abc"]

    def template(self, url: str) -> str:
        """The text of a template, or of a stack policy, in S3.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, TemplateURL
        """
        place = location(url)
        if place is None or url.startswith("s3:"):
            raise ValidationError(message="TemplateURL must be a supported URL.")
        try:
            return content(place).decode()
        except LookupError as error:
            raise ValidationError(
                message=f"S3 error: {error.args[0]}\nFor more information check "
                "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
            ) from None
        except UnicodeDecodeError:
            raise ValidationError(message="Template format error: it is not UTF-8 text") from None
        except ValueError:
            raise ValidationError(message=f"Template may not exceed {LARGEST} bytes in size.") from None

    def check_named(self, blueprint: Blueprint) -> None:
        """Raise ValidationError when a parameter of an AWS-specific type names what does not exist."""
        for parameter in blueprint.parameters.values():
            kind = parameter.inner_type.removeprefix("List<").removesuffix(">")
            if kind not in LISTED:
                continue
            values = parameter.value if isinstance(parameter.value, list) else [parameter.value]
            for value in values:
                if value not in existing(self._clients, kind, value):
                    raise ValidationError(
                        message=f"Parameter validation failed: parameter value {value} for parameter name "
                        f"{parameter.name} does not exist."
                    )
