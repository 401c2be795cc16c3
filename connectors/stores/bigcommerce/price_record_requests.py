"""Which requests carry the changes of a price list's prices."""

import json
from collections.abc import Iterator, Mapping, Sequence

from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.price_records import RecordChanges
from steward.changes import Change, Target
from steward.execution import Rejected, WriteRequest

# The platform takes no more records in one call; of those to delete, the address holds so many.
_MOST_WRITTEN, _MOST_DELETED = 1000, 250
WRITE, DELETE = "upsertPriceListRecords", "deletePriceListRecords"


def records_of(changes: Sequence[Change]) -> Iterator[RecordChanges]:
    """Yield the changes of each variant, in the order of their first changes."""
    by_variant: dict[int, list[Change]] = {}
    for change in changes:
        by_variant.setdefault(number_of(change.target.resource_id), []).append(change)
    for variant, own in by_variant.items():
        yield RecordChanges(variant, tuple(own))


def requests_for(changes: Sequence[Change]) -> Iterator[WriteRequest]:
    """Yield requests that write up to 1,000 records of one price list, or delete up to 250.

    Both prices of one variant go in one request, and no other request is about them. Raises
    `InvalidInput` for an id that is no number.
    """
    by_list: dict[int, list[Change]] = {}
    for change in changes:
        by_list.setdefault(number_of(change.target.key), []).append(change)
    for price_list, own in by_list.items():
        records = list(records_of(own))
        for operation, most, some in (
            (WRITE, _MOST_WRITTEN, [one for one in records if not one.deletes]),
            (DELETE, _MOST_DELETED, [one for one in records if one.deletes]),
        ):
            for start in range(0, len(some), most):
                yield _request(price_list, operation, some[start : start + most])


def _request(price_list: int, operation: str, records: Sequence[RecordChanges]) -> WriteRequest:
    return WriteRequest(
        resource=f"pricelists/{price_list}/records/{records[0].variant}",
        operation=operation,
        body=json.dumps([one.announced for one in records], separators=(",", ":")),
        points=1,
        changes=tuple(change for one in records for change in one.changes),
    )


def refusals(changes: Sequence[Change]) -> Mapping[Target, Rejected]:
    """Return what the platform's rules refuse, as far as that shows without reading."""
    return {
        change.target: fault
        for record in records_of(changes)
        if (fault := record.fault) is not None
        for change in record.changes
    }
