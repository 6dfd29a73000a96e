import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_emulator.iam.policy import Decision, MalformedPolicyError, Request, compiled, decide
from tests.conftest import cases

ALLOWED, IMPLICIT, EXPLICIT = Decision.ALLOWED, Decision.IMPLICIT_DENY, Decision.EXPLICIT_DENY
TOPIC = "arn:aws:sns:us-west-2:111111111111:alerts"


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(action: Any = "sns:Publish", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "sns:Publish", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def request(action: str = "sns:Publish", resource: str | None = TOPIC, **context: Any) -> Request:
    return Request(action=action, resource=resource, context=context)


@cases(
    ("statements", "decision"),
    {
        "nothing": ([], IMPLICIT),
        "allowed": ([allow()], ALLOWED),
        "actions know no case": ([allow("SNS:publish")], ALLOWED),
        "every action of the service": ([allow("sns:*")], ALLOWED),
        "every action": ([allow("*")], ALLOWED),
        "one letter": ([allow("sns:Publis?")], ALLOWED),
        "no prefix match": ([allow("sns:Pub")], IMPLICIT),
        "one of several actions": ([allow(["sns:Subscribe", "sns:Publish"])], ALLOWED),
        "another action": ([allow("sns:Subscribe")], IMPLICIT),
        "the resource": ([allow(resource=TOPIC)], ALLOWED),
        "resources know case": ([allow(resource=TOPIC.upper())], IMPLICIT),
        "one of several resources": ([allow(resource=[f"{TOPIC}-2", f"{TOPIC[:-3]}*"])], ALLOWED),
        "wildcards in segments": ([allow(resource="arn:aws:sns:*:*:al?rts")], ALLOWED),
        "dots are dots": ([allow(resource=f"{TOPIC}.")], IMPLICIT),
        "a deny wins": ([allow(), deny()], EXPLICIT),
        "a deny wins, in any order": ([deny(), allow()], EXPLICIT),
        "a deny of another resource": ([allow(), deny(resource=f"{TOPIC}-2")], ALLOWED),
        "hostile wildcards in actions": ([allow("sns:" + "*s" * 40 + "*-")], IMPLICIT),
        "hostile wildcards in resources": ([allow(resource="*" + "*s" * 40 + "*-")], IMPLICIT),
        "a variable of spaces": ([allow(resource="${" + " " * 5000)], IMPLICIT),
        "a variable between spaces": ([allow(resource="${ $ }${ aws:x , 'a' }")], IMPLICIT),
        "NotAction": ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ALLOWED),
        "in NotAction": ([{"Effect": "Allow", "NotAction": "sns:*", "Resource": "*"}], IMPLICIT),
        "NotResource": ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}], ALLOWED),
        "in NotResource": ([{"Effect": "Allow", "Action": "*", "NotResource": TOPIC}], IMPLICIT),
        "a statement without actions": ([{"Effect": "Allow", "Resource": "*"}], IMPLICIT),
        "condition not met": ([allow(Condition={"Bool": {"aws:SecureTransport": "true"}})], IMPLICIT),
    },
)
def test_statements(statements: list[dict[str, Any]], decision: Decision) -> None:
    assert compiled(document(*statements)).decide(request()) is decision


@cases(
    ("statement", "decision"),
    {
        "allowed on some resource": (allow(resource=TOPIC), ALLOWED),
        "denied on every resource": (deny(resource="*"), EXPLICIT),
        "denied on some other resource, perhaps": (deny(resource=TOPIC), IMPLICIT),
        "denied but for some resource": ({"Effect": "Deny", "Action": "*", "NotResource": TOPIC}, IMPLICIT),
    },
)
def test_an_unknown_resource(statement: dict[str, Any], decision: Decision) -> None:
    assert compiled(document(statement)).decide(request(resource=None)) is decision


def test_an_action_without_resources_needs_a_statement_for_all() -> None:
    assert compiled(document(allow(resource=TOPIC))).decide(request(resource="*")) is IMPLICIT
    assert compiled(document(allow(resource="*"))).decide(request(resource="*")) is ALLOWED


@cases(
    ("resource", "context", "decision"),
    {
        "value": ("arn:aws:s3:::home/${aws:username}/*", {"aws:username": ("ann",)}, ALLOWED),
        "any case": ("arn:aws:s3:::home/${AWS:UserName}/*", {"aws:username": ("ann",)}, ALLOWED),
        "no value": ("arn:aws:s3:::home/${aws:username}/*", {}, IMPLICIT),
        "default": ("arn:aws:s3:::home/${aws:username, 'ann'}/*", {}, ALLOWED),
        "two values": ("arn:aws:s3:::home/${aws:username}/*", {"aws:username": ("ann", "bob")}, IMPLICIT),
        "star in the value": ("arn:aws:s3:::home/${aws:username}/*", {"aws:username": ("*",)}, IMPLICIT),
        "literal star": ("arn:aws:s3:::home/ann/${*}", {}, IMPLICIT),
    },
)
def test_variables(resource: str, context: dict[str, Any], decision: Decision) -> None:
    asked = Request(action="s3:GetObject", resource="arn:aws:s3:::home/ann/x", context=context)
    assert compiled(document(allow("s3:GetObject", resource))).decide(asked) is decision


def test_a_literal_star_matches_itself() -> None:
    asked = Request(action="s3:GetObject", resource="arn:aws:s3:::home/*")
    assert compiled(document(allow("s3:GetObject", "arn:aws:s3:::home/${*}"))).decide(asked) is ALLOWED


def test_the_first_version_of_the_language_has_no_variables() -> None:
    asked = Request(action="s3:GetObject", resource="${aws:username}", context={"aws:username": ("ann",)})
    text = document(allow("s3:GetObject", "${aws:username}"), version="2008-10-17")
    assert compiled(text).decide(asked) is ALLOWED


def test_several_documents() -> None:
    allows, denies, other = (compiled(document(one)) for one in (allow(), deny(), allow("sns:Subscribe")))
    assert decide([], request()) is IMPLICIT
    assert decide([other], request()) is IMPLICIT
    assert decide([other, allows], request()) is ALLOWED
    assert decide([allows, denies], request()) is EXPLICIT


@cases(
    ("text", "message"),
    {
        "no JSON": ("{", "Syntax errors in policy."),
        "no object": ("[]", "Syntax errors in policy."),
        "unknown operator": (
            document(allow(Condition={"StringIs": {"aws:username": "ann"}})),
            "Invalid Condition type : StringIs.",
        ),
        "unknown quantifier": (
            document(allow(Condition={"ForSome:StringLike": {"aws:username": "ann"}})),
            "Invalid Condition type : ForSome:StringLike.",
        ),
    },
)
def test_documents_that_are_none(text: str, message: str) -> None:
    with pytest.raises(MalformedPolicyError) as caught:
        compiled(text)
    assert str(caught.value) == message


def test_one_statement_needs_no_list() -> None:
    assert compiled(json.dumps({"Statement": allow()})).decide(request()) is ALLOWED


@given(st.text(), st.text())
def test_literal_patterns_match_only_themselves(text: str, other: str) -> None:
    literal = text.replace("*", "").replace("?", "").replace("$", "")
    policy = compiled(document(allow("s3:GetObject", literal)))
    assert policy.decide(Request(action="s3:GetObject", resource=literal)) is ALLOWED
    expected = ALLOWED if other == literal else IMPLICIT
    assert policy.decide(Request(action="s3:GetObject", resource=other)) is expected
