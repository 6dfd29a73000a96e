"""What CloudFormation calls to make, read, change and delete the resources of a template."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.permissions.iam_writes import SERVICE_LINKED_ROLES, IamWrites
from publisher.permissions.known_types import Knowledge, UnknownTypeError
from publisher.permissions.names import Names, references
from publisher.permissions.need import Need, Refusal
from publisher.permissions.targets import Target, Targets
from publisher.permissions.values import UNKNOWN, covering, is_named, split

_CUSTOM = "AWS::CloudFormation::CustomResource"
# Where the templates are that a type stands for.
_ELSEWHERE = {
    "AWS::CloudFormation::Stack": "a nested stack",
    "AWS::CloudFormation::Macro": "a macro",
}


def of_resources(names: Names) -> tuple[list[Need], list[Refusal]]:
    """The needs of a template's resources, one for each type and action, and the types that prevent them."""
    refusals = [*_unreadable(names), *_any_function(names)]
    if refusals:
        return [], refusals
    targets = Targets(names)
    found: dict[tuple[str, str, str], list[Target]] = {}
    for logical_id in names.resources:
        type_name = names.type_of(logical_id)
        reached = (
            _of_custom_resource(names, logical_id)
            if _is_custom(type_name)
            else _of_resource(type_name, logical_id, targets, names.knowledge)
        )
        for name, reason, target in reached:
            if target is not None:
                found.setdefault((name, type_name, reason), []).append(target)
    writes = IamWrites(names)
    needs = [
        Need(
            action=name,
            reason=f"{type_name}: {reason}",
            resources=covering(arn for target in reached for arn in target.arns),
            why_wide=next((target.why_wide for target in reached if target.why_wide), ""),
        )
        for (name, type_name, reason), reached in found.items()
    ]
    return [narrowed for need in needs for narrowed in writes.narrowed(need)], writes.refusals


def _unreadable(names: Names) -> Iterator[Refusal]:
    for type_name in sorted({names.type_of(logical_id) for logical_id in names.resources}):
        elsewhere = _ELSEWHERE.get(type_name) or ("a module" if type_name.endswith("::MODULE") else "")
        if elsewhere:
            yield Refusal(subject=type_name, message=f"it is {elsewhere}, whose template is elsewhere")
        elif not type_name.startswith("Custom::"):
            try:
                names.knowledge.actions(type_name)
            except UnknownTypeError as error:
                hint = "add the type to types in publisher/permissions/facts.yaml"
                yield Refusal(subject=type_name, message=str(error), hint=hint)


def _of_resource(
    type_name: str, logical_id: str, targets: Targets, knowledge: Knowledge
) -> Iterator[tuple[str, str, Target | None]]:
    """(action, reason, target)."""
    fact = knowledge.facts.types.get(type_name)
    reason = f"{fact.why} ({fact.source})" if fact else "its resource handlers"
    of_keys = () if type_name.startswith("AWS::KMS::") else knowledge.facts.actions_on_keys
    for name in knowledge.actions(type_name):
        if name == "iam:CreateServiceLinkedRole" or type_name == "AWS::IAM::ServiceLinkedRole":
            yield name, reason, Target(arns=(SERVICE_LINKED_ROLES,))
        # Which roles and keys go to which service is read from the properties, see passed_roles and reads.
        elif name != "iam:PassRole" and name not in of_keys and targets.configures(name, logical_id):
            yield name, reason, targets.of(name, logical_id)
    for fact in knowledge.facts.additions.get(type_name, ()):
        for name in filter(lambda name: targets.configures(name, logical_id), fact.actions):
            yield name, f"{fact.why} ({fact.source})", targets.of(name, logical_id)


def _is_custom(type_name: str) -> bool:
    return type_name.startswith("Custom::") or type_name == _CUSTOM


def _any_function(names: Names) -> Iterator[Refusal]:
    """Custom resources that call whatever function a launch names: it does as another's caller says."""
    for logical_id in names.resources:
        type_name = names.type_of(logical_id)
        token = names.properties(logical_id).get("ServiceToken")
        wide = [text for text in names.values.texts(token) or (UNKNOWN,) if not is_named(text)]
        own = any(name in names.resources for name in references(token))
        if _is_custom(type_name) and wide and not own:
            yield Refusal(
                subject=f"{logical_id} ({type_name})",
                message=f"ServiceToken can be any function or topic: '{wide[0]}'",
                hint="write its ARN, or limit the parameter with AllowedValues",
            )


def _of_custom_resource(names: Names, logical_id: str) -> Iterator[tuple[str, str, Target | None]]:
    """Its ServiceToken is the ARN of a function or a topic."""
    reason = "CloudFormation calls the function or topic behind ServiceToken"
    for text in names.values.texts(names.properties(logical_id).get("ServiceToken")):
        for name, service in (("lambda:InvokeFunction", "lambda"), ("sns:Publish", "sns")):
            if split(text, ":")[2:3] == [service]:
                yield name, reason, Target(arns=(text,))
