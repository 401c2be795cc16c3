"""What has to be done to the prices of one product, and the rows that do it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.stores.adobe_commerce.live_prices import EVERY_STORE, LivePrices, value_in
from connectors.stores.adobe_commerce.price_requests import (
    NOT_BELOW_REGULAR,
    is_effective,
    shown_with,
)
from connectors.stores.adobe_commerce.special_price_dates import NEVER, dates_in
from steward.changes import Change, FieldName
from steward.execution import Accepted, Answer, Rejected
from steward.money import Money
from steward.sale import RegularAndSale, stored

_MOMENT = "%Y-%m-%d %H:%M:%S"
# The platform's own beginning of time.
_ALWAYS = "1970-01-01 00:00:01"


class ProductPrices:
    """One product on its way from what is stored (`now`) to what shall be (`wanted`).

    `refusal` says why it stays where it is; the steps that are left are then not taken.
    """

    def __init__(self, live: LivePrices, changes: Sequence[Change], store_time: datetime) -> None:
        """Take what the store holds, the changes of this product, and the store's time."""
        self.live = live
        self.changes = changes
        self.now = live.prices
        values = {change.target.field: change.after for change in changes}
        self.wanted = stored(shown_with(live.prices.shown, values))
        kept = values.get(FieldName.COMPARE_AT_PRICE)
        # A special price that is replaced keeps its dates; one that comes back has those it had.
        self.dates = live.dates or dates_in(kept.kept if isinstance(kept, Money) else "")
        self.refusal = self._refusal(store_time)

    @property
    def sku(self) -> str:
        """The product's SKU."""
        return self.live.sku

    @property
    def is_open(self) -> bool:
        """Whether nothing has refused it yet."""
        return self.refusal is None

    @property
    def sets_special(self) -> bool:
        """Whether a special price has to be set."""
        return self.wanted.sale is not None and self.wanted.sale != self.now.sale

    @property
    def sets_regular(self) -> bool:
        """Whether the regular price has to be set."""
        return self.wanted.regular != self.now.regular

    @property
    def deletes_special(self) -> bool:
        """Whether one has to go, also one that only the new regular price would put in force."""
        amount = self.live.special_amount
        return (
            self.wanted.sale is None
            and amount is not None
            and amount.amount < self.wanted.regular.amount
        )

    def _refusal(self, store_time: datetime) -> Rejected | None:
        if not is_effective(self.wanted):
            return NOT_BELOW_REGULAR
        if self.sets_special and self.dates.has_ended(store_time):
            return Rejected(
                code="SPECIAL_PRICE_ENDED",
                reason=f"its special price ended on {self.dates.ends} UTC, and does not come back",
            )
        if self.sets_special and self.live.scheduled is not None:
            moment = self.live.scheduled.strftime(_MOMENT)
            return Rejected(
                code="SPECIAL_PRICE_SCHEDULED",
                reason=f"a special price is scheduled from {moment} UTC, which this would replace",
            )
        return None

    def answer(self, change: Change) -> Answer:
        """Return what became of a change: accepted where its field shows its new value now."""
        if value_in(self.now.shown, change.target.field) == change.after:
            return Accepted()
        return self.refusal or Rejected(code="NOT_APPLIED", reason="the store kept another price")


@dataclass(frozen=True, slots=True)
class Step:
    """One row to send, what the prices then are, and whether what is read shows it applied."""

    row: str
    result: RegularAndSale
    is_applied: Callable[[LivePrices], bool]


def special_row(start: datetime, product: ProductPrices, *, ahead: bool) -> Step:
    """Set a special price with the dates that it had.

    Where the start must lie ahead, it begins anew, and only its end is kept.
    """
    sale = product.wanted.sale
    assert sale is not None  # noqa: S101 - only products with one come here
    begins = start.strftime(_MOMENT)
    if not ahead:
        begins = product.dates.begins or begins
    row = _row(product.sku, f"{sale.amount:f}", begins, product.dates.ends or NEVER)
    result = RegularAndSale(regular=product.now.regular, sale=sale)
    return Step(row, result, lambda live: live.special_amount == sale)


def regular_row(product: ProductPrices) -> Step:
    """Set a regular price."""
    regular = product.wanted.regular
    row = f'{{"sku":{json.dumps(product.sku)},"store_id":{EVERY_STORE},"price":{regular.amount:f}}}'
    result = RegularAndSale(regular=regular, sale=product.now.sale)
    return Step(row, result, lambda live: live.regular == regular)


def row_to_delete(product: ProductPrices) -> Step:
    """Name the row as the store told it."""
    special = product.live.special
    assert special is not None  # noqa: S101 - only products with one come here
    row = _row(
        product.sku,
        f"{special.price:f}",
        special.price_from or _ALWAYS,
        special.price_to or NEVER,
    )
    result = RegularAndSale(regular=product.now.regular)
    return Step(row, result, lambda live: live.special_amount is None)


def _row(sku: str, price: str, price_from: str, price_to: str) -> str:
    """Write a row by hand: a decimal would lose its exact digits as a number of Python's JSON."""
    return (
        f'{{"sku":{json.dumps(sku)},"store_id":{EVERY_STORE},"price":{price},'
        f'"price_from":{json.dumps(price_from)},"price_to":{json.dumps(price_to)}}}'
    )
