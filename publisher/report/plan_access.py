"""What a change of a plan gives to whom, in words for who approves it. Names all of it, never a part."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.errors import counted
from publisher.model import (
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


def alike(change: Change) -> tuple[str, ...]:
    """What changes have in common that can be said in one sentence: launches that will run the same way."""
    match subject(change):
        case LaunchConstraint() | StackSetConstraint() as it:
            return (it.portfolio, _runs(it), change.needs or "")
        case it:
            return it.key


def access_words(first: Change, *others: Change) -> str:
    """Who gets what by changes that are alike."""
    before = first.observed if isinstance(first, Update) else None
    match subject(first):
        case Principal() as it:
            who = _begun(principal_words(it.principal_arn))
            return f"{who} can launch what is in the portfolio {it.portfolio}."
        case PortfolioShare() as it:
            shared = "is shared with" if before is None else "is shared further with"
            return f"The portfolio {it.portfolio} {shared} {share_words(it)}."
        case LaunchConstraint() | StackSetConstraint() as it:
            whose = counted(1 + len(others), "product") if others else it.product
            words = f"Launches of {whose} from the portfolio {it.portfolio} {_runs(it)}."
            return words if others or before is None else f"{words} {before_words(first)}"
        case ExecutionRolePolicy() as it:
            return (
                f"Who works with the role {it.role_name} can make SageMaker projects from the "
                f"portfolio {it.portfolio}: it gets the inline policy {it.policy_name}."
            )
        case StudioDomain() as it:
            return (
                f"Users of the SageMaker domain {it.domain_id} find the project templates of the "
                f"portfolio {it.portfolio} in {it.location}."
            )
        case TagOption() as it:
            state = "can be chosen" if it.active else "can no longer be chosen"
            return (
                f"The TagOption {it.label} {state}, also in portfolios and of products that are not "
                "managed by publisher."
            )
        case it:
            return f"{it.kind} {it.label}"


def before_words(change: Change) -> str:
    """How launches ran before, or what is new of their accounts and Regions."""
    match change:
        case Update(StackSetConstraint() as old, StackSetConstraint() as new):
            known = {*old.account_list, *old.region_list}
            added = [it for it in (*new.account_list, *new.region_list) if it not in known]
            return f"New are {_all(added)}." if added else f"Before, they {_runs(old)}."
        case Update(LaunchConstraint() | StackSetConstraint() as old):
            return f"Before, they {_runs(old)}."
        case _:
            return ""


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


def _all(names: Sequence[str]) -> str:
    return ", ".join(names)


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
