from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from catalog_emulator.sns import mails

from tests.cli.launch_project import CONFIG, NEXT, PUBLISHER, Publisher, clock, interrupt
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import Ran
from tests.launch.account import EMAIL, NAME, PATH, Account, follow_the_link


def test_alerts(launched: Any, publisher: Publisher) -> None:
    assert (
        publisher("alerts", PATH).out
        == f"alerts: {EMAIL} pending, not confirmed; no alerts are delivered\n{NEXT}"
    )
    follow_the_link()
    assert publisher("--json", "alerts", PATH, "--wait", "--resend") == Ran(
        code=0,
        out=json.dumps({"alerts": {"endpoint": EMAIL, "state": "confirmed"}, "name": NAME}, indent=2) + "\n",
        err=f"{EMAIL}: already confirmed, no email sent\n",
    )
    assert publisher("alerts", PATH).out == f"alerts: {EMAIL} confirmed\n"


def test_alerts_wait(launched: Any, publisher: Publisher) -> None:
    assert publisher("alerts", PATH, "--wait", "--resend", clock=clock(follow_the_link)) == Ran(
        code=0,
        out=f"alerts: {EMAIL} confirmed\n",
        err=f"{EMAIL}: confirmation email sent\n{EMAIL}: waiting up to 10 minutes for confirmation\n",
    )
    assert len(mails(EMAIL)) == 2


def test_alerts_wait_in_vain(launched: Any, publisher: Publisher) -> None:
    assert publisher("-q", "alerts", PATH, "--wait", "--timeout", "1.5", clock=clock()) == Ran(
        code=1,
        out="",
        err=f"error: {EMAIL}: alerts were not confirmed within 1.5 minutes\n"
        f"hint: run {PUBLISHER} alerts {PATH} --resend to resend the email\n",
    )
    assert publisher("-q", "alerts", PATH, "--wait", clock=clock(interrupt)) == Ran(
        code=130,
        out="",
        err=f"error: {EMAIL}: stopped waiting; the subscription is still pending\n"
        f"hint: run {PUBLISHER} alerts {PATH} --wait to wait again\n",
    )


def test_alerts_that_were_deleted(launched: Any, account: Account, publisher: Publisher) -> None:
    follow_the_link()
    account.client("sns").unsubscribe(SubscriptionArn=launched["outputs"]["AlertsSubscriptionArn"])
    assert publisher("alerts", PATH).out == (
        f"alerts: {EMAIL} deleted; no alerts are delivered\n"
        f"next: run {PUBLISHER} alerts {PATH} --resend to subscribe the address again\n"
    )
    assert publisher("outputs", NAME).out.endswith(
        f"alerts: {EMAIL} deleted; no alerts are delivered\n"
        f"next: run {PUBLISHER} alerts {NAME} --resend to subscribe the address again\n"
    )
    assert publisher("alerts", NAME, "--resend").code == 0
    assert publisher("alerts", NAME).out.startswith(f"alerts: {EMAIL} pending, not confirmed")


def test_no_alerts(account: Account, publisher: Publisher, project: Path) -> None:
    (project / PATH).write_text(CONFIG.replace(f"  alerts_email: {EMAIL}\n", ""))
    account.publish()
    shown = publisher("launch", PATH).out
    assert shown.endswith("alerts: none; no email address is subscribed\n")
    assert publisher("alerts", PATH).out == "alerts: none; no email address is subscribed\n"
    for option in ("--wait", "--resend"):
        assert publisher("alerts", PATH, option) == Ran(
            code=3,
            out="",
            err=f"error: {NAME}: no alert subscription to confirm\n"
            "hint: set ml_product.alerts_email, if the product has alerts\n",
        )
