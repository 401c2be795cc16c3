"""The one table from the answers of Google's APIs to Steward's errors.

Nothing is ever written, so that a lost answer leaves nothing in doubt: it may be asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.analytics.ga4.answers import Problem
from connectors.analytics.ga4.quota_hours import until_next_day, until_next_hour
from connectors.http import Answered, NoAnswer, NotSent
from steward.errors import (
    CredentialsRejected,
    DataMoved,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)

CONCURRENCY_PAUSE = timedelta(seconds=30)
"""How long too many concurrent requests are best left alone."""

_MINUTE = timedelta(minutes=1)
# Ten server errors an hour close the property to the project, so that none is provoked in haste.
_AFTER_SERVER_ERROR = timedelta(seconds=30)
_LONGEST_ADVICE_SECONDS = 86_400.0
_LONGEST_QUOTE = 300
_FIRST_SERVER_ERROR = 500
_REDIRECTS = range(300, 400)
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What an answer means: "Analytics property 'x' <what>." and what to do."""

    error: type[StewardError]
    what: str
    remedy: str


_REPORT = "This is a fault in Steward's request: please report it."
_TRY_AGAIN = "Try again later; Google's status page says more."

_BY_STATUS: Mapping[int, _Meaning] = {
    400: _Meaning(
        StoreError,
        "refuses the report",
        "Check its dimensions, metrics and filters: some do not go together.",
    ),
    401: _Meaning(
        CredentialsRejected,
        "refuses the access token",
        "Check that the service account and its key still exist.",
    ),
    403: _Meaning(
        CredentialsRejected,
        "is closed to this service account",
        "Add the account's address to the property as a viewer, check the property's number, and "
        "that the Data API is enabled in the account's project.",
    ),
    404: _Meaning(
        StoreError, "does not exist at its address", "Check the address in the settings."
    ),
    408: _Meaning(StoreUnreachable, "gave up on the request", _TRY_AGAIN),
    413: _Meaning(StoreError, "finds the request too large", "Filter by fewer values."),
}
_SERVER_ERROR = _Meaning(StoreUnreachable, "is out of order", _TRY_AGAIN)
_REDIRECTED = _Meaning(StoreError, "has another address now", "Correct the address.")
_OTHER_STATUS = _Meaning(StoreError, "refuses the request", _REPORT)


class Failures:
    """Turns what went wrong in one call for one property into the error to raise."""

    def __init__(self, name: str) -> None:
        """Take the property's configured name."""
        self._name = name

    def of_exchange(self, exchange: NotSent | NoAnswer) -> StewardError:
        """Return the error for a call that was never sent or never answered."""
        return StoreUnreachable(
            f"Analytics property '{self._name}' cannot be reached: {exchange.cause}.",
            remedy="Check the address and the network, then try again.",
        )

    def of_status(self, answered: Answered, problem: Problem, now: datetime) -> StewardError:
        """Return the error for an HTTP status other than 200; `problem` is the body's own."""
        status = answered.status
        if status == _TOO_MANY_REQUESTS:
            return self.throttled(_pause(answered.headers.get("retry-after"), problem, now))
        if status >= _FIRST_SERVER_ERROR:
            meaning = _SERVER_ERROR
        elif status in _REDIRECTS:
            meaning = _REDIRECTED
        else:
            meaning = _BY_STATUS.get(status, _OTHER_STATUS)
        return meaning.error(
            f"Analytics property '{self._name}' {meaning.what} "
            f"({quote(problem.message) or f'HTTP {status}'}).",
            remedy=meaning.remedy,
            retry_after=_AFTER_SERVER_ERROR if meaning is _SERVER_ERROR else None,
        )

    def of_answer(self, fault: str) -> StewardError:
        """Return the error for an answer that breaks the API's contract."""
        return StoreAnswerInvalid(
            f"Analytics property '{self._name}' answered something unusable: {fault}.",
            remedy="Check that the address is Google's own and no proxy alters its answers.",
        )

    def throttled(self, pause: timedelta) -> StewardError:
        """Return the error for a call that the property's quota refuses."""
        return StoreThrottled(
            f"Analytics property '{self._name}' has used up its quota.",
            remedy=f"Try again in {pause.total_seconds():.0f} s.",
            retry_after=pause,
        )

    def of_token_status(self, answered: Answered, now: datetime) -> StewardError:
        """Return the error for a status of the token endpoint, whose words are left out.

        Too many requests for tokens are another matter than the property's quota.
        """
        if answered.status != _TOO_MANY_REQUESTS:
            return self.of_status(answered, Problem(), now)
        pause = _advice(answered.headers.get("retry-after")) or _MINUTE
        return StoreThrottled(
            f"Google gives analytics property '{self._name}' no further access token now.",
            remedy=f"Try again in {pause.total_seconds():.0f} s.",
            retry_after=pause,
        )

    def moved(self) -> StewardError:
        """Return the error for pages that do not fit together."""
        return DataMoved(
            f"The data of analytics property '{self._name}' changed while a report was read.",
            remedy="Read it again, or leave out the last three days, which still change.",
        )

    def of_grant(self, status: int, code: str, description: str) -> StewardError:
        """Return the error for a key for which no access token is given."""
        remedy = "Check that the service account and its key still exist, or create a new key."
        if "timeframe" in description or "iat and exp" in description:
            remedy = "Set this machine's clock right."
        return CredentialsRejected(
            f"Google refuses the service account of analytics property '{self._name}' "
            f"({quote(f'{code}: {description}') if code else f'HTTP {status}'}).",
            remedy=remedy,
        )

    def of_key(self, fault: str) -> StewardError:
        """Return the error for a key that cannot be used at all."""
        return CredentialsRejected(
            f"The key of analytics property '{self._name}' cannot be used: {fault}.",
            remedy="Give the JSON key file of a service account, whole and unchanged.",
        )


def is_exhaustion_of_tokens(problem: Problem) -> bool:
    """Return whether a 429 closes the property for longer than concurrent requests would."""
    return "concurrent" not in problem.message.lower()


def quote(message: str) -> str:
    """Return Google's words on one line, not too long."""
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]} ..."


def _pause(retry_after: str | None, problem: Problem, now: datetime) -> timedelta:
    """Return when to come back.

    The API tells its allowances apart in words alone; only the length of the wait hangs on them.
    """
    advice = _advice(retry_after)
    if advice is not None:
        return advice
    words = problem.message.lower()
    if "concurrent" in words:
        return CONCURRENCY_PAUSE
    if "minute" in words:
        return _MINUTE
    if "day" in words:
        return until_next_day(now)
    return until_next_hour(now)


def _advice(retry_after: str | None) -> timedelta | None:
    """Return how long the answer itself says to wait, where that is usable."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    if 0 <= seconds <= _LONGEST_ADVICE_SECONDS:
        return timedelta(seconds=max(seconds, 1.0))
    return None
