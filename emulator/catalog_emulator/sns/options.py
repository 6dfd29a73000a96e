"""What a server, or a test, may set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(kw_only=True)
class Settings:
    """`base_url` starts the links in the mails; `valid_for` is how long a subscription may stay pending.

    AWS gives two days: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    and https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
    """

    base_url: str = "http://127.0.0.1:5000"
    valid_for: timedelta = timedelta(hours=48)


settings = Settings()
