"""Compiling: what an intent means for a snapshot, as changes; pure."""

from collections.abc import Iterator, Mapping, Sequence

from steward.catalog import Location, PriceList, Product, Snapshot, Variant
from steward.changes import Change, ChangeSet, FieldName, ResourceKind, Target
from steward.errors import EmptySelection
from steward.intents import Intent
from steward.memberships import changed_categories, changed_tags
from steward.operations import (
    Operation,
    PriceOperation,
    SetStatus,
    StockOperation,
    TextOperation,
)
from steward.price_lists import price_lists_meant, priced_by, pricing_of
from steward.pricing import Prices
from steward.rewriting import rewritten
from steward.stocking import locations_meant, restocked
from steward.values import (
    ABSENT,
    PRESENT,
    Absent,
    Listing,
    ListingStatus,
    Present,
    Quantity,
    Value,
)
from steward.wording import one_line, shortened

_LONGEST_LABEL = 200
# What Shopify calls the only variant of a product without options.
_ONLY_ONE = "Default Title"


def compile_intent(intent: Intent, snapshot: Snapshot) -> ChangeSet:
    """Return the changes that the intent means for the snapshot, ordered by product.

    Within a product its own fields come first, then its variants' prices, those of price lists,
    then its stock. The same intent and snapshot give the same change set, however often it is
    compiled. Raises `EmptySelection` where no product is selected or nothing would change, and
    `InvalidInput` where a price would become too large, or a category, location or price list is
    not there.
    """
    if not snapshot.products:
        raise EmptySelection(
            f"No product of store '{snapshot.store}' is in {intent.selection}.",
            remedy="Check the name in the shop's own administration; a collection is named by its "
            "handle, the last part of its address.",
        )
    stocking = locations_meant(intent.operations, snapshot)
    listing = price_lists_meant(intent.operations, snapshot)
    changes = tuple(
        change
        for product in snapshot.products
        for change in (
            *_own_changes(product, intent.operations, snapshot),
            *_price_changes(product, intent.operations),
            *_list_price_changes(product, listing),
            *_stock_changes(product, stocking),
        )
    )
    if not changes:
        raise EmptySelection(
            f"Everything in {intent.selection} already is as asked: {_extent(snapshot)}.",
            remedy="There is nothing to do; change the parameters if you expected something else.",
        )
    return ChangeSet(store=snapshot.store, changes=changes)


def _extent(snapshot: Snapshot) -> str:
    return f"{len(snapshot.products)} product(s), {snapshot.variant_count} variant(s)"


def _own_changes(
    product: Product, operations: tuple[Operation, ...], snapshot: Snapshot
) -> Iterator[Change]:
    yield from _text_changes(product, operations)
    yield from _status_change(product, operations)
    yield from _membership_changes(product, operations, snapshot)


def _text_changes(product: Product, operations: tuple[Operation, ...]) -> Iterator[Change]:
    after = dict(product.texts)
    for operation in operations:
        if isinstance(operation, TextOperation):
            after[operation.field] = rewritten(operation, product, after)
    for field, value in after.items():
        yield from _product_change(product, field, product.texts[field], value)


def _status_change(product: Product, operations: tuple[Operation, ...]) -> Iterator[Change]:
    wanted = [operation.status for operation in operations if isinstance(operation, SetStatus)]
    if not wanted or product.status is None or product.status.status is wanted[-1]:
        return
    hidden = ListingStatus.HIDDEN
    # The detail says how an active product is listed; a hidden one is not, and forgets it.
    kept = "" if hidden in {wanted[-1], product.status.status} else product.status.detail
    after = Listing(status=wanted[-1], detail=kept)
    yield from _product_change(product, FieldName.STATUS, product.status, after)


def _membership_changes(
    product: Product, operations: tuple[Operation, ...], snapshot: Snapshot
) -> Iterator[Change]:
    for tag, is_added in changed_tags(product, operations):
        before, after = (ABSENT, PRESENT) if is_added else (PRESENT, ABSENT)
        yield from _product_change(product, FieldName.TAG, before, after, key=tag)
    for category, is_added in changed_categories(product, operations, snapshot):
        before, after = (ABSENT, PRESENT) if is_added else (Present(kept=category.kept), ABSENT)
        yield from _product_change(
            product, FieldName.CATEGORY, before, after, key=category.id, key_label=category.name
        )


def _product_change(
    product: Product,
    field: FieldName,
    before: Value,
    after: Value,
    *,
    key: str = "",
    key_label: str = "",
) -> Iterator[Change]:
    if before == after:
        return
    yield Change(
        target=Target(
            resource_kind=ResourceKind.PRODUCT, resource_id=product.id, field=field, key=key
        ),
        product_id=product.id,
        label=_shortened(_noted(product)) or product.id,
        before=before,
        after=after,
        key_label=_shortened(key_label),
    )


def _noted(product: Product) -> str:
    return f"{product.title} ({product.note})" if product.note else product.title


def _price_changes(product: Product, operations: tuple[Operation, ...]) -> Iterator[Change]:
    pricing = pricing_of(operations)
    for variant in product.variants if pricing else ():
        before = Prices(price=variant.price, compare_at_price=variant.compare_at_price)
        after = priced_by(pricing, before)
        if after != before:
            yield from _changes_of_prices(product, variant, before.values, after.values)


def _list_price_changes(
    product: Product, listing: Mapping[PriceList, Sequence[PriceOperation]]
) -> Iterator[Change]:
    for one in product.list_prices:
        variant = one.variant
        before = Prices(price=variant.price, compare_at_price=variant.compare_at_price)
        after = priced_by(listing.get(one.price_list, ()), before)
        if after == before:
            continue
        own = (Absent(instead=before.price), ABSENT) if one.inherits else before.values
        yield from _changes_of_prices(product, variant, own, after.values, one.price_list)


def _changes_of_prices(
    product: Product,
    variant: Variant,
    before: tuple[Value, Value],
    after: tuple[Value, Value],
    price_list: PriceList | None = None,
) -> Iterator[Change]:
    fields = (FieldName.PRICE, FieldName.COMPARE_AT_PRICE)
    for field, old, new in zip(fields, before, after, strict=True):
        if old != new:
            yield Change(
                target=Target(
                    resource_kind=variant.resource_kind,
                    resource_id=variant.id,
                    field=field,
                    key="" if price_list is None else price_list.id,
                ),
                product_id=product.id,
                label=_label(product, variant.title, variant.sku) or variant.id,
                before=old,
                after=new,
                key_label="" if price_list is None else _shortened(price_list.name),
            )


def _stock_changes(
    product: Product, operations: Sequence[tuple[StockOperation, Location]]
) -> Iterator[Change]:
    for level in product.stock if operations else ():
        units = level.units
        for operation, location in operations:
            if level.location == location:
                units = restocked(operation, units)
        if units != level.units:
            yield Change(
                target=Target(
                    resource_kind=level.resource_kind,
                    resource_id=level.resource_id,
                    field=FieldName.INVENTORY_QUANTITY,
                    key=level.location.id,
                ),
                product_id=product.id,
                label=_label(product, level.title, level.sku) or level.resource_id,
                before=Quantity(units=level.units, kept=level.kept),
                after=Quantity(units=units),
                key_label=_shortened(level.location.name),
            )


def _label(product: Product, title: str, sku: str | None) -> str:
    if title == _ONLY_ONE:
        name = product.title
    else:
        # Where variants are products too, their own names begin with the product's.
        name = title if title.startswith(product.title) else f"{product.title}, {title}"
    return _shortened(f"{name} ({sku})" if sku else name)


def _shortened(text: str) -> str:
    return shortened(one_line(text), _LONGEST_LABEL)
