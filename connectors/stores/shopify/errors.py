"""The one table from Shopify's answers to Steward's errors.

A write has a further answer that a read has not: it may have been applied although no usable answer
came. The table says so for each entry, and such a write becomes `AnswerLost`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from connectors.http import Answered, NoAnswer, NotSent
from connectors.retry_after import advised_wait
from connectors.stores.shopify.answers import Cost, Problem
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
    Unreachable,
)

_SHORTEST_PAUSE_SECONDS = 0.1
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
_TRY_AGAIN = "Try again later; Shopify's status page says more."
_RESOLVED_BY_READING = "The store is read again before anything is written once more."

_BY_STATUS: Mapping[int, _Meaning] = {
    400: _Meaning(StoreError, "does not understand the request", _REPORT),
    401: _Meaning(
        CredentialsRejected,
        "refuses the access token",
        "Check that the token is of this store and was not revoked.",
    ),
    402: _Meaning(
        StoreError, "is frozen for unpaid bills", "The merchant has to settle them with Shopify."
    ),
    403: _Meaning(
        CredentialsRejected,
        "forbids access with this token",
        "Check the app's permissions, and that the store is not locked.",
    ),
    404: _Meaning(
        StoreError, "does not exist at its address", "Check the store's address in the settings."
    ),
    408: _Meaning(StoreUnreachable, "gave up on the request", _TRY_AGAIN, maybe_applied=True),
    413: _Meaning(StoreError, "finds the request too large", _REPORT),
    423: _Meaning(StoreError, "is locked", "The merchant has to contact Shopify."),
}

_BY_CODE: Mapping[str, _Meaning] = {
    "ACCESS_DENIED": _Meaning(
        CredentialsRejected, "denies access", "Give the app the missing access scope."
    ),
    "SHOP_INACTIVE": _Meaning(
        StoreError, "is not active", "The merchant has to reopen it with Shopify."
    ),
    "MAX_COST_EXCEEDED": _Meaning(StoreError, "finds the request too expensive", _REPORT),
    "MAX_INPUT_SIZE_EXCEEDED": _Meaning(StoreError, "finds the input too long", _REPORT),
    "undefinedField": _Meaning(
        StoreError,
        "does not know a field of the request",
        "Check that the store's API version is one that Steward supports.",
    ),
    "BAD_REQUEST": _Meaning(StoreError, "does not understand the request", _REPORT),
    "INVALID_FIELD_ARGUMENTS": _Meaning(StoreError, "misses an argument of the request", _REPORT),
    "INVALID_VARIABLE": _Meaning(
        StoreError, "does not accept a value of the request", "Check the ids and values."
    ),
    "INTERNAL_SERVER_ERROR": _Meaning(
        StoreUnreachable, "failed internally", _TRY_AGAIN, maybe_applied=True
    ),
    "TIMEOUT": _Meaning(
        StoreUnreachable, "took too long to answer", _TRY_AGAIN, maybe_applied=True
    ),
}

_SERVER_ERROR = _Meaning(StoreUnreachable, "is out of order", _TRY_AGAIN, maybe_applied=True)
_REDIRECTED = _Meaning(
    StoreError, "has another address now", "Put its *.myshopify.com address into the settings."
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
            return self.lost(exchange.cause)
        return StoreUnreachable(
            f"Store '{self._store}' cannot be reached: {exchange.cause}.",
            remedy="Check the store's address and the network, then try again.",
        )

    def of_status(self, answered: Answered) -> StewardError:
        """Return the error for an HTTP status other than 200."""
        status = answered.status
        if status == _TOO_MANY_REQUESTS:
            return self.throttled(advised_wait(answered))
        if status >= _FIRST_SERVER_ERROR:
            meaning = _SERVER_ERROR
        elif status in _REDIRECTS:
            meaning = _REDIRECTED
        else:
            meaning = _BY_STATUS.get(status, _OTHER_STATUS)
        return self._error(meaning, f"HTTP {status}", retry_after=advised_wait(answered))

    def of_problem(self, problem: Problem, cost: Cost | None, *, executed: bool) -> StewardError:
        """Return the error for an entry of the answer's `errors`.

        `executed` says that the document was run at all, so that a write may have been applied
        where the table does not exclude it.
        """
        if problem.code == "THROTTLED":
            return self.throttled(_until_affordable(cost))
        meaning = _BY_CODE.get(problem.code)
        if meaning is None:
            meaning = _Meaning(StoreError, "refuses the request", _REPORT, maybe_applied=executed)
        return self._error(meaning, _quote(problem.message) or problem.code or "no reason given")

    def of_answer(self, fault: str) -> StewardError:
        """Return the error for an answer that breaks the platform's contract."""
        if self._writing:
            return self.lost(f"the answer is unusable, {fault}")
        return StoreAnswerInvalid(
            f"Store '{self._store}' answered something unusable: {fault}.",
            remedy="Check that the address is the store's own and no proxy alters its answers.",
        )

    def throttled(self, retry_after: timedelta | None) -> StoreThrottled:
        """Return the error for a call that the rate limit refused; it was not applied."""
        when = "later" if retry_after is None else f"in {retry_after.total_seconds():.1f} s"
        return StoreThrottled(
            f"Store '{self._store}' has used up its rate limit.",
            remedy=f"Try again {when}.",
            retry_after=retry_after,
        )

    @contextmanager
    def after_the_write(self) -> Iterator[None]:
        """Raise `AnswerLost` for what goes wrong while finding out what a write did."""
        failure: StewardError | None = None
        try:
            yield
        except (Unreachable, StoreAnswerInvalid) as error:
            failure = error
        if failure is not None:
            raise (
                failure
                if isinstance(failure, AnswerLost)
                else self.lost(failure.message.rstrip("."), retry_after=failure.retry_after)
            )

    def lost(self, cause: str, *, retry_after: timedelta | None = None) -> AnswerLost:
        """Return the error for a write of which nobody knows whether it was applied."""
        return AnswerLost(
            f"Whether store '{self._store}' applied a change is unknown: {cause}.",
            remedy=_RESOLVED_BY_READING,
            retry_after=retry_after,
        )

    def _error(
        self, meaning: _Meaning, detail: str, *, retry_after: timedelta | None = None
    ) -> StewardError:
        if self._writing and meaning.maybe_applied:
            return self.lost(f"it {meaning.what} ({detail})", retry_after=retry_after)
        return meaning.error(
            f"Store '{self._store}' {meaning.what} ({detail}).",
            remedy=meaning.remedy,
            retry_after=retry_after,
        )


def _until_affordable(cost: Cost | None) -> timedelta | None:
    if cost is None:
        return None
    bucket = cost.throttle_status
    seconds = (cost.requested - bucket.currently_available) / bucket.restore_rate
    return timedelta(seconds=max(seconds, _SHORTEST_PAUSE_SECONDS))


def _quote(message: str) -> str:
    """Return the platform's words on one line, not too long."""
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]} ..."
