"""What the example configs read in an account, as products/*/local.yaml declare it."""

from __future__ import annotations

from pathlib import Path

from publisher.cli.endpoint import read_account

DATA, ACCOUNT = read_account(Path(__file__).parent.parent)
VPC_PARAMETER, SUBNETS_PARAMETER = (it.name for it in ACCOUNT.parameters if "-vpc/" in it.name)
_STACK = next(it for it in ACCOUNT.stacks if it.name.endswith("-sg-stack"))
SECURITY_GROUP_PARAMETER: str = _STACK.template["Resources"]["SecurityGroupId"]["Properties"]["Name"]
