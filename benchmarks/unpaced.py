"""The same work without a pacer: one call at a time, with plain exponential backoff."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TypeVar

from connectors.bucket_pacing import Admission, BucketPacer
from connectors.settings import StoreSettings
from connectors.stores.adobe_commerce import AdobeCommerceConnection
from connectors.stores.adobe_commerce.pacing import ConcurrencyPacer
from connectors.stores.bigcommerce import BigCommerceConnection
from connectors.stores.bigcommerce.rest_api import SMALLEST_QUOTA
from connectors.stores.directory import Connection
from connectors.stores.shopify import ShopifyConnection
from connectors.stores.shopify.estimating import SMALLEST_PLAN
from connectors.window_pacing import WindowAdmission, WindowPacer
from steward.changes import Change
from steward.errors import StoreThrottled

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 32.0
# As many requests are compared, and as many changes read back, by one call as Steward does it.
_COMPARED_TOGETHER = 8
_READ_BACK_TOGETHER = 100

ResultT = TypeVar("ResultT")


async def change_one_call_at_a_time(settings: StoreSettings, changes: Sequence[Change]) -> float:
    """Compare, write and read back the changes; return the seconds it took.

    A throttled call is repeated after 1, 2, 4 ... 32 s, whatever the platform says.
    """
    started = time.monotonic()
    async with aclosing(_connection(settings)) as connection:
        store = connection.store(settings.access_token.resolve())
        requests = store.requests_for(changes)
        for start in range(0, len(requests), _COMPARED_TOGETHER):
            together = requests[start : start + _COMPARED_TOGETHER]
            targets = [change.target for request in together for change in request.changes]
            await _repeated(partial(store.read_values, targets))
            for request in together:
                await _repeated(partial(store.send, request))
        for start in range(0, len(changes), _READ_BACK_TOGETHER):
            targets = [change.target for change in changes[start : start + _READ_BACK_TOGETHER]]
            await _repeated(partial(store.read_values, targets))
    return time.monotonic() - started


async def _repeated(call: Callable[[], Awaitable[ResultT]]) -> ResultT:
    wait = _FIRST_WAIT_SECONDS
    while True:
        try:
            return await call()
        except StoreThrottled:
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)


def _connection(settings: StoreSettings) -> Connection:
    match settings.platform:
        case "shopify":
            return ShopifyConnection("shop", settings.address, pacer=_UnpacedPoints(SMALLEST_PLAN))
        case "bigcommerce":
            pacer = _UnpacedCalls(SMALLEST_QUOTA)
            return BigCommerceConnection("shop", settings.address, pacer=pacer)
        case _:
            return AdobeCommerceConnection("shop", settings.address, pacer=_Unpaused(1))


class _UnpacedPoints(BucketPacer):
    @asynccontextmanager
    async def admitted(self, points: int) -> AsyncIterator[Admission]:
        yield Admission(points)


class _UnpacedCalls(WindowPacer):
    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[WindowAdmission]:
        yield WindowAdmission()


class _Unpaused(ConcurrencyPacer):
    def pause(self, seconds: float) -> None:
        del seconds
