from __future__ import annotations

import gc
import json
import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from catalog_emulator import install, settings
from catalog_emulator.server.endpoint_record import Endpoint, SiteOptions
from catalog_emulator.server.folder_lock import FolderLock
from hypothesis import settings as hypothesis_settings
from moto import mock_aws

from publisher.cli import main
from publisher.cli.endpoint import ADMIN_PROFILE, LAUNCHER_PROFILE, PAGES, folder_of
from publisher.errors import PublisherError
from publisher.templates.workers import workers
from tests import example_account
from tests.account import Account
from tests.emulator_tests import load

# What is collected lives as long as the tests, and so does what clients keep: see quick_clients.
gc.set_threshold(50_000, 20, 20)

ROOT = Path(__file__).parent.parent
DECLARATIONS = ("portfolio", "products", "configs")

# `make reliability` sets it: every row of every table, every call, many seeds.
WHOLE = os.environ.get("RELIABILITY") == "whole"
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

# A loaded machine makes any example late. CI tries the same examples in every run.
hypothesis_settings.register_profile(
    "publisher", deadline=None, derandomize="CI" in os.environ, max_examples=100 if WHOLE else 40
)
hypothesis_settings.load_profile("publisher")
hypothesis_settings.register_profile("fast", deadline=None, derandomize=True, max_examples=15)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Marks tests that use AWS, in moto or served. `make fast` leaves them out."""
    for item in items:
        uses_it = not {"moto", "_served"}.isdisjoint(item.fixturenames)
        if uses_it or item.path.parent.name in {"acceptance", "bench", "browser", "packaging", "roles"}:
            item.add_marker("account")
        if not WHOLE and item.get_closest_marker("whole"):
            item.add_marker(pytest.mark.skip(reason="make reliability"))


@pytest.fixture(scope="session", autouse=True)
def _no_aws_of_ours(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test may reach the developer's own AWS settings and endpoints, whatever shell it is run from."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
    # What one worker renders and checks no other has to.
    base = tmp_path_factory.getbasetemp()
    os.environ["XDG_CACHE_HOME"] = str(
        (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    )
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    # moto would make hundreds of images in each Region that a test touches: see `images`.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"


@pytest.fixture(scope="session", autouse=True)
def _quick_clients() -> None:
    load("quick_clients").install()


@pytest.fixture(scope="session", autouse=True)
def _workers_end_with_the_tests() -> Iterator[None]:
    """Before their coverage is counted."""
    yield
    workers().close()


@pytest.fixture(autouse=True)
def _settings_of_its_own() -> Iterator[None]:
    """What a test sets of the local AWS is as it was when the next one starts.

    So are the keys in the environment: a monkeypatch older than `moto` would put moto's back at its end.
    """
    before, keys = replace(settings), [name for name in _KEYS if name in os.environ]
    yield
    vars(settings).update(vars(before))
    for name in _KEYS:
        if name not in keys:
            os.environ.pop(name, None)


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's images of EC2 in new accounts: to be used before they are."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "true")


@pytest.fixture
def moto() -> Iterator[None]:
    """Empty AWS accounts in this process; boto3's own credentials are those of an administrator."""
    install()
    with mock_aws():
        yield


@pytest.fixture
def account(moto: None) -> Account:
    return Account()


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Writes texts by their path; the root."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def whole(*values: object) -> Any:
    """A row of a table that only `make reliability` tries."""
    return pytest.param(*values, marks=pytest.mark.whole)


def cases(names: str | tuple[str, ...], rows: Mapping[str, object]) -> pytest.MarkDecorator:
    """A table of a test's arguments: id → values (of a single argument its value)."""
    return pytest.mark.parametrize(names, list(cast("Any", rows.values())), ids=list(rows))


@contextmanager
def raising(error: type[PublisherError], message: str, hint: str | None = None) -> Iterator[None]:
    """Exactly this error, with this message and, unless it does not matter, this hint."""
    with pytest.raises(error) as raised:
        yield
    assert (type(raised.value), raised.value.message) == (error, message)
    assert hint in (None, raised.value.hint)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What --json printed."""
        return json.loads(self.out)


Run = Callable[..., Ran]


def logged(path: Path) -> list[dict[str, Any]]:
    """The lines of a file of --log."""
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line: `run("-C", folder, "--local", "plan")`; injects a clock or AWS identities.

    `program` is another one that runs in this process.

    Commands in the output are as those of a run in the folder, for it has another name in every run.
    """

    def run_(*argv: object, program: Callable[..., int] = main, **injected: Any) -> Ran:
        capsys.readouterr()
        words = [str(word) for word in argv]
        code = program(words, **injected)
        captured = capsys.readouterr()
        folders = [after for word, after in pairwise(words) if word in {"-C", "--directory"}]
        texts = [captured.out, captured.err]
        for folder in folders:
            texts = [text.replace(shlex.join(["publisher", "-C", folder]), "publisher") for text in texts]
        return Ran(code=code, out=texts[0], err=texts[1])

    return run_


@dataclass(frozen=True, kw_only=True)
class Local:
    """A served local endpoint and a project folder whose `--local` is this endpoint."""

    endpoint: Endpoint
    project: Path
    # While it is held the project's endpoint is the one of this process.
    lock: FolderLock

    def client(self, service: str, *, role: str = "") -> Any:
        """A boto3 client as the administrator, or as a launching role."""
        session: Any = boto3.Session(profile_name=role or self.endpoint.admin_profile)
        return session.client(service)


@pytest.fixture(scope="session")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from catalog_emulator.server.local_server import LocalServer

    server = LocalServer(
        tmp_path_factory.mktemp("served"),
        admin_profile=ADMIN_PROFILE,
        launcher_profile=LAUNCHER_PROFILE,
        account=example_account.ACCOUNT,
        site=SiteOptions(factory=PAGES, argument=str(ROOT), command="publisher local open"),
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def local(_served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Local:
    """A new local account, and a copy of our declarations that publishes to it."""
    _served.reset()
    return _connected(_served.endpoint, tmp_path / "project", monkeypatch)


@pytest.fixture(scope="module")
def shared_local(_served: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """Like `local`, for all tests of a module together: what one test makes the next one sees."""
    _served.reset()
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield _connected(_served.endpoint, tmp_path_factory.mktemp("shared") / "project", monkeypatch)


def copy_family(
    project: Path, family: str = "ml-project", portfolio: str = "ml-platform", configs: str = "*-ml-*.yaml"
) -> None:
    """Copies one family of ours with its portfolio and configs: to publish all would take most of a test."""
    shutil.copytree(ROOT / "products" / family, project / "products" / family)
    for folder, pattern in (("portfolio", f"{portfolio}.yaml"), ("configs", configs)):
        (project / folder).mkdir(exist_ok=True)
        for path in (ROOT / folder).glob(pattern):
            shutil.copy(path, project / folder)


def _connected(endpoint: Endpoint, project: Path, monkeypatch: pytest.MonkeyPatch) -> Local:
    copy_family(project)
    return connected(endpoint, project, monkeypatch)


def connected(endpoint: Endpoint, project: Path, monkeypatch: pytest.MonkeyPatch) -> Local:
    """The folder, which may be made later, with the endpoint as its `--local`."""
    lock = FolderLock(folder_of(project))
    of_project = replace(endpoint, folder=folder_of(project))
    of_project.write()
    shutil.copy(endpoint.config_file, of_project.config_file)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(endpoint.config_file))
    return Local(endpoint=of_project, project=project, lock=lock)
