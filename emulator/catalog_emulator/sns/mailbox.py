"""The mail that SNS would have sent. It lies on moto's SNS backends, so that moto's reset empties it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.sns.models import SNSBackend, sns_backends


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail; `link` is what to follow in it, if anything; `received` is UTC without zone, as in moto."""

    to: str
    subject: str
    body: str
    link: str | None
    received: datetime


def mails(to: str | None = None) -> tuple[Mail, ...]:
    """All mail, or that of one address, oldest first."""
    held = [mail for backend in _backends() for mail in _held(backend) if to in (None, mail.to)]
    return tuple(sorted(held, key=lambda mail: mail.received))


def deliver(backend: SNSBackend, mail: Mail) -> None:
    """Puts a mail into the box."""
    _held(backend).append(mail)


def _held(backend: SNSBackend) -> list[Mail]:
    held: list[Mail] = backend.__dict__.setdefault("mails", [])
    return held


def _backends() -> Iterator[Any]:
    for regions in list(sns_backends.values()):
        yield from list(regions.values())
