"""The present state of one store: its records, and what searches and readers see of them."""

import time
from collections.abc import Callable, Iterator

from sandbox.shopify.documents import ProductDocument, available, describe
from sandbox.shopify.identifiers import gid
from sandbox.shopify.jobs import Jobs
from sandbox.shopify.records import (
    Collection,
    InventoryItem,
    InventoryLevel,
    Location,
    Metafield,
    Product,
    Variant,
)
from sandbox.shopify.rules import matches

_DEFAULT_LAG_SECONDS = 1.0
_NUMBER_STEP = 32768
_SAME_CHANGE_SECONDS = 0.002


class Catalogue:
    """Products, variants, stock, collections and metafields of one store.

    Reads by identifier see every write at once, except the members of a collection that a job
    changes, which `visible_members` shows once the job is done. `document` and `documents`, which
    searches use, see a write only after `search_lag_seconds`. Times are seconds since 1970.

    Only `changes.write_field` changes what is in here once it is built.
    """

    def __init__(
        self,
        *,
        currency: str = "USD",
        search_lag_seconds: float = _DEFAULT_LAG_SECONDS,
        job_seconds: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.currency = currency
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.inventory_items: dict[int, InventoryItem] = {}
        self.collections: dict[int, Collection] = {}
        self.locations: dict[int, Location] = {}
        self.metafields: dict[str, dict[tuple[str, str], Metafield]] = {}
        self.jobs = Jobs(job_seconds, monotonic)
        self._search_lag_seconds = search_lag_seconds
        self._monotonic = monotonic
        self._documents: dict[int, ProductDocument] = {}
        self._outdated: dict[int, list[tuple[float, ProductDocument | None]]] = {}
        self._members: dict[int, list[int]] = {}
        self._former_members: dict[int, list[tuple[float, list[int]]]] = {}
        self._last_number = 0

    def next_number(self) -> int:
        """Return a number that no resource has had, spaced as the platform spaces them."""
        self._last_number += _NUMBER_STEP
        return self._last_number

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
            self.add_variant(variant, item)
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

    def add_variant(self, variant: Variant, item: InventoryItem) -> None:
        """Add a variant that its product knows already."""
        self.variants[variant.id] = variant
        self.inventory_items[item.id] = item
        self._seen(variant.id)
        self._seen(item.id)
        for level in item.levels.values():
            self._seen(level.id)

    def remove_variant(self, number: int) -> None:
        """Remove a variant that its product knows no longer."""
        variant = self.variants.pop(number)
        self.inventory_items.pop(variant.inventory_item_id)
        self.metafields.pop(gid("ProductVariant", number), None)

    def remove_collection(self, number: int) -> None:
        """Remove a collection if it is there."""
        self.collections.pop(number, None)
        self._members.pop(number, None)
        self._former_members.pop(number, None)

    def _seen(self, number: int) -> None:
        self._last_number = max(self._last_number, number)

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
            if matches(collection.rule_set, product, self.pairs_of(product)):
                yield product.id

    def start_job(self, collection: Collection | None = None) -> str:
        """Begin a job, which hides until its end what becomes of a collection's members now."""
        if collection is not None and self.jobs.seconds > 0:
            former = (self._monotonic() + self.jobs.seconds, list(self.members(collection)))
            self._former_members.setdefault(collection.id, []).append(former)
        return self.jobs.start()

    def settle_members(self, collection: Collection) -> None:
        """Show a collection's members as they are, whatever jobs are running."""
        self._former_members.pop(collection.id, None)

    def visible_members(self, collection: Collection) -> list[int]:
        """Return the members that a reader is shown, in order: those before any running job."""
        waiting = self._former_members.get(collection.id)
        while waiting and waiting[0][0] <= self._monotonic():
            waiting.pop(0)
        if not waiting:
            return self.members(collection)
        return [number for number in waiting[0][1] if number in self.products]

    def collections_of(self, product: Product) -> list[Collection]:
        """Return the collections that visibly hold a product, by identifier."""
        found = [
            collection
            for collection in self.collections.values()
            if product.id in self.visible_members(collection)
        ]
        return sorted(found, key=lambda collection: collection.id)

    def total_inventory(self, product: Product) -> int:
        """Return a product's stock for sale, as a search knows it."""
        document = self.document(product.id)
        if document is None:
            items = [self.item_of(variant) for variant in self.variants_of(product)]
            return sum(available(item) for item in items if item.tracked)
        return document.total_inventory

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
            document = describe(product, self.pairs_of(product))
            self._documents[product_id] = document
        return document

    def pairs_of(self, product: Product) -> list[tuple[Variant, InventoryItem]]:
        """Return a product's variants by position, each with its inventory item."""
        return [(variant, self.item_of(variant)) for variant in self.variants_of(product)]

    def touch(self, product_id: int) -> None:
        """Remember what a search knew of a product that is about to change."""
        if self._search_lag_seconds > 0:
            now = self._monotonic()
            waiting = self._outdated.setdefault(product_id, [])
            # The many writes of one request are one change to a search.
            if not waiting or now - waiting[-1][0] > _SAME_CHANGE_SECONDS:
                waiting.append((now, self._live_document(product_id)))
        self._documents.pop(product_id, None)
        self.forget_members()

    def forget_members(self) -> None:
        """Find the members of collections anew, because something that decides them changed."""
        self._members.clear()
