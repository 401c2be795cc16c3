"""The present state of one store, and the only way to change it: one field at a time."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.shopify.documents import ProductDocument, available, describe
from sandbox.shopify.fields import FIELDS, METAFIELD_PREFIX, RECORD
from sandbox.shopify.identifiers import gid, identifier_number, parse_identifier
from sandbox.shopify.records import (
    Collection,
    InventoryItem,
    InventoryLevel,
    Location,
    Metafield,
    Product,
    Variant,
    inventory_item_from_document,
    product_from_document,
    to_document,
    variant_from_document,
)
from sandbox.shopify.rules import matches

_DEFAULT_LAG_SECONDS = 1.0
_NUMBER_STEP = 32768
_SAME_CHANGE_SECONDS = 0.002


class UnknownFieldError(LookupError):
    """A resource or field that the catalogue does not have."""


class Catalogue:
    """Products, variants, stock, collections and metafields of one store.

    Reads by identifier see every write at once; `document` and `documents`, which searches use,
    see a write only after `search_lag_seconds`. Times are seconds since 1970.
    """

    def __init__(
        self,
        *,
        currency: str = "USD",
        search_lag_seconds: float = _DEFAULT_LAG_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.currency = currency
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.inventory_items: dict[int, InventoryItem] = {}
        self.collections: dict[int, Collection] = {}
        self.locations: dict[int, Location] = {}
        self.metafields: dict[str, dict[tuple[str, str], Metafield]] = {}
        self._search_lag_seconds = search_lag_seconds
        self._monotonic = monotonic
        self._documents: dict[int, ProductDocument] = {}
        self._outdated: dict[int, list[tuple[float, ProductDocument | None]]] = {}
        self._members: dict[int, list[int]] = {}
        self._last_number = 0

    def next_number(self) -> int:
        """Return a number that no resource has had, spaced as the platform spaces them."""
        self._last_number += _NUMBER_STEP
        return self._last_number

    # -- building -------------------------------------------------------------------------------

    def add_location(self, location: Location) -> None:
        """Add a location."""
        self.locations[location.id] = location
        self._seen(location.id)

    def add_product(self, product: Product, variants: list[tuple[Variant, InventoryItem]]) -> None:
        """Add a product with its variants; `variant_ids` is set from them."""
        product.variant_ids = [variant.id for variant, _ in variants]
        self.products[product.id] = product
        self._seen(product.id)
        for option in product.options:
            self._seen(option.id)
            for value in option.values:
                self._seen(value.id)
        for variant, item in variants:
            self._add_variant(variant, item)
        self._members.clear()

    def add_collection(self, collection: Collection) -> None:
        """Add a collection."""
        self.collections[collection.id] = collection
        self._seen(collection.id)
        self._members.clear()

    def add_metafield(self, metafield: Metafield) -> None:
        """Add a metafield, or replace the one with its namespace and key."""
        owned = self.metafields.setdefault(metafield.owner_id, {})
        owned[metafield.namespace, metafield.key] = metafield
        self._seen(metafield.id)

    def _add_variant(self, variant: Variant, item: InventoryItem) -> None:
        self.variants[variant.id] = variant
        self.inventory_items[item.id] = item
        self._seen(variant.id)
        self._seen(item.id)
        for level in item.levels.values():
            self._seen(level.id)

    def _seen(self, number: int) -> None:
        self._last_number = max(self._last_number, number)

    # -- reading --------------------------------------------------------------------------------

    def variants_of(self, product: Product) -> list[Variant]:
        """Return a product's variants by position."""
        return [self.variants[number] for number in product.variant_ids]

    def item_of(self, variant: Variant) -> InventoryItem:
        """Return the inventory item of a variant."""
        return self.inventory_items[variant.inventory_item_id]

    def product_by_handle(self, handle: str) -> Product | None:
        """Return the product with this handle, or None."""
        return next((item for item in self.products.values() if item.handle == handle), None)

    def collection_by_handle(self, handle: str) -> Collection | None:
        """Return the collection with this handle, or None."""
        return next((item for item in self.collections.values() if item.handle == handle), None)

    def level(self, number: int, inventory_item_id: int) -> InventoryLevel | None:
        """Return an inventory level by its number and its item's, or None."""
        item = self.inventory_items.get(inventory_item_id)
        if item is None:
            return None
        return next((level for level in item.levels.values() if level.id == number), None)

    def members(self, collection: Collection) -> list[int]:
        """Return the identifiers of a collection's products, in the collection's own order."""
        found = self._members.get(collection.id)
        if found is None:
            found = list(self._find_members(collection))
            self._members[collection.id] = found
        return found

    def _find_members(self, collection: Collection) -> Iterator[int]:
        if collection.rule_set is None:
            yield from (number for number in collection.product_ids if number in self.products)
            return
        for product in self.products.values():
            if matches(collection.rule_set, product, self._pairs(product)):
                yield product.id

    def collections_of(self, product: Product) -> list[Collection]:
        """Return the collections that hold a product, by identifier."""
        found = [
            collection
            for collection in self.collections.values()
            if product.id in self.members(collection)
        ]
        return sorted(found, key=lambda collection: collection.id)

    def total_inventory(self, product: Product) -> int:
        """Return a product's stock for sale, as a search knows it."""
        document = self.document(product.id)
        if document is None:
            items = [self.item_of(variant) for variant in self.variants_of(product)]
            return sum(available(item) for item in items if item.tracked)
        return document.total_inventory

    # -- searching ------------------------------------------------------------------------------

    def document(self, product_id: int) -> ProductDocument | None:
        """Return what a search knows of a product now, or None while it knows nothing."""
        waiting = self._outdated.get(product_id)
        if waiting:
            horizon = self._monotonic() - self._search_lag_seconds
            while waiting and waiting[0][0] <= horizon:
                waiting.pop(0)
            if waiting:
                return waiting[0][1]
            del self._outdated[product_id]
        return self._live_document(product_id)

    def documents(self) -> Iterator[ProductDocument]:
        """Yield what a search knows of each product that still exists."""
        for product_id in list(self.products):
            document = self.document(product_id)
            if document is not None:
                yield document

    def _live_document(self, product_id: int) -> ProductDocument | None:
        document = self._documents.get(product_id)
        if document is None and product_id in self.products:
            product = self.products[product_id]
            document = describe(product, self._pairs(product))
            self._documents[product_id] = document
        return document

    def _pairs(self, product: Product) -> list[tuple[Variant, InventoryItem]]:
        return [(variant, self.item_of(variant)) for variant in self.variants_of(product)]

    def _touch(self, product_id: int) -> None:
        """Remember what a search knew of a product that is about to change."""
        if self._search_lag_seconds > 0:
            now = self._monotonic()
            waiting = self._outdated.setdefault(product_id, [])
            # The many writes of one request are one change to a search.
            if not waiting or now - waiting[-1][0] > _SAME_CHANGE_SECONDS:
                waiting.append((now, self._live_document(product_id)))
        self._documents.pop(product_id, None)
        self._members.clear()

    # -- changing -------------------------------------------------------------------------------

    def read(self, resource_id: str, field: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return one field as the journal writes it.

        Raises:
            UnknownFieldError: the catalogue has no such resource or field.
        """
        if field == RECORD:
            return self._whole(resource_id)
        if field.startswith(METAFIELD_PREFIX):
            metafield = self.metafields.get(resource_id, {}).get(_metafield_key(field))
            return None if metafield is None else to_document(metafield)
        parsed = parse_identifier(resource_id)
        if parsed is not None and parsed.kind == "InventoryLevel":
            return self._level_of(resource_id).quantities.get(field, 0)
        record, description = self._locate(resource_id, field)
        return description.read(getattr(record, description.attribute))

    def write(self, resource_id: str, field: str, value: Any, at: int) -> None:  # noqa: ANN401
        """Set one field from its JSON form, at this time.

        Raises:
            UnknownFieldError: the catalogue has no such resource or field.
        """
        if field == RECORD:
            self._replace(resource_id, value)
            return
        if field.startswith(METAFIELD_PREFIX):
            self._write_metafield(resource_id, field, value)
            return
        parsed = parse_identifier(resource_id)
        if parsed is not None and parsed.kind == "InventoryLevel":
            self._write_quantity(self._level_of(resource_id), field, int(value), at)
            return
        record, description = self._locate(resource_id, field)
        product_id = self._product_behind(record)
        if product_id is not None:
            self._touch(product_id)
            self.products[product_id].updated_at = at
        setattr(record, description.attribute, description.parse(value))
        record.updated_at = at
        self._members.clear()

    def _product_behind(self, record: object) -> int | None:
        if isinstance(record, Product):
            return record.id
        if isinstance(record, Variant):
            return record.product_id
        if isinstance(record, InventoryItem):
            return self.variants[record.variant_id].product_id
        return None

    def _locate(self, resource_id: str, field: str) -> tuple[Any, Any]:
        parsed = parse_identifier(resource_id)
        kinds: dict[str, dict[int, Any]] = {
            "Product": self.products,
            "ProductVariant": self.variants,
            "InventoryItem": self.inventory_items,
            "Collection": self.collections,
        }
        if parsed is None or parsed.number is None or parsed.kind not in kinds:
            raise UnknownFieldError(f"{resource_id} is nothing that this store can change.")
        record = kinds[parsed.kind].get(parsed.number)
        if record is None:
            raise UnknownFieldError(f"{resource_id} does not exist in this store.")
        description = FIELDS[parsed.kind].get(field)
        if description is None:
            known = ", ".join(sorted(FIELDS[parsed.kind]))
            raise UnknownFieldError(f"{parsed.kind} has no field {field!r}; it has {known}.")
        return record, description

    def _level_of(self, resource_id: str) -> InventoryLevel:
        parsed = parse_identifier(resource_id)
        item = parsed.parameters.removeprefix("inventory_item_id=") if parsed else ""
        level = (
            self.level(parsed.number, int(item))
            if parsed is not None and parsed.number is not None and item.isdigit()
            else None
        )
        if level is None:
            raise UnknownFieldError(f"{resource_id} does not exist in this store.")
        return level

    def _write_quantity(self, level: InventoryLevel, name: str, value: int, at: int) -> None:
        item = self.inventory_items[level.inventory_item_id]
        self._touch(self.variants[item.variant_id].product_id)
        level.quantities[name] = value
        level.changed_at[name] = at
        level.updated_at = at

    def _write_metafield(self, owner_id: str, field: str, value: dict[str, Any] | None) -> None:
        if value is None:
            self.metafields.get(owner_id, {}).pop(_metafield_key(field), None)
        else:
            self.add_metafield(Metafield(**value))

    def _whole(self, resource_id: str) -> Any:  # noqa: ANN401 - any JSON value
        product = self.products.get(identifier_number(resource_id, "Product") or 0)
        if product is not None:
            return {
                "product": to_document(product),
                "variants": [
                    {"variant": to_document(variant), "item": to_document(item)}
                    for variant, item in self._pairs(product)
                ],
            }
        variant = self.variants.get(identifier_number(resource_id, "ProductVariant") or 0)
        if variant is not None:
            item = self.item_of(variant)
            return {"variant": to_document(variant), "item": to_document(item)}
        collection = self.collections.get(identifier_number(resource_id, "Collection") or 0)
        return None if collection is None else to_document(collection)

    def _replace(self, resource_id: str, value: dict[str, Any] | None) -> None:
        kind = parse_identifier(resource_id)
        if kind is None or kind.number is None:
            raise UnknownFieldError(f"{resource_id} is nothing that this store can create.")
        if kind.kind == "Product":
            self._replace_product(kind.number, value)
        elif kind.kind == "ProductVariant":
            self._replace_variant(kind.number, value)
        elif value is None:
            self.collections.pop(kind.number, None)
            self._members.pop(kind.number, None)
        else:
            self.add_collection(Collection(**value))

    def _replace_product(self, number: int, value: dict[str, Any] | None) -> None:
        self._touch(number)
        previous = self.products.pop(number, None)
        for variant_id in previous.variant_ids if previous else ():
            self._remove_variant(variant_id)
        if value is None:
            self.metafields.pop(gid("Product", number), None)
            return
        self.add_product(
            product_from_document(value["product"]),
            [
                (
                    variant_from_document(pair["variant"]),
                    inventory_item_from_document(pair["item"]),
                )
                for pair in value["variants"]
            ],
        )

    def _replace_variant(self, number: int, value: dict[str, Any] | None) -> None:
        if value is None:
            variant = self.variants.get(number)
            if variant is not None:
                self._touch(variant.product_id)
                self.products[variant.product_id].variant_ids.remove(number)
                self._remove_variant(number)
            return
        variant = variant_from_document(value["variant"])
        self._touch(variant.product_id)
        self._add_variant(variant, inventory_item_from_document(value["item"]))
        order = self.products[variant.product_id].variant_ids
        if number not in order:
            order.append(number)

    def _remove_variant(self, number: int) -> None:
        variant = self.variants.pop(number)
        self.inventory_items.pop(variant.inventory_item_id)
        self.metafields.pop(gid("ProductVariant", number), None)


def _metafield_key(field: str) -> tuple[str, str]:
    namespace, _, key = field.removeprefix(METAFIELD_PREFIX).rpartition(".")
    return namespace, key
