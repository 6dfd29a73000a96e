"""SimulatePrincipalPolicy and SimulateCustomPolicy, evaluated as launches are. Resource policies are not.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.iam.exceptions import MalformedPolicyDocument, NotFoundException
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from catalog_emulator.iam.patterns import Values
from catalog_emulator.iam.policy import Decision, MalformedPolicyError, Policy, Request, compiled, decide
from catalog_emulator.iam.principals import access_of, named_policies
from catalog_emulator.paging import page
from catalog_emulator.request_validation import InvalidRequest, validate

Policies = Mapping[str, Policy]


class InvalidInput(ServiceException):
    """AWS's refusal of a simulation's parameters."""

    code = "InvalidInput"


class ValidationError(ServiceException):
    """The request does not fit the service model."""

    code = "ValidationError"


def simulate_principal_policy(self: Any) -> ActionResult:
    """The decisions for a user with its groups, a group, or a role, with its boundary."""
    params = _params(self)
    source = params["PolicySourceArn"]
    access = access_of(source, region=self.region, session="simulation")
    if access is None:
        raise NotFoundException(f"The entity with ARN {source} cannot be found.")
    policies = {name: compiled(text) for name, text in named_policies(source)}
    boundary = None if access.boundary is None else dict(enumerate(access.boundary))
    return _answer(params, policies, boundary, access.context)


def simulate_custom_policy(self: Any) -> ActionResult:
    """The decisions of the policies in the request."""
    return _answer(_params(self), {}, None, {})


def _params(response: Any) -> dict[str, Any]:
    shape = get_service_model("iam").operation_model(response._get_action()).input_shape
    params: dict[str, Any] = response._get_params()
    try:
        validate(shape, params)
    except InvalidRequest as error:
        raise ValidationError(error.message) from None
    return params


def _answer(
    params: Mapping[str, Any], policies: Policies, boundary: Mapping[Any, Policy] | None, known: Values
) -> ActionResult:
    if params.get("ResourcePolicy"):
        raise InvalidInput("This endpoint does not simulate resource policies")
    policies = {**policies, **_listed(params, "PolicyInputList")}
    boundary = _listed(params, "PermissionsBoundaryPolicyInputList") or boundary
    context = {**known, **_context(params)}
    pairs = list(itertools.product(params["ActionNames"], params.get("ResourceArns") or ["*"]))
    try:
        shown, following = page(pairs, params.get("MaxItems") or 100, params.get("Marker"), str(pairs))
    except ValueError:
        raise InvalidInput("Invalid Marker") from None
    requests = [
        Request(action=_checked(action), resource=resource, context=context) for action, resource in shown
    ]
    return ActionResult(
        {
            "EvaluationResults": [_result(request, policies, boundary) for request in requests],
            "IsTruncated": following is not None,
            "Marker": following,
        }
    )


def _result(request: Request, policies: Policies, boundary: Mapping[Any, Policy] | None) -> dict[str, Any]:
    decision = decide(policies.values(), request)
    result: dict[str, Any] = {"EvalActionName": request.action, "EvalResourceName": request.resource}
    matched = [] if decision is Decision.IMPLICIT_DENY else _deciding(policies, request, decision)
    if boundary is not None:
        limit = decide(boundary.values(), request)
        result["PermissionsBoundaryDecisionDetail"] = {
            "AllowedByPermissionsBoundary": limit is Decision.ALLOWED
        }
        if limit is not Decision.ALLOWED and decision is not Decision.EXPLICIT_DENY:
            decision, matched = limit, []
    everything = [*policies.values(), *(boundary or {}).values()]
    missing = sorted({key for policy in everything for key in policy.missing(request)})
    return {
        **result,
        "EvalDecision": decision.value,
        "MatchedStatements": matched,
        "MissingContextValues": missing,
    }


def _deciding(policies: Policies, request: Request, decision: Decision) -> list[dict[str, Any]]:
    return [
        {"SourcePolicyId": name, "SourcePolicyType": "IAM Policy"}
        for name, policy in policies.items()
        if policy.decide(request) is decision
    ]


def _listed(params: Mapping[str, Any], member: str) -> dict[str, Policy]:
    texts: Iterable[str] = params.get(member) or ()
    try:
        for text in texts:
            IAMPolicyDocumentValidator(text).validate()
        return {f"{member}.{number}": compiled(text) for number, text in enumerate(texts, start=1)}
    except (MalformedPolicyDocument, MalformedPolicyError, RecursionError) as error:
        reason = getattr(error, "message", "Syntax errors in policy.")
        raise InvalidInput(f"Invalid policy in {member}: {reason}") from None


def _context(params: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    entries = params.get("ContextEntries") or ()
    return {
        str(entry["ContextKeyName"]).lower(): tuple(map(str, entry.get("ContextKeyValues") or ()))
        for entry in entries
    }


def _checked(action: str) -> str:
    service, _, name = action.partition(":")
    if not service or not name or set("*?") & set(action):
        raise InvalidInput(f"Invalid Action Name: {action}")
    return action
