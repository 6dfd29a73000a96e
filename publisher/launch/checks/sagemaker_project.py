"""Rules: what a SageMaker project needs beside its product: a visible template, and permissions."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.errors import command
from publisher.launch.checks.rule import Arguments, Flaw, LaunchRule, NotCheckedError, Subject
from publisher.model import VISIBLE

_CLOUDFORMATION = "cloudformation.amazonaws.com"


def _in_s3(subject: Subject) -> str:
    """The template in S3 of the project, empty if it is made of a product."""
    from publisher.launch.s3_templates import TEMPLATE_ID

    return str(subject.described.get(TEMPLATE_ID, ""))


# The page names the tag as a step before a project can be made. That CreateProject itself refuses a template
# without it is not documented.
@LaunchRule.of(
    "L109",
    "sagemaker/latest/dg/sagemaker-projects-templates-custom.html",
    applies=_in_s3,
)
def visible(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """The template in S3 of a SageMaker project is the visible one."""
    from publisher.launch.s3_templates import is_visible, tags_of

    template = _in_s3(subject)
    if not is_visible(tags_of(subject.aws, template)):
        yield Flaw(
            message=f"{template} does not have the tag {'='.join(VISIBLE)}",
            hint="choose a version that has it with --version, or ask the platform team to run "
            f"{command('sync')}, which gives it to the newest that can be launched",
        )


@LaunchRule.of(
    "L110",
    "service-authorization/latest/reference/list_amazonsagemaker.html",
    severity="warning",
    applies=lambda it: it.request.sagemaker_project,
)
def permitted(subject: Subject, _: Arguments) -> Iterator[Flaw]:
    """The caller may make the SageMaker project, and pass the role of its stack (simulated).

    Simulates the caller, as whoever may. Policies of resources are not simulated.
    """
    request = subject.request
    arn = _role_of(subject)
    place = f"arn:{subject.aws.partition}:{{}}:{subject.aws.region}:{request.account_id}"
    verb = "Update" if subject.stack else "Create"
    needed = [(f"sagemaker:{verb}Project", f"{place.format('sagemaker')}:project/{request.name}", "")]
    if request.sagemaker_project == "s3" and not subject.stack:
        role = f"arn:{subject.aws.partition}:iam::{request.account_id}:role/{request.role}"
        needed.append(("iam:PassRole", role, _CLOUDFORMATION))
    client = subject.aws.client("iam")
    lacking = []
    for action, resource, service in needed:
        context = [
            {
                "ContextKeyName": "iam:PassedToService",
                "ContextKeyType": "string",
                "ContextKeyValues": [service],
            }
        ]
        (result,) = client.simulate_principal_policy(
            PolicySourceArn=arn,
            ActionNames=[action],
            ResourceArns=[resource],
            ContextEntries=context if service else [],
        )["EvaluationResults"]
        if result["EvalDecision"] != "allowed":
            lacking.append(f"{action} on {resource}")
    if lacking:
        yield Flaw(
            message=f"{arn.rpartition('/')[2]} does not allow {' and '.join(lacking)}",
            hint="ask the owner of your role to allow it",
        )


def _role_of(subject: Subject) -> str:
    """The ARN of the caller's role or user, in IAM's form."""
    arn = subject.caller
    _, _, kind = arn.rpartition(":")
    if kind.startswith("user/"):
        return arn
    if not kind.startswith("assumed-role/"):
        raise NotCheckedError(f"{arn} is no role or user")
    found: str = subject.aws.client("iam").get_role(RoleName=kind.split("/")[1])["Role"]["Arn"]
    return found
