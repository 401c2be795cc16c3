"""Intents: what an agent proposes, as data; compiling one against a snapshot is pure."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, assert_never

from pydantic import Discriminator, Field

from steward.catalog import Product, Selection, Snapshot, Variant
from steward.changes import ABSENT, Change, ChangeSet, FieldName, ResourceKind, Target, Value
from steward.errors import EmptySelection
from steward.model import Frozen
from steward.money import Money, smallest_unit

_HUNDRED = Decimal(100)


class AdjustPrice(Frozen):
    """Move every price by a percentage, rounded to the currency.

    No price ends below zero or is taken below `floor` (in the store's currency); a price that is
    already below the floor is left alone. `ending`, such as 0.99, rounds to the nearest price with
    that ending, as long as a discount still lowers and a rise still raises; the floor wins over it.
    """

    kind: Literal["adjust_price"] = "adjust_price"
    percent: Decimal = Field(ge=-100, le=1000, allow_inf_nan=False)
    floor: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False)
    ending: Decimal | None = Field(default=None, ge=0, lt=1, allow_inf_nan=False)


class CompareAtRule(StrEnum):
    """What the crossed-out price beside the price becomes."""

    PREVIOUS_PRICE = "previous_price"
    CLEARED = "cleared"


class SetCompareAtPrice(Frozen):
    """Show the price before this change as the crossed-out price, or show none.

    `PREVIOUS_PRICE` applies where the price falls, and keeps a crossed-out price that is already
    higher.
    """

    kind: Literal["set_compare_at_price"] = "set_compare_at_price"
    rule: CompareAtRule


class RestoreCompareAtPrice(Frozen):
    """End a sale: the crossed-out price becomes the price again, and is cleared."""

    kind: Literal["restore_compare_at_price"] = "restore_compare_at_price"


Operation = Annotated[
    AdjustPrice | SetCompareAtPrice | RestoreCompareAtPrice, Discriminator("kind")
]


class Intent(Frozen):
    """A selection of products and what to do to them, in order."""

    selection: Selection
    operations: tuple[Operation, ...] = Field(min_length=1, max_length=20)


class _Prices(Frozen):
    price: Money
    compare_at_price: Money | None


def compile_intent(intent: Intent, snapshot: Snapshot) -> ChangeSet:
    """Return the changes that the intent means for the snapshot, ordered by product and variant.

    The same intent and snapshot give the same change set, however often it is compiled.
    Raises `EmptySelection` where no product is selected or nothing would change.
    """
    if not snapshot.products:
        raise EmptySelection(
            f"No product of store '{snapshot.store}' is in {intent.selection}.",
            remedy="Check the name; `steward stores show` lists collections, tags and vendors.",
        )
    changes = tuple(
        change
        for product in snapshot.products
        for variant in product.variants
        for change in _changes_of(product, variant, intent.operations)
    )
    if not changes:
        raise EmptySelection(
            f"The {snapshot.variant_count} variant(s) in {intent.selection} already are as asked.",
            remedy="There is nothing to do; change the parameters if you expected something else.",
        )
    return ChangeSet(store=snapshot.store, changes=changes)


def _changes_of(
    product: Product, variant: Variant, operations: tuple[Operation, ...]
) -> Iterator[Change]:
    before = _Prices(price=variant.price, compare_at_price=variant.compare_at_price)
    after = before
    for operation in operations:
        after = _apply(operation, after, original=before)
    fields: tuple[tuple[FieldName, Value], ...] = (
        (FieldName.PRICE, after.price),
        (FieldName.COMPARE_AT_PRICE, after.compare_at_price or ABSENT),
    )
    for field, value in fields:
        if variant.value(field) != value:
            yield Change(
                target=Target(
                    resource_kind=ResourceKind.VARIANT, resource_id=variant.id, field=field
                ),
                product_id=product.id,
                label=_label(product, variant),
                before=variant.value(field),
                after=value,
            )


def _label(product: Product, variant: Variant) -> str:
    title = (
        product.title if variant.title == "Default Title" else f"{product.title}, {variant.title}"
    )
    return f"{title} ({variant.sku})" if variant.sku else title


def _apply(operation: Operation, prices: _Prices, *, original: _Prices) -> _Prices:
    match operation:
        case AdjustPrice():
            return prices.model_copy(update={"price": adjusted_price(prices.price, operation)})
        case SetCompareAtPrice():
            return _with_compare_at_price(prices, operation.rule, original)
        case RestoreCompareAtPrice():
            if prices.compare_at_price is None:
                return prices
            return _Prices(price=prices.compare_at_price, compare_at_price=None)
        case _:
            assert_never(operation)


def _with_compare_at_price(prices: _Prices, rule: CompareAtRule, original: _Prices) -> _Prices:
    if rule is CompareAtRule.CLEARED:
        return prices.model_copy(update={"compare_at_price": None})
    shown = prices.compare_at_price
    if prices.price.amount >= original.price.amount:
        return prices
    if shown is not None and shown.amount >= original.price.amount:
        return prices
    return prices.model_copy(update={"compare_at_price": original.price})


def adjusted_price(price: Money, operation: AdjustPrice) -> Money:
    """Return the price moved by the percentage, rounded, and kept at or above the floor."""
    moved = Money.rounded(price.amount * (1 + operation.percent / _HUNDRED), price.currency)
    if operation.ending is not None:
        moved = _with_ending(moved, operation.ending, original=price)
    if operation.floor is None:
        return moved
    floor = _rounded_up(operation.floor, price.currency)
    if moved.amount >= floor.amount:
        return moved
    return floor if price.amount >= floor.amount else price


def _rounded_up(amount: Decimal, currency: str) -> Money:
    rounded = Money.rounded(amount, currency)
    if rounded.amount < amount:
        return Money(amount=rounded.amount + smallest_unit(currency), currency=currency)
    return rounded


def _with_ending(moved: Money, ending: Decimal, *, original: Money) -> Money:
    whole = moved.amount // 1
    lowers = moved.amount < original.amount
    candidates = [
        candidate
        for candidate in (whole + step + ending for step in (-1, 0, 1))
        if candidate > 0 and (candidate < original.amount) == lowers
    ]
    if not candidates:
        return moved
    nearest = min(candidates, key=lambda candidate: (abs(candidate - moved.amount), candidate))
    return Money.rounded(nearest, moved.currency)
