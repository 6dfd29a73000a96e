"""Runtimes of functions that Lambda does not take (any more); their dates are in the data of cfn-lint.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import botocore.session
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction

from catalog_emulator.cloudformation.resources.schema import lint_data

_create = LambdaBackend.create_function
_configure = LambdaFunction.update_configuration
_change_code = LambdaFunction.update_function_code


def create_function(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
    """moto's, of a runtime that new functions may have."""
    _check(spec.get("Runtime"), "create-block")
    return _create(self, spec)


def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    """moto's, to a runtime that functions may still have."""
    _check(config_updates.get("Runtime") or self.run_time, "update-block")
    return _configure(self, config_updates)


def update_function_code(self: LambdaFunction, updated_spec: dict[str, Any]) -> dict[str, Any]:
    """moto's, of a runtime that functions may still have."""
    _check(self.run_time, "update-block")
    return _change_code(self, updated_spec)


def _check(runtime: str | None, date: str) -> None:
    lifecycles = lint_data("AdditionalSpecs/LmbdRuntimeLifecycle.json")
    if not runtime:
        return
    if runtime not in lifecycles and runtime not in _runtimes():
        raise InvalidParameterValueException(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(_runtimes())}] or be a valid ARN"
        )
    blocked = lifecycles.get(runtime, {}).get(date)
    if blocked and blocked <= datetime.now(UTC).date().isoformat():
        raise InvalidParameterValueException(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions. We recommend you use a supported runtime while creating or updating functions."
        )


@cache
def _runtimes() -> list[str]:
    model: Any = botocore.session.get_session().get_service_model("lambda")
    runtimes: list[str] = model.shape_for("Runtime").enum
    return runtimes


ADDITIONS: Final[Mapping[type, tuple[Callable[..., Any], ...]]] = {
    LambdaBackend: (create_function,),
    LambdaFunction: (update_configuration, update_function_code),
}
