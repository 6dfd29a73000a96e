"""What projects are made from: a product of Service Catalog, or a template in S3. Both work as the caller.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import Any

from botocore.exceptions import ClientError

from catalog_emulator.object_urls import location
from catalog_emulator.request_validation import InvalidRequest
from catalog_emulator.sagemaker.project import Members, Progress, Project, Verb

Clients = Callable[[str], Any]

VISIBILITY = ("sagemaker:studio-visibility", "true")
LOCATION = "sagemaker:projectS3TemplatesLocation"
_BEGINNING = "bytes=0-99"
_NO_UPDATES = "No updates are to be performed."
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class CatalogProduct:
    """A product that the caller may launch. Calls raise ClientError for an operation that cannot start."""

    parameters = "ProvisioningParameters"

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def check(self, source: dict[str, Any]) -> None:
        """Raises ValidationException for what cannot be launched; fills in the version that AWS chooses."""
        product, chosen = source["ProductId"], source.get("ProvisioningArtifactId")
        try:
            found = self._clients("servicecatalog").describe_product(Id=product)["ProvisioningArtifacts"]
        except ClientError as error:
            raise InvalidRequest(reason(error)) from None
        if chosen is not None and chosen not in {version["Id"] for version in found}:
            # https://github.com/aws-samples/sagemaker-studio-emr/issues/42
            raise InvalidRequest(f"Provisioning artifact {chosen} does not exist or access was denied.")
        if chosen is None and found:
            # API_CreateProject: the product's latest version.
            latest = max(found, key=lambda one: (one.get("Guidance") != "DEPRECATED", one["CreatedTime"]))
            source["ProvisioningArtifactId"] = latest["Id"]

    def create(self, project: Project) -> None:
        names = ("ProductId", "ProvisioningArtifactId", "PathId")
        given = _pairs(project.source.get(self.parameters))
        self._take(
            project,
            self._clients("servicecatalog").provision_product(
                **{name: project.source[name] for name in names if name in project.source},
                # The name is not documented.
                ProvisionedProductName=f"{project.name}-{project.id}",
                ProvisioningParameters=_listed({**given, **project.values}, "Key", "Value"),
                Tags=project.launch_tags,
            ),
        )

    def update(self, project: Project, change: Members) -> None:
        given = _pairs(change.get(self.parameters))
        kept = {*_pairs(project.source.get(self.parameters)), *project.values} - given.keys()
        version = change.get("ProvisioningArtifactId", project.source["ProvisioningArtifactId"])
        self._take(
            project,
            self._clients("servicecatalog").update_provisioned_product(
                ProvisionedProductId=project.made or "none",
                ProductId=project.source["ProductId"],
                ProvisioningArtifactId=version,
                ProvisioningParameters=[
                    *_listed(given, "Key", "Value"),
                    *({"Key": key, "UsePreviousValue": True} for key in sorted(kept)),
                ],
                Tags=project.launch_tags,
            ),
        )

    def delete(self, project: Project) -> None:
        catalog = self._clients("servicecatalog")
        self._take(project, catalog.terminate_provisioned_product(ProvisionedProductId=project.made or ""))

    def progress(self, project: Project, verb: Verb) -> Progress:
        record = self._clients("servicecatalog").describe_record(Id=project.operation)["RecordDetail"]
        match record["Status"]:
            case "SUCCEEDED":
                return Progress(outcome="Completed", detail="AVAILABLE")
            case "FAILED":
                errors = "; ".join(error["Description"] for error in record["RecordErrors"])
                return Progress(outcome="Failed", detail=failure(verb, errors))
        return Progress(outcome="InProgress", detail="UNDER_CHANGE")

    def _take(self, project: Project, answer: Mapping[str, Any]) -> None:
        record = answer["RecordDetail"]
        project.made, project.operation = record["ProvisionedProductId"], record["RecordId"]


class S3Template:
    """A template in S3, which CloudFormation makes a stack of, as the role if one is named.

    `locations` are the values of the tag of this Region's domains that says where templates are.
    """

    parameters = "Parameters"

    def __init__(self, clients: Clients, account_id: str, locations: Iterable[str]) -> None:
        self._clients = clients
        self._account_id = account_id
        self._locations = tuple(locations)

    def check(self, source: dict[str, Any]) -> None:
        """Raises ValidationException. The page names both tags as steps before a project can be created.

        AWS's announcement wants YAML. That CreateProject itself refuses templates without the tags, or in
        JSON, is not documented.
        https://aws.amazon.com/blogs/machine-learning/simplify-modelops-with-amazon-sagemaker-ai-projects-using-amazon-s3-based-templates
        """
        url = source["TemplateURL"]
        found = location(url)
        if found is None:
            raise InvalidRequest(f"TemplateURL {url} is not the URL of an object in Amazon S3.")
        path = f"s3://{found.bucket}/{found.key}"
        if not any(path.startswith(f"{one.rstrip('/')}/") for one in self._locations):
            raise InvalidRequest(
                f"No domain in this Region has the tag {LOCATION} with a location of {path}."
            )
        which = {"Bucket": found.bucket, "Key": found.key}
        which |= {"VersionId": found.version} if found.version else {}
        try:
            tags = self._clients("s3").get_object_tagging(**which)["TagSet"]
            first = self._clients("s3").get_object(**which, Range=_BEGINNING)["Body"].read()
        except ClientError as error:
            raise InvalidRequest(f"Unable to access the template at {url}: {reason(error)}") from None
        if VISIBILITY not in {(tag["Key"], tag["Value"]) for tag in tags}:
            raise InvalidRequest(f"The template at {url} does not have the tag {'='.join(VISIBILITY)}.")
        if first.lstrip().startswith(b"{"):
            raise InvalidRequest(f"The template at {url} is not in YAML format.")

    def create(self, project: Project) -> None:
        formation = self._clients("cloudformation")
        given = {**self._filled_in(project, project.source["TemplateURL"])}
        given |= _pairs(project.source.get(self.parameters))
        role = project.source.get("RoleARN")
        project.made = formation.create_stack(
            # AWS's policies for these projects name stacks SP-*; the rest of the name is not documented.
            StackName=f"SP-{self._account_id}-{project.id}",
            TemplateURL=project.source["TemplateURL"],
            Parameters=_listed(given, "ParameterKey", "ParameterValue"),
            Tags=project.launch_tags,
            Capabilities=_CAPABILITIES,
            **({"RoleARN": role} if role else {}),
        )["StackId"]

    def update(self, project: Project, change: Members) -> None:
        url = change.get("TemplateURL", project.source["TemplateURL"])
        given = {**self._filled_in(project, url), **_pairs(project.source.get(self.parameters))}
        given |= _pairs(change.get(self.parameters))
        declared = self._declared(url)
        try:
            self._clients("cloudformation").update_stack(
                StackName=project.made or "none",
                TemplateURL=url,
                Parameters=_listed(
                    {key: value for key, value in given.items() if key in declared},
                    "ParameterKey",
                    "ParameterValue",
                ),
                Tags=project.launch_tags,
                Capabilities=_CAPABILITIES,
            )
        except ClientError as error:
            if reason(error) != _NO_UPDATES:
                raise

    def delete(self, project: Project) -> None:
        self._clients("cloudformation").delete_stack(StackName=project.made or "none")

    def progress(self, project: Project, verb: Verb) -> Progress:
        formation = self._clients("cloudformation")
        stack = formation.describe_stacks(StackName=project.made)["Stacks"][0]
        status = stack["StackStatus"]
        if status in (("DELETE_COMPLETE",) if verb == "Delete" else ("CREATE_COMPLETE", "UPDATE_COMPLETE")):
            return Progress(outcome="Completed", detail=status)
        if status.endswith("_IN_PROGRESS"):
            return Progress(outcome="InProgress", detail=status)
        pages = formation.get_paginator("describe_stack_events").paginate(StackName=project.made)
        events = (event for page in pages for event in page["StackEvents"])
        return Progress(outcome="Failed", detail=failure(verb, _errors(events))[:4096])

    def _filled_in(self, project: Project, url: str) -> dict[str, str]:
        """Not documented for templates in S3: AWS's samples declare these parameters and do not pass them."""
        declared = self._declared(url)
        return {name: value for name, value in project.values.items() if name in declared}

    def _declared(self, url: str) -> set[str]:
        found = self._clients("cloudformation").get_template_summary(TemplateURL=url)
        return {parameter["ParameterKey"] for parameter in found["Parameters"]}


Source = CatalogProduct | S3Template


def failure(verb: Verb, errors: str) -> str:
    """The message of an operation that failed.

    https://github.com/aws-samples/amazon-sagemaker-from-idea-to-production/issues/16
    https://github.com/hashicorp/terraform-provider-aws/issues/26238
    """
    subject = {"Create": "Provisioning", "Update": "Update", "Delete": "Termination"}[verb]
    return f"Client error: {subject} failed with error: {errors}"


def reason(error: ClientError) -> str:
    """The service's message."""
    return str(error.response.get("Error", {}).get("Message", error))


def _errors(events: Iterable[Mapping[str, Any]]) -> str:
    """The failures of the newest operation; events come newest first."""
    found = [
        f"{{LogicalResourceId : {event['LogicalResourceId']}, ResourceType : {event['ResourceType']}, "
        f"StatusReason : {event.get('ResourceStatusReason', '')}}}"
        for event in takewhile(lambda one: one.get("ResourceStatusReason") != "User Initiated", events)
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    return f"Errors from CloudFormation: [{', '.join(found)}]"


def _pairs(parameters: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {one["Key"]: one.get("Value", "") for one in parameters or ()}


def _listed(values: Mapping[str, str], key: str, value: str) -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in values.items()]
