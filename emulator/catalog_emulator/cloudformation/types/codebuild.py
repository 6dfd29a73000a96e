"""Build projects. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html"""

from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType
from catalog_emulator.cloudformation.types.tags import desired_tags, pairs, without_stack_tags

# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
DEFAULTS = {"TimeoutInMinutes": 60, "QueuedTimeoutInMinutes": 480}
TYPES = ("ArtifactsType", "CacheType", "EnvironmentType", "SourceType")


class Project(ServiceType):
    """AWS::CodeBuild::Project: Ref is the name."""

    service = "codebuild"
    deletion = ("delete_project", "Name")

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or context.name()
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
        for name, part in self._spelled(context, properties).items():
            if isinstance(part, dict) and part.get("Type", "") == (project.get(name) or {}).get("Type"):
                project[name]["Type"] = properties[name]["Type"]
        return {name: project.get(name) for name in properties if name not in ("Triggers", "Visibility")}

    def _put(self, context: Context, operation: str, name: str, properties: Properties) -> Made:
        tags = desired_tags(context, properties)
        request = {**DEFAULTS, **self._spelled(context, properties)}
        project = self.call(context, operation, request, Name=name, Tags=tags)["project"]
        return Made(physical_id=name, attributes={"Arn": project["arn"], "Id": name})

    def _spelled(self, context: Context, properties: Properties) -> dict[str, Any]:
        """CloudFormation takes no_artifacts (see its examples) and linuxContainer, too."""
        model = context.client(self.service).meta.service_model
        names = {_plain(name): name for shape in TYPES for name in model.shape_for(shape).enum}
        return {
            name: {**part, "Type": names.get(_plain(part["Type"]), part["Type"])}
            if isinstance(part, dict) and "Type" in part
            else part
            for name, part in properties.items()
        }


def _plain(spelling: Any) -> str:
    return str(spelling).replace("_", "").lower()
