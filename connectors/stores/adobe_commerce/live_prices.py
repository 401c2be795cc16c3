"""Reads what the store holds of prices, in the scope that all websites and store views inherit."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from pydantic import TypeAdapter

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.answers import (
    BASE_PRICES,
    SPECIAL_PRICES,
    BasePriceRow,
    SpecialPriceRow,
)
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.special_price_dates import SpecialPriceDates, dates_of
from steward.changes import FieldName
from steward.errors import StoreError
from steward.money import Money, smallest_unit
from steward.sale import RegularAndSale, ShownPrices
from steward.values import ABSENT, Value

EVERY_STORE = 0
"""The store id of the scope that all others inherit from."""

SKUS_PER_CALL = 100

# A special price that begins so soon counts as begun: Commerce takes none that begins at once, and
# has been seen to move the starts of a call's rows apart by a second each.
_SOON = timedelta(minutes=5)
# The database keeps six decimals; less than half of the last one is noise of binary floating point.
_NOISE = Decimal("0.0000005")
_RELATIVE_NOISE = Decimal("1e-15")

RowT = TypeVar("RowT", BasePriceRow, SpecialPriceRow)


@dataclass(frozen=True, slots=True)
class LivePrices:
    """What the store holds for one product.

    `special` is the special price that has begun and not ended, effective or not; `scheduled` is
    when the next one begins. `other_scopes` counts the scopes that have a price of their own.
    """

    sku: str
    regular: Money
    special: SpecialPriceRow | None
    special_amount: Money | None
    scheduled: datetime | None
    other_scopes: int

    @property
    def prices(self) -> RegularAndSale:
        """Return both prices; a special price takes effect below the regular one only."""
        amount = self.special_amount
        effective = amount is not None and amount.amount < self.regular.amount
        return RegularAndSale(regular=self.regular, sale=amount if effective else None)

    @property
    def dates(self) -> SpecialPriceDates | None:
        """Return when the special price begins and ends, where it is in effect."""
        effective = self.special is not None and self.prices.sale is not None
        return dates_of(self.special) if self.special and effective else None

    @property
    def shown(self) -> ShownPrices:
        """Return what a customer sees; beside the crossed-out price stand the sale's dates."""
        shown = self.prices.shown
        if shown.compare_at_price is None or self.dates is None:
            return shown
        keeping = shown.compare_at_price.model_copy(update={"kept": self.dates.note})
        return ShownPrices(price=shown.price, compare_at_price=keeping)

    def value(self, field: FieldName) -> Value:
        """Return what a customer sees in the field."""
        return value_in(self.shown, field)


def value_in(shown: ShownPrices, field: FieldName) -> Value:
    """Return what the field holds where a customer sees these prices."""
    if field is FieldName.COMPARE_AT_PRICE:
        return shown.compare_at_price or ABSENT
    return shown.price


class PriceReader:
    """Reads regular and special prices by SKU, which show a write at once."""

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api

    async def read(self, skus: Sequence[str], currency: str) -> Mapping[str, LivePrices]:
        """Return the prices by SKU; a product that is gone, or has no price, is left out.

        Raises `StoreError` for a price finer than the currency, which could not be restored.
        """
        parts = [
            skus[start : start + SKUS_PER_CALL] for start in range(0, len(skus), SKUS_PER_CALL)
        ]
        answers = await in_parallel(self._read_some(part, currency) for part in parts)
        return {sku: prices for answer in answers for sku, prices in answer.items()}

    async def _read_some(self, skus: Sequence[str], currency: str) -> Mapping[str, LivePrices]:
        base = await self._rows("products/base-prices-information", BASE_PRICES, skus)
        special = await self._rows("products/special-price-information", SPECIAL_PRICES, skus)
        now = self._api.store_time()
        return {
            row.sku: self._live(
                row, [own for own in special if own.sku == row.sku], base, now, currency
            )
            for row in base
            if row.store_id == EVERY_STORE
        }

    async def _rows(
        self, endpoint: str, answer: TypeAdapter[list[RowT]], skus: Sequence[str]
    ) -> list[RowT]:
        """Ask for all at once; where one that is gone spoils that, ask for each half."""
        content = json.dumps({"skus": list(skus)}).encode()
        rows = await self._api.find(endpoint, answer, content)
        if rows is not None:
            return rows
        if len(skus) == 1:
            return []
        middle = len(skus) // 2
        halves = (skus[:middle], skus[middle:])
        return [row for half in halves for row in await self._rows(endpoint, answer, half)]

    def _live(
        self,
        row: BasePriceRow,
        special: Sequence[SpecialPriceRow],
        base: Sequence[BasePriceRow],
        now: datetime,
        currency: str,
    ) -> LivePrices:
        own = [each for each in special if each.store_id == EVERY_STORE]
        begun = _begun(own, now)
        rows: Sequence[BasePriceRow | SpecialPriceRow] = (*base, *special)
        others = {
            each.store_id for each in rows if each.sku == row.sku and each.store_id != EVERY_STORE
        }
        return LivePrices(
            sku=row.sku,
            regular=self._money(row.price, currency, row.sku),
            special=begun,
            special_amount=(None if begun is None else self._money(begun.price, currency, row.sku)),
            scheduled=_next_start(own, now),
            other_scopes=len(others),
        )

    def _money(self, amount: Decimal, currency: str, sku: str) -> Money:
        exact = Money.rounded(amount, currency)
        if abs(exact.amount - amount) >= max(_NOISE, abs(amount) * _RELATIVE_NOISE):
            raise StoreError(
                f"Store '{self._api.store}' keeps a price of '{sku}' that is finer than "
                f"{smallest_unit(currency)} {currency}, so that it could not be restored.",
                remedy="Round it in the store, or select other products.",
            )
        return exact


def _begun(rows: Iterable[SpecialPriceRow], now: datetime) -> SpecialPriceRow | None:
    """Return the row in force: of several, the one that began last."""
    begun = [
        row
        for row in rows
        if (row.begins is None or row.begins <= now + _SOON)
        and (row.ends is None or row.ends > now)
    ]
    return max(begun, key=lambda row: (row.begins is not None, row.begins or now), default=None)


def _next_start(rows: Iterable[SpecialPriceRow], now: datetime) -> datetime | None:
    starts = [row.begins for row in rows if row.begins is not None and row.begins > now + _SOON]
    return min(starts, default=None)
