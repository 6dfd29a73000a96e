"""Gives the botocore of this client, which is older than AWS_ENDPOINT_URL, the endpoint."""

import os
from typing import Any

import botocore.session

_create_client: Any = botocore.session.Session.create_client


def _create_local_client(*args: Any, **kwargs: Any) -> Any:
    # boto3 passes None.
    return _create_client(*args, **{**kwargs, "endpoint_url": os.environ["AWS_ENDPOINT_URL"]})


botocore.session.Session.create_client = _create_local_client  # type: ignore[method-assign]
