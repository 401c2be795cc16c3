"""Corner Shop, an imaginary platform with prices and crossed-out prices and nothing else.

Its interface has two calls. `GET /items?after=ID` returns a page of items in the order of their
ids. `POST /changes` takes a list of `{item, field, was, is}`, sets each field that still is what it
was, and returns one word for each: `done`, `stale`, `gone` or `refused`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from itertools import groupby
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.http import Answered, NotSent, exchange, new_client, origin_of
from steward.capabilities import Capabilities, Lack, lacking
from steward.catalog import (
    PRICE_FIELDS,
    PRICES,
    ByIds,
    CatalogDetail,
    EveryProduct,
    Product,
    Selection,
    Snapshot,
    Variant,
)
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.errors import (
    AnswerLost,
    CredentialsRejected,
    StoreError,
    StoreThrottled,
    StoreUnreachable,
    UnsupportedOperation,
)
from steward.execution import Accepted, Answer, CallEstimate, Rejected, WriteRequest
from steward.money import Money
from steward.ports import Store
from steward.values import ABSENT, Value
from steward.waits import Wait

CHANGES_A_CALL = 50
_NO_GROUPS = Lack(
    reason="Corner Shop has no groups of items.", remedy="Select by ids, or everything."
)


class CornerShopStore:
    """One shop; implements `steward.ports.Store`. It tries once: retries are the engine's."""

    def __init__(
        self, name: str, client: httpx.AsyncClient, token: SecretStr, turns: asyncio.Semaphore
    ) -> None:
        """Take the store's name, a client of its address, the token, and the turns to call."""
        self._turns = turns
        self.name = name
        self._client = client
        self._token = token

    async def read_catalog(self, selection: Selection, detail: CatalogDetail = PRICES) -> Snapshot:
        """Return the selected items, each as a product with one variant."""
        CornerShopConnection.capabilities.require_fields(detail.fields)
        if not isinstance(selection, ByIds | EveryProduct):
            raise UnsupportedOperation(_NO_GROUPS.reason, remedy=_NO_GROUPS.remedy)
        currency, items = await self._items()
        wanted = selection.ids if isinstance(selection, ByIds) else tuple(items)
        return Snapshot(
            store=self.name,
            currency=currency,
            selection=selection,
            taken_at=datetime.now(UTC),
            products=tuple(
                _product(items[item], currency) for item in sorted(set(wanted) & items.keys())
            ),
        )

    async def read_values(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values; what is gone is left out."""
        CornerShopConnection.capabilities.require_fields({target.field for target in targets})
        currency, items = await self._items()
        return {
            target: _value(items[target.resource_id][target.field], currency)
            for target in targets
            if target.resource_id in items
        }

    def requests_for(self, changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
        """Return requests of up to 50 changes; pure."""
        CornerShopConnection.capabilities.require_fields({one.target.field for one in changes})
        batches = groupby(enumerate(changes), key=lambda place: place[0] // CHANGES_A_CALL)
        return tuple(_request([change for _, change in batch]) for _, batch in batches)

    def predict(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Return what the platform's rules make of it: it takes no price that ends in .13; pure."""
        return tuple(
            _answer("refused" if str(_wire(change.after)).endswith(".13") else "done")
            for change in request.changes
        )

    def estimate(self, requests: Sequence[WriteRequest]) -> CallEstimate:
        """Return one call for each request, and one before and one after it to read; pure."""
        calls = 3 * len(requests)
        return CallEstimate(calls=calls, points=calls, seconds=Decimal(0))

    @asynccontextmanager
    async def allowance_for(self, requests: Sequence[WriteRequest]) -> AsyncIterator[int]:
        """Let requests out four at a time, which is what the platform is said to bear."""
        async with self._turns:
            yield min(len(requests), 1)

    def waiting(self) -> Wait | None:
        """Return that no call waits for an allowance."""
        return None

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write, and return one answer for each change."""
        words = await self._call("POST", "/changes", content=request.body.encode(), writing=True)
        if "stale" in words:
            # Somebody was faster, or an earlier attempt of ours arrives late: reading will tell.
            raise AnswerLost(f"Store '{self.name}' changed while it was written to.")
        return tuple(_answer(word) for word in words)

    async def _items(self) -> tuple[str, dict[str, Any]]:
        found: dict[str, Any] = {}
        after = ""
        while True:
            page = await self._call("GET", "/items", parameters={"after": after})
            found |= {item["id"]: item for item in page["items"]}
            if not page["items"]:
                return page["currency"], found
            after = page["items"][-1]["id"]

    async def _call(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        content: bytes | None = None,
        writing: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}"}
        answer = await exchange(
            self._client, method, path, headers=headers, parameters=parameters, content=content
        )
        where = f"Store '{self.name}'"
        if isinstance(answer, NotSent):
            raise StoreUnreachable(f"{where} cannot be reached: {answer.cause}.")
        if not isinstance(answer, Answered):
            lost = AnswerLost if writing else StoreUnreachable
            raise lost(f"{where} did not answer: {answer.cause}.")
        match answer.status:
            case HTTPStatus.OK:
                return json.loads(answer.content)
            case HTTPStatus.UNAUTHORIZED:
                raise CredentialsRejected(f"{where} rejects its token.", remedy="Renew it.")
            case HTTPStatus.TOO_MANY_REQUESTS:
                wait = timedelta(seconds=float(answer.headers["retry-after"]))
                raise StoreThrottled(f"{where} is asked too often.", retry_after=wait)
            case status:
                raise StoreError(f"{where} answers with status {status}.")


class CornerShopConnection:
    """What all uses of one shop in a process share; Steward makes it by the entry point."""

    capabilities = Capabilities(
        fields=lacking("Corner Shop", *(set(FieldName) - PRICE_FIELDS)),
        selections=dict.fromkeys(("collection", "tag", "vendor"), _NO_GROUPS),
    )

    def __init__(self, store: str, address: str) -> None:
        """Take the store's name and address; raises `InvalidSettings` for an unusable address."""
        self._name = store
        self._client = new_client(origin_of(address))
        self._turns = asyncio.Semaphore(4)

    def store(self, token: SecretStr) -> Store:
        """Return the store as this token may use it."""
        return CornerShopStore(self._name, self._client, token, self._turns)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _product(item: Mapping[str, Any], currency: str) -> Product:
    compare_at = _value(item["compare_at_price"], currency)
    return Product(
        id=item["id"],
        title=item["name"],
        vendor="",
        tags=(),
        variants=(
            Variant(
                id=item["id"],
                title="Default Title",
                sku=None,
                price=Money(amount=Decimal(item["price"]), currency=currency),
                compare_at_price=compare_at if isinstance(compare_at, Money) else None,
            ),
        ),
    )


def _value(amount: str | None, currency: str) -> Value:
    return ABSENT if amount is None else Money(amount=Decimal(amount), currency=currency)


def _wire(value: Value) -> str | None:
    return f"{value.amount:f}" if isinstance(value, Money) else None


def _request(changes: Sequence[Change]) -> WriteRequest:
    for change in changes:
        if change.target.resource_kind is not ResourceKind.VARIANT:
            raise UnsupportedOperation("Corner Shop has items only.", remedy="Name items.")
    body = [
        {
            "item": change.target.resource_id,
            "field": change.target.field,
            "was": _wire(change.before),
            "is": _wire(change.after),
        }
        for change in changes
    ]
    return WriteRequest(
        resource=changes[0].target.resource_id,
        operation="changes",
        body=json.dumps(body),
        points=1,
        changes=tuple(changes),
    )


def _answer(word: str) -> Answer:
    return Accepted() if word == "done" else Rejected(code=word.upper(), reason=f"it is {word}")
