"""Families of fields beside prices, and what the checks do to each of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.conformance.proving import NotProvable, Proving, StoreUnderTest
from connectors.conformance.trial import expect
from steward.catalog import CatalogDetail, Product, Snapshot, TextField
from steward.changes import Change, FieldName, ResourceKind, Target
from steward.compilation import compile_intent
from steward.intents import Intent
from steward.operations import (
    AdjustStock,
    ChangeCategories,
    ChangeTags,
    Operation,
    SetStatus,
    SetText,
)
from steward.ports import Store
from steward.values import PRESENT, ListingStatus, Quantity, Value

_TEXTS: tuple[TextField, ...] = (
    FieldName.TITLE,
    FieldName.DESCRIPTION,
    FieldName.SEO_TITLE,
    FieldName.SEO_DESCRIPTION,
)
_NEW_TAG = "Conformance"
# As many products as make more than one request on most platforms, and no more.
_PRODUCTS = 12


@dataclass(frozen=True, slots=True)
class Family:
    """Fields that are written in the same way, and operations that change all of them."""

    name: str
    fields: tuple[FieldName, ...]
    operations: Callable[[Snapshot, StoreUnderTest], tuple[Operation, ...]]


def _change_texts(snapshot: Snapshot, under_test: StoreUnderTest) -> tuple[Operation, ...]:
    del snapshot
    lacking = under_test.capabilities.fields
    return tuple(
        SetText(field=field, text="{title} & <b>more</b> für Köln")
        for field in _TEXTS
        if field not in lacking
    )


def _change_status(snapshot: Snapshot, under_test: StoreUnderTest) -> tuple[Operation, ...]:
    del snapshot
    lacking = under_test.capabilities.statuses
    return (SetStatus(status=next(status for status in _LESS_VISIBLE if status not in lacking)),)


_LESS_VISIBLE = (ListingStatus.DRAFT, ListingStatus.HIDDEN, ListingStatus.ARCHIVED)


def _change_tags(snapshot: Snapshot, under_test: StoreUnderTest) -> tuple[Operation, ...]:
    del under_test
    tags = [tag for product in snapshot.products for tag in product.tags]
    expect(tags, "no selected product has a tag")
    return (ChangeTags(add=(_NEW_TAG,), remove=(tags[0].upper(),)),)


def _change_categories(snapshot: Snapshot, under_test: StoreUnderTest) -> tuple[Operation, ...]:
    del snapshot
    return (
        ChangeCategories(
            add=(under_test.category_to_enter,), remove=(under_test.category_to_leave,)
        ),
    )


def _change_stock(snapshot: Snapshot, under_test: StoreUnderTest) -> tuple[Operation, ...]:
    del under_test
    levels = [level for product in snapshot.products for level in product.stock]
    expect(levels, "no selected product has stock")
    return (AdjustStock(units=7, location=levels[0].location.id),)


FAMILIES = (
    Family("texts", _TEXTS, _change_texts),
    Family("status", (FieldName.STATUS,), _change_status),
    Family("tags", (FieldName.TAG,), _change_tags),
    Family("categories", (FieldName.CATEGORY,), _change_categories),
    Family("stock", (FieldName.INVENTORY_QUANTITY,), _change_stock),
)


def detail_of(family: Family, under_test: StoreUnderTest) -> CatalogDetail:
    """Return what to read for the family; raises `NotProvable` where the platform lacks it."""
    lacking = under_test.capabilities.fields
    wanted = [field for field in family.fields if field not in lacking]
    if not wanted:
        raise NotProvable(lacking[family.fields[0]].reason)
    categories = (under_test.category_to_enter, under_test.category_to_leave)
    return CatalogDetail(
        fields=frozenset(wanted), categories=categories if family.name == "categories" else ()
    )


async def read_family(store: Store, proving: Proving, family: Family) -> Snapshot:
    """Return the selected products with the family's fields."""
    under_test = proving.under_test
    return await store.read_catalog(under_test.selection, detail_of(family, under_test))


def changes_of(snapshot: Snapshot, family: Family, under_test: StoreUnderTest) -> Sequence[Change]:
    """Return changes of the family's fields on some products of the snapshot."""
    intent = Intent(
        selection=snapshot.selection, operations=family.operations(snapshot, under_test)
    )
    some = {product.id for product in snapshot.products[:_PRODUCTS]}
    changes = compile_intent(intent, snapshot).changes
    return [change for change in changes if change.product_id in some]


def values_of(snapshot: Snapshot) -> Mapping[Target, Value]:
    """Return every value beside prices that the snapshot holds; of memberships those that are."""
    return {
        target: value for product in snapshot.products for target, value in _values(product).items()
    }


def _values(product: Product) -> Mapping[Target, Value]:
    def own(field: FieldName, key: str = "") -> Target:
        return Target(
            resource_kind=ResourceKind.PRODUCT, resource_id=product.id, field=field, key=key
        )

    values: dict[Target, Value] = {own(field): text for field, text in product.texts.items()}
    if product.status is not None:
        values[own(FieldName.STATUS)] = product.status
    values |= {own(FieldName.TAG, tag): PRESENT for tag in product.tags}
    values |= {own(FieldName.CATEGORY, category.id): PRESENT for category in product.categories}
    for level in product.stock:
        target = Target(
            resource_kind=level.resource_kind,
            resource_id=level.resource_id,
            field=FieldName.INVENTORY_QUANTITY,
            key=level.location.id,
        )
        values[target] = Quantity(units=level.units)
    return values
