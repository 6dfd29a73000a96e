"""SNS subscriptions by e-mail as on AWS: pending until the link in the mail is followed; by HTTP always."""

from catalog_emulator.sns.mailbox import Mail, Settings, mails, settings

__all__ = ["Mail", "Settings", "confirm", "install", "mails", "settings"]


def install() -> None:
    """Puts pending subscriptions into moto; calling it twice changes nothing."""
    from catalog_emulator.sns import moto_calls

    moto_calls.install()


def confirm(topic_arn: str, token: str) -> str:
    """Follows the link in a mail; the subscription's ARN.

    Raises moto's SNS errors: InvalidParameter for a wrong or expired token, NotFound for a missing topic.
    """
    from catalog_emulator.sns import pending

    return pending.confirm(topic_arn, token)
