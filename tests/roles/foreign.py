"""Other people's templates, launched as their derived roles and, where that fails, as administrators."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from catalog_emulator.server.endpoint_record import ACCOUNT_ID

from publisher.errors import InputError
from publisher.permissions import Knowledge, launch_policies
from publisher.templates.cloudformation import parse
from tests.example_account import ACCOUNT
from tests.roles.account import EVERYTHING, Grant, Launches, Outcome, Product, launches
from tests.roles.products import grant

# Tried in this order for a parameter without default.
_TEXTS = (
    "foreign",
    "foreign-example-1",
    "foreign.example.com",
    "team@example.com",
    "10.30.0.0/16",
    "10.30.1.0/24",
    "Passw0rdPassw0rd",
    "https://example.com",
    "https://example.com/it.git",
    f"arn:aws:iam::{ACCOUNT_ID}:role/foreign",
    f"arn:aws:kms:us-west-2:{ACCOUNT_ID}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "a1",
    "1",
)
_PARAMETERS = "parameters.yaml"
_ACCOUNT = "account.yaml"


@dataclass(frozen=True, kw_only=True)
class Result:
    """A template by its file's stem; `why` is empty when it launches and terminates as its derived role.

    `of_role`: the role is the reason, not the template or the local endpoint.
    """

    name: str
    why: str = ""
    of_role: bool = False


def main(folder: Path) -> int:
    """Prints how many templates of a folder launch, and why each other does not; 1 if a role is the reason.

    parameters.yaml in the folder has values of parameters, by the file's stem. account.yaml is a template of
    what must be there before; its outputs are values of parameters of their names. Others are guessed.
    """
    files = sorted(it for it in folder.iterdir() if it.suffix in {".yaml", ".yml", ".json", ".template"})
    known = folder / _PARAMETERS
    supplied = yaml.safe_load(known.read_text(encoding="utf-8")) if known.exists() else {}
    before = folder / _ACCOUNT
    account = parse(before.read_text(encoding="utf-8"), _ACCOUNT).value if before.exists() else {}
    results: list[Result] = []
    for path in files:
        if path.name not in {_PARAMETERS, _ACCOUNT}:
            results.append(_result(path, supplied.get(path.stem, {}), account))
            sys.stdout.write(f"{results[-1].name}: {results[-1].why or 'launches'}\n")
            sys.stdout.flush()
    launched, role = (sum(test) for test in ([not it.why for it in results], [it.of_role for it in results]))
    sys.stdout.write(
        f"{launched} of {len(results)} templates launch as their derived role; "
        f"{role} do not because of the role, {len(results) - launched - role} for other reasons\n"
    )
    return 1 if role else 0


def _result(path: Path, supplied: Mapping[str, str], before: Mapping[str, Any]) -> Result:
    name = re.sub(r"[^A-Za-z0-9-]", "-", path.stem)[:40]
    try:
        template = parse(path.read_text(encoding="utf-8"), path.name).value
        derived = grant(launch_policies(template, knowledge=Knowledge.load()))
    except InputError as error:
        return Result(name=path.stem, why=f"not derived: {error.message or error.problems[0].message}")

    def run(grant: Grant) -> Outcome:
        # In an account of its own: names are often fixed.
        with launches() as account:
            values = {**_outputs(account, before), **supplied}
            parameters = dict(Parameters(account, values).of(template))
            body = json.dumps(template)
            product = Product(name=name, body=body, changed=body, parameters=parameters, others=parameters)
            return account.run(product, grant, operations=("launch", "terminate"), clean=False)

    outcome = run(derived)
    if outcome.failed is None:
        return Result(name=path.stem)
    again = run(EVERYTHING)
    if again.failed is None:
        return Result(name=path.stem, why=f"{outcome.failed}: {outcome.reason}", of_role=True)
    return Result(name=path.stem, why=f"as administrator, too: {again.failed}: {again.reason}")


def _outputs(account: Launches, before: Mapping[str, Any]) -> dict[str, str]:
    """Makes what must be in the account, and gives the values that it has for parameters."""
    if not before:
        return {}
    parameters = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in Parameters(account, {}).of(before)
    ]
    stacks = account.client("cloudformation")
    stacks.create_stack(StackName="foreign", TemplateBody=json.dumps(before), Parameters=parameters)
    (stack,) = stacks.describe_stacks(StackName="foreign")["Stacks"]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise InputError(f"{_ACCOUNT}: {stack.get('StackStatusReason')}")
    return {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}


class Parameters:
    """Values for parameters without default, of what is in the account."""

    def __init__(self, account: Launches, supplied: Mapping[str, str]) -> None:
        self._account = account
        self._supplied = supplied

    def of(self, template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Name and value of each parameter that needs one."""
        for name, parameter in (template.get("Parameters") or {}).items():
            if name in self._supplied:
                yield name, str(self._supplied[name])
            elif "Default" not in parameter or self._is_id(parameter):
                yield name, self._value(parameter)

    def _is_id(self, parameter: Mapping[str, Any]) -> bool:
        return "AWS::EC2::" in parameter["Type"] and not parameter["Type"].startswith("AWS::SSM::")

    def _value(self, parameter: Mapping[str, Any]) -> str:
        declared = str(parameter["Type"])
        inner = declared.removeprefix("List<").removesuffix(">")
        if parameter.get("AllowedValues"):
            return str(parameter["AllowedValues"][0])
        if inner in self._of_type:
            found = self._of_type[inner]
            return ",".join(found) if declared.startswith("List<") else found[0]
        if declared in {"Number", "List<Number>"}:
            return str(parameter.get("MinValue", 1))
        return next((it for it in _TEXTS if self._fits(it, parameter)), "foreign")

    def _fits(self, text: str, parameter: Mapping[str, Any]) -> bool:
        low, high = int(parameter.get("MinLength", 0)), int(parameter.get("MaxLength", 4096))
        try:
            pattern = re.compile(str(parameter.get("AllowedPattern", ".*")))
        except re.error:  # of Java
            return True
        return low <= len(text) <= high and bool(pattern.fullmatch(text))

    @cached_property
    def _of_type(self) -> Mapping[str, list[str]]:
        ec2 = self._account.client("ec2")
        if not ec2.describe_key_pairs()["KeyPairs"]:
            ec2.create_key_pair(KeyName="foreign")
        [vpc] = ACCOUNT.vpcs
        groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc.id]}])
        return {
            "AWS::EC2::AvailabilityZone::Name": [it.zone for it in vpc.subnets],
            "AWS::EC2::Image::Id": [ec2.describe_images()["Images"][0]["ImageId"]],
            "AWS::EC2::KeyPair::KeyName": ["foreign"],
            "AWS::EC2::SecurityGroup::Id": [groups["SecurityGroups"][0]["GroupId"]],
            "AWS::EC2::Subnet::Id": [it.id for it in vpc.subnets],
            "AWS::EC2::VPC::Id": [vpc.id],
        }
