"""Writes prices: which requests carry which changes, and which fields of the platform they set."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.stores.bigcommerce.capabilities import CAPABILITIES
from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.prices import (
    ShownValues,
    Unwritable,
    fields_to_write,
)
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.errors import UnsupportedOperation
from steward.execution import Accepted, Answer, Rejected, WriteRequest
from steward.money import Money
from steward.values import ABSENT, Value

# The platform takes no more items in one batch.
LARGEST_BATCH: Mapping[ResourceKind, int] = {ResourceKind.PRODUCT: 10, ResourceKind.VARIANT: 50}
_OPERATIONS: Mapping[ResourceKind, str] = {
    ResourceKind.PRODUCT: "updateProducts",
    ResourceKind.VARIANT: "updateVariantsBatch",
}
# JSON numbers are doubles on the platform, which keep every decimal of so many digits.
_EXACT_DIGITS = 15
_TOO_LONG = Unwritable(
    "AMOUNT_NOT_EXACT", f"BigCommerce keeps amounts of up to {_EXACT_DIGITS} digits exactly"
)

PriceFields = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class ResourceChanges:
    """The changes of one product or variant, at most one of each field."""

    number: int
    changes: tuple[Change, ...]

    @property
    def kind(self) -> ResourceKind:
        """Whether it is a product or a variant."""
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

    def fields(self, live: ShownValues | None = None) -> PriceFields | Unwritable:
        """Return the platform's fields to write; `live` is what `needs_reading` asks for."""
        if any(_is_too_long(change) for change in self.changes):
            return _TOO_LONG
        before: dict[FieldName, Value] = dict(live or {})
        after = dict(before)
        for change in self.changes:
            before[change.target.field] = change.before
            after[change.target.field] = change.after
        if FieldName.PRICE not in after:
            regular = after[FieldName.COMPARE_AT_PRICE]
            return {"price": regular.amount if isinstance(regular, Money) else None}
        return fields_to_write(self.kind, before, after)


def _is_too_long(change: Change) -> bool:
    if not isinstance(change.after, Money):
        return False
    return len(change.after.amount.normalize().as_tuple().digits) > _EXACT_DIGITS


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return requests of at most 10 products or 50 variants.

    Both fields of one product or variant go in one request, and no other request is about it, so
    that all requests may be sent at the same time. Raises `UnsupportedOperation` for taking a
    product's price away, and `InvalidInput` for an id that is no number.
    """
    by_resource: dict[tuple[ResourceKind, str], list[Change]] = {}
    for change in changes:
        _check_supported(change)
        target = change.target
        by_resource.setdefault((target.resource_kind, target.resource_id), []).append(change)
    batches: list[tuple[ResourceKind, list[list[Change]]]] = []
    open_batches: dict[ResourceKind, list[list[Change]]] = {}
    for (kind, _), own in by_resource.items():
        batch = open_batches.get(kind)
        if batch is None or len(batch) == LARGEST_BATCH[kind]:
            batch = open_batches[kind] = []
            batches.append((kind, batch))
        batch.append(own)
    return tuple(_request(kind, batch) for kind, batch in batches)


def _check_supported(change: Change) -> None:
    CAPABILITIES.require_fields([change.target.field])
    if (
        change.target.resource_kind is ResourceKind.PRODUCT
        and change.target.field is FieldName.PRICE
        and change.after == ABSENT
    ):
        raise UnsupportedOperation(
            f"On BigCommerce the price of {change.label} can be changed, but not taken away.",
            remedy="Set it to an amount.",
        )


def _request(kind: ResourceKind, batch: Sequence[Sequence[Change]]) -> WriteRequest:
    changes = tuple(change for own in batch for change in own)
    resources = tuple(resources_of(changes))
    items = [_announced(resource) for resource in resources]
    return WriteRequest(
        resource=f"{kind}s/{resources[0].number}",
        operation=_OPERATIONS[kind],
        body=json.dumps(items, separators=(",", ":")),
        points=1,
        changes=changes,
    )


def _announced(resource: ResourceChanges) -> Mapping[str, object]:
    """Return an item as it will be sent, or the fields that it may be about, before reading."""
    if not resource.needs_reading:
        fields = resource.fields()
        return item(resource.number, {} if isinstance(fields, Unwritable) else fields)
    (change,) = resource.changes
    amount = change.after.amount if isinstance(change.after, Money) else None
    if change.target.field is FieldName.PRICE:
        return item(resource.number, {"price or sale_price": amount})
    return item(resource.number, {"price and sale_price": amount})


def item(number: int, fields: PriceFields) -> Mapping[str, object]:
    """Return one item of a batch; its amounts survive the way through a double, see `predict`."""
    amounts = {name: None if amount is None else float(amount) for name, amount in fields.items()}
    return {"id": number, **amounts}


def resources_of(changes: Sequence[Change]) -> Iterator[ResourceChanges]:
    """Yield the changes of each product or variant, in the order of their first changes."""
    by_target: dict[str, list[Change]] = {}
    for change in changes:
        by_target.setdefault(change.target.resource_id, []).append(change)
    for resource_id, own in by_target.items():
        yield ResourceChanges(number_of(resource_id), tuple(own))


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return what the platform's rules for prices make of the request.

    Prices that cannot be stored so that they read back as asked are refused with both fields of
    their product or variant; others go through. Where only the live values could tell, a change is
    taken to be accepted: a price of 0 that meets a sale is then refused in `send`.
    """
    faults: dict[Target, Answer] = {}
    for resource in resources_of(request.changes):
        fields: PriceFields | Unwritable = {}
        if any(_is_too_long(change) for change in resource.changes):
            fields = _TOO_LONG
        elif not resource.needs_reading:
            fields = resource.fields()
        if isinstance(fields, Unwritable):
            faults |= {change.target: rejected(fields) for change in resource.changes}
    return tuple(faults.get(change.target, Accepted()) for change in request.changes)


def rejected(fault: Unwritable) -> Rejected:
    """Return the answer for prices that cannot be stored."""
    return Rejected(code=fault.code, reason=fault.reason)
