"""When a launch may be removed: the tag publisher:expires, a date."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from publisher.errors import InputError, quoted

_PERIOD = re.compile(r"([0-9]{1,4})([dw])")
_DAYS = {"d": 1, "w": 7}
_MOST = 3660


def expiry_date(text: str, now: datetime) -> str:
    """The ISO 8601 date (UTC) that `14d`, `2w` or a date says. Raises InputError."""
    today, hint = now.date(), "use a number of days or weeks like 14d or 2w, or a date like 2027-01-31"
    if period := _PERIOD.fullmatch(text):
        found = today + timedelta(days=int(period[1]) * _DAYS[period[2]])
    else:
        try:
            found = date.fromisoformat(text)
        except ValueError:
            raise InputError(f"--expires {quoted(text)} is neither a period nor a date", hint=hint) from None
    if not today < found <= today + timedelta(days=_MOST):
        raise InputError(f"--expires {quoted(text)} must be after today, within ten years", hint=hint)
    return found.isoformat()
