from __future__ import annotations

from dataclasses import replace

from publisher.planning.changes import Update, change_document, differences
from tests.samples import launch, ml


def test_the_document_of_a_change() -> None:
    assert change_document(Update(launch(role="a"), launch(role="b"), needs="launch-role")) == {
        "action": "update",
        "resource": "Constraint",
        "key": ["constraint", "ml", "studio", "LAUNCH"],
        "before": {
            "type": "LAUNCH",
            "portfolio": "ml",
            "product": "studio",
            "local_role_name": "a",
            "role_arn": "",
            "description": "",
            "status": "AVAILABLE",
        },
        "after": {
            "type": "LAUNCH",
            "portfolio": "ml",
            "product": "studio",
            "local_role_name": "b",
            "role_arn": "",
            "description": "",
            "status": "AVAILABLE",
        },
        "needs": "launch-role",
        "includes": [],
    }


def test_differences() -> None:
    change = Update(ml, replace(ml, display_name="M", tags=()))
    assert list(differences(change)) == [("display_name", "ML", "M"), ("tags", (("team", "a"),), ())]
