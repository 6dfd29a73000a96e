"""Prints what a rollout to many launches costs: `python -m tests.bench.fleet [LAUNCHES] [KILLS]`.

Launches of a product of three resources are updated by processes that are killed at random points. At the end
every launch has the version, and was updated once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from catalog_emulator.server.endpoint_record import REGION

from tests.bench.account import Served, endpoint
from tests.bench.rows import cpu_seconds, row, seconds
from tests.conftest import ROOT, write_files

PRODUCT, FIRST, SECOND = "app-small", "1.0.0", "1.1.0"
_AT_ONCE = 8
_STEP = re.compile(r"\[([0-9]+)/[0-9]+\]")
_PROJECT = {
    "portfolio/fleet.yaml": """\
display_name: Fleet
provider_name: Platform
regions: [us-west-2]
principals: [{principal_arn: "arn:{partition}:iam:::role/ml-team-*", principal_type: IAM_PATTERN}]
products: [{product: app-*, constraints: [{type: LAUNCH}]}]
""",
    "products/app/product.yaml": """\
family: app
version: "1.0.0"
display_name: "App {size}"
owner: Platform
axes: {size: {small: small}}
combinations: [{size: [small]}]
template: template/main.yaml.j2
""",
    "products/app/template/main.yaml.j2": """\
Parameters:
  Name: {Type: String, AllowedPattern: "[a-z0-9-]{1,40}"}
  Days: {Type: Number, Default: 30}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${Name}-app", DisplayName: alerts}}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/app/${Name}", RetentionInDays: !Ref Days}
  Address:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Sub "/app/${Name}/topic", Type: String, Value: !Ref Topic}
Outputs:
  TopicArn: {Value: !Ref Topic}
""",
}


class Fleet:
    """A project that is published to an endpoint, and commands that run on it in processes of their own."""

    def __init__(self, account: Served, folder: Path) -> None:
        self._account, self._folder = account, write_files(folder, _PROJECT)
        self._catalog = account.client("servicecatalog")

    def publish(self) -> None:
        """The version of the files."""
        self.run("sync", "--bootstrap", "--yes", profile=self._account.endpoint.admin_profile)

    def write_next_version(self) -> None:
        """Another display name of the topic, which is changed in place."""
        for path, before, after in (
            ("products/app/product.yaml", FIRST, SECOND),
            ("products/app/template/main.yaml.j2", "DisplayName: alerts", "DisplayName: the alerts"),
        ):
            file = self._folder / path
            file.write_text(file.read_text().replace(before, after))

    def launch(self, count: int) -> None:
        """So many launches by the launching role; all have succeeded at the end."""
        client = self._account.client("servicecatalog", self._account.endpoint.launcher_profile)
        (product,) = client.search_products()["ProductViewSummaries"]

        def one(number: int) -> None:
            record = client.provision_product(
                ProductId=product["ProductId"],
                ProvisioningArtifactName=FIRST,
                ProvisionedProductName=f"app-{number:04}",
                ProvisioningParameters=[{"Key": "Name", "Value": f"app-{number:04}"}],
            )["RecordDetail"]
            while record["Status"] in ("CREATED", "IN_PROGRESS"):
                time.sleep(0.2)
                record = client.describe_record(Id=record["RecordId"])["RecordDetail"]
            assert record["Status"] == "SUCCEEDED", record["RecordErrors"]

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(one, range(count)))

    def start(self, *words: str, profile: str = "") -> subprocess.Popen[str]:
        """A command in a process of its own."""
        environment = os.environ | {
            "AWS_CONFIG_FILE": str(self._account.endpoint.config_file),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "emulator")]),
        }
        profile = profile or self._account.endpoint.launcher_profile
        line = (sys.executable, "-m", "publisher", "-C", str(self._folder), "--profile", profile)
        return subprocess.Popen(
            (*line, "--region", REGION, *words),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, profile: str = "") -> str:
        """What a command writes to stdout."""
        out, err = (process := self.start(*words, profile=profile)).communicate()
        assert process.returncode == 0, err + out
        return out

    def launches(self) -> Any:
        """The document of `launches`."""
        return json.loads(self.run("--json", "launches"))

    def updates(self) -> Counter[str]:
        """How many updates each launch had."""
        records = self._pages("list_record_history", "RecordDetails")
        return Counter(
            it["ProvisionedProductName"] for it in records if it["RecordType"] == "UPDATE_PROVISIONED_PRODUCT"
        )

    def _pages(self, operation: str, member: str) -> Iterator[Mapping[str, Any]]:
        paginator = self._catalog.get_paginator(operation)
        for page in paginator.paginate(AccessLevelFilter={"Key": "Account", "Value": "self"}):
            yield from page[member]

    def roll_out(self, *, wave: int, kill_at: int | None = None, delay: float = 0) -> bool:
        """Whether a rollout went through: it is killed once so many launches are updated."""
        words = ("update", "--all", "app-*", "--to", SECOND, "--wave", str(wave), "--yes")
        process = self.start(*words)
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            found = _STEP.match(line)
            if kill_at is not None and found and int(found[1]) > kill_at:
                time.sleep(delay)
                process.kill()
                break
        out, _ = process.communicate()
        assert process.returncode in (0, -9), "".join(lines[-20:]) + out
        return process.returncode == 0


def main(launches: int, kills: int, wave: int, seed: int) -> None:
    """Everything, with figures."""
    chance = random.Random(seed)
    points = sorted(chance.sample(range(launches - wave), kills))
    sys.stdout.write(
        f"{launches} launches of three resources, {os.cpu_count()} cores; "
        f"killed (seed {seed}) after {points}\n"
    )
    with endpoint() as served, tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(Served(served), Path(folder))

        def measured(what: str, work: Callable[[], object]) -> None:
            before = cpu_seconds(served.pid)
            taken = seconds(work)
            own = cpu_seconds(served.pid) - before
            row(what, taken, "s", reference=f"{own:.1f} s of a processor by the endpoint")

        fleet.publish()
        measured("launching", partial(fleet.launch, launches))
        fleet.write_next_version()
        fleet.publish()
        measured("publisher launches", fleet.launches)
        calls = fleet.launches()["calls"]
        row("  its calls", calls["total"], "", reference=json.dumps(calls["by_operation"]))
        began = time.perf_counter()
        killed = sum(
            not fleet.roll_out(wave=wave, kill_at=point, delay=chance.random() / 10) for point in points
        )
        row(f"update --all, killed {killed} times", time.perf_counter() - began, "s")
        measured("update --all, the run that finishes it", partial(fleet.roll_out, wave=wave))
        found = fleet.launches()["launches"]
        versions, updates = Counter(it["version"] for it in found), fleet.updates()
        row("launches at the version", versions[SECOND], "")
        row("updates", updates.total(), "", reference=f"at most {max(updates.values())} of a launch")
        complete = {it["status"] for it in found} == {"AVAILABLE"} and versions == {SECOND: launches}
        assert complete and set(updates.values()) == {1} and killed == kills, (versions, killed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("launches", type=int, nargs="?", default=1000)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("--wave", type=int, default=20)
    parser.add_argument("--seed", type=int, default=12)
    main(**vars(parser.parse_args()))
