"""`rollback` makes an older version the one to launch, and the next sync keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.documents import parse
from publisher.errors import InputError
from publisher.publishing.rollback import with_states
from tests.account import ACCOUNT, REGION, Account
from tests.conftest import Ran, Run, cases, write_files
from tests.versions.repository import FILES, PRODUCT_FILE, TEMPLATE_FILE

TARGET = f"{ACCOUNT}/{REGION}"


class Published:
    """1.0.0, 1.1.0 and 1.2.0 of both products, and 1.3.0 of the big one."""

    def __init__(self, account: Account, root: Path, run: Run) -> None:
        self.account, self.root, self._run = account, root, run
        write_files(root, FILES)
        account.build.bucket()
        account.role("launch-tools", service="servicecatalog.amazonaws.com")
        for number in range(3):
            self.publish(f"1.{number}.0", f"DelaySeconds: {number or 1}", f"DelaySeconds: {number + 1}")
        self.publish(
            "1.3.0", "Topic: {Type: AWS::SNS::Topic}", "Topic: {Type: AWS::SNS::Topic, DependsOn: Queue}"
        )

    def publish(self, version: str, before: str, after: str) -> None:
        path = self.root / TEMPLATE_FILE
        path.write_text(path.read_text().replace(before, after))
        line = next(it for it in self.product_file.splitlines() if it.startswith("version:"))
        write_files(self.root, {PRODUCT_FILE: self.product_file.replace(line, f'version: "{version}"')})
        assert self.run("sync", "--yes").code == 0

    def run(self, *words: str) -> Ran:
        return self._run("-C", self.root, *words)

    def back(self, to: str, *words: str, product: str = "tools-*") -> Ran:
        return self.run(*words, "rollback", product, "--to", to, "--yes")

    def states(self) -> dict[str, str]:
        """What is published of each product, the newest first."""
        products = self.run("--json", "status").document["targets"][0]["products"]
        return {
            it["product"]: " ".join(f"{one['version']}:{one['state']}" for one in it["published"])
            for it in products
        }

    @property
    def product_file(self) -> str:
        return (self.root / PRODUCT_FILE).read_text()


@pytest.fixture
def published(account: Account, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Published:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return Published(account, tmp_path, run)


def test_an_older_version_is_the_one_to_launch_until_a_newer_one_is_published(published: Published) -> None:
    """The product that has no 1.3.0 goes back, too."""
    ran = published.back("1.1.0")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[0] == f"{TARGET}: 1.1.0 becomes the version to launch, 3 changes"
    assert ran.out.splitlines()[4:] == [
        f"write {PRODUCT_FILE}: 1.2.0 deprecated, 1.3.0 deprecated",
        f"next: commit {PRODUCT_FILE}, or the next sync undoes this",
        "launches stay as they are; publisher update --all 'tools-*' --to 1.1.0 moves them",
    ]
    after = {
        "tools-big": "1.3.0:deprecated 1.2.0:deprecated 1.1.0:available 1.0.0:available",
        "tools-small": "1.2.0:deprecated 1.1.0:available 1.0.0:available",
    }
    assert published.states() == after
    assert published.product_file.endswith('versions:\n  "1.2.0": deprecated\n  "1.3.0": deprecated\n')
    assert published.product_file.startswith("# Who works on what.\n")
    assert published.run("plan", "--check").code == 0
    again = published.back("1.1.0")
    assert (again.code, again.out) == (0, "1.1.0 is the version to launch\n")
    published.publish("1.4.0", "DelaySeconds: 3", "DelaySeconds: 4")
    assert published.states()["tools-small"].startswith("1.4.0:available")


def test_who_runs_which_version_is_listed(published: Published) -> None:
    """Launches stay as they are."""
    account = published.account
    (portfolio,) = account.catalog.list_portfolios()["PortfolioDetails"]
    account.catalog.associate_principal_with_portfolio(
        PortfolioId=portfolio["Id"], PrincipalARN=account.role("ml-team-a"), PrincipalType="IAM"
    )
    team = account.aws.assuming(f"arn:aws:iam::{ACCOUNT}:role/ml-team-a", region=REGION)
    for name, product, version in (("a", "big", "1.3.0"), ("b", "small", "1.1.0"), ("c", "big", "1.1.0")):
        team.client("servicecatalog").provision_product(
            ProductName=f"Tools {product}", ProvisioningArtifactName=version, ProvisionedProductName=name
        )
    asked = published.run("rollback", "tools-*", "--to", "1.1.0")
    assert [it.split() for it in asked.err.splitlines() if " launch" in it][-2:] == [
        ["1.1.0", "2", "launches", "b", "c"],
        ["1.3.0", "1", "launch", "a"],
    ]
    (target,) = published.back("1.1.0", "--json").document["targets"]
    assert target["launches"] == {"1.1.0": ["b", "c"], "1.3.0": ["a"]}


def test_further_back_and_forth(published: Published) -> None:
    assert published.back("1.0.0").code == 0
    assert published.states()["tools-small"] == "1.2.0:deprecated 1.1.0:deprecated 1.0.0:available"
    document = published.back("1.2.0", "--json").document
    assert document["written"] == [PRODUCT_FILE]
    assert published.states() == {
        "tools-big": "1.3.0:deprecated 1.2.0:available 1.1.0:deprecated 1.0.0:available",
        "tools-small": "1.2.0:available 1.1.0:deprecated 1.0.0:available",
    }
    assert published.run("plan", "--check").code == 0


def test_retention_does_not_take_it_away(published: Published) -> None:
    write_files(published.root, {PRODUCT_FILE: published.product_file + "retention: {keep: 1}\n"})
    assert published.run("sync", "--yes").code == 0
    assert published.states()["tools-small"] == "1.2.0:available 1.1.0:deprecated 1.0.0:deprecated"
    assert published.back("1.0.0").code == 0
    assert published.states()["tools-small"] == "1.2.0:deprecated 1.1.0:deprecated 1.0.0:available"
    assert '"1.0.0": available' in published.product_file
    assert published.run("plan", "--check").code == 0


def test_a_version_that_the_files_would_publish_is_said(published: Published) -> None:
    write_files(published.root, {PRODUCT_FILE: published.product_file.replace("1.3.0", "1.4.0")})
    note = (
        "the files have tools 1.4.0, which is not published: the next sync publishes it where the content is "
        "new, and it becomes the version to launch"
    )
    assert published.back("1.1.0", "--json").document["notes"] == [note]


def test_what_is_refused_writes_nothing(published: Published) -> None:
    before, states = published.product_file, published.states()
    for ran, code, message in (
        (
            published.back("1.1.0", product="tools-big"),
            3,
            "a version of tools has one state for all its products; 'tools-big' leaves out tools-small",
        ),
        (published.back("9.0.0"), 2, "version '9.0.0' of tools is not published"),
        (
            published.run("rollback", "tools-*", "--to", "1.1.0"),
            3,
            "not confirmed: cannot prompt without a terminal",
        ),
    ):
        assert (ran.code, f"error: {message}\n" in ran.err) == (code, True), ran.err
    assert published.back("1.1.0", product="tools-big").err.endswith(
        "hint: run publisher rollback 'tools*' --to 1.1.0\n"
    )
    write_files(published.root, {PRODUCT_FILE: before.replace("1.3.0", "1.2.0")})
    ran = published.back("1.1.0")
    message = f"error: {PRODUCT_FILE} has version '1.2.0', lower than the published 1.3.0\n"
    assert (ran.code, message in ran.err) == (3, True)
    write_files(published.root, {PRODUCT_FILE: before + "retire: deprecate\n"})
    ran = published.back("1.1.0")
    assert (ran.code, "error: tools is being retired" in ran.err) == (3, True)
    write_files(published.root, {PRODUCT_FILE: before})
    assert published.states() == states


@cases(
    ("before", "after"),
    {
        "none": ("a: b\n", 'a: b\nversions:\n  "1.0.0": deprecated\n  "2.0.0": available\n'),
        "none, without the end": (
            "a: b",
            'a: b\nversions:\n  "1.0.0": deprecated\n  "2.0.0": available\n',
        ),
        "others": (
            "versions:\n  # old\n  0.9.0: inactive\na: b\n",
            'versions:\n  # old\n  "1.0.0": deprecated\n  "2.0.0": available\n  0.9.0: inactive\na: b\n',
        ),
        "the same": (
            'versions:\n  "2.0.0": deprecated # why\n  1.0.0: deprecated\n',
            'versions:\n  "2.0.0": available # why\n  1.0.0: deprecated\n',
        ),
        "on one line": (
            "versions: {2.0.0: inactive}\n",
            'versions: {"1.0.0": deprecated, 2.0.0: available}\n',
        ),
        "an empty mapping": ("versions: {}\n", 'versions: {"1.0.0": deprecated, "2.0.0": available}\n'),
    },
)
def test_states_are_written_beside_what_is_there(before: str, after: str) -> None:
    document = parse(before, path="p")
    assert with_states(before, document, {"1.0.0": "deprecated", "2.0.0": "available"}) == after


def test_states_that_cannot_be_written() -> None:
    text = "versions: &a {1.0.0: inactive}\nother: *a\n"
    with pytest.raises(InputError, match="versions cannot be edited as it is written"):
        with_states(text, parse(text, path="p"), {"1.0.0": "deprecated"})
