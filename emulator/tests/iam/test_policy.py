import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_emulator.iam import Decision, MalformedPolicyError, Request, compiled, decide

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


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        pytest.param([], IMPLICIT, id="nothing"),
        pytest.param([allow()], ALLOWED, id="allowed"),
        pytest.param([allow("SNS:publish")], ALLOWED, id="actions know no case"),
        pytest.param([allow("sns:*")], ALLOWED, id="every action of the service"),
        pytest.param([allow("*")], ALLOWED, id="every action"),
        pytest.param([allow("sns:Publis?")], ALLOWED, id="one letter"),
        pytest.param([allow("sns:Pub")], IMPLICIT, id="no prefix match"),
        pytest.param([allow(["sns:Subscribe", "sns:Publish"])], ALLOWED, id="one of several actions"),
        pytest.param([allow("sns:Subscribe")], IMPLICIT, id="another action"),
        pytest.param([allow(resource=TOPIC)], ALLOWED, id="the resource"),
        pytest.param([allow(resource=TOPIC.upper())], IMPLICIT, id="resources know case"),
        pytest.param(
            [allow(resource=[f"{TOPIC}-2", f"{TOPIC[:-3]}*"])], ALLOWED, id="one of several resources"
        ),
        pytest.param([allow(resource="arn:aws:sns:*:*:al?rts")], ALLOWED, id="wildcards in segments"),
        pytest.param([allow(resource=f"{TOPIC}.")], IMPLICIT, id="dots are dots"),
        pytest.param([allow(), deny()], EXPLICIT, id="a deny wins"),
        pytest.param([deny(), allow()], EXPLICIT, id="a deny wins, in any order"),
        pytest.param([allow(), deny(resource=f"{TOPIC}-2")], ALLOWED, id="a deny of another resource"),
        pytest.param([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ALLOWED, id="NotAction"),
        pytest.param(
            [{"Effect": "Allow", "NotAction": "sns:*", "Resource": "*"}], IMPLICIT, id="in NotAction"
        ),
        pytest.param(
            [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}], ALLOWED, id="NotResource"
        ),
        pytest.param(
            [{"Effect": "Allow", "Action": "*", "NotResource": TOPIC}], IMPLICIT, id="in NotResource"
        ),
        pytest.param([{"Effect": "Allow", "Resource": "*"}], IMPLICIT, id="a statement without actions"),
        pytest.param(
            [allow(Condition={"Bool": {"aws:SecureTransport": "true"}})], IMPLICIT, id="condition not met"
        ),
    ],
)
def test_statements(statements: list[dict[str, Any]], decision: Decision) -> None:
    assert compiled(document(*statements)).decide(request()) is decision


@pytest.mark.parametrize(
    ("statement", "decision"),
    [
        pytest.param(allow(resource=TOPIC), ALLOWED, id="allowed on some resource"),
        pytest.param(deny(resource="*"), EXPLICIT, id="denied on every resource"),
        pytest.param(deny(resource=TOPIC), IMPLICIT, id="denied on some other resource, perhaps"),
        pytest.param(
            {"Effect": "Deny", "Action": "*", "NotResource": TOPIC},
            IMPLICIT,
            id="denied but for some resource",
        ),
    ],
)
def test_an_unknown_resource(statement: dict[str, Any], decision: Decision) -> None:
    assert compiled(document(statement)).decide(request(resource=None)) is decision


def test_an_action_without_resources_needs_a_statement_for_all() -> None:
    assert compiled(document(allow(resource=TOPIC))).decide(request(resource="*")) is IMPLICIT
    assert compiled(document(allow(resource="*"))).decide(request(resource="*")) is ALLOWED


@pytest.mark.parametrize(
    ("resource", "context", "decision"),
    [
        pytest.param("arn:aws:s3:::home/${aws:username}/*", {"aws:username": ("ann",)}, ALLOWED, id="value"),
        pytest.param(
            "arn:aws:s3:::home/${AWS:UserName}/*", {"aws:username": ("ann",)}, ALLOWED, id="any case"
        ),
        pytest.param("arn:aws:s3:::home/${aws:username}/*", {}, IMPLICIT, id="no value"),
        pytest.param("arn:aws:s3:::home/${aws:username, 'ann'}/*", {}, ALLOWED, id="default"),
        pytest.param(
            "arn:aws:s3:::home/${aws:username}/*", {"aws:username": ("ann", "bob")}, IMPLICIT, id="two values"
        ),
        pytest.param(
            "arn:aws:s3:::home/${aws:username}/*", {"aws:username": ("*",)}, IMPLICIT, id="star in the value"
        ),
        pytest.param("arn:aws:s3:::home/ann/${*}", {}, IMPLICIT, id="literal star"),
    ],
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "Syntax errors in policy.", id="no JSON"),
        pytest.param("[]", "Syntax errors in policy.", id="no object"),
        pytest.param(
            document(allow(Condition={"StringIs": {"aws:username": "ann"}})),
            "Invalid Condition type : StringIs.",
            id="unknown operator",
        ),
        pytest.param(
            document(allow(Condition={"ForSome:StringLike": {"aws:username": "ann"}})),
            "Invalid Condition type : ForSome:StringLike.",
            id="unknown quantifier",
        ),
    ],
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
