"""The mail that SNS would have sent, kept on moto's SNS backends, so that moto's reset empties it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.sns.models import SNSBackend, sns_backends


@dataclass(kw_only=True)
class Settings:
    """`base_url` starts the links in mails; `valid_for` is how long a subscription may stay pending.

    AWS gives two days: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    and https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
    """

    base_url: str = "http://127.0.0.1:5000"
    valid_for: timedelta = timedelta(hours=48)


settings = Settings()


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail; `link` is the one to follow in it, if any; `received` is UTC without zone, as in moto."""

    to: str
    subject: str
    body: str
    link: str | None
    received: datetime


def mails(to: str | None = None) -> tuple[Mail, ...]:
    """All mail, or that of one address, oldest first."""
    found = [mail for backend in _backends() for mail in _mails(backend) if to in (None, mail.to)]
    return tuple(sorted(found, key=lambda mail: mail.received))


def deliver(backend: SNSBackend, mail: Mail) -> None:
    """Puts a mail into the mailbox."""
    _mails(backend).append(mail)


def _mails(backend: SNSBackend) -> list[Mail]:
    found: list[Mail] = backend.__dict__.setdefault("mails", [])
    return found


def _backends() -> Iterator[Any]:
    for regions in list(sns_backends.values()):
        yield from list(regions.values())
