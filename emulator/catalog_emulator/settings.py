"""Settings of the emulator, for the whole process."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """How the emulator works where AWS leaves no choice to its callers.

    `background`: calls that start an operation on a stack return immediately; a thread runs the operation.
    `patience`: how many seconds the function of a custom resource may take.
    `authorize`: Service Catalog checks the policies of callers that IAM knows, and AssumeRole the trust of
    roles; any other caller is moto's nameless user, who may do everything.
    `refuse_records`: a resource that would be a record only, which no API of a service sees, fails.
    `share_seconds`: how long an action on a share takes by the `clock`; until then the account can start no
    other one, and recipients do not see the share.
    `endpoint_status`: the status of SageMaker endpoints that are made or changed.
    `checked`: gets the ARN of an identity, the action, the resource (None: unknown) and the context of each
    permission that it is checked for, before that is allowed or denied.
    """

    background: bool = False
    patience: float = 60.0
    authorize: bool = False
    refuse_records: bool = False
    share_seconds: float = 0.0
    endpoint_status: str = "InService"
    clock: Callable[[], float] = time.monotonic
    checked: Callable[[str, str, str | None, Mapping[str, tuple[str, ...]]], None] | None = None


settings = Settings()
