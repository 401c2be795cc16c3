"""What the stock operations make of quantities, and at which location."""

from collections.abc import Sequence
from typing import assert_never

from steward.catalog import Location, Snapshot
from steward.errors import EmptySelection, InvalidInput
from steward.operations import AdjustStock, Operation, SetStock, StockOperation
from steward.values import QUANTITY_LIMIT


def restocked(operation: StockOperation, units: int) -> int:
    """Return the units after the operation; raises `InvalidInput` where they become too many."""
    match operation:
        case SetStock():
            return operation.units
        case AdjustStock():
            after = max(units + operation.units, min(units, 0))
            if after > QUANTITY_LIMIT:
                raise InvalidInput(
                    f"A stock of {units:,} and {operation.units:,} more becomes too large.",
                    remedy="Choose a smaller number.",
                )
            return after
        case _:
            assert_never(operation)


def locations_meant(
    operations: tuple[Operation, ...], snapshot: Snapshot
) -> Sequence[tuple[StockOperation, Location]]:
    """Return each stock operation with the location it means, among those with such stock.

    Raises `EmptySelection` where no stock is counted, and `InvalidInput` where an operation names a
    location that is not there, or none although there are several.
    """
    wanted = [one for one in operations if isinstance(one, SetStock | AdjustStock)]
    if not wanted:
        return ()
    locations = {
        level.location.id: level.location
        for product in snapshot.products
        for level in product.stock
    }
    if not locations:
        raise EmptySelection(
            f"No stock is counted for the products in {snapshot.selection}.",
            remedy="Switch stock tracking on in the shop, or select other products.",
        )
    return [(one, _meant(one.location, tuple(locations.values()))) for one in wanted]


def _meant(name: str | None, locations: Sequence[Location]) -> Location:
    known = ", ".join(sorted(f"'{location.name}'" for location in locations))
    if name is None:
        if len(locations) > 1:
            raise InvalidInput(
                f"The products are stocked at {len(locations)} locations: {known}.",
                remedy="Name the location.",
            )
        return locations[0]
    wanted = name.casefold()
    found = [one for one in locations if wanted in {one.id.casefold(), one.name.casefold()}]
    if not found:
        raise InvalidInput(
            f"No product is stocked at a location called '{name}'.",
            remedy=f"Name one of: {known}.",
        )
    if len(found) > 1:
        ids = ", ".join(location.id for location in found)
        raise InvalidInput(
            f"{len(found)} locations are called '{name}'.", remedy=f"Name one by its id: {ids}."
        )
    return found[0]
