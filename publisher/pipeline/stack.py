"""The pipeline's stack in its account: compared with the files, made, updated, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from publisher.aws.buckets import empty_bucket
from publisher.aws.calls import aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.bootstrap.grants import NO_CHANGES, GrantChanges, grant_changes
from publisher.bootstrap.stacks import Action, Stack, Stacks, upload
from publisher.bootstrap.templates import INLINE_SIZE, body
from publisher.declarations.pipeline import PipelineFile
from publisher.errors import Refused, command
from publisher.pipeline.template import OF_ADMINISTRATORS, UPDATE_POLICY, Template

TAGS = {"publisher:stack": "pipeline"}
# What has to be there before a template that is too long for a call can be stored.
_FIRST = ("Key", "KeyAlias", "Bucket", "BucketPolicy")
_IAM = frozenset({"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"})


@dataclass(frozen=True, kw_only=True)
class ChangedResource:
    """A resource of the stack that differs. `grants`: how what it allows changes, of roles and policies."""

    logical_id: str
    type_name: str
    name: str
    action: Action
    grants: GrantChanges = NO_CHANGES
    trusts_others: bool = False

    @property
    def for_administrators(self) -> bool:
        """Whether the pipeline cannot change it itself."""
        return self.logical_id in OF_ADMINISTRATORS or self.logical_id.startswith(UPDATE_POLICY)

    @property
    def widens(self) -> bool:
        """Whether something is allowed that was not, or to others."""
        return bool(self.grants.granted) or self.trusts_others

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "resource": self.logical_id,
            "type": self.type_name,
            "name": self.name,
            "action": self.action,
            "by_administrator": self.for_administrators,
            "trust_changes": self.trusts_others,
            **self.grants.document(),
        }


@dataclass(frozen=True, kw_only=True)
class PipelineState:
    """What is to be done, or was done, to the stack, and what differs in it."""

    name: str
    account_id: str
    region: str
    action: Action
    resources: tuple[ChangedResource, ...] = ()
    outputs: Mapping[str, str]

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return self.action not in {"unchanged", "absent"}

    @property
    def for_administrators(self) -> tuple[str, ...]:
        """What differs that the pipeline cannot change itself."""
        if self.action == "create":
            return (self.name,)
        return tuple(it.logical_id for it in self.resources if it.for_administrators)

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "stack": self.name,
            "account": self.account_id,
            "region": self.region,
            "action": self.action,
            "by_administrator": list(self.for_administrators),
            "resources": [it.document() for it in self.resources],
            "outputs": dict(self.outputs),
        }


class PipelineStack:
    """The stack of one pipeline."""

    def __init__(
        self,
        aws: Aws,
        file: PipelineFile,
        *,
        note: Callable[[str], None],
        clock: Clock,
        role_arn: str = "",
    ) -> None:
        self._aws, self._file, self._role_arn = aws, file, role_arn
        self._stacks = Stacks(aws, note=note, clock=clock, again=("pipeline", "--deploy"), role_arn=role_arn)

    def plan(self, template: Template) -> PipelineState:
        """How the stack differs from the template; only reads. Raises Refused for a stack of others."""
        current = self._current()
        before = self._stacks.template(self._file.name) if current else None
        resources = tuple(_differences(before or {"Resources": {}}, template))
        return self._state(self._stacks.action(self._stack(template)), resources)

    def check_role(self, plan: PipelineState) -> None:
        """Raises Refused when CloudFormation would use the pipeline's role, which may not do what is planned.

        It keeps the role that it was passed last: a pipeline passes one when it updates its stack.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        """
        kept = (self._stacks.current(plan.name) or {}).get("RoleARN", "")
        changed = plan.for_administrators or ((plan.name,) if plan.action == "delete" else ())
        if kept and changed and not self._role_arn:
            raise Refused(
                f"CloudFormation uses the role {kept} for {plan.name}, which cannot change "
                f"{', '.join(changed)}",
                hint="add --role-arn: a role of administrators that CloudFormation may assume",
            )

    def deploy(self, plan: PipelineState, template: Template) -> PipelineState:
        """Creates or updates it, and waits. Raises AwsError."""
        self._refuse_existing(plan)
        stack = self._stack(template)
        if plan.action == "create" and len(body(template)) > INLINE_SIZE:
            self._stacks.deploy(self._stack(_beginning(template)))
        self._stacks.deploy(stack, upload=self._stored)
        return self._state(plan.action, plan.resources)

    def _refuse_existing(self, plan: PipelineState) -> None:
        """The repository stays when a stack goes."""
        made = next((it.name for it in plan.resources if it.logical_id == "Repository"), None)
        if made is None or self._in_stack("Repository"):
            return
        find = partial(self._aws.client("codecommit").get_repository, repositoryName=made)
        with aws_errors(f"cannot read the repository {made}"):
            found = or_none(find, "RepositoryDoesNotExistException")
        if found:
            raise Refused(
                f"repository {made} already exists", hint=f"remove create: true from {self._file.path}"
            )

    def _in_stack(self, logical_id: str) -> bool:
        before = self._stacks.template(self._file.name) if self._current() else None
        return logical_id in (before or {}).get("Resources", {})

    def plan_removal(self) -> PipelineState:
        """What `remove` would do; only reads. Raises Refused for a stack of others."""
        return self._state("delete" if self._current() else "absent", ())

    def remove(self, plan: PipelineState) -> PipelineState:
        """Empties the bucket of artifacts, and deletes the stack."""
        bucket = plan.outputs.get("Bucket") or f"{plan.name}-{plan.account_id}-{plan.region}"
        with aws_errors(f"cannot empty the bucket {bucket}"):
            or_none(partial(empty_bucket, self._aws.client("s3"), bucket), "NoSuchBucket")
        action = self._stacks.delete(plan.name)
        return PipelineState(
            name=plan.name, account_id=plan.account_id, region=plan.region, action=action, outputs={}
        )

    def _stack(self, template: Template) -> Stack:
        return Stack(
            name=self._file.name,
            template=template,
            parameters={"Email": self._file.email or ""} if "Parameters" in template else {},
            capabilities=("CAPABILITY_NAMED_IAM",),
            tags=TAGS,
        )

    def _stored(self, text: str) -> str:
        return upload(self._aws, text, bucket=f"{self._file.name}-{self._aws.account_id}-{self._aws.region}")

    def _current(self) -> Mapping[str, Any] | None:
        current = self._stacks.current(self._file.name)
        tags = {it["Key"]: it["Value"] for it in current.get("Tags", ())} if current else TAGS
        if not TAGS.items() <= tags.items():
            raise Refused(
                f"stack {self._file.name} was not created by {command('pipeline', '--deploy')}",
                hint="set another name in configs/pipeline.yaml, or delete the stack first",
            )
        return current

    def _state(self, action: Action, resources: Sequence[ChangedResource]) -> PipelineState:
        current = self._stacks.current(self._file.name) or {}
        return PipelineState(
            name=self._file.name,
            account_id=self._aws.account_id,
            region=self._aws.region,
            action=action,
            resources=tuple(resources),
            outputs={it["OutputKey"]: it["OutputValue"] for it in current.get("Outputs", ())},
        )


def _beginning(template: Template) -> Template:
    resources = {name: template["Resources"][name] for name in _FIRST}
    return {key: template[key] for key in ("AWSTemplateFormatVersion", "Description")} | {
        "Resources": resources
    }


def _differences(before: Template, after: Template) -> Iterator[ChangedResource]:
    old, new = before["Resources"], after["Resources"]
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        action: Action = "create" if was is None else "delete" if now is None else "update"
        one = now or was
        yield ChangedResource(
            logical_id=name,
            type_name=one["Type"],
            name=_text(_named(one) or name),
            action=action,
            grants=grant_changes(policies_of(was), policies_of(now)) if one["Type"] in _IAM else NO_CHANGES,
            trusts_others=_trust(was) != _trust(now),
        )


def _named(resource: Mapping[str, Any]) -> Any:
    names = (value for key, value in resource["Properties"].items() if key in _NAMES)
    return next(names, None)


_NAMES = frozenset(
    {
        *("AliasName", "BucketName", "LogGroupName", "ManagedPolicyName", "Name"),
        *("RepositoryName", "RoleName", "TopicName"),
    }
)


def _trust(resource: Mapping[str, Any] | None) -> Any:
    return resource and resource["Properties"].get("AssumeRolePolicyDocument")


def policies_of(resource: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The policies of a role or policy, with texts for what they refer to."""
    if resource is None:
        return []
    properties = resource["Properties"]
    documents = [it["PolicyDocument"] for it in properties.get("Policies", ())]
    documents += [it for key, it in properties.items() if key == "PolicyDocument"]
    return [_plain(it) for it in documents]


def _plain(value: Any) -> Any:
    match value:
        case {"Fn::Sub": _} | {"Fn::GetAtt": _} | {"Ref": _}:
            return _text(value)
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _text(value: Any) -> str:
    match value:
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::GetAtt": [*path]}:
            return f"${{{'.'.join(path)}}}"
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case _:
            return str(value)
