"""Build projects. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType
from catalog_emulator.cloudformation.types.tags import desired_tags, pairs, without_stack_tags

# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
DEFAULTS = {"TimeoutInMinutes": 60, "QueuedTimeoutInMinutes": 480}


class Project(ServiceType):
    """AWS::CodeBuild::Project: Ref is the name."""

    service = "codebuild"
    deletion = ("delete_project", "Name")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or context.name(150)
        return self._put(context, "create_project", name, properties)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        return self._put(context, "update_project", physical_id, after)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        projects = self.fetch(context, "batch_get_projects", {"Names": [physical_id]}, "projects")
        if not projects:
            return None
        project: dict[str, Any] = projects[0]
        source = project.get("Source", {})
        source |= {"BuildSpec": source.get("Buildspec")}
        tags = {tag["Key"]: tag["Value"] for tag in project.get("Tags") or []}
        project["Tags"] = pairs(without_stack_tags(context, properties, tags))
        return {name: project.get(name) for name in properties if name not in ("Triggers", "Visibility")}

    def _put(self, context: Context, operation: str, name: str, properties: Properties) -> Made:
        tags = desired_tags(context, properties)
        project = self.call(context, operation, {**DEFAULTS, **properties}, Name=name, Tags=tags)["project"]
        return Made(physical_id=name, attributes={"Arn": project["arn"], "Id": name})
