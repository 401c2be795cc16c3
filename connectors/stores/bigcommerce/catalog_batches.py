"""Batches of products or variants: which requests carry which changes, and what they may hold."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.stores.bigcommerce.identifiers import number_of
from connectors.stores.bigcommerce.price_changes import PriceChanges
from connectors.stores.bigcommerce.prices import ShownValues
from connectors.stores.bigcommerce.product_fields import field_to_write
from steward.catalog import PRICE_FIELDS
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.errors import UnsupportedOperation
from steward.execution import Rejected, WriteRequest
from steward.values import ABSENT, Text

# The platform takes no more items in one batch.
LARGEST_BATCH: Mapping[ResourceKind, int] = {ResourceKind.PRODUCT: 10, ResourceKind.VARIANT: 50}
_OPERATIONS: Mapping[ResourceKind, str] = {
    ResourceKind.PRODUCT: "updateProducts",
    ResourceKind.VARIANT: "updateVariantsBatch",
}
_TITLE_TWICE = Rejected(
    code="DUPLICATE_TITLE", reason="another product gets the same name, which BigCommerce refuses"
)

Fields = Mapping[str, Decimal | str | bool | None]


@dataclass(frozen=True, slots=True)
class Part:
    """Changes of one product or variant that stand or fall together, and the fields they set."""

    number: int
    changes: tuple[Change, ...]
    fields: Fields


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
    def prices(self) -> PriceChanges | None:
        """The changes of its prices; None where there are none."""
        own = tuple(one for one in self.changes if one.target.field in PRICE_FIELDS)
        return PriceChanges(own) if own else None

    @property
    def needs_reading(self) -> bool:
        """Whether its prices are needed to tell what to write; see `PriceChanges`."""
        return self.prices is not None and self.prices.needs_reading

    def parts(self, live: ShownValues | None = None) -> Iterator[Part]:
        """Yield what can be written; `live` is what `needs_reading` asks for."""
        prices = self.prices
        if prices is not None:
            fields = prices.fields(live)
            if not isinstance(fields, Rejected):
                yield Part(self.number, prices.changes, fields)
        for change in self.others:
            field = field_to_write(change.target.field, change.after)
            if not isinstance(field, Rejected):
                yield Part(self.number, (change,), field)

    @property
    def others(self) -> Iterator[Change]:
        """The changes of its texts and its status."""
        return (one for one in self.changes if one.target.field not in PRICE_FIELDS)


def requests_for(changes: Sequence[Change]) -> Iterator[WriteRequest]:
    """Yield requests of at most 10 products or 50 variants.

    All fields of one product or variant go in one request, and no other of these requests is about
    it, so that all of them may be sent at the same time. Raises `UnsupportedOperation` for taking
    a product's price away, and `InvalidInput` for an id that is no number.
    """
    batches: list[list[ResourceChanges]] = []
    open_batches: dict[ResourceKind, list[ResourceChanges]] = {}
    for resource in resources_of(changes):
        for change in resource.changes:
            _check_supported(change)
        kind = resource.kind
        batch = open_batches.get(kind)
        if batch is None or len(batch) == LARGEST_BATCH[kind]:
            batch = open_batches[kind] = []
            batches.append(batch)
        batch.append(resource)
    return map(_request, batches)


def _check_supported(change: Change) -> None:
    target = change.target
    if (
        target.resource_kind is ResourceKind.PRODUCT
        and target.field is FieldName.PRICE
        and change.after == ABSENT
    ):
        raise UnsupportedOperation(
            f"On BigCommerce the price of {change.label} can be changed, but not taken away.",
            remedy="Set it to an amount.",
        )


def _request(batch: Sequence[ResourceChanges]) -> WriteRequest:
    kind = batch[0].kind
    changes = tuple(change for resource in batch for change in resource.changes)
    items = [json_item(resource.number, _announced(resource)) for resource in batch]
    return WriteRequest(
        resource=f"{kind}s/{batch[0].number}",
        operation=_OPERATIONS[kind],
        body=json.dumps(items, separators=(",", ":")),
        points=1,
        changes=changes,
    )


def _announced(resource: ResourceChanges) -> Fields:
    fields: dict[str, Decimal | str | bool | None] = {}
    if resource.prices is not None:
        fields |= resource.prices.announced
    for change in resource.others:
        field = field_to_write(change.target.field, change.after)
        fields |= {} if isinstance(field, Rejected) else field
    return fields


def json_item(number: int, fields: Fields) -> Mapping[str, object]:
    """Return one item of a batch; its amounts survive the way through a double."""
    content = {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in fields.items()
    }
    return {"id": number, **content}


def resources_of(changes: Sequence[Change]) -> Iterator[ResourceChanges]:
    """Yield the changes of each product or variant, in the order of their first changes."""
    by_resource: dict[tuple[ResourceKind, str], list[Change]] = {}
    for change in changes:
        target = change.target
        by_resource.setdefault((target.resource_kind, target.resource_id), []).append(change)
    for (_, resource_id), own in by_resource.items():
        yield ResourceChanges(number_of(resource_id), tuple(own))


def refusals(changes: Sequence[Change]) -> Mapping[Target, Rejected]:
    """Return what the platform's rules refuse, as far as that shows without reading.

    Prices that cannot be stored so that they read back as asked are refused together. Where only
    the live values could tell, a change is taken to be accepted: a price of 0 that meets a sale is
    then refused in `send`, and a name that another product has by the platform.
    """
    found: dict[Target, Rejected] = {}
    titles: set[str] = set()
    for resource in resources_of(changes):
        prices = resource.prices
        if prices is not None and (fault := prices.fault):
            found |= {change.target: fault for change in prices.changes}
        for change in resource.others:
            field = field_to_write(change.target.field, change.after)
            if isinstance(field, Rejected):
                found[change.target] = field
            elif change.target.field is FieldName.TITLE and isinstance(change.after, Text):
                title = change.after.text.casefold()
                if title in titles:
                    found[change.target] = _TITLE_TWICE
                titles.add(title)
    return found
