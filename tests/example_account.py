"""What the example configs read in an account, as products/ml-project/local.yaml declares it."""

from __future__ import annotations

from pathlib import Path

from publisher.cli.endpoint import read_account

DATA, ACCOUNT = read_account(Path(__file__).parent.parent)
VPC_PARAMETER, SUBNETS_PARAMETER = (parameter.name for parameter in ACCOUNT.parameters)
(_STACK,) = ACCOUNT.stacks
SECURITY_GROUP_PARAMETER: str = _STACK.template["Resources"]["SecurityGroupId"]["Properties"]["Name"]
