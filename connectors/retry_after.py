"""The header Retry-After: how long the other side asks us to stay away."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.http import Answered

_SHORTEST_SECONDS = 0.1
_LONGEST_SECONDS = 3600.0


def advised_wait(answered: Answered) -> timedelta | None:
    """Return the wait, from a tenth of a second to an hour; None where the answer names none.

    The header holds seconds or a date. A date counts by the clock of the other side, where the
    answer tells its time.
    """
    text = answered.headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        moment = _moment(text)
        if moment is None:
            return None
        now = _moment(answered.headers.get("date", "")) or datetime.now(UTC)
        seconds = (moment - now).total_seconds()
    if math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    # By the header's grammar every date is in GMT.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
