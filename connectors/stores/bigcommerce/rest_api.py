"""One call to the REST API: paced, sent once, and its answer checked."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

import httpx
from pydantic import BaseModel, RootModel, SecretStr, ValidationError

from connectors.http import Answered, NotSent, exchange
from connectors.stores.bigcommerce.answers import NoContent, RefusedBatch
from connectors.stores.bigcommerce.errors import Failures
from connectors.window_pacing import WindowLevel, WindowPacer
from steward.errors import CredentialsRejected

_TOKEN_HEADER = "X-Auth-Token"  # noqa: S105 - the header's name
_OK = 200
_NO_CONTENT = 204
_NOT_FOUND = 404
_SAVED = frozenset({200, 207})
# The statuses that speak of the items of a batch, not of the request as such.
_REFUSED = frozenset({404, 409, 422})
_TOO_LARGE = 413

# The allowance of the smallest plan, until the platform reports the store's own.
SMALLEST_QUOTA = WindowLevel(quota=150, left=150, reset_seconds=30, window_seconds=30)

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class RestApi:
    """The API of one store; retries nothing and follows no redirect.

    The token goes into the header of each request and nowhere else; should an answer repeat it, it
    is struck out before anything reads the answer.
    """

    def __init__(
        self,
        store: str,
        token: SecretStr,
        client: httpx.AsyncClient,
        path: str,
        pacer: WindowPacer,
    ) -> None:
        """Take the store's name, its token, a client of the API's origin and the store's one pacer.

        `path` is what all of the store's resources are below, such as `/stores/abc123`. Raises
        `CredentialsRejected` for a token that no HTTP header can carry.
        """
        secret = token.get_secret_value()
        if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise CredentialsRejected(
                f"The access token of store '{store}' is empty or holds characters that no token "
                "has.",
                remedy="Check the variable or file that it comes from.",
            )
        self.store = store
        self.pacer = pacer
        self._token = token
        self._client = client
        self._path = path

    async def read(
        self, resource: str, answer: type[AnswerT], parameters: Mapping[str, str] | None = None
    ) -> AnswerT:
        """Ask once for a resource, such as `v3/catalog/products`.

        Raises the errors of `steward.ports.Store`.
        """
        failures = Failures(self.store, writing=False)
        answered = await self._call("GET", resource, failures, parameters=parameters)
        return self._read(answered, answer, failures)

    async def read_where_there(
        self, resource: str, answer: type[AnswerT], parameters: Mapping[str, str]
    ) -> AnswerT | None:
        """Ask as `read` does; None where the platform says in its own form that it is not there."""
        failures = Failures(self.store, writing=False)
        answered = await self._call("GET", resource, failures, parameters=parameters)
        if answered.status == _NOT_FOUND and _title(self._content(answered)):
            return None
        return self._read(answered, answer, failures)

    def _read(self, answered: Answered, answer: type[AnswerT], failures: Failures) -> AnswerT:
        content = self._content(answered)
        if answered.status != _OK:
            raise failures.of_status(answered, _title(content))
        return _checked(content, answer, failures)

    async def put(
        self, resource: str, answer: type[AnswerT], content: object, *, count: int
    ) -> AnswerT | RefusedBatch:
        """Write a batch of `count` items once.

        A batch that is larger than the platform takes counts as refused, unless it holds one item.
        Raises `AnswerLost` where it may have been applied although no usable answer came.
        """
        failures = Failures(self.store, writing=True)
        sent = json.dumps(content).encode()
        answered = await self._call("PUT", resource, failures, content=sent)
        return self._written(answered, answer, failures, count=count)

    async def delete(
        self, resource: str, parameters: Mapping[str, str]
    ) -> NoContent | RefusedBatch:
        """Delete what the parameters choose, once; raises as `put` does."""
        failures = Failures(self.store, writing=True)
        answered = await self._call("DELETE", resource, failures, parameters=parameters)
        return self._written(answered, NoContent, failures, count=1)

    def _written(
        self, answered: Answered, answer: type[AnswerT], failures: Failures, *, count: int
    ) -> AnswerT | RefusedBatch:
        if answered.status == _NO_CONTENT and answer is NoContent:
            return answer()
        content = self._content(answered)
        if answered.status in _SAVED:
            # Only what is described as a list may be one.
            is_list = issubclass(answer, RootModel)
            return _checked(self._parsed(answered) if is_list else content, answer, failures)
        if answered.status == _TOO_LARGE and count > 1:
            return RefusedBatch(status=answered.status, title=_title(content))
        if answered.status in _REFUSED and content is not None:
            # A refusal in another form is one all the same, only without its reasons.
            try:
                return RefusedBatch.model_validate({**content, "status": answered.status})
            except ValidationError:
                return RefusedBatch(status=answered.status)
        raise failures.of_status(answered, _title(content))

    async def _call(
        self,
        method: str,
        resource: str,
        failures: Failures,
        *,
        parameters: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answered:
        async with self.pacer.admitted() as admission:
            exchanged = await exchange(
                self._client,
                method,
                f"{self._path}/{resource}",
                headers={
                    _TOKEN_HEADER: self._token.get_secret_value(),
                    "Accept": "application/json",
                },
                parameters=parameters,
                content=content,
            )
            if isinstance(exchanged, NotSent):
                admission.not_sent()
            if isinstance(exchanged, Answered) and (level := _level(exchanged.headers)):
                admission.answered(level)
        if not isinstance(exchanged, Answered):
            raise failures.of_exchange(exchanged)
        return exchanged

    def _content(self, answered: Answered) -> dict[str, Any] | None:
        """Return the answer's JSON object."""
        content = self._parsed(answered)
        return content if isinstance(content, dict) else None

    def _parsed(self, answered: Answered) -> object:
        """Return the answer's JSON, numbers with a point as decimals; None for anything else."""
        secret = self._token.get_secret_value().encode()
        text = answered.content.replace(secret, b"[access token]")
        try:
            content: object = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, ArithmeticError, RecursionError):
            return None
        return content


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _checked(content: object, answer: type[AnswerT], failures: Failures) -> AnswerT:
    if content is None:
        raise failures.of_answer("it is no JSON object")
    fault = ""
    try:
        return answer.model_validate(content)
    except ValidationError as error:
        fault = _first_fault(error)
    raise failures.of_answer(fault)


def _title(content: Mapping[str, Any] | None) -> str:
    title = content.get("title") if content else None
    return title if isinstance(title, str) else ""


def _level(headers: Mapping[str, str]) -> WindowLevel | None:
    """Return the reported window; it only steers the pace, so a strange one is passed over."""
    names = ("requests-quota", "requests-left", "time-reset-ms", "time-window-ms")
    texts = [headers.get(f"x-rate-limit-{name}", "") for name in names]
    if not all(text.isascii() and text.isdigit() and len(text) <= 12 for text in texts):  # noqa: PLR2004 - no figure is longer
        return None
    quota, left, reset, window = map(int, texts)
    if not quota or not window:
        return None
    return WindowLevel(quota, left, reset / 1000, window / 1000)


def _first_fault(error: ValidationError) -> str:
    """Name the place and kind of the first fault, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "data"
    return f"'{place}' is {first['type'].replace('_', ' ')}"
