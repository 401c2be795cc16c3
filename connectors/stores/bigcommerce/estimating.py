"""What a set of writes costs, before any of it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from connectors.stores.bigcommerce.families import Family, family_of
from connectors.stores.bigcommerce.listing import LARGEST_PAGE
from connectors.window_pacing import WindowLevel
from steward.changes import Change, FieldName
from steward.execution import CallEstimate, WriteRequest
from steward.values import ABSENT

_TENTH = Decimal("0.1")
# What is read in the same call.
_TOGETHER: Mapping[Family, Family] = {Family.CATEGORY: Family.PRODUCT}


def estimate(requests: Sequence[WriteRequest], window: WindowLevel) -> CallEstimate:
    """Return calls, points and the least time for comparing, writing and reading back.

    A point is a call. The time is what the calls beyond one whole window take at the quota's rate;
    the network's own time comes on top.
    """
    calls = calls_to_change(requests) + _pages(_changes_of(requests))
    beyond = max(0, calls - window.quota)
    seconds = Decimal(beyond) * Decimal(str(window.window_seconds)) / window.quota
    return CallEstimate(calls=calls, points=calls, seconds=seconds.quantize(_TENTH))


def calls_to_change(requests: Sequence[WriteRequest]) -> int:
    """Return how many calls it takes to compare and write the requests."""
    writes = sum(request.points + _more_reads(request) for request in requests)
    return writes + _pages(_changes_of(requests))


def _changes_of(requests: Sequence[WriteRequest]) -> Iterable[Change]:
    return (change for request in requests for change in request.changes)


def _more_reads(request: WriteRequest) -> int:
    """Return the calls beside comparing and writing.

    They see whether stock is there; they read records before these are written, and whether a
    variant without a record is there.
    """
    match family_of(request.changes[0].target):
        case Family.STOCK:
            return _pages(request.changes)
        case Family.PRICE_LIST:
            return _pages(request.changes) + _pages(filter(_inherits, request.changes))
        case _:
            return 0


def _inherits(change: Change) -> bool:
    return change.target.field is FieldName.PRICE and ABSENT in {change.before, change.after}


def _pages(changes: Iterable[Change]) -> int:
    """Return the calls to read everything that changes once."""
    read: dict[tuple[str, str, str], set[str]] = {}
    for change in changes:
        target = change.target
        family = family_of(target)
        price_list = target.key if family is Family.PRICE_LIST else ""
        together = (_TOGETHER.get(family, family), target.resource_kind, price_list)
        read.setdefault(together, set()).add(target.resource_id)
    return sum(-(-len(resources) // LARGEST_PAGE) for resources in read.values())
