"""Changes of one product's or variant's prices, and the platform's fields that they set."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.stores.bigcommerce.prices import ShownValues, fields_to_write
from steward.changes import Change, FieldName, ResourceKind
from steward.execution import Rejected
from steward.money import Money
from steward.values import Value

# JSON numbers are doubles on the platform, which keep every decimal of so many digits.
_EXACT_DIGITS = 15
TOO_LONG = Rejected(
    code="AMOUNT_NOT_EXACT",
    reason=f"BigCommerce keeps amounts of up to {_EXACT_DIGITS} digits exactly",
)

PriceFields = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class PriceChanges:
    """The changes of one product's or variant's prices, at most one of each field."""

    changes: tuple[Change, ...]

    @property
    def kind(self) -> ResourceKind:
        """Whether they are a product's or a variant's."""
        return self.changes[0].target.resource_kind

    @property
    def needs_reading(self) -> bool:
        """Whether only the field that is not changed tells which field of the platform to write.

        A price alone is the regular price or, during a sale, the sale price. A compare-at price
        alone begins or ends a sale, which moves the price between both; from one amount to another
        it is the regular price.
        """
        if len(self.changes) > 1:
            return False
        (change,) = self.changes
        if change.target.field is FieldName.PRICE:
            return True
        return not (isinstance(change.before, Money) and isinstance(change.after, Money))

    @property
    def fault(self) -> Rejected | None:
        """Why they cannot be stored, as far as that shows without reading."""
        if any(is_too_long(change) for change in self.changes):
            return TOO_LONG
        if self.needs_reading:
            return None
        fields = self.fields()
        return fields if isinstance(fields, Rejected) else None

    @property
    def announced(self) -> PriceFields:
        """The fields as they will be sent, or those that they may be, before reading."""
        if not self.needs_reading:
            fields = self.fields()
            return {} if isinstance(fields, Rejected) else fields
        (change,) = self.changes
        amount = change.after.amount if isinstance(change.after, Money) else None
        either = change.target.field is FieldName.PRICE
        return {"price or sale_price" if either else "price and sale_price": amount}

    def fields(self, live: ShownValues | None = None) -> PriceFields | Rejected:
        """Return the platform's fields to write; `live` is what `needs_reading` asks for."""
        before: dict[FieldName, Value] = dict(live or {})
        after = dict(before)
        for change in self.changes:
            before[change.target.field] = change.before
            after[change.target.field] = change.after
        if FieldName.PRICE not in after:
            regular = after[FieldName.COMPARE_AT_PRICE]
            return {"price": regular.amount if isinstance(regular, Money) else None}
        return fields_to_write(self.kind, before, after)


def is_too_long(change: Change) -> bool:
    """Return whether a change asks for an amount that a JSON number does not hold exactly."""
    if not isinstance(change.after, Money):
        return False
    return len(change.after.amount.normalize().as_tuple().digits) > _EXACT_DIGITS
