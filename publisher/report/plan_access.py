"""What a change of a plan gives to whom, in words for who approves it. Names all of it, never a part."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.model import (
    Constraint,
    ExecutionRolePolicy,
    LaunchConstraint,
    PortfolioShare,
    Principal,
    Resource,
    StackSetConstraint,
    StudioDomain,
    TagOption,
)
from publisher.planning.changes import Change, Create, Update, subject
from publisher.report.access import principal_words, share_words


def gives_access(change: Change) -> bool:
    """Whether somebody can do more after a change than before, or others are affected; deletions aside.

    In a new portfolio principals and shares need no permission, and give access all the same.
    """
    if change.needs not in (None, "delete"):
        return True
    return isinstance(change, Create) and isinstance(change.desired, Principal | PortfolioShare)


def access_words(change: Change) -> str:
    """Who gets what by such a change."""
    before = change.observed if isinstance(change, Update) else None
    match subject(change):
        case Principal() as it:
            return f"{_begun(principal_words(it.principal_arn))} can launch what is in {it.portfolio}."
        case PortfolioShare() as it:
            shared = "is shared with" if before is None else "is shared further with"
            return f"{it.portfolio} {shared} {share_words(it)}."
        case LaunchConstraint() | StackSetConstraint() as it:
            return f"{_launches(it)} {_runs(it)}{_instead(it, before)}."
        case ExecutionRolePolicy() as it:
            return (
                f"Who works with the role {it.role_name} can make SageMaker projects from {it.portfolio}: "
                f"it gets the inline policy {it.policy_name}."
            )
        case StudioDomain() as it:
            return (
                f"Users of the SageMaker domain {it.domain_id} find the project templates of {it.portfolio} "
                f"in {it.location}."
            )
        case TagOption() as it:
            state = "can be chosen" if it.active else "can no longer be chosen"
            return (
                f"The TagOption {it.label} {state}, also in portfolios and of products that are not "
                "managed by publisher."
            )
        case it:
            return f"{it.kind} {it.label}"


def _launches(constraint: Constraint) -> str:
    return f"Launches of {constraint.product} from {constraint.portfolio}"


def _runs(constraint: Resource) -> str:
    match constraint:
        case LaunchConstraint(role_arn=str(arn)) if arn:
            return f"run as {principal_words(arn)}"
        case LaunchConstraint() as it:
            return f"run as the role {it.local_role_name} of the account that launches"
        case StackSetConstraint() as it:
            return (
                f"are stacks in the accounts {_all(it.account_list)}, in {_all(it.region_list)}, made by "
                f"{it.admin_role} as the role {it.execution_role} there; "
                f"users {'can' if it.stack_instance_control == 'ALLOWED' else 'cannot'} change single stacks"
            )
        case _:
            return "change"


def _instead(constraint: Resource, before: Resource | None) -> str:
    match constraint, before:
        case StackSetConstraint() as new, StackSetConstraint() as old:
            more = [it for it in (*new.account_list, *new.region_list)]
            known = {*old.account_list, *old.region_list}
            added = [it for it in more if it not in known]
            return f". New are {_all(added)}" if added else f". Before, they {_runs(old)}"
        case _, LaunchConstraint() | StackSetConstraint() as old:
            return f". Before, they {_runs(old)}"
        case _:
            return ""


def _all(names: Sequence[str]) -> str:
    return ", ".join(names)


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
