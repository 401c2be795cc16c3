"""The one table from BigCommerce's answers to Steward's errors.

A write has a further answer that a read has not: it may have been applied although no usable answer
came. The table says so for each entry, and such a write becomes `AnswerLost`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.http import Answered, NoAnswer, NotSent
from connectors.retry_after import advised_wait
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)

_SHORTEST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3600.0
_LONGEST_QUOTE = 200

_FIRST_SERVER_ERROR = 500
_REDIRECTS = range(300, 400)
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What an answer means: "Store 'x' <what>." and what to do.

    `maybe_applied` says that a write which was answered like this may have been applied.
    """

    error: type[StewardError]
    what: str
    remedy: str
    maybe_applied: bool = False


_REPORT = "This is a fault in Steward's request: please report it."
_TRY_AGAIN = "Try again later; BigCommerce's status page says more."
_RESOLVED_BY_READING = "The store is read again before anything is written once more."

_BY_STATUS: Mapping[int, _Meaning] = {
    400: _Meaning(StoreError, "does not understand the request", _REPORT),
    401: _Meaning(
        CredentialsRejected,
        "refuses the access token",
        "Check that the token is of this store and was not revoked.",
    ),
    403: _Meaning(
        CredentialsRejected,
        "forbids access with this token",
        "Give the API account the scopes Products (modify), Information (read-only) and, to change "
        "stock, Store Inventory (modify).",
    ),
    404: _Meaning(
        StoreError,
        "does not exist at its address",
        "Check the store's hash in the address in the settings.",
    ),
    405: _Meaning(StoreError, "has no such operation", _REPORT),
    408: _Meaning(StoreUnreachable, "gave up on the request", _TRY_AGAIN, maybe_applied=True),
    409: _Meaning(
        StoreError,
        "finds the request in conflict with what it holds",
        "Look at the products in the control panel, then try again.",
    ),
    413: _Meaning(StoreError, "finds the request too large", _REPORT),
    415: _Meaning(StoreError, "does not take the request's media type", _REPORT),
    422: _Meaning(StoreError, "does not accept a value of the request", "Check ids and values."),
    423: _Meaning(StoreError, "is locked", "The merchant has to contact BigCommerce."),
}

_OVERLOADED = _Meaning(StoreUnreachable, "is overloaded", _TRY_AGAIN)
_SERVER_ERROR = _Meaning(StoreUnreachable, "is out of order", _TRY_AGAIN, maybe_applied=True)
_REDIRECTED = _Meaning(
    StoreError,
    "has another address now",
    "Put https://api.bigcommerce.com/stores/<hash> into the settings.",
)
_OTHER_STATUS = _Meaning(StoreError, "refuses the request", _REPORT)


class Failures:
    """Turns what went wrong in one call to one store into the error to raise."""

    def __init__(self, store: str, *, writing: bool) -> None:
        """Take the store's configured name, and whether the call writes."""
        self._store = store
        self._writing = writing

    def of_exchange(self, exchange: NotSent | NoAnswer) -> StewardError:
        """Return the error for a call that was never sent or never answered."""
        if self._writing and isinstance(exchange, NoAnswer):
            return self._lost(exchange.cause)
        return StoreUnreachable(
            f"Store '{self._store}' cannot be reached: {exchange.cause}.",
            remedy="Check the store's address and the network, then try again.",
        )

    def of_status(self, answered: Answered, title: str) -> StewardError:
        """Return the error for an HTTP status that is no success; `title` is the answer's own.

        Of the two kinds of 429 the one that says when the window ends is the store's quota; the
        other is overload, and leaves the pause to whoever tries again.
        """
        status = answered.status
        if status == _TOO_MANY_REQUESTS:
            seconds = _seconds(answered.headers.get("x-rate-limit-time-reset-ms"))
            if seconds is not None:
                return self._throttled(seconds)
            meaning = _OVERLOADED
        elif status >= _FIRST_SERVER_ERROR:
            meaning = _SERVER_ERROR
        elif status in _REDIRECTS:
            meaning = _REDIRECTED
        else:
            meaning = _BY_STATUS.get(status, _OTHER_STATUS)
        words = quoted(title)
        detail = f"HTTP {status}: {words}" if words else f"HTTP {status}"
        return self._error(meaning, detail, retry_after=advised_wait(answered))

    def of_answer(self, fault: str) -> StewardError:
        """Return the error for an answer that breaks the platform's contract."""
        if self._writing:
            return self._lost(f"the answer is unusable, {fault}")
        return StoreAnswerInvalid(
            f"Store '{self._store}' answered something unusable: {fault}.",
            remedy="Check that the address is the store's own and no proxy alters its answers.",
        )

    def of_waiting(self, what: str) -> StewardError:
        """Return the error for a write that was accepted and whose effect was not seen."""
        return self._lost(what)

    def _throttled(self, seconds: float) -> StoreThrottled:
        pause = min(max(seconds, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
        return StoreThrottled(
            f"Store '{self._store}' has used up its rate limit.",
            remedy=f"Try again in {pause:.1f} s.",
            retry_after=timedelta(seconds=pause),
        )

    def _error(
        self, meaning: _Meaning, detail: str, *, retry_after: timedelta | None
    ) -> StewardError:
        if self._writing and meaning.maybe_applied:
            return self._lost(f"it {meaning.what} ({detail})", retry_after=retry_after)
        return meaning.error(
            f"Store '{self._store}' {meaning.what} ({detail}).",
            remedy=meaning.remedy,
            retry_after=retry_after,
        )

    def _lost(self, cause: str, *, retry_after: timedelta | None = None) -> AnswerLost:
        return AnswerLost(
            f"Whether store '{self._store}' applied a change is unknown: {cause}.",
            remedy=_RESOLVED_BY_READING,
            retry_after=retry_after,
        )


def _seconds(milliseconds: str | None) -> float | None:
    if milliseconds is None or not (milliseconds.isascii() and milliseconds.isdigit()):
        return None
    return int(milliseconds[:12]) / 1000


def quoted(message: str) -> str:
    """Return the platform's words on one line, not too long."""
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]} ..."
