"""What AWS services send: an event on the default bus of its account and Region.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from moto.backends import get_backend
from moto.core.utils import unix_time


def send(
    source: str,
    detail_type: str,
    resources: Sequence[str],
    detail: Mapping[str, Any],
    *,
    account_id: str,
    region: str,
) -> None:
    """Give the event to every rule of the bus; `resources` are ARNs. What fails there stays there."""
    now = unix_time()
    event: Any = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account_id,
        # moto's deliveries make a text of it.
        "time": now,
        "region": region,
        "resources": [*resources],
        "detail": detail,
        "ingestion-time": now,
    }
    bus = get_backend("events")[account_id][region].event_buses["default"]
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)
