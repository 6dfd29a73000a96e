"""What the files name and the account lacks stops sync before the first write."""

from __future__ import annotations

import boto3

from tests.account import ACCOUNT, REGION
from tests.cli.conftest import Project
from tests.conftest import cases

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}"


@cases(
    ("line", "about"),
    {
        "launch role": (
            "- {type: LAUNCH, local_role_name: nobody}",
            "Constraint ml / studio-big LAUNCH: role",
        ),
        "topic": (
            f"- {{type: LAUNCH}}\n      - {{type: NOTIFICATION, name: a, notification_arns: ['{TOPIC}:x']}}",
            "Constraint ml / studio-big NOTIFICATION a: SNS topic",
        ),
        "budget": ("- type: LAUNCH\nbudget: nothing", "BudgetAssociation portfolio ml / nothing: budget"),
    },
)
def test_sync_refuses_before_the_first_write(line: str, about: str, project: Project) -> None:
    project.bootstrap()
    project.edit("portfolio/ml.yaml", "- type: LAUNCH", line)
    shown = project.run("plan")
    assert (shown.code, shown.out.count("  warn  ")) == (0, 1)
    ran = project.run("sync", "--yes")
    assert ran.code == 3
    assert f"error: {ACCOUNT}/{REGION}: {about} '" in ran.err
    assert "hint: nothing was written; " in ran.err
    assert boto3.client("servicecatalog").list_portfolios()["PortfolioDetails"] == []
    assert project.stored() == []
