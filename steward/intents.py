"""Intents: what an agent proposes, as data; compiling one against a snapshot is pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Annotated, Literal, assert_never

from pydantic import Discriminator, Field

from steward.catalog import Product, Selection, Snapshot, Variant
from steward.changes import ABSENT, Change, ChangeSet, FieldName, Target, Value
from steward.errors import EmptySelection, InvalidInput
from steward.model import Frozen
from steward.money import AMOUNT_LIMIT, Money, rounded_half_up, smallest_unit

_HUNDRED = Decimal(100)
_LONGEST_LABEL = 200
# Invisible characters that some scripts and emoji need inside a word.
_JOINERS = "\u200c\u200d"


class AdjustPrice(Frozen):
    """Move every price by a percentage, rounded to the currency.

    No price ends below zero or is taken below `floor` (in the store's currency); a price that
    starts below the floor and would stay there is left alone. `ending`, such as 0.99, takes the
    nearest price with that ending by which a discount still lowers and a rise still raises, and
    none where there is no such price or the percentage moves nothing; the floor wins over it.
    """

    kind: Literal["adjust_price"] = "adjust_price"
    percent: Decimal = Field(ge=-100, le=1000, allow_inf_nan=False)
    floor: Decimal | None = Field(default=None, ge=0, lt=AMOUNT_LIMIT, allow_inf_nan=False)
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
    """End a sale: the crossed-out price becomes the price again, and is cleared.

    What is not on sale, since its crossed-out price is no higher than its price, is left alone.
    """

    kind: Literal["restore_compare_at_price"] = "restore_compare_at_price"


Operation = Annotated[
    AdjustPrice | SetCompareAtPrice | RestoreCompareAtPrice, Discriminator("kind")
]


class Intent(Frozen):
    """A selection of products and what to do to them, in order."""

    selection: Selection
    operations: tuple[Operation, ...] = Field(min_length=1, max_length=20)


@dataclass(frozen=True, slots=True)
class _Prices:
    price: Money
    compare_at_price: Money | None


def compile_intent(intent: Intent, snapshot: Snapshot) -> ChangeSet:
    """Return the changes that the intent means for the snapshot, ordered by product and variant.

    The same intent and snapshot give the same change set, however often it is compiled.
    Raises `EmptySelection` where no product is selected or nothing would change, and
    `InvalidInput` where a price would become too large.
    """
    if not snapshot.products:
        raise EmptySelection(
            f"No product of store '{snapshot.store}' is in {intent.selection}.",
            remedy="Check the name in the shop's own administration; a collection is named by its "
            "handle, the last part of its address.",
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
    if after == before:
        return
    fields: tuple[tuple[FieldName, Value], ...] = (
        (FieldName.PRICE, after.price),
        (FieldName.COMPARE_AT_PRICE, after.compare_at_price or ABSENT),
    )
    for field, value in fields:
        if variant.value(field) != value:
            yield Change(
                target=Target(
                    resource_kind=variant.resource_kind, resource_id=variant.id, field=field
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
    return _one_line(f"{title} ({variant.sku})" if variant.sku else title) or variant.id


def _one_line(text: str) -> str:
    """Return a merchant's text without what could move the cursor or reverse what is read."""
    if not text.isprintable():
        text = "".join(
            character if character.isprintable() or character in _JOINERS else " "
            for character in text
        )
    joined = " ".join(text.split())
    return joined if len(joined) <= _LONGEST_LABEL else f"{joined[: _LONGEST_LABEL - 1]}…"


def _apply(operation: Operation, prices: _Prices, *, original: _Prices) -> _Prices:
    match operation:
        case AdjustPrice():
            return replace(prices, price=adjusted_price(prices.price, operation))
        case SetCompareAtPrice():
            return _with_compare_at_price(prices, operation.rule, original)
        case RestoreCompareAtPrice():
            shown = prices.compare_at_price
            if shown is None or shown.amount <= prices.price.amount:
                return prices
            return _Prices(price=shown, compare_at_price=None)
        case _:
            assert_never(operation)


def _with_compare_at_price(prices: _Prices, rule: CompareAtRule, original: _Prices) -> _Prices:
    if rule is CompareAtRule.CLEARED:
        return replace(prices, compare_at_price=None)
    shown = prices.compare_at_price
    if prices.price.amount >= original.price.amount:
        return prices
    if shown is not None and shown.amount >= original.price.amount:
        return prices
    return replace(prices, compare_at_price=original.price)


def adjusted_price(price: Money, operation: AdjustPrice) -> Money:
    """Return the price moved by the percentage, rounded, and kept at or above the floor.

    Raises `InvalidInput` where it would become too large.
    """
    before = price.amount
    moved = rounded_half_up(before * (1 + operation.percent / _HUNDRED), price.currency)
    if operation.ending is not None and moved != before:
        moved = _with_ending(moved, operation.ending, before, price.currency)
    if operation.floor is not None:
        floor = _rounded_up(operation.floor, price.currency)
        if moved < floor:
            moved = min(before, floor)
    if moved >= AMOUNT_LIMIT:
        raise InvalidInput(
            f"A price of {price} moved by {operation.percent} % becomes too large.",
            remedy="Choose a smaller percentage.",
        )
    return price if moved == before else Money(amount=moved, currency=price.currency)


def _rounded_up(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(smallest_unit(currency), rounding=ROUND_CEILING)


def _with_ending(moved: Decimal, ending: Decimal, before: Decimal, currency: str) -> Decimal:
    whole = moved // 1
    candidates = [
        candidate
        for step in (-1, 0, 1)
        if (candidate := rounded_half_up(whole + step + ending, currency)) > 0
        and candidate != before
        and (candidate < before) == (moved < before)
    ]
    return min(candidates, key=lambda candidate: (abs(candidate - moved), candidate), default=moved)
