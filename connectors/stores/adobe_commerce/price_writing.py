"""Writes prices: through which endpoints, in which order, and what became of each change."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.pacing import Timer
from connectors.stores.adobe_commerce.answers import REFUSALS, Refusal
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.errors import Failures
from connectors.stores.adobe_commerce.grouping import by_product
from connectors.stores.adobe_commerce.live_prices import LivePrices, PriceReader
from connectors.stores.adobe_commerce.messages import quoted
from connectors.stores.adobe_commerce.price_steps import (
    ProductPrices,
    Step,
    regular_row,
    row_to_delete,
    special_row,
)
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.special_price_start import SpecialPriceStart
from steward.errors import StewardError
from steward.execution import Answer, Rejected, WriteRequest

_START_REFUSED = re.compile(r"Invalid attribute\W+Price From\W+=")
_GONE = Rejected(code="NO_SUCH_PRODUCT", reason="the product no longer exists or has no price")


class PriceWriter:
    """Writes regular and special prices in the scope that all store views inherit from.

    A price of a website's or store view's own is left alone, and goes on counting there.

    Each write is made of up to three calls, and what one product needs keeps this order: a special
    price is set before the regular price changes, and deleted after it. So what a customer pays is
    the old or the new price at any time, also where a call in between fails; the crossed-out price
    may then be neither, until the next attempt sets it aside as moved.
    """

    def __init__(
        self,
        api: RestApi,
        prices: PriceReader,
        currency: StoreCurrency,
        start: SpecialPriceStart,
        timer: Timer,
    ) -> None:
        """Take the store's API, prices and currency, when special prices begin, and the timer."""
        self._api = api
        self._prices = prices
        self._currency = currency
        self._start = start
        self._timer = timer

    async def write(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change when the new prices are in effect.

        Raises `AnswerLost` where it is not known what became of a change.
        """
        currency = await self._currency.read(self._api)
        grouped = by_product(request.changes)
        live = await self._prices.read(list(grouped), currency)
        products = {
            sku: ProductPrices(live[sku], changes, self._api.store_time())
            for sku, changes in grouped.items()
            if sku in live
        }
        start = await self._set_special_prices(list(products.values()), currency)
        await self._set_regular_prices(list(products.values()), currency)
        await self._delete_special_prices(list(products.values()), currency)
        if start is not None:
            await self._wait_until(start)
        return tuple(
            _GONE
            if (product := products.get(change.target.resource_id)) is None
            else product.answer(change)
            for change in request.changes
        )

    async def _set_special_prices(
        self, products: Sequence[ProductPrices], currency: str
    ) -> datetime | None:
        """Set them, and return the moment from which they count, where that lies ahead."""
        pending = [product for product in products if product.is_open and product.sets_special]
        begins: datetime | None = None
        for lead, ahead in self._start.leads():
            if not pending:
                break
            for product in pending:
                product.refusal = None
            start = _StartOnceSent(self._api.store_time, lead, ahead=ahead)
            await self._call("special-price", pending, start.row, currency)
            if ahead and any(product.is_open for product in pending):
                self._start.only_ahead()
                begins = start.moment
            pending = _refused_for_start(pending, ahead=ahead)
        return begins

    async def _set_regular_prices(self, products: Sequence[ProductPrices], currency: str) -> None:
        pending = [product for product in products if product.is_open and product.sets_regular]
        await self._call("base-prices", pending, regular_row, currency)

    async def _delete_special_prices(
        self, products: Sequence[ProductPrices], currency: str
    ) -> None:
        pending = [product for product in products if product.is_open and product.deletes_special]
        await self._call("special-price-delete", pending, row_to_delete, currency)

    async def _call(
        self,
        endpoint: str,
        products: Sequence[ProductPrices],
        step: Callable[[ProductPrices], Step],
        currency: str,
    ) -> None:
        """Send one row for each product, and note what became of it.

        The answer is empty where all is well. Otherwise it lists what is wrong, not always with the
        SKU, and the other rows are applied; so what the store holds then decides.
        """
        if not products:
            return
        steps: list[Step] = []

        def content() -> bytes:
            steps[:] = [step(product) for product in products]
            rows = ",".join(each.row for each in steps)
            return f'{{"prices":[{rows}]}}'.encode()

        refusals = await self._api.write(f"products/{endpoint}", content, REFUSALS)
        if not refusals:
            for product, each in zip(products, steps, strict=True):
                product.now = each.result
            return
        live = await self._read_back(products, currency)
        for product, each in zip(products, steps, strict=True):
            held = live.get(product.sku)
            if held is not None and each.is_applied(held):
                product.now = each.result
            else:
                product.refusal = _rejected(refusals, product)

    async def _read_back(
        self, products: Sequence[ProductPrices], currency: str
    ) -> Mapping[str, LivePrices]:
        cause = ""
        try:
            return await self._prices.read([product.sku for product in products], currency)
        except StewardError as error:
            cause = error.message.rstrip(".")
        raise Failures(self._api.store, writing=True).lost(
            f"it refused a part, and reading which one failed: {cause}"
        )

    async def _wait_until(self, start: datetime) -> None:
        seconds = (start - self._api.store_time()).total_seconds()
        if seconds > 0:
            await self._timer.wait(asyncio.Event(), seconds)


class _StartOnceSent:
    """A start so long before or after the moment at which its call goes out.

    The call may have to wait for its turn first, and a start ahead would be over by then.
    """

    def __init__(self, store_time: Callable[[], datetime], lead: timedelta, *, ahead: bool) -> None:
        self.moment: datetime | None = None
        self._store_time = store_time
        self._lead = lead
        self._ahead = ahead

    def row(self, product: ProductPrices) -> Step:
        """Return the row of a product; all rows of the call have the same start."""
        if self.moment is None:
            self.moment = self._store_time() + self._lead
        return special_row(self.moment, product, ahead=self._ahead)


def _refused_for_start(products: Sequence[ProductPrices], *, ahead: bool) -> list[ProductPrices]:
    """Return the products that another start may help.

    The reason may be in the language of the shop's administration; so if the past was refused for
    all, the start is taken for it.
    """
    refused = [product for product in products if not product.is_open]
    if not ahead and len(refused) == len(products):
        return refused
    return [
        product
        for product in refused
        if product.refusal is not None and _START_REFUSED.search(product.refusal.reason)
    ]


def _rejected(refusals: Sequence[Refusal], product: ProductPrices) -> Rejected:
    """Return the reason that names the product, or else all that name nobody known."""
    own = [refusal for refusal in refusals if _names(refusal, product.sku)]
    reasons = dict.fromkeys(quoted(refusal.text) for refusal in own or refusals)
    return Rejected(code="PRICE_REFUSED", reason="; ".join(reasons))


def _names(refusal: Refusal, sku: str) -> bool:
    return sku.casefold() in {value.casefold() for value in refusal.values}
