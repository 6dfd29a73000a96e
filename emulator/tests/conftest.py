import gc
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import boto3
import pytest
from hypothesis import settings as hypothesis_settings

from catalog_emulator import settings, sns
from catalog_emulator.server.endpoint_record import Endpoint, SiteOptions
from catalog_emulator.server.starting_account import StartingAccount
from tests import quick_clients

# What is collected lives as long as the tests, and so does what clients keep: see quick_clients.
gc.set_threshold(50_000, 20, 20)

ACCOUNT: dict[str, Any] = {
    "vpcs": [
        {
            "id": "vpc-0123456789abcdef0",
            "cidr": "10.0.0.0/16",
            "subnets": [{"id": "subnet-0123456789abcdef0", "cidr": "10.0.1.0/24", "zone": "us-west-2a"}],
            "route_table": "rtb-0123456789abcdef0",
        }
    ],
    "transit_gateways": [{"id": "tgw-0123456789abcdef0"}],
    "parameters": [{"name": "/subnets", "type": "StringList", "value": "subnet-0123456789abcdef0"}],
    "stacks": [{"name": "alerts", "template": {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}}],
    "buckets": [{"name": "source", "versioning": True, "event_bridge": True}, {"name": "plain"}],
    "connections": [
        {
            "id": "0a001000-0000-4000-8000-000000000001",
            "name": "code",
            "provider": "GitHub",
            "tags": {"sagemaker": "true"},
        }
    ],
}

# A loaded machine makes any example late. CI tries the same examples in every run.
hypothesis_settings.register_profile(
    "emulator", deadline=None, derandomize="CI" in os.environ, max_examples=50
)
hypothesis_settings.load_profile("emulator")
hypothesis_settings.register_profile("fast", deadline=None, derandomize=True, max_examples=15)

_STARTERS = {"mock_aws", "LocalServer", "ThreadedMotoServer"}


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Marks tests that use AWS, in this process or served. `make fast` leaves them out."""
    for item in items:
        fixtures: Any = item._fixtureinfo.name2fixturedefs
        functions = [item.function, *(it.func for found in fixtures.values() for it in found)]
        starts_it = any(_STARTERS.intersection(it.__code__.co_names) for it in functions)
        if starts_it or item.path.parent.name == "server":
            item.add_marker("account")


@pytest.fixture(scope="session", autouse=True)
def _no_aws_of_ours() -> None:
    """No test may reach the developer's own AWS settings, whatever shell it is run from."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    # moto would make hundreds of images in each Region that a test touches: see `images`.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"


@pytest.fixture(scope="session", autouse=True)
def _quick_clients() -> None:
    quick_clients.install()


@pytest.fixture(autouse=True)
def _own_settings() -> Iterator[None]:
    """What a test sets is as it was when the next one starts."""
    before = [(held, dict(vars(held))) for held in (settings, sns.settings)]
    yield
    for held, values in before:
        vars(held).update(values)


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's images of EC2 in new accounts: to be used before they are."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "true")


@dataclass(frozen=True, kw_only=True)
class Local:
    """A served local endpoint."""

    endpoint: Endpoint

    def client(self, service: str, *, role: str = "", **options: Any) -> Any:
        """A boto3 client as the administrator, or as a launching role."""
        session: Any = boto3.Session(profile_name=role or self.endpoint.admin_profile)
        return session.client(service, **options)


@pytest.fixture(scope="session")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from catalog_emulator.server.local_server import LocalServer

    server = LocalServer(
        tmp_path_factory.mktemp("served"),
        account=StartingAccount.parse(ACCOUNT),
        site=SiteOptions(factory="tests.server.site:site", argument="an argument", command="my open"),
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def local(_served: Any, monkeypatch: pytest.MonkeyPatch) -> Local:
    """A new local account, served."""
    _served.reset()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(_served.endpoint.config_file))
    return Local(endpoint=_served.endpoint)


def cases(names: str | tuple[str, ...], rows: Mapping[str, object]) -> pytest.MarkDecorator:
    """A table of a test's arguments: id → values (of a single argument its value)."""
    return pytest.mark.parametrize(names, list(cast("Any", rows.values())), ids=list(rows))
