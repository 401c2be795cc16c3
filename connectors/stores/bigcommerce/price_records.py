"""Prices of a price list, and the records that hold them.

A record overrides the catalogue's prices of one variant in one currency; without a record the
catalogue's apply. It has a price, and a sale price that takes its place; a sale price of 0 is a
price like any other. A sale price cannot be taken away from a record: it ends by being the price.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.stores.bigcommerce.price_changes import TOO_LONG, is_too_long
from connectors.stores.bigcommerce.price_list_answers import PriceRecord
from connectors.stores.bigcommerce.prices import ShownValues
from steward.changes import Change, FieldName
from steward.execution import Rejected
from steward.money import Money
from steward.sale import RegularAndSale, ShownPrices, stored
from steward.values import ABSENT, Absent, Value

_NOTHING_TO_CROSS_OUT = Rejected(
    code="INHERITED_PRICE",
    reason="a price list without a price for a variant cannot have a crossed-out price for it",
)
_NOT_CROSSED_OUT = Rejected(
    code="SALE_PRICE_EQUAL",
    reason="a crossed-out price that equals the price cannot be told from none in a price list",
)
_WITHOUT_PRICE = Rejected(
    code="RECORD_WITHOUT_PRICE",
    reason="the price list's record holds no price, which an undo could not bring back",
)
_HOLDS_MORE = Rejected(
    code="RECORD_HOLDS_MORE",
    reason="the price list's record also holds a retail price, a minimum advertised price or "
    "quantity discounts, which would be lost",
)


def shown_by(record: PriceRecord | None, currency: str) -> ShownPrices | None:
    """Return what a customer sees of a record's own prices, or None where it has none."""
    if record is None or record.price is None:
        return None
    regular = Money.rounded(record.price, currency)
    sale = None if record.sale_price is None else Money.rounded(record.sale_price, currency)
    return RegularAndSale(regular=regular, sale=None if sale == regular else sale).shown


def values_of(record: PriceRecord | None, currency: str) -> ShownValues:
    """Return both fields of a record; both are absent where it has none."""
    shown = shown_by(record, currency)
    if shown is None:
        return {FieldName.PRICE: ABSENT, FieldName.COMPARE_AT_PRICE: ABSENT}
    return {
        FieldName.PRICE: shown.price,
        FieldName.COMPARE_AT_PRICE: shown.compare_at_price or ABSENT,
    }


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """The changes of one variant's prices in one price list, at most one of each field."""

    variant: int
    changes: tuple[Change, ...]

    @property
    def deletes(self) -> bool:
        """Whether the variant shall have the catalogue's prices again."""
        return self._after.get(FieldName.PRICE) == ABSENT

    @property
    def currency(self) -> str:
        """The currency that the changes are in."""
        values = (value for one in self.changes for value in (one.before, one.after))
        return next((value.currency for value in values if isinstance(value, Money)), "")

    @property
    def fault(self) -> Rejected | None:
        """Why the changes cannot be written, as far as that shows without reading."""
        if any(is_too_long(change) for change in self.changes):
            return TOO_LONG
        price = self._after.get(FieldName.PRICE)
        compare_at = self._after.get(FieldName.COMPARE_AT_PRICE)
        if isinstance(compare_at, Money) and isinstance(price, Absent):
            return _NOTHING_TO_CROSS_OUT
        if compare_at is not None and compare_at == price and isinstance(price, Money):
            return _NOT_CROSSED_OUT
        return None

    @property
    def _after(self) -> Mapping[FieldName, Value]:
        return {change.target.field: change.after for change in self.changes}

    @property
    def announced(self) -> Mapping[str, object]:
        """What is known beforehand of the record."""
        shown = {
            str(field): None if not isinstance(value, Money) else float(value.amount)
            for field, value in self._after.items()
        }
        return {"variant_id": self.variant, "currency": self.currency, **shown}

    def content(self, live: PriceRecord | None) -> Mapping[str, object] | Rejected:
        """Return the record to write, whole; `live` is the present one."""
        after = {**values_of(live, self.currency), **self._after}
        price, compare_at = after[FieldName.PRICE], after[FieldName.COMPARE_AT_PRICE]
        if not isinstance(price, Money):
            return _NOTHING_TO_CROSS_OUT
        if price == compare_at:
            return _NOT_CROSSED_OUT
        crossed_out = compare_at if isinstance(compare_at, Money) else None
        prices = stored(ShownPrices(price=price, compare_at_price=crossed_out))
        identity = {"variant_id": self.variant, "currency": self.currency}
        if live is None:
            return {**identity, **_numbers(_amounts(prices))}
        if live.price is None:
            return _WITHOUT_PRICE
        amounts = _amounts(prices, live)
        others = {"retail_price": live.retail_price, "map_price": live.map_price}
        return {**identity, **_numbers(amounts), **_numbers(others), **_tiers(live)}

    def deletion_fault(self, live: PriceRecord) -> Rejected | None:
        """Return why the present record must not be deleted, or None where it may be."""
        after = {**values_of(live, self.currency), **self._after}
        if isinstance(after[FieldName.COMPARE_AT_PRICE], Money):
            return _NOTHING_TO_CROSS_OUT
        return _HOLDS_MORE if live.holds_more else None


def _amounts(
    prices: RegularAndSale, live: PriceRecord | None = None
) -> Mapping[str, Decimal | None]:
    present = PriceRecord(variant_id=0, currency="") if live is None else live
    regular = _kept(prices.regular, present.price)
    if prices.sale is not None:
        return {"price": regular, "sale_price": _kept(prices.sale, present.sale_price)}
    # It cannot be taken away.
    return {"price": regular, "sale_price": None if present.sale_price is None else regular}


def _numbers(amounts: Mapping[str, Decimal | None]) -> Mapping[str, float]:
    return {name: float(amount) for name, amount in amounts.items() if amount is not None}


def _kept(wanted: Money, live: Decimal | None) -> Decimal:
    """Return the amount to write, which is the live one where it is finer and rounds to it."""
    if live is not None and Money.rounded(live, wanted.currency) == wanted:
        return live
    return wanted.amount


def _tiers(live: PriceRecord) -> Mapping[str, object]:
    """Return the quantity discounts as they may be written: no limit is left out, not null."""
    if not live.bulk_pricing_tiers:
        return {}
    tiers = [
        {
            name: float(value) if isinstance(value, Decimal) else value
            for name, value in tier.items()
            if value is not None
        }
        for tier in live.bulk_pricing_tiers
    ]
    return {"bulk_pricing_tiers": tiers}
