"""Writes prices: what has to be stored, through which endpoints, and what became of each change."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from connectors.pacing import Timer
from connectors.stores.adobe_commerce.answers import REFUSALS, Refusal
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.errors import Failures
from connectors.stores.adobe_commerce.live_prices import EVERY_STORE, LivePrices, PriceReader
from connectors.stores.adobe_commerce.messages import quoted
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.writing import (
    NOT_BELOW_REGULAR,
    by_product,
    is_effective,
    shown_with,
)
from steward.changes import ABSENT, Change, FieldName
from steward.errors import StewardError
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.sale import RegularAndSale, stored

_MOMENT = "%Y-%m-%d %H:%M:%S"
# The platform's own end of time: a special price that ends then never ends.
_NEVER = "2038-01-19 03:14:07"
_ALWAYS = "1970-01-01 00:00:01"
_START_REFUSED = re.compile(r"Invalid attribute\W+Price From\W+=")

_GONE = Rejected(code="NO_SUCH_PRODUCT", reason="the product no longer exists or has no price")


class SpecialPriceStart:
    """When a special price begins that shall count at once.

    Magento Open Source takes a start in the past, which it reads in the shop's own time zone; so a
    day ago is the past everywhere. Commerce refuses it: there a special price is scheduled, and
    begins in the future, by the store's clock and in UTC. Which of the two a store is shows at the
    first refusal, and is remembered.
    """

    def __init__(self, *, always_ahead: bool = False) -> None:
        """Take whether the store is known to refuse a start in the past."""
        self._always_ahead = always_ahead

    def candidates(self, store_time: Callable[[], datetime]) -> Iterator[tuple[datetime, bool]]:
        """Return starts to try in turn, and whether each lies ahead."""
        if not self._always_ahead:
            yield store_time() - timedelta(days=1), False
        # The store tells its time in whole seconds, and may take its time for the call.
        for seconds in (3, 30):
            yield store_time() + timedelta(seconds=seconds), True

    def only_ahead(self) -> None:
        """Note that the store takes a start ahead where it refused one in the past."""
        self._always_ahead = True


class _Product:
    """One product on its way from what is stored to what shall be."""

    def __init__(self, live: LivePrices, changes: Sequence[Change]) -> None:
        self.live = live
        self.changes = changes
        self.now = live.prices
        values = {change.target.field: change.after for change in changes}
        self.wanted = stored(shown_with(live.prices.shown, values))
        self.refusal = self._refusal()

    @property
    def sku(self) -> str:
        return self.live.sku

    @property
    def is_open(self) -> bool:
        return self.refusal is None

    @property
    def sets_special(self) -> bool:
        return self.wanted.sale is not None and self.wanted.sale != self.now.sale

    @property
    def sets_regular(self) -> bool:
        return self.wanted.regular != self.now.regular

    @property
    def deletes_special(self) -> bool:
        """Also one that had no effect so far, and would have one below the new regular price."""
        amount = self.live.special_amount
        return (
            self.wanted.sale is None
            and amount is not None
            and amount.amount < self.wanted.regular.amount
        )

    def _refusal(self) -> Rejected | None:
        if not is_effective(self.wanted):
            return NOT_BELOW_REGULAR
        if self.sets_special and self.live.scheduled is not None:
            moment = self.live.scheduled.strftime(_MOMENT)
            return Rejected(
                code="SPECIAL_PRICE_SCHEDULED",
                reason=f"a special price is scheduled from {moment} UTC, which this would replace",
            )
        return None

    def answer(self, change: Change) -> Answer:
        shown = self.now.shown
        value = shown.price
        if change.target.field is FieldName.COMPARE_AT_PRICE:
            if (shown.compare_at_price or ABSENT) == change.after:
                return Accepted()
        elif value == change.after:
            return Accepted()
        return self.refusal or Rejected(code="NOT_APPLIED", reason="the store kept another price")


@dataclass(frozen=True, slots=True)
class _Step:
    """One row to send, and what the product's prices are once it is applied."""

    row: str
    result: RegularAndSale


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
            sku: _Product(live[sku], changes) for sku, changes in grouped.items() if sku in live
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
        self, products: Sequence[_Product], currency: str
    ) -> datetime | None:
        """Set them, and return the moment from which they count, where that lies ahead."""
        pending = [product for product in products if product.is_open and product.sets_special]
        begins: datetime | None = None
        for start, ahead in self._start.candidates(self._api.store_time):
            if not pending:
                break
            for product in pending:
                product.refusal = None
            await self._call("special-price", pending, partial(_special_row, start), currency)
            if ahead and any(product.is_open for product in pending):
                self._start.only_ahead()
                begins = start
            pending = _refused_for_start(pending, ahead=ahead)
        return begins

    async def _set_regular_prices(self, products: Sequence[_Product], currency: str) -> None:
        pending = [product for product in products if product.is_open and product.sets_regular]
        await self._call("base-prices", pending, _regular_row, currency)

    async def _delete_special_prices(self, products: Sequence[_Product], currency: str) -> None:
        pending = [product for product in products if product.is_open and product.deletes_special]
        await self._call("special-price-delete", pending, _row_to_delete, currency)

    async def _call(
        self,
        endpoint: str,
        products: Sequence[_Product],
        step: Callable[[_Product], _Step],
        currency: str,
    ) -> None:
        """Send one row for each product, and note what became of it.

        The answer is empty where all is well. Otherwise it lists what is wrong, not always with the
        SKU, and the other rows are applied; so what the store holds then decides.
        """
        if not products:
            return
        steps = [step(product) for product in products]
        rows = ",".join(each.row for each in steps)
        refusals = await self._api.write(
            f"products/{endpoint}", f'{{"prices":[{rows}]}}'.encode(), REFUSALS
        )
        if not refusals:
            for product, each in zip(products, steps, strict=True):
                product.now = each.result
            return
        live = await self._read_back(products, currency)
        for product, each in zip(products, steps, strict=True):
            held = live.get(product.sku)
            if held is not None and held.prices == each.result:
                product.now = each.result
            else:
                product.refusal = _rejected(refusals, product)

    async def _read_back(
        self, products: Sequence[_Product], currency: str
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


def _refused_for_start(products: Sequence[_Product], *, ahead: bool) -> list[_Product]:
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


def _special_row(start: datetime, product: _Product) -> _Step:
    """Set a special price; one that is replaced while it counts keeps its end."""
    sale = product.wanted.sale
    assert sale is not None  # noqa: S101 - only products with one come here
    ends = _NEVER
    if product.live.special is not None and product.now.sale is not None:
        ends = product.live.special.price_to or _NEVER
    row = _row(product.sku, f"{sale.amount:f}", start.strftime(_MOMENT), ends)
    return _Step(row, RegularAndSale(regular=product.now.regular, sale=sale))


def _regular_row(product: _Product) -> _Step:
    regular = product.wanted.regular
    row = f'{{"sku":{json.dumps(product.sku)},"store_id":{EVERY_STORE},"price":{regular.amount:f}}}'
    return _Step(row, RegularAndSale(regular=regular, sale=product.now.sale))


def _row_to_delete(product: _Product) -> _Step:
    """Name the row as the store told it."""
    special = product.live.special
    assert special is not None  # noqa: S101 - only products with one come here
    row = _row(
        product.sku,
        f"{special.price:f}",
        special.price_from or _ALWAYS,
        special.price_to or _NEVER,
    )
    return _Step(row, RegularAndSale(regular=product.now.regular))


def _row(sku: str, price: str, price_from: str, price_to: str) -> str:
    """Write a row by hand: a decimal would lose its exact digits as a number of Python's JSON."""
    return (
        f'{{"sku":{json.dumps(sku)},"store_id":{EVERY_STORE},"price":{price},'
        f'"price_from":{json.dumps(price_from)},"price_to":{json.dumps(price_to)}}}'
    )


def _rejected(refusals: Sequence[Refusal], product: _Product) -> Rejected:
    """Return the reason that names the product, or else all that name nobody known."""
    own = [refusal for refusal in refusals if _names(refusal, product.sku)]
    reasons = dict.fromkeys(quoted(refusal.text) for refusal in own or refusals)
    return Rejected(code="PRICE_REFUSED", reason="; ".join(reasons))


def _names(refusal: Refusal, sku: str) -> bool:
    return sku.casefold() in {value.casefold() for value in refusal.values}
