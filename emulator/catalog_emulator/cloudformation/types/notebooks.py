"""SageMaker's notebooks. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html"""

from __future__ import annotations

from typing import Any, Final

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.managed import changed
from catalog_emulator.cloudformation.types.sagemaker import SageMaker, name_of

_UPDATABLE: Final = (
    "AcceleratorTypes",
    "AdditionalCodeRepositories",
    "DefaultCodeRepository",
    "InstanceType",
    "LifecycleConfigName",
    "RoleArn",
    "RootAccess",
    "VolumeSizeInGB",
)
_DROPPED: Final = (
    "AcceleratorTypes",
    "AdditionalCodeRepositories",
    "DefaultCodeRepository",
    "LifecycleConfigName",
)


class NotebookInstance(SageMaker):
    """AWS::SageMaker::NotebookInstance: stopped for a change, and started again."""

    type_name = "AWS::SageMaker::NotebookInstance"
    kind = "notebook_instance"
    word = "NotebookInstance"

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """All but name, network and key."""
        if changed(before, after, *_UPDATABLE):
            notebook = {"NotebookInstanceName": name_of(physical_id)}
            dropped = [name for name in _DROPPED if name in before and name not in after]
            gone = {f"Disassociate{name.removesuffix('Name')}": True for name in dropped}
            self.call(context, "stop_notebook_instance", notebook)
            self.call(context, "update_notebook_instance", {**after, **gone, **notebook})
            self.call(context, "start_notebook_instance", notebook)
        return super().update(context, physical_id, before, after)

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Only one that is stopped can be deleted."""
        if self._described(context, name_of(physical_id)) is not None:
            self.call(context, "stop_notebook_instance", {"NotebookInstanceName": name_of(physical_id)})
        super().remove(context, physical_id, properties)

    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """What Describe calls otherwise, too."""
        described = self._described(context, name_of(physical_id))
        if described is None:
            return None
        described["SecurityGroupIds"] = described.get("SecurityGroups")
        described["LifecycleConfigName"] = described.get("NotebookInstanceLifecycleConfigName")
        return {name: described.get(name) for name in properties if name in described}


class NotebookInstanceLifecycleConfig(SageMaker):
    """AWS::SageMaker::NotebookInstanceLifecycleConfig."""

    type_name = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
    kind = "notebook_instance_lifecycle_config"
    word = "NotebookInstanceLifecycleConfig"
    # moto has none for them.
    tagging = None

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Other scripts."""
        if changed(before, after, "OnCreate", "OnStart"):
            name = {"NotebookInstanceLifecycleConfigName": name_of(physical_id)}
            self.call(context, "update_notebook_instance_lifecycle_config", {**after, **name})
        return super().update(context, physical_id, before, after)
