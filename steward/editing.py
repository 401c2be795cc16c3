"""Editing: a change set with some changes left out, or held closer to what there was; pure."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final

from pydantic import Field

from steward.catalog import Name
from steward.changes import Change, ChangeSet, FieldName
from steward.errors import EmptySelection, InvalidInput
from steward.impact import in_effect
from steward.model import Frozen
from steward.money import Money, smallest_unit
from steward.undoing import is_about
from steward.values import Absent, Quantity, Value
from steward.wording import one_line

NUMBERS: Final = frozenset(
    {FieldName.PRICE, FieldName.COMPARE_AT_PRICE, FieldName.INVENTORY_QUANTITY}
)
# A compare-at price says what something cost before. Moved only a part of the way, it would say
# what is not so; it is capped where somebody names it.
_CAPPED_UNNAMED: Final = frozenset({FieldName.PRICE, FieldName.INVENTORY_QUANTITY})
# A sentence about an edit names the first items, and counts the others.
_NAMES_TOLD: Final = 5


class CapUnit(StrEnum):
    """What a cap is a number of: `AMOUNT` is in the store's currency, or units of stock."""

    PERCENT = "percent"
    AMOUNT = "amount"


class Cap(Frozen):
    """How far a number may move from what it was, upwards and downwards alike."""

    limit: Decimal = Field(gt=0, le=1_000_000, max_digits=9, decimal_places=3, allow_inf_nan=False)
    unit: CapUnit

    def allowed_from(self, number: Decimal) -> Decimal:
        """Return how far that number may move."""
        return abs(number) * self.limit / 100 if self.unit is CapUnit.PERCENT else self.limit

    def __str__(self) -> str:
        """Return the cap as it is typed, such as `10%`."""
        return f"{self.limit:f}%" if self.unit is CapUnit.PERCENT else f"{self.limit:f}"


class Edit(Frozen):
    """What is left out of a change set, and how far the rest may move.

    `exclude` and `exclude_fields` are read together, as in `UndoScope`: with both, these fields of
    these items are left out. `cap_fields` are the fields that the cap is for; where none is named,
    prices and stock.
    """

    exclude: tuple[Name, ...] = Field(default=(), max_length=200)
    exclude_fields: tuple[FieldName, ...] = ()
    cap: Cap | None = None
    cap_fields: tuple[FieldName, ...] = ()

    def leaves_out(self, change: Change) -> bool:
        """Return whether the change is not to be made."""
        if not self.exclude and not self.exclude_fields:
            return False
        return (not self.exclude_fields or change.target.field in self.exclude_fields) and (
            not self.exclude or any(is_about(change, item) for item in self.exclude)
        )

    def __str__(self) -> str:
        """Return the edit in words, such as `without Linen Shirt; price moved by at most 10%`."""
        items = _listed([one_line(item) for item in self.exclude])
        fields = ", ".join(self.exclude_fields)
        parts = [f"without {fields} of {items}"] if items and fields else []
        parts = parts or [f"without {items or fields}"] * bool(items or fields)
        if self.cap is not None:
            capped = ", ".join(self.cap_fields) or "prices and stock"
            parts.append(f"{capped} moved by at most {self.cap}")
        return "; ".join(parts)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_TOLD
    return ", ".join(names[:_NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")


def edited(change_set: ChangeSet, edit: Edit) -> ChangeSet:
    """Return the changes that are left, in their order; those not concerned are as they were.

    A number that may not move as far as it was to is moved as far as it may, rounded towards what
    it was at the precision of its currency; one that may not move at all is left out. With a price
    goes the crossed-out price that came with it, as half a sale is none. Raises
    `EmptySelection` where an item or field is not among the changes, where nothing is left and
    where nothing is other than before, and `InvalidInput` where the cap is for what is no number.
    """
    kept = [change for change in change_set.changes if not edit.leaves_out(change)]
    if len(kept) < len(change_set.changes) or edit.exclude or edit.exclude_fields:
        _require_known(change_set.changes, edit)
    if edit.cap is not None and kept:
        kept = _capped(kept, edit.cap, _fields_to_cap(kept, edit))
    changes = tuple(_without_half_sales(kept, change_set.changes))
    if not changes:
        raise EmptySelection(
            "Nothing would be left of the changes.",
            remedy="Say no to all of them with `steward reject RUN`, or leave out less.",
        )
    if changes == change_set.changes:
        raise EmptySelection(
            "The edit would change nothing: all changes are within it already.",
            remedy="See them with `steward diff RUN --all`, and leave something out or set a "
            "lower cap.",
        )
    return ChangeSet(store=change_set.store, changes=changes)


def _require_known(changes: Sequence[Change], edit: Edit) -> None:
    """Refuse a name that fits nothing: whoever mistyped it would think the item left out."""
    fields = edit.exclude_fields
    of_fields = [one for one in changes if not fields or one.target.field in fields]
    unknown = [item for item in edit.exclude if not any(is_about(one, item) for one in of_fields)]
    unknown += [field for field in fields if not any(field is one.target.field for one in changes)]
    if unknown:
        raise EmptySelection(
            f"No change is of '{unknown[0]}'.",
            remedy="See the changes with `steward diff RUN --all`, and name what stands there.",
        )


def _fields_to_cap(changes: Sequence[Change], edit: Edit) -> frozenset[FieldName]:
    changed = {change.target.field for change in changes}
    for field in edit.cap_fields:
        if field not in NUMBERS:
            raise InvalidInput(
                f"The field {field} is no number, so there is no cap on it.",
                remedy=f"Leave it out with --exclude-field {field}, or cap one of: "
                f"{', '.join(sorted(NUMBERS))}.",
            )
        if field not in changed:
            raise EmptySelection(
                f"No change is of '{field}'.",
                remedy="See the changes with `steward diff RUN --all`, and cap what stands there.",
            )
    fields = frozenset(edit.cap_fields) or _CAPPED_UNNAMED
    if not fields & changed:
        raise InvalidInput(
            "None of the changes is of a price or of stock, so there is nothing to cap.",
            remedy="Leave out what shall not be changed with --exclude or --exclude-field.",
        )
    return fields


def _capped(changes: Sequence[Change], cap: Cap, fields: frozenset[FieldName]) -> list[Change]:
    held = [_held(change, cap) if change.target.field in fields else change for change in changes]
    return [change for change in held if change.before != change.after]


def _without_half_sales(kept: Sequence[Change], whole: Sequence[Change]) -> Iterator[Change]:
    """Leave out crossed-out prices that came with a price, and no longer fit what is left of it.

    Beside a price that stays nothing would be crossed out; and beside one that goes back a part of
    the way, the sale goes on, and the shop has to remember the price without it.
    """
    wanted = {_whose(change): change for change in whole if _is_price(change)}
    left = {_whose(change): change for change in kept if _is_price(change)}
    for change in kept:
        price = wanted.get(_whose(change))
        if change.target.field is not FieldName.COMPARE_AT_PRICE or price is None:
            yield change
            continue
        now = left.get(_whose(change))
        ends_sale = isinstance(change.after, Absent)
        if now is not None and not (ends_sale and now.after != price.after):
            yield change


def _is_price(change: Change) -> bool:
    return change.target.field is FieldName.PRICE


def _whose(change: Change) -> tuple[str, str, str]:
    target = change.target
    return target.resource_kind, target.resource_id, target.key


def _held(change: Change, cap: Cap) -> Change:
    match in_effect(change.before), in_effect(change.after):
        case Money(amount=before, currency=currency), Money(amount=wanted, kept=kept):
            nearest = _nearest(before, wanted, cap, smallest_unit(currency))
            after: Value = Money(amount=nearest, currency=currency, kept=kept)
        case Quantity(units=old), Quantity(units=new, kept=kept):
            wanted = Decimal(new)
            nearest = _nearest(Decimal(old), wanted, cap, Decimal(1))
            after = Quantity(units=int(nearest), kept=kept)
        case _:
            raise InvalidInput(
                f"{change.label} is without a {change.target.field} on one side, so there is no "
                "cap on it.",
                remedy="Leave it out with --exclude, or cap other fields with --cap-field.",
            )
    return change if nearest == wanted else change.model_copy(update={"after": after})


def _nearest(before: Decimal, wanted: Decimal, cap: Cap, unit: Decimal) -> Decimal:
    """Return the wanted number, or else the farthest on its way that the cap allows."""
    allowed = cap.allowed_from(before)
    if abs(wanted - before) <= allowed:
        return wanted
    if wanted < before:
        return (before - allowed).quantize(unit, rounding=ROUND_CEILING)
    return (before + allowed).quantize(unit, rounding=ROUND_FLOOR)
