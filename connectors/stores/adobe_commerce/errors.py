"""The one table from Adobe Commerce's answers to Steward's errors.

A write has a further answer that a read has not: it may have been applied although no usable answer
came. The table says so for each entry, and such a write becomes `AnswerLost`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.http import Answered, NoAnswer, NotSent
from connectors.retry_after import advised_wait
from connectors.stores.adobe_commerce.answers import Refusal
from connectors.stores.adobe_commerce.messages import quoted
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StewardError,
    StoreAnswerInvalid,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
)

# What the edition as a service means where it does not say it.
_WAIT_WITHOUT_ADVICE = timedelta(seconds=5)

_FIRST_SERVER_ERROR = 500
_REDIRECTS = range(300, 400)
TOO_MANY_REQUESTS = 429
NOT_FOUND = 404

_NO_ROUTE = "does not match any route"


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
_TRY_AGAIN = "Try again later; the shop's log says more, under the report id if one is given."
_RESOLVED_BY_READING = "The store is read again before anything is written once more."

_BY_STATUS: Mapping[int, _Meaning] = {
    400: _Meaning(StoreError, "does not accept the request", "Check the SKUs and values."),
    401: _Meaning(
        CredentialsRejected,
        "refuses the credentials, or they lack a permission",
        "Check the store's secret, and that its user or integration may use what is named here.",
    ),
    403: _Meaning(
        CredentialsRejected,
        "forbids access with these credentials",
        "Check the permissions of the user or integration, and the shop's firewall.",
    ),
    404: _Meaning(StoreError, "does not have what is asked for", "Check the SKUs and values."),
    408: _Meaning(StoreUnreachable, "gave up on the request", _TRY_AGAIN, maybe_applied=True),
    413: _Meaning(StoreError, "finds the request too large", _REPORT),
}
_ABSENT_API = _Meaning(
    StoreError,
    "has no such API at its address",
    "Check the store's address in the settings, and that the shop has the module for it, such as "
    "Inventory for stock.",
)
_SERVER_ERROR = _Meaning(StoreUnreachable, "is out of order", _TRY_AGAIN, maybe_applied=True)
_REDIRECTED = _Meaning(
    StoreError, "has another address now", "Put its secure base URL into the settings."
)
_OTHER_STATUS = _Meaning(StoreError, "refuses the request", _REPORT)
_SIGN_IN = _Meaning(
    CredentialsRejected,
    "gives no token for the credentials",
    "Check the store's secret; a user with a second factor needs an integration (oauth1) instead.",
)


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

    def of_status(self, answered: Answered, refusal: Refusal | None) -> StewardError:
        """Return the error for an HTTP status other than 200; `refusal` is its body."""
        status = answered.status
        if status == TOO_MANY_REQUESTS:
            return self._throttled(wait_when_throttled(answered))
        if status >= _FIRST_SERVER_ERROR:
            meaning = _SERVER_ERROR
        elif status in _REDIRECTS:
            meaning = _REDIRECTED
        elif status == NOT_FOUND and not is_about_an_entity(refusal):
            meaning = _ABSENT_API
        else:
            meaning = _BY_STATUS.get(status, _OTHER_STATUS)
        return self._error(meaning, _detail(status, refusal), retry_after=advised_wait(answered))

    def of_sign_in(self, answered: Answered, refusal: Refusal | None) -> StewardError:
        """Return the error for a refused request for a token."""
        if answered.status in {400, 401, 403}:
            return self._error(_SIGN_IN, _detail(answered.status, refusal))
        return self.of_status(answered, refusal)

    def of_answer(self, fault: str) -> StewardError:
        """Return the error for an answer that breaks the platform's contract."""
        if self._writing:
            return self.lost(f"the answer is unusable, {fault}")
        return StoreAnswerInvalid(
            f"Store '{self._store}' answered something unusable: {fault}.",
            remedy="Check that the address is the store's own and no proxy alters its answers.",
        )

    def lost(self, cause: str, *, retry_after: timedelta | None = None) -> AnswerLost:
        """Return the error for a write that may have been applied."""
        return AnswerLost(
            f"Whether store '{self._store}' applied a change is unknown: {cause}.",
            remedy=_RESOLVED_BY_READING,
            retry_after=retry_after,
        )

    def _throttled(self, retry_after: timedelta) -> StoreThrottled:
        return StoreThrottled(
            f"Store '{self._store}' has used up its rate limit.",
            remedy=f"Try again in {retry_after.total_seconds():.1f} s.",
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


def is_about_an_entity(refusal: Refusal | None) -> bool:
    """Tell whether a 404 comes from the API itself and is about what was asked for."""
    return refusal is not None and _NO_ROUTE not in refusal.message


def wait_when_throttled(answered: Answered) -> timedelta:
    """Return how long to stay away after a call that the rate limit refused."""
    return advised_wait(answered) or _WAIT_WITHOUT_ADVICE


def _detail(status: int, refusal: Refusal | None) -> str:
    words = quoted(refusal.text) if refusal is not None else ""
    return f"HTTP {status}: {words}" if words else f"HTTP {status}"
