"""What AWS denied a launch, read from a failure's reason, and who can allow it. Reads nothing but the text.

Stacks and records have no codes, so this reads messages; it only chooses hints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.aws.translations import translation
from publisher.errors import command, quoted
from publisher.launch.request import DEPLOY_PREFIX, ROLE_PREFIX

# User: arn:… is not authorized to perform: s3:CreateBucket on resource: … because no identity-based policy …
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_SENTENCE = re.compile(
    r"(?P<subject>\S+) is not authorized to perform:? (?P<action>[\w:*-]+)"
    r"(?: on (?:the )?resource:? \"?(?P<resource>[^\"]+?)\"?)?"
    r"(?= because | with an explicit | as | \(|[\",;]|\.(?:\s|$)|$)"
)
_POLICY = re.compile(
    r"because no (?P<lacking>[\w -]{1,40}?) allows|with an explicit deny(?: in an? (?P<denying>[\w -]{1,40}?"
    r"(?:policy|boundary)))?",
    re.IGNORECASE,
)
# API: ec2:DeleteRoute You are not authorized to perform this operation. Encoded authorization failure …
_CALL = re.compile(r"\bAPI: (?P<action>[\w-]+:\w+) (?:You are not authorized|Access Denied)", re.IGNORECASE)
# Access denied for operation 'CreatePipeline'.
_OPERATION = re.compile(r"Access denied for operation '(?P<action>[^':]+)", re.IGNORECASE)
# What names no action: S3, EC2, handlers of CloudFormation, and Service Catalog about the launch role.
_NAMELESS = re.compile(
    r"HandlerErrorCode: AccessDenied|\bAccess ?Denied(?:Exception)?\b|UnauthorizedOperation"
    r"|You are not authorized to perform this operation",
    re.IGNORECASE,
)
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_ASSUMED = re.compile(r":assumed-role/(?:[^/]+/)*?(?P<name>[^/]+)/[^/]+$|:role/(?:.*/)?(?P<role>[^/]+)$")
# Of the launch role itself: Service Catalog assumes it for every launch.
_NO_ROLE = re.compile(
    r"Access denied while assuming the role|launch role \S+ (?:does not exist|cannot be assumed)",
    re.IGNORECASE,
)
# What a derived launch role has only under a condition of the product.
_NARROWED = {
    "iam:PassRole": "the launch passes a role that its template does not name",
    "iam:": "the role, policy or user is not of the template, or lacks the product's permissions boundary",
    "ssm:GetParameters": "the parameter is not in ssm_parameters of product.yaml",
}
_ENCODED = re.compile(r"Encoded authorization failure message", re.IGNORECASE)
# Roles that bootstrap makes.
_OURS = (ROLE_PREFIX, DEPLOY_PREFIX)
# Without one of these in the way, the role itself has to allow the action.
_OF_THE_ROLE = frozenset({"", "identity-based policy"})


@dataclass(frozen=True, kw_only=True)
class Denial:
    """An action (`s3:CreateBucket`), the resource, the role that lacks it, and the kind of policy in the way.

    What the text does not say is empty. `explicit`: a policy denies it. `no_role`: the launch role itself is
    missing, or does not trust Service Catalog. `encoded`: AWS says more in a message that it encoded.
    """

    action: str = ""
    resource: str = ""
    role: str = ""
    policy: str = ""
    explicit: bool = False
    encoded: bool = False
    no_role: bool = False


def denial_in(reason: str) -> Denial | None:
    """What was denied to a role, if a reason says that something was."""
    encoded = bool(_ENCODED.search(reason))
    if found := _SENTENCE.search(reason):
        subject = found["subject"]
        if not subject.startswith("arn:"):
            return None  # a service may not use a role that the template gives it
        policy = _POLICY.search(reason)
        return Denial(
            action=found["action"],
            resource=(found["resource"] or "").strip(),
            role=_role_name(subject),
            policy=((policy["lacking"] or policy["denying"] or "") if policy else "").lower(),
            explicit=bool(policy and policy["lacking"] is None),
            encoded=encoded,
        )
    no_role = bool(_NO_ROLE.search(reason))
    named = _CALL.search(reason) or _OPERATION.search(reason)
    if named or no_role or _NAMELESS.search(reason):
        return Denial(action=named["action"] if named else "", encoded=encoded, no_role=no_role)
    return None


def _role_name(arn: str) -> str:
    found = _ASSUMED.search(arn)
    return (found["name"] or found["role"]) if found else arn


def remedy(reason: str, launch_role: str) -> str:
    """What to do about a reason: where something was denied, which role lacks what and who can allow it.

    Other reasons that are known are explained. `launch_role` is a name, empty where it is unknown; it counts
    where the reason names no role.
    """
    denial = denial_in(reason)
    if denial is None:
        known = translation(text=reason)
        return known.explained() if known else "fix this"
    role = denial.role or launch_role
    who = f"role {quoted(role)}" if role else "the launch role"
    if denial.no_role:
        what = f"{who} does not exist or cannot be assumed"
    else:
        what = f"{who} lacks {denial.action or 'a permission'}"
        what += f" on {quoted(denial.resource)}" if denial.resource not in ("", "*") else ""
    what += _explained(denial, role)
    decode = "; aws sts decode-authorization-message shows the rest" if denial.encoded else ""
    return f"{what}: {_who_can_allow(denial, role)}{decode}"


def _explained(denial: Denial, role: str) -> str:
    """The command that says which resources of the product need the action."""
    if not (role.startswith(_OURS) and _ACTION.fullmatch(denial.action)):
        return ""
    trust = ("--for", "cloudformation") if role.startswith(DEPLOY_PREFIX) else ()
    explain = command("policy", role.partition("-")[2], *trust, "--explain", denial.action)
    return f" ({explain} shows what needs it)"


def _who_can_allow(denial: Denial, role: str) -> str:
    if denial.policy not in _OF_THE_ROLE:
        return f"ask those who manage the {denial.policy} to allow it; bootstrap cannot"
    if not role.startswith(_OURS):
        return "ask the owner of the role to allow it"
    # The policies of our roles deny nothing, and S3 and others do not say what is in the way.
    ours = f"ask the platform team to run {command('bootstrap')}"
    if denial.no_role:
        return ours
    if not denial.policy or denial.explicit:
        return f"{ours}; if nothing changes, another policy denies it"
    meant = next((text for action, text in _NARROWED.items() if denial.action.startswith(action)), "")
    return f"{ours}; if nothing changes, {meant}" if meant else ours
