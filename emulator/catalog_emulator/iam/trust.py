"""Whether a role's trust policy, and the caller's own policies, allow it to be assumed.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog_emulator.iam.access import DeniedError
from catalog_emulator.iam.patterns import Values, as_list
from catalog_emulator.iam.policy import Decision, Request, compiled, decide
from catalog_emulator.iam.principals import access_of, find_principal, with_path
from catalog_emulator.iam.resource_context import resource_context

_ASSUME = "sts:AssumeRole"


def check_trust(role_arn: str, caller: str, *, region: str, request: Values) -> None:
    """Raises DeniedError unless the caller, a user or a session of a role, may assume the role.

    A caller that IAM does not know may do everything. A role that is not there is the way into an account.
    """
    holder, role = find_principal(caller), find_principal(with_path(role_arn))
    access = access_of(caller, region=region)
    if holder is None or access is None or role is None:
        return
    denied = f"User: {access.arn} is not authorized to perform: {_ASSUME} on resource: {role_arn}"
    context = {**access.context, **request}
    _, partition, _, _, account, _ = str(holder.arn).split(":", 5)
    own, whole = {str(holder.arn), access.arn}, {"*", account, f"arn:{partition}:iam::{account}:root"}
    named = [one for one, names in _statements(role) if own & names]
    delegated = [one for one, names in _statements(role) if whole & names]
    if role.arn != role_arn or _decision([*named, *delegated], context) is not Decision.ALLOWED:
        raise DeniedError(denied)
    # The account of the role trusts a principal of its own by name: that is enough.
    if role_arn.split(":")[4] != account or _decision(named, context) is not Decision.ALLOWED:
        access.check(_ASSUME, role_arn, {**resource_context(_ASSUME, role_arn), **request})


def _decision(statements: Sequence[Mapping[str, Any]], context: Values) -> Decision:
    document = {"Version": "2012-10-17", "Statement": [{**it, "Resource": "*"} for it in statements]}
    return decide([compiled(json.dumps(document))], Request(action=_ASSUME, context=context))


def _statements(role: Any) -> Iterator[tuple[Mapping[str, Any], set[str]]]:
    """The statements of the trust policy, each with the AWS principals that it names."""
    for statement in as_list(json.loads(role.assume_role_policy_document).get("Statement")):
        principal = statement.get("Principal")
        names = principal.get("AWS") if isinstance(principal, Mapping) else principal
        yield statement, {str(it) for it in as_list(names)}
