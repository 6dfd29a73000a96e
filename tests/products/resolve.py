"""What CloudFormation would make of a value, as far as the names of ml-project need it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def launched(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters and pseudo parameters of a launch, and what its first resource becomes."""
    names = ("CompanyPrefix", "Environment", "TenantId", "AWS::Region", "UseCase", "Workload")
    ml_name = "-".join([*(parameters[name] for name in names if parameters[name]), "ml"])
    place = (
        f"{parameters['AWS::Partition']}:sagemaker:{parameters['AWS::Region']}:{parameters['AWS::AccountId']}"
    )
    return {**parameters, "ModelPackageGroup": f"arn:{place}:model-package-group/{ml_name}"}


def resolve(value: Any, known: Mapping[str, str]) -> Any:
    """The value with its functions worked out; conditions say whether a parameter is set."""
    if isinstance(value, list):
        return [resolve(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        return {key: resolve(item, known) for key, item in value.items()}
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return known[argument]
        case "Fn::GetAtt" if ".".join(argument) in known:
            return known[".".join(argument)]
        case "Fn::Sub":
            text, own = (argument, {}) if isinstance(argument, str) else argument
            names = {**known, **{name: resolve(item, known) for name, item in own.items()}}
            return _VARIABLE.sub(lambda found: names[found[1]], text)
        case "Fn::If":
            return resolve(argument[1 if known.get(argument[0].removeprefix("Has")) else 2], known)
        case "Fn::Select":
            return resolve(argument[1], known)[argument[0]]
        case "Fn::Split":
            return resolve(argument[1], known).split(argument[0])
        case _:
            return {function: resolve(argument, known)}
