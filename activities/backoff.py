"""Backoff: how long a step stays away that failed, where nobody said how long it should."""

import random
from datetime import timedelta

from steward.errors import StewardError

_FIRST_WAIT = timedelta(seconds=1)
_RANDOM = random.SystemRandom()


def wait_after(failures: int, *, longest: timedelta) -> timedelta:
    """Return the wait after so many failures in a row, from 1.

    Twice as long with each up to the longest, and by chance up to half of that less, so that steps
    that failed together do not come back together.
    """
    doubled: int = 2 ** min(failures - 1, 20)
    return min(longest, _FIRST_WAIT * doubled) * _RANDOM.uniform(0.5, 1)


def back_off(error: StewardError, failures: int, *, longest: timedelta) -> None:
    """Let the error say when to try again, where the other side has not said it.

    The engine's own waits grow as well, but steps that an outage ends at the same moment would
    all begin again at nearly the same moment.
    """
    if error.retry_after is None and not error.permanent:
        error.retry_after = wait_after(failures, longest=longest)
