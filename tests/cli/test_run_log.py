"""The log of a run: one JSON object a line, of calls only their names and outcomes, and no secret."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cli.run_log import RunLog
from publisher.documents import UnfitFileError, log_file
from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.cli.test_app import MIDNIGHT
from tests.conftest import cases, logged, raising
from tests.launch.account import PRODUCT, TEMPLATE, Account

FIELDS = {"time", "event", "call", "target", "ms", "attempts", "request_id", "error"}


def test_a_launch_is_logged_without_its_values(account: Account, project: Path, publisher: Publisher) -> None:
    account.publish(
        template=TEMPLATE.replace("Parameters:\n", "Parameters:\n  Word: {Type: String, NoEcho: true}\n")
    )
    log, secret, value = project / "log", "zebra-4711", "giraffe-0815"
    (project / "configs/topic.yaml").write_text(
        f'product: {PRODUCT}\nname: topic\naccount_id: "{ACCOUNT}"\nregion: {REGION}\nparameters:\n'
        f"  {{CompanyPrefix: edge, Environment: prod, TenantId: {value}, UseCase: x, SourceBucket: s,"
        f" Word: {secret}}}\n"
    )
    options = ("--log", log, "--verbose")
    assert publisher(*options, "launch", "configs/topic.yaml").code == 0
    assert publisher(*options, "outputs", "other").code != 0
    lines = logged(log)
    assert [line["event"] for line in lines if line["event"] in {"start", "exit"}] == ["start", "exit"] * 2
    calls = [line for line in lines if line["event"] == "call"]
    assert {frozenset(line) for line in calls} == {frozenset(FIELDS)}
    (made,) = (line for line in calls if line["call"] == "servicecatalog:ProvisionProduct")
    assert (made["error"], made["attempts"], made["ms"] >= 0) == (None, 1, True)
    assert re.fullmatch(r"[0-9a-zA-Z-]{20,}", made["request_id"])
    assert "ResourceNotFoundException" in {line["error"] for line in calls}
    assert {line["target"] for line in calls} <= {REGION, f"{ACCOUNT}/{REGION}"}
    assert secret not in log.read_text() and value not in json.dumps(calls)
    assert log.stat().st_mode & 0o777 == 0o600


@cases(
    "text",
    {
        "key id": "key AKIAIOSFODNN7EXAMPLE is inactive",
        "key of a session": "ASIAQWERTYUIOPASDFGH",
        "presigned": "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=SECRETSECRET&X-Amz-Expires=9",
        "presigned, session": "https://b/k?X-Amz-Security-Token=SECRETSECRET",
        "confirmation": "https://sns.amazonaws.com/?Action=ConfirmSubscription&Token=SECRETSECRET",
        "settings": "aws_secret_access_key = SECRETSECRET/SECRET+SECRET",
        "JSON": '{"session_token": "SECRETSECRETSECRET"}',
        "answer of STS": "{'SecretAccessKey': 'SECRET/SECRET', 'SessionToken': 'SECRET%2BSECRET'}",
        "header": "x-amz-security-token: SECRETSECRET",
        "token of OIDC": "Bearer eyJhbGciOiJSUzI1NiJ9.eyJTSECRET.SECRET-SECRET",
        "proxy": "cannot connect to http://me:SECRET@proxy:3128",
        "presigned, in a URL": "https://x/?to=https%3A%2F%2Fb%2Fk%3FX-Amz-Date%3D1%26X-Amz-Signature%3DSECRET",
    },
)
def test_what_grants_access_is_removed(text: str, tmp_path: Path) -> None:
    log = RunLog(log_file(tmp_path / "log"), lambda: MIDNIGHT)
    log.write("progress", text=text, command=["x", text])
    log.close()
    written = (tmp_path / "log").read_text(encoding="ascii")
    assert "[removed]" in written
    assert not re.search("SECRET|IOSFODNN|QWERTY", written.replace("[removed]", ""))


def test_a_line_stays_a_line(tmp_path: Path) -> None:
    log = RunLog(log_file(tmp_path / "log"), lambda: MIDNIGHT)
    log.write("progress", text="a\nb\x1b[31m\u202e\x7f\u2028")
    log.close()
    assert [line["text"] for line in logged(tmp_path / "log")] == [r"a\nb\x1b[31m\u202e\x7f\u2028"]


@pytest.mark.slow
def test_lines_of_several_processes_stay_whole(tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from publisher.cli.run_log import RunLog; from publisher.documents import log_file;"
        "log = RunLog(log_file(Path(sys.argv[1])), lambda: datetime.now(UTC));"
        "[log.write('progress', text=sys.argv[2] * 20_000) for _ in range(50)]"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "log"), letter]) for letter in "abc"
    ]
    assert [run.wait() for run in runs] == [0, 0, 0]
    texts = [line["text"] for line in logged(tmp_path / "log")]
    assert sorted(texts) == sorted(letter * 20_000 for letter in "abc" for _ in range(50))


@cases("target", {"a file": "there", "nothing": "not there"})
def test_a_symlink_is_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept", encoding="utf-8")
    (tmp_path / "log").symlink_to(target)
    with raising(UnfitFileError, f"'{tmp_path / 'log'}': a symlink", "replace it with the file itself"):
        log_file(tmp_path / "log")
    assert (tmp_path / "there").read_text(encoding="utf-8") == "kept"
    assert not (tmp_path / "not there").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_reported_once() -> None:
    log = RunLog(log_file(Path("/dev/full")), lambda: MIDNIGHT)
    log.write("progress", text="a")
    log.write("progress", text="b")
    assert log.failure is not None
    log.close()
