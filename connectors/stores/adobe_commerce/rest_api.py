"""One call to the REST API: paced, let in, sent once, and its answer checked."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import TypeAdapter, ValidationError

from connectors.http import Answered, exchange
from connectors.stores.adobe_commerce import oauth
from connectors.stores.adobe_commerce.address import (
    DEFAULT_VIEW,
    EVERYWHERE,
    Place,
    StoreAddress,
)
from connectors.stores.adobe_commerce.answers import Refusal, first_fault
from connectors.stores.adobe_commerce.authentication import (
    Authentication,
    OutgoingRequest,
)
from connectors.stores.adobe_commerce.errors import (
    NOT_FOUND,
    TOO_MANY_REQUESTS,
    Failures,
    is_about_an_entity,
    wait_when_throttled,
)
from connectors.stores.adobe_commerce.pacing import ConcurrencyPacer
from connectors.stores.adobe_commerce.refusals import refusal_in, without_secrets
from steward.ports import Clock

_OK = 200
_QUEUED = 202
_DONE = frozenset({_OK, _QUEUED})
# What is answered about the one thing that a call names, and not about the call.
_ABSENT = frozenset({NOT_FOUND})
_REFUSED = frozenset({400, NOT_FOUND})
_UNAUTHORIZED = 401
# A shorter secret could be part of an ordinary value.
_RECOGNIZABLE = 8
_ACCEPTED_TYPE = {"Accept": "application/json"}

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A call as it goes out, once or twice; `target` is its path and query."""

    request: OutgoingRequest
    target: str
    headers: Mapping[str, str]
    content: bytes | None


class RestApi:
    """The API of one store; follows no redirect, and repeats nothing but a refused sign-in.

    A call that is refused for its token (401) was not served, so it goes out once more with a new
    one. Secrets go into headers and nowhere else; should an answer repeat one, it is struck out
    before anything reads the answer.
    """

    def __init__(
        self,
        store: str,
        address: StoreAddress,
        authentication: Authentication,
        client: httpx.AsyncClient,
        pacer: ConcurrencyPacer,
        clock: Clock,
    ) -> None:
        """Take the store's name and address, its strategy, a client of its host and its pacer."""
        self.store = store
        self.pacer = pacer
        self._address = address
        self._authentication = authentication
        self._client = client
        self._clock = clock
        self._clock_difference = timedelta(0)

    @property
    def as_a_service(self) -> bool:
        """Whether the store is of the edition as a service, which always is Commerce."""
        return self._address.as_a_service

    def store_time(self) -> datetime:
        """Return the time by the store's clock, as its answers tell it, in UTC."""
        return self._clock.now() + self._clock_difference

    async def read(
        self,
        endpoint: str,
        answer: TypeAdapter[AnswerT],
        query: oauth.Pairs = (),
        *,
        view: str = DEFAULT_VIEW,
    ) -> AnswerT:
        """Ask a store view once; raises the errors of `steward.ports.Store`."""
        failures = Failures(self.store, writing=False)
        place = self._address.place(endpoint, scope=view)
        answered = await self._call("GET", place, query=query, failures=failures)
        return self._understood(answered, answer, failures)

    async def find(
        self,
        endpoint: str,
        answer: TypeAdapter[AnswerT],
        content: bytes | None = None,
        *,
        query: oauth.Pairs = (),
    ) -> AnswerT | None:
        """Ask once, by a posted content if there is one; None where there is no such thing."""
        failures = Failures(self.store, writing=False)
        method = "GET" if content is None else "POST"
        answered = await self._call(
            method,
            self._address.place(endpoint),
            query=query,
            content=content,
            failures=failures,
            told=_ABSENT,
        )
        if answered.status == NOT_FOUND:
            return None
        return self._understood(answered, answer, failures)

    async def write(
        self, endpoint: str, content: Callable[[], bytes], answer: TypeAdapter[AnswerT]
    ) -> AnswerT:
        """Write once, for all store views; the content is asked for when the call goes out.

        Raises `AnswerLost` where the write may have been applied all the same.
        """
        failures = Failures(self.store, writing=True)
        place = self._address.place(endpoint, scope=EVERYWHERE)
        answered = await self._call("POST", place, content=content, failures=failures)
        return self._understood(answered, answer, failures)

    async def change(
        self, method: str, endpoint: str, content: bytes | None, answer: TypeAdapter[AnswerT]
    ) -> AnswerT | Refusal:
        """Write one thing once, for all store views; return why, where the store refuses it.

        Raises `AnswerLost` where the write may have been applied all the same.
        """
        failures = Failures(self.store, writing=True)
        place = self._address.place(endpoint, scope=EVERYWHERE)
        answered = await self._call(
            method, place, content=content, failures=failures, told=_REFUSED
        )
        if answered.status in _REFUSED:
            return refusal_in(answered.content) or Refusal(message=f"HTTP {answered.status}")
        return self._understood(answered, answer, failures)

    async def queue(
        self, method: str, endpoint: str, content: bytes, answer: TypeAdapter[AnswerT]
    ) -> AnswerT:
        """Put a list of writes for all store views into the platform's queue, once.

        Raises `AnswerLost` where they may be in the queue all the same.
        """
        failures = Failures(self.store, writing=True)
        place = self._address.place(endpoint, scope=EVERYWHERE, queued=True)
        answered = await self._call(method, place, content=content, failures=failures)
        return self._understood(answered, answer, failures)

    async def _call(
        self,
        method: str,
        place: Place,
        *,
        failures: Failures,
        query: oauth.Pairs = (),
        content: bytes | Callable[[], bytes] | None = None,
        told: frozenset[int] = frozenset(),
    ) -> Answered:
        """Call, and raise what the answer means, save for statuses in `told` about an entity."""
        async with self.pacer.admitted():
            outgoing = _Outgoing(
                OutgoingRequest(method, f"{self._address.origin}{place.path}", query),
                f"{place.path}?{urlencode(query)}" if query else place.path,
                {**_ACCEPTED_TYPE, **place.headers},
                content() if callable(content) else content,
            )
            answered, headers = await self._sent(outgoing, failures)
            if answered.status == _UNAUTHORIZED and self._authentication.refused(headers):
                answered, _ = await self._sent(outgoing, failures)
            if answered.status == TOO_MANY_REQUESTS:
                self.pacer.pause(wait_when_throttled(answered).total_seconds())
        if answered.status in _DONE:
            return answered
        refusal = refusal_in(answered.content)
        if answered.status not in told or not is_about_an_entity(refusal):
            raise failures.of_status(answered, refusal)
        return answered

    async def _sent(
        self, outgoing: _Outgoing, failures: Failures
    ) -> tuple[Answered, Mapping[str, str]]:
        headers = await self._authentication.headers(outgoing.request)
        answered = await exchange(
            self._client,
            outgoing.request.method,
            outgoing.target,
            headers={**outgoing.headers, **headers},
            content=outgoing.content,
        )
        if not isinstance(answered, Answered):
            raise failures.of_exchange(answered)
        self._note_time(answered)
        hidden = self._authentication.secrets()
        shortest = _RECOGNIZABLE if answered.status in _DONE else 1
        content = without_secrets(answered.content, hidden, shortest=shortest)
        return Answered(answered.status, answered.headers, content), headers

    def _note_time(self, answered: Answered) -> None:
        try:
            told = parsedate_to_datetime(answered.headers["date"])
        except (KeyError, ValueError):
            return
        if told.tzinfo is not None:
            self._clock_difference = told - self._clock.now()

    def _understood(
        self, answered: Answered, answer: TypeAdapter[AnswerT], failures: Failures
    ) -> AnswerT:
        fault = "it is no JSON"
        try:
            # Through binary floating point 29.95 would stay 29.949999999999999.
            body: Any = json.loads(answered.content, parse_float=Decimal, parse_constant=_no_number)
            return answer.validate_python(body)
        except ValidationError as error:
            fault = first_fault(error)
        except (ValueError, ArithmeticError, RecursionError):
            pass
        raise failures.of_answer(fault)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
