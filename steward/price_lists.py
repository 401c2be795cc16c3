"""Which of the operations are about the shop's own prices, and which about a price list's."""

from collections.abc import Mapping, Sequence

from steward.catalog import PriceList, Snapshot
from steward.errors import InvalidInput
from steward.operations import Operation, PriceOperation
from steward.pricing import Prices, priced


def pricing_of(operations: Sequence[Operation]) -> Sequence[PriceOperation]:
    """Return the operations on the shop's own prices, in order."""
    pricing = [one for one in operations if isinstance(one, PriceOperation)]
    return [one for one in pricing if one.price_list is None]


def price_lists_meant(
    operations: Sequence[Operation], snapshot: Snapshot
) -> Mapping[PriceList, Sequence[PriceOperation]]:
    """Return the operations on each price list, in order.

    Raises `InvalidInput` where one names a price list that the store does not have.
    """
    found: dict[PriceList, list[PriceOperation]] = {}
    for operation in operations:
        if not isinstance(operation, PriceOperation) or operation.price_list is None:
            continue
        price_list = snapshot.price_lists.get(operation.price_list)
        if price_list is None:
            raise InvalidInput(
                f"Store '{snapshot.store}' has no price list '{operation.price_list}'.",
                remedy="Check its name in the shop's own administration.",
            )
        found.setdefault(price_list, []).append(operation)
    return found


def priced_by(operations: Sequence[PriceOperation], before: Prices) -> Prices:
    """Return what the operations make of the prices; raises `InvalidInput` as `priced` does."""
    after = before
    for operation in operations:
        after = priced(operation, after, original=before)
    return after
