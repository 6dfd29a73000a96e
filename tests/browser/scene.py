"""Pages of every kind, made as people make them: by the command line, from our files and local endpoints."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from catalog_emulator.server.endpoint_record import Endpoint
from playwright.sync_api import Page

from publisher.cli import main
from publisher.cli.endpoint import running_endpoint
from tests.conftest import ROOT, copy_family

STARTER = "configs/techcorp-prod-a001-us-west-2-customer-churn-ml-codecommit.yaml"
ENTERPRISE = "configs/globalbank-prod-c001-us-west-2-demand-forecasting-ml-codecommit-standalone-ssm.yaml"
FAILING = "configs/edge-staging-b001-us-west-2-fraud-detection-ml-codecommit.yaml"
_TAKEN = "edge-staging-b001-us-west-2-fraud-detection-model-build"
_PRODUCT = "products/ml-project-enterprise-codecommit-standalone-ssm"
# Eight products of the 18: to derive launch roles for all of them twice takes minutes.
_FEWER = {
    "products/ml-project/product.yaml": (
        "source_control: [codecommit, s3, codeconnection]\n    vpc_mode: [standalone, sgprov]",
        "source_control: [codecommit]\n    vpc_mode: [standalone]",
    ),
}
# The next version: of each file a text, and the one in its place.
_CHANGES = {
    "products/ml-project/product.yaml": ('version: "2.0.0"', 'version: "3.0.0"'),
    "products/ml-project/template/bucket.yaml.j2": ("NoncurrentDays: 90", "NoncurrentDays: 180"),
    "products/ml-project/template/builds.yaml.j2": ("TimeoutInMinutes: 120", "TimeoutInMinutes: 180"),
    "products/ml-project/template/key.yaml.j2": ("PendingWindowInDays: 30", "PendingWindowInDays: 14"),
    "products/ml-project/template/registry.yaml.j2": (
        'ModelPackageGroupName: {{ named("${MlName}")',
        'ModelPackageGroupName: {{ named("${MlName}-models")',
    ),
    "portfolio/ml-platform.yaml": (
        "principal_type: IAM_PATTERN}",
        'principal_type: IAM_PATTERN}\n  - {principal_arn: "arn:{partition}:iam:::role/*analyst*", '
        "principal_type: IAM_PATTERN}",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Addresses by kind of page; the keys of `live` are the links that open the pages below them."""

    files: dict[str, str]
    live: dict[str, dict[str, str]]

    def shown(self, page: Page) -> Iterator[str]:
        """Opens each kind of page in a window; its name, while it is there."""
        for name, address in self.files.items():
            page.goto(address)
            yield name
        for link, addresses in self.live.items():
            page.goto(link)
            for name, address in addresses.items():
                page.goto(address)
                yield name


@contextmanager
def every_kind() -> Iterator[Scene]:
    """The endpoints run until it ends."""
    with TemporaryDirectory(prefix="pages-") as name, pytest.MonkeyPatch.context() as environment:
        folder = Path(name).resolve()
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        project, empty = folder / "project", folder / "empty"
        copy_family(project)
        _edit(project, _FEWER)
        empty.mkdir()
        try:
            _run(empty, "local", "start")
            _run(project, "local", "start")
            _make(project)
            yield Scene(files=_files(project), live=dict((_live(project), _nothing(empty))))
        finally:
            for each in (project, empty):
                _run(each, "local", "stop")


def _make(project: Path) -> None:
    """Publishes two versions and launches three products, one in vain; writes reviews and a plan."""
    folder = project / "pages"
    _local(project, "bootstrap", "--yes")
    _local(project, "sync", "--yes")
    _local(project, "launch", STARTER)
    _local(project, "report", ENTERPRISE, "-o", folder / "new")
    _local(project, "launch", ENTERPRISE)
    _client(project, "codecommit").create_repository(repositoryName=_TAKEN)
    _local(project, "launch", FAILING, code=1)
    _edit(project, _CHANGES)
    _local(project, "plan", "--html", folder / "plan.html")
    _local(project, "sync", "--bootstrap", "--yes", "--allow", "principal-pattern", "--allow", "launch-role")
    _local(project, "report", ENTERPRISE, "-o", folder / "update", "--version", "3.0.0")
    _local(project, "report", FAILING, "-o", folder / "refused", code=3)
    _run(ROOT, "report", "-o", folder / "catalog")
    _run(project, "local", "faults", "throttle=0.05,lost-reply:Create*=0.1,seed=7")


def _edit(project: Path, changes: Mapping[str, tuple[str, str]]) -> None:
    for name, (text, other) in changes.items():
        before = (project / name).read_text(encoding="utf-8")
        assert text in before, name
        (project / name).write_text(before.replace(text, other), encoding="utf-8")


def _files(project: Path) -> dict[str, str]:
    folder = project / "pages"
    paths = {
        "catalog": "catalog/index.html",
        "catalog-portfolio": "catalog/portfolios/sagemaker-projects.html",
        "catalog-product": f"catalog/{_PRODUCT}.html",
        "catalog-version": f"catalog/{_PRODUCT}/2.0.0.html",
        "plan": "plan.html",
        "review-new": f"new/{Path(ENTERPRISE).stem}.html",
        "review-refused": f"refused/{Path(FAILING).stem}.html",
        "review-update": f"update/{Path(ENTERPRISE).stem}.html",
    }
    return {name: (folder / path).as_uri() for name, path in paths.items()}


def _live(project: Path) -> tuple[str, dict[str, str]]:
    endpoint = _endpoint(project)
    found = _client(project, "servicecatalog").scan_provisioned_products(
        AccessLevelFilter={"Key": "Account", "Value": "self"}
    )
    launches = {it["Name"]: it["Id"] for it in found["ProvisionedProducts"]}
    (done,) = [it for name, it in launches.items() if name.startswith("globalbank")]
    (failed,) = [it for name, it in launches.items() if name.startswith("edge")]
    link = next(it["link"] for it in endpoint.request("/_emulator/mail")["mails"] if it["link"])
    paths = {
        "live": "index.html",
        "live-calls": "calls.html",
        "live-faults": "faults.html",
        "live-launch": f"launches/{done}.html",
        "live-launch-failed": f"launches/{failed}.html",
        "live-launches": "launches.html",
        "live-mail": "mail.html",
        "live-mail-confirmed": f"confirm.html?{urlsplit(link).query}",
        "live-missing": "no.html",
        "live-portfolio": "portfolios/ml-platform.html",
        "live-product": f"{_PRODUCT}.html",
        "live-version": f"{_PRODUCT}/3.0.0.html",
    }
    return endpoint.pages_link, {name: _address(endpoint, path) for name, path in paths.items()}


def _nothing(project: Path) -> tuple[str, dict[str, str]]:
    endpoint = _endpoint(project)
    names = ("calls", "faults", "index", "launches", "mail")
    addresses = {f"empty-{name}": _address(endpoint, f"{name}.html") for name in names}
    return endpoint.pages_link, addresses | {"no-key": f"{endpoint.url}/"}


def _address(endpoint: Endpoint, path: str) -> str:
    return f"{endpoint.url}{endpoint.pages_path}{path}"


def _endpoint(project: Path) -> Endpoint:
    found = running_endpoint(project)
    assert found is not None
    return found


def _client(project: Path, service: str) -> Any:
    """A client of the endpoint's administrator."""
    endpoint = _endpoint(project)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_CONFIG_FILE", str(endpoint.config_file))
        session: Any = boto3.Session(profile_name=endpoint.admin_profile, region_name=endpoint.region)
        return session.client(service)


def _local(project: Path, *words: object, code: int = 0) -> None:
    _run(project, "--local", *words, code=code)


def _run(folder: Path, *words: object, code: int = 0) -> None:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        ended = main(["-C", str(folder), "--quiet", *map(str, words)])
    assert ended == code, said.getvalue()
