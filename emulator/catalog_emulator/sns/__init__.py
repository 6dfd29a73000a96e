"""E-mail subscriptions of SNS as they are: pending until somebody follows the link in the mail.

moto confirms them at once. With `catalog_emulator.settings.strict` that changes for the protocols email and
email-json; the rest stays.
"""

from __future__ import annotations

from catalog_emulator.sns.mailbox import Mail, mails
from catalog_emulator.sns.options import Settings, settings

__all__ = ["Mail", "Settings", "confirm", "install", "mails", "settings"]


def install() -> None:
    """Puts pending e-mail subscriptions into moto; a second time does nothing new."""
    from catalog_emulator.sns import calls

    calls.install()


def confirm(topic_arn: str, token: str) -> str:
    """What following the link in a mail does; the subscription's ARN.

    Raises moto's SNS errors: InvalidParameter for a wrong or expired token, NotFound for a missing topic.
    """
    from catalog_emulator.sns import pending

    return pending.confirm(topic_arn, token)
