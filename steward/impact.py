"""Impact: the figures of a simulated change set that a person decides by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median

from pydantic import Field

from steward.changes import Change, FieldName, Outcome
from steward.execution import CallEstimate
from steward.model import Frozen
from steward.money import Money
from steward.values import Absent, Quantity, Value

_HUNDRED = Decimal(100)
_OF_VARIANTS = {FieldName.PRICE, FieldName.COMPARE_AT_PRICE, FieldName.INVENTORY_QUANTITY}
_TENTH = Decimal("0.1")


class Impact(Frozen):
    """How much a change set changes, how far prices move, and what executing it costs.

    Percentages are of the price before, to a tenth; a price of zero that rises counts as 100 %.
    `largest_move_percent` is an absolute value. `variants` are those whose prices or stock change.
    `fields` says how many changes each field has; the units are those of the stock that comes and
    goes, and `locations` where.
    """

    changes: int = Field(ge=0)
    products: int = Field(ge=0)
    variants: int = Field(ge=0)
    prices_lowered: int = Field(ge=0)
    prices_raised: int = Field(ge=0)
    lowest_percent: Decimal
    median_percent: Decimal
    highest_percent: Decimal
    largest_move_percent: Decimal = Field(ge=0)
    largest_move_label: str
    refused: int = Field(ge=0)
    estimate: CallEstimate
    fields: Mapping[FieldName, int] = {}
    units_added: int = Field(default=0, ge=0)
    units_removed: int = Field(default=0, ge=0)
    locations: tuple[str, ...] = ()


def measure_impact(
    changes: Sequence[Change], outcomes: Sequence[Outcome], estimate: CallEstimate
) -> Impact:
    """Return the figures for the changes, given their predicted outcomes in the same order."""
    moves = [
        (percent, change.label)
        for change in changes
        if change.target.field is FieldName.PRICE and (percent := moved_percent(change)) is not None
    ]
    fields = Counter(change.target.field for change in changes)
    stock_moves = [moved_units(change) for change in changes]
    percents = [percent for percent, _ in moves] or [Decimal(0)]
    largest = max(moves, key=lambda move: abs(move[0]), default=(Decimal(0), ""))
    return Impact(
        changes=len(changes),
        products=len({change.product_id for change in changes}),
        variants=len(
            {
                (change.target.resource_kind, change.target.resource_id)
                for change in changes
                if change.target.field in _OF_VARIANTS
            }
        ),
        prices_lowered=sum(percent < 0 for percent in percents),
        prices_raised=sum(percent > 0 for percent in percents),
        lowest_percent=min(percents),
        median_percent=median(percents).quantize(_TENTH),
        highest_percent=max(percents),
        largest_move_percent=abs(largest[0]),
        largest_move_label=largest[1],
        refused=sum(outcome is Outcome.REFUSED for outcome in outcomes),
        estimate=estimate,
        fields={field: fields[field] for field in FieldName if field in fields},
        units_added=sum(max(units, 0) for units in stock_moves),
        units_removed=sum(max(-units, 0) for units in stock_moves),
        locations=tuple(
            sorted(
                {
                    change.key_name
                    for change in changes
                    if change.target.field is FieldName.INVENTORY_QUANTITY
                }
            )
        ),
    )


def moved_units(change: Change) -> int:
    """Return by how many units a quantity moves; zero for what is none."""
    match change.before, change.after:
        case Quantity(units=before), Quantity(units=after):
            return after - before
        case _:
            return 0


def moved_percent(change: Change) -> Decimal | None:
    """Return by how many percent an amount moves, to a tenth, or None where one side is no amount.

    What takes the place of an absent price counts as the price. To be shown; limits are held
    against `exact_percent`.
    """
    percent = exact_percent(change)
    return None if percent is None else percent.quantize(_TENTH)


def exact_percent(change: Change) -> Decimal | None:
    """Return by how many percent an amount moves, not rounded; as `moved_percent` otherwise."""
    match in_effect(change.before), in_effect(change.after):
        case Money(amount=before), Money(amount=after):
            if before == 0:
                return _HUNDRED if after > 0 else Decimal(0)
            return (after - before) / before * _HUNDRED
        case _:
            return None


def in_effect(value: Value) -> Value | None:
    """Return the value, or what takes its place where it is absent; None where nothing does."""
    return value.instead if isinstance(value, Absent) else value
