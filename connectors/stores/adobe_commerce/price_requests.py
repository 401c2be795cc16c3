"""Which requests carry which changes of prices, and what is known of their answers beforehand."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from connectors.stores.adobe_commerce.grouping import by_product, in_parts, passes
from connectors.stores.adobe_commerce.live_prices import EVERY_STORE, SKUS_PER_CALL
from steward.changes import Change, FieldName
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.money import Money
from steward.sale import RegularAndSale, ShownPrices, stored
from steward.values import ABSENT, Absent, Value

# The database keeps fourteen digits in front of the point.
_AMOUNTS_END_AT = Decimal(10) ** 14
_READS = 2

NOT_BELOW_REGULAR = Rejected(
    code="SPECIAL_PRICE_NOT_LOWER",
    reason="a special price counts only below the regular price, so this cannot be shown",
)


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return requests for up to 100 products each; both changes of a product go together.

    Requests of different products may go out at the same time. Where a field is to be written
    twice, all keep their order.
    Raises `UnsupportedOperation` for taking a price away.
    """
    for change in changes:
        _check_writable(change)
    rounds = list(passes(changes))
    lane = changes[0].target.resource_id if len(rounds) > 1 else None
    return tuple(
        _request([change for product in part for change in product], lane)
        for products in rounds
        for part in in_parts(products, SKUS_PER_CALL)
    )


def _check_writable(change: Change) -> None:
    if change.target.field is FieldName.PRICE and isinstance(change.after, Absent):
        raise UnsupportedOperation(
            f"On Adobe Commerce the price of {change.label} can be changed, but not taken away.",
            remedy="Set it to an amount.",
        )


def _request(changes: Sequence[Change], lane: str | None) -> WriteRequest:
    rows: dict[str, dict[str, str | int | None]] = {}
    for change in changes:
        sku = change.target.resource_id
        row = rows.setdefault(sku, {"sku": sku, "store_id": EVERY_STORE})
        row[change.target.field.value] = _text(change.after)
    return WriteRequest(
        resource=lane or changes[0].target.resource_id,
        operation="base-prices, special-price, special-price-delete",
        body=json.dumps({"prices": list(rows.values())}, sort_keys=True, separators=(",", ":")),
        points=_READS + _predicted_writes(by_product(changes).values()),
        changes=tuple(changes),
    )


def _text(value: Value) -> str | None:
    return f"{value.amount:f}" if isinstance(value, Money) else None


def _predicted_writes(products: Iterable[Sequence[Change]]) -> int:
    """Return how many of the three endpoints are needed, as far as the changes tell."""
    endpoints: set[str] = set()
    for changes in products:
        before = _known({change.target.field: change.before for change in changes})
        after = _known({change.target.field: change.after for change in changes})
        if before is None or after is None:
            endpoints.add("base-prices")
            continue
        if after.regular != before.regular:
            endpoints.add("base-prices")
        if after.sale != before.sale:
            endpoints.add("special-price" if after.sale else "special-price-delete")
    return len(endpoints)


def _known(values: Mapping[FieldName, Value]) -> RegularAndSale | None:
    """Return what has to be stored for these values, if both fields are among them."""
    price = values.get(FieldName.PRICE)
    if not isinstance(price, Money) or FieldName.COMPARE_AT_PRICE not in values:
        return None
    return stored(shown_with(ShownPrices(price=price), values))


def shown_with(shown: ShownPrices, values: Mapping[FieldName, Value]) -> ShownPrices:
    """Return what a customer sees once these values replace the present ones."""
    price = values.get(FieldName.PRICE, shown.price)
    compare_at = values.get(FieldName.COMPARE_AT_PRICE, shown.compare_at_price or ABSENT)
    return ShownPrices(
        price=price if isinstance(price, Money) else shown.price,
        compare_at_price=compare_at if isinstance(compare_at, Money) else None,
    )


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules make of the request, as far as its changes tell.

    Where only one field of a product changes, whether its special price stays below its regular
    one is not known before the store is read.
    """
    faults: dict[str, Answer] = {}
    for sku, changes in by_product(request.changes).items():
        values = {change.target.field: change.after for change in changes}
        amounts = [value.amount for value in values.values() if isinstance(value, Money)]
        if max(amounts, default=Decimal(0)) >= _AMOUNTS_END_AT:
            reason = f"a price must be less than {_AMOUNTS_END_AT}"
            faults[sku] = Rejected(code="INVALID_PRICE", reason=reason)
        elif (after := _known(values)) is not None and not is_effective(after):
            faults[sku] = NOT_BELOW_REGULAR
    return tuple(faults.get(change.target.resource_id, Accepted()) for change in request.changes)


def is_effective(prices: RegularAndSale) -> bool:
    """Tell whether customers see these prices: a special price must be below the regular one."""
    return prices.sale is None or prices.sale.amount < prices.regular.amount
