"""Has one endpoint serve a model package, whatever its status is, and waits until it does.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from endpoint_requests import Settings, endpoint_config, model

# SageMaker works on the endpoint, and refuses to change it until it has finished.
CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
# It takes requests; in UpdateRollbackFailed, some of its instances have the old configuration, some the new one.
SERVING = frozenset({"InService", "UpdateRollbackFailed"})
# In every other status, Failed and OutOfService, it takes none: deleting it is all that is sure to be allowed.
POLL_SECONDS = 30
# A build ends after two hours.
LONGEST_SECONDS = 110 * 60


class EndpointFailed(Exception):
    """The endpoint does not serve what it should."""


def put_endpoint(
    sagemaker: Any,
    settings: Settings,
    stage: str,
    package_arn: str,
    sizing: Mapping[str, Any],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Has the endpoint of a stage serve a package; what was done, in a word. Raises EndpointFailed."""
    wanted_model = model(settings, package_arn)
    _once(sagemaker, sagemaker.create_model, wanted_model)
    wanted = endpoint_config(settings, stage, wanted_model["ModelName"], sizing)
    _once(sagemaker, sagemaker.create_endpoint_config, wanted)
    endpoint = _Endpoint(sagemaker, settings.endpoint(stage), sleep)
    return endpoint.put(wanted["EndpointConfigName"])


class _Endpoint:
    def __init__(self, sagemaker: Any, name: str, sleep: Callable[[float], None]) -> None:
        self._sagemaker, self._name, self._sleep = sagemaker, name, sleep
        self._seconds_left = LONGEST_SECONDS

    def put(self, config: str) -> str:
        before = self._settled()
        if before is None:
            done, change = "created", self._sagemaker.create_endpoint
        elif before["EndpointStatus"] not in SERVING:
            print(f"endpoint {self._name} is {_state(before)}; it is deleted and created again", flush=True)
            self._sagemaker.delete_endpoint(EndpointName=self._name)
            self._settled(deleted=True)
            done, change = "replaced", self._sagemaker.create_endpoint
        elif (before["EndpointStatus"], before["EndpointConfigName"]) == ("InService", config):
            return "unchanged"
        else:
            done, change = "updated", self._sagemaker.update_endpoint
        change(EndpointName=self._name, EndpointConfigName=config)
        self._check(self._settled(), config)
        return done

    def _settled(self, *, deleted: bool = False) -> dict[str, Any] | None:
        """The endpoint once SageMaker has finished with it, or deleted it; None when there is none."""
        while endpoint := self._described():
            if not deleted and endpoint["EndpointStatus"] not in CHANGING:
                return endpoint
            if self._seconds_left <= 0:
                raise EndpointFailed(f"endpoint {self._name} is still {_state(endpoint)}")
            self._sleep(POLL_SECONDS)
            self._seconds_left -= POLL_SECONDS
        return None

    def _described(self) -> dict[str, Any] | None:
        try:
            endpoint: dict[str, Any] = self._sagemaker.describe_endpoint(EndpointName=self._name)
        except self._sagemaker.exceptions.ClientError as error:
            if "Could not find" not in error.response["Error"]["Message"]:
                raise
            return None
        return endpoint

    def _check(self, after: Mapping[str, Any] | None, config: str) -> None:
        if after is None:
            raise EndpointFailed(f"endpoint {self._name} was deleted before it served")
        if after["EndpointStatus"] != "InService":
            raise EndpointFailed(f"endpoint {self._name} is {_state(after)}")
        if after["EndpointConfigName"] != config:
            raise EndpointFailed(f"endpoint {self._name} fell back to what it served before: {_state(after)}")


def _state(endpoint: Mapping[str, Any]) -> str:
    status, reason = endpoint["EndpointStatus"], endpoint.get("FailureReason")
    return f"{status}: {reason}" if reason else status


def _once(sagemaker: Any, create: Callable[..., Any], request: Mapping[str, Any]) -> None:
    # The name says the content, so a name that is taken is this very thing.
    try:
        create(**request)
    except sagemaker.exceptions.ClientError as error:
        if "already exist" not in error.response["Error"]["Message"]:
            raise
