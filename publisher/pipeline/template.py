"""The template of the pipeline's stack: the same bytes for the same files. Knows no AWS client.

What the pipeline may do is derived: of builds from the files, of the role that updates it from the stack.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import yaml

from publisher.aws.arns import partition_of
from publisher.bootstrap.templates import substituted
from publisher.declarations import Repository
from publisher.declarations.pipeline import CodeCommit, Group, PipelineFile
from publisher.declarations.targets import TargetsFile
from publisher.documents import canonical_json, sha256_of
from publisher.errors import InputError
from publisher.permissions import Need, Policy, Scope, derive, policies, trust
from publisher.permissions.boundary import granted
from publisher.permissions.fitting import fitted
from publisher.permissions.names import Names
from publisher.permissions.publishing import Reached, Step, publishing_needs

Template = dict[str, Any]

# Of all inline policies of a role, without white space.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_INLINE, _OF_BUILDS = 10_240, 1_500
# Of more, a role names the Regions in a condition.
_REGIONS = 3
_CONSOLES = {
    "aws": "https://${AWS::Region}.console.aws.amazon.com",
    "aws-cn": "https://${AWS::Region}.console.amazonaws.cn",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
}
BOUNDARY, UPDATE_ROLE, UPDATE_POLICY = "Boundary", "UpdateRole", "UpdatePolicy"
# With the policies of the update role, what that role cannot change itself.
OF_ADMINISTRATORS = frozenset({BOUNDARY, UPDATE_ROLE, "Key", "KeyAlias"})
_KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}
_ROLE = "AWS::IAM::Role"
_TRUST = "cloudformation"


@dataclass(frozen=True, kw_only=True)
class _Names:
    """What has a name that others say: in the account and Region of the stack."""

    name: str
    region: str

    @property
    def bucket(self) -> str:
        return f"{self.name}-${{AWS::AccountId}}-${{AWS::Region}}"

    @property
    def boundary(self) -> str:
        # Begins otherwise than the roles of the stack, which may become one pattern.
        return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/boundary-{self.name}"

    @property
    def update_role(self) -> str:
        return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/update-{self.name}"

    @property
    def key(self) -> str:
        """Stands for the key of the stack while policies are derived."""
        return f"arn:${{AWS::Partition}}:kms:{self.region}:${{AWS::AccountId}}:key/of-{self.name}"

    def in_region(self, service: str, resource: str) -> str:
        return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"


def pipeline_template(file: PipelineFile, repository: Repository, targets: TargetsFile | None) -> Template:
    """The stack. Raises InputError when a role cannot hold what it needs."""
    groups = [_group(file, group, repository, targets) for group in file.groups]
    template, names = _written(file, groups), _Names(name=file.name, region=file.region)
    scope = Scope(for_=_TRUST, boundary=names.boundary, region=file.region, stack=file.name)
    # Whatever the groups are called, so that who adds one needs no administrator.
    every = _written(file, [_any_group(file, repository, targets)])
    every["Resources"] = {
        key: json.loads(json.dumps(it).replace(json.dumps(_KEY_ARN), json.dumps({"Fn::Sub": names.key})))
        for key, it in every["Resources"].items()
        if key not in OF_ADMINISTRATORS
    }
    derived = derive(every, scope)
    if derived.unbounded or derived.administrator:
        raise InputError(f"the update role is not limited: {[*derived.unbounded, *derived.administrator]}")
    limit = _boundary(every, scope)
    for resource in template["Resources"].values():
        if resource["Type"] == _ROLE:
            resource["DependsOn"] = BOUNDARY
    stack = names.in_region("cloudformation", f"stack/{file.name}/*")
    made = _update(file.name, stack, limit, derived.policies)
    template["Resources"] |= json.loads(
        json.dumps(made).replace(json.dumps({"Fn::Sub": names.key}), json.dumps(_KEY_ARN))
    )
    template["Resources"]["Pipeline"]["DependsOn"] = UPDATE_ROLE
    return template


def _boundary(template: Template, scope: Scope) -> Policy:
    """The most that the roles of a template may do, written shorter, and so wider, where it would not fit."""
    needs = [
        Need(action=action, reason="", resources=grant.resources, condition=grant.condition)
        for grant in granted(Names(template, scope))
        for action in grant.actions
    ]
    policy, *more = fitted(needs)
    if more:
        raise InputError(
            "the permissions boundary of the pipeline does not fit a policy",
            hint="use fewer accounts, roles and buckets, or several pipelines",
        )
    return policy


def template_text(template: Template) -> str:
    """The text of the template's file."""
    return json.dumps(template, indent=1, ensure_ascii=True) + "\n"


def _trusting(stack: str) -> Any:
    """CloudFormation, for this stack only, as in AWS's own pipelines.

    https://github.com/awslabs/aws-deployment-framework, adf-bootstrap/deployment/pipeline_management.yml
    """
    document = trust(_TRUST).document(partition="aws")
    assert document is not None
    document["Statement"][0]["Condition"] = {"ArnLike": {"aws:SourceArn": {"Fn::Sub": stack}}}
    return document


def _update(name: str, stack: str, boundary: Policy, policies: Sequence[Policy]) -> dict[str, Any]:
    """The boundary, and the role that updates the stack, which may change neither."""
    managed = "AWS::IAM::ManagedPolicy"
    found: dict[str, Any] = {
        BOUNDARY: {
            "Type": managed,
            "Properties": {
                "ManagedPolicyName": f"boundary-{name}",
                "Description": f"publisher: the most that the roles of {name} may do",
                "PolicyDocument": substituted(boundary.document),
            },
        }
    }
    numbered = [f"{UPDATE_POLICY}{policy.number}" for policy in policies]
    for logical, policy in zip(numbered, policies, strict=True):
        found[logical] = {
            "Type": managed,
            "Properties": {
                "ManagedPolicyName": f"update-{name}-{policy.number}",
                "PolicyDocument": substituted(policy.document),
            },
        }
    found[UPDATE_ROLE] = {
        "Type": _ROLE,
        "Properties": {
            "RoleName": f"update-{name}",
            "Description": f"publisher: CloudFormation updates the stack {name} with this role",
            "AssumeRolePolicyDocument": _trusting(stack),
            "ManagedPolicyArns": [{"Ref": logical} for logical in numbered],
        },
    }
    return found


def _written(file: PipelineFile, groups: Sequence[Mapping[str, Any]]) -> Template:
    names = _Names(name=file.name, region=file.region)
    source = file.source
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    environment.filters["brackets"] = lambda text: f"[{text}]"
    text = environment.from_string(
        Path(__file__).with_name("pipeline.template.yaml.j2").read_text(encoding="utf-8")
    ).render(
        sub=lambda text: json.dumps({"Fn::Sub": text}),
        get=lambda path: json.dumps({"Fn::GetAtt": path.split(".")}),
        artifacts=lambda them: json.dumps([{"Name": it} for it in them]),
        name=file.name,
        email=file.email or "",
        source=source,
        groups=groups,
        batch=_batch,
        compare_statements=[
            {
                "Sid": "ReadThisStack",
                "Effect": "Allow",
                "Action": ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
                "Resource": {"Fn::Sub": names.in_region("cloudformation", f"stack/{file.name}/*")},
            }
        ],
        bucket=names.bucket,
        boundary=names.boundary,
        update_role_arn=names.update_role,
        pipeline_arn=names.in_region("codepipeline", file.name),
        stack_arn=names.in_region("cloudformation", f"stack/{file.name}/*"),
        repository_arn=names.in_region("codecommit", source.repository)
        if isinstance(source, CodeCommit)
        else "",
        console=_CONSOLES[partition_of(file.region)],
    )
    template: Template = yaml.safe_load(text)
    return template


def _group(
    file: PipelineFile, group: Group, repository: Repository, targets: TargetsFile | None
) -> dict[str, Any]:
    def needs(step: Step) -> tuple[Need, ...]:
        reached = Reached.of(
            targets,
            group.targets,
            account_id=file.account_id,
            region=file.region,
            planning=step == "plan",
        )
        found = publishing_needs(step, repository, reached, prune=group.prune)
        regions = sorted(reached.regions)
        return found if len(regions) <= _REGIONS else tuple(_anywhere(it, regions) for it in found)

    syncing = ("--bootstrap",) if group.bootstrap else ()
    options = {
        "PUBLISHER_OPTIONS": _options("--target", group.targets),
        "PLAN_OPTIONS": ("--prune", "--dead-principals") if group.prune else (),
        "SYNC_OPTIONS": (*syncing, *_options("--allow", group.allow)),
    }
    return {
        **_called(group.name),
        "approval": group.approval,
        "builds": group.builds,
        "max_failures": group.max_failures,
        "plan": _statements(group.name, needs("plan")),
        "sync": _statements(group.name, needs("bootstrap" if group.bootstrap else "sync")),
        "variables": {name: " ".join(words) for name, words in options.items() if words},
    }


def _any_group(file: PipelineFile, repository: Repository, targets: TargetsFile | None) -> dict[str, Any]:
    """One that stands for all in any Region: what limits them is the same whatever they are called."""
    step: Step = "bootstrap" if any(it.bootstrap for it in file.groups) else "sync"
    found: set[Need] = set()
    for group in file.groups:
        for planning in (False, True):
            reached = Reached.of(
                targets, group.targets, account_id=file.account_id, region=file.region, planning=planning
            )
            needs = publishing_needs(step, repository, reached, prune=True)
            found |= {_anywhere(it, sorted(reached.regions), limited=False) for it in needs}
    statements = [it for policy in policies(found, size=lambda _: 0) for it in policy.document["Statement"]]
    every = [substituted(it) for it in statements]
    return {
        **_called("*"),
        "approval": False,
        "builds": 2,
        "max_failures": "0",
        "plan": every,
        "sync": every,
        "variables": {},
    }


def _called(name: str) -> dict[str, str]:
    """A group's name, its part of logical ids, and its artifacts, of which keys hold 10 letters."""
    ident = "".join(word.capitalize() for word in name.split("-")) if name != "*" else "Any"
    digest = sha256_of(name)[:6]
    return {"name": name, "id": ident, "artifact": f"Plan{digest}", "outcomes": f"Done{digest}"}


def _batch(count: int) -> str:
    """A buildspec for so many builds of the repository's own, all with the same plan.

    The last word is that of the report: a build that was killed fails no others.
    https://docs.aws.amazon.com/codebuild/latest/userguide/batch-build-buildspec.html
    """
    builds = [
        {
            "identifier": f"shard_{number}",
            "buildspec": "buildspec.yml",
            "ignore-failure": True,
            "env": {"variables": {"SHARD": f"{number}/{count}"}},
        }
        for number in range(1, count + 1)
    ]
    return json.dumps({"version": "0.2", "batch": {"fast-fail": False, "build-list": builds}})


def _anywhere(need: Need, regions: Sequence[str], *, limited: bool = True) -> Need:
    """In any Region; `limited` to requests in these.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    resources = need.resources
    for region in regions:
        resources = tuple(sorted({it.replace(region, "*") for it in resources}))
    if resources == need.resources or not limited:
        return replace(need, resources=resources)
    condition = json.loads(need.condition or "{}")
    condition.setdefault("StringEquals", {})["aws:RequestedRegion"] = list(regions)
    return replace(need, resources=resources, condition=canonical_json(condition))


def _statements(group: str, needs: Iterable[Need]) -> list[dict[str, Any]]:
    """Statements of one document. Raises InputError when they do not fit beside what every build may do."""
    (policy,) = policies(needs, size=lambda _: 0)
    if len(policy.text) > _INLINE - _OF_BUILDS:
        raise InputError(
            f"the policy of group '{group}' has {len(policy.text)} characters, "
            f"{_INLINE - _OF_BUILDS} are allowed",
            hint="divide its targets into several groups",
        )
    return [substituted(statement) for statement in policy.document["Statement"]]


def _options(name: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for value in values for word in (name, value))
