"""The present state of one store, and the only way to change it: one field at a time."""

import time
from collections.abc import Callable, Collection, Iterable
from copy import deepcopy
from typing import Any

from sandbox.bigcommerce.fields import (
    PRICE_RECORD_FIELDS,
    PRODUCT_FIELDS,
    RECORD,
    SORT_ORDER,
    VARIANT_FIELDS,
    Field,
)
from sandbox.bigcommerce.identifiers import (
    PriceRecordName,
    ProductName,
    parse_name,
    product_name,
    variant_name,
)
from sandbox.bigcommerce.locations import LOCATED_FIELDS, Location, located, place_of
from sandbox.bigcommerce.places import category_of
from sandbox.bigcommerce.records import (
    Brand,
    Category,
    PriceList,
    PriceRecord,
    Product,
    Variant,
    product_from_document,
    to_document,
)
from sandbox.bigcommerce.stock import Stock


class UnknownFieldError(LookupError):
    """A resource or field that the catalogue does not have."""


class Catalogue:
    """Products, variants, stock, categories, brands and price lists of one store.

    Stock may be shown only `lag_seconds` after it was set. Times are seconds since 1970.
    """

    def __init__(
        self,
        *,
        currency: str = "USD",
        lag_seconds: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.currency = currency
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.categories: dict[int, Category] = {}
        self.brands: dict[int, Brand] = {}
        self.price_lists: dict[int, PriceList] = {}
        self.price_records: dict[int, dict[tuple[int, str], PriceRecord]] = {}
        self.locations: dict[int, Location] = {}
        self.stock = Stock(self, lag_seconds, monotonic)
        self._holders: dict[tuple[str, str], str] = {}
        self._last_product = 0
        self._last_variant = 0

    # -- building -------------------------------------------------------------------------------

    def add_product(self, product: Product, variants: Iterable[Variant]) -> None:
        """Add a product with its variants; `variant_ids` is set from them."""
        self.products[product.id] = product
        self._last_product = max(self._last_product, product.id)
        product.variant_ids = []
        for variant in variants:
            self.variants[variant.id] = variant
            product.variant_ids.append(variant.id)
            self._last_variant = max(self._last_variant, variant.id)
            self._claim(variant_name(variant.id), "sku", variant.values.get("sku"))
        for field in ("name", "sku", "custom_url"):
            self._claim(product_name(product.id), field, product.value(field))

    def next_numbers(self) -> tuple[int, int]:
        """Return numbers for a new product and its base variant that no other ever had."""
        self._last_product += 1
        self._last_variant += 1
        return self._last_product, self._last_variant

    # -- reading --------------------------------------------------------------------------------

    def variants_of(self, product: Product) -> list[Variant]:
        """Return a product's variants by position."""
        return [self.variants[number] for number in product.variant_ids]

    def is_base(self, variant: Variant) -> bool:
        """Tell whether a variant is the only one of a product without options."""
        return not self.products[variant.product_id].options

    def holder(self, field: str, value: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the name of the resource that has a value which is unique in the store."""
        key = _key(field, value)
        return None if key is None else self._holders.get(key)

    def read(self, name: str, field: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return one field as the journal writes it.

        Raises:
            UnknownFieldError: the catalogue has no such resource or field.
        """
        if field == RECORD:
            return self._whole(name)
        record, description = self._locate(name, field)
        if isinstance(record, PriceRecord) or not _is_plain(field):
            return record.values.get(field, description.default)
        return record.value(field)

    # -- changing -------------------------------------------------------------------------------

    def write(self, name: str, field: str, value: Any, at: int) -> None:  # noqa: ANN401
        """Set one field from its JSON form, at this time.

        Raises:
            UnknownFieldError: the catalogue has no such resource or field.
        """
        if field == RECORD:
            self._replace(name, value)
            return
        record, description = self._locate(name, field)
        parsed = description.parse(value)
        if field in ("name", "sku", "custom_url"):
            self._release(name, field, self.read(name, field))
            self._claim(name, field, parsed)
        self.stock.show(name, field)
        record.values[field] = parsed
        if field == "categories":
            _forget_places(record.values, parsed)
        if isinstance(record, Variant):
            self.products[record.product_id].modified_at = at
        else:
            record.modified_at = at

    def problem(self, name: str, field: str, value: Any) -> str | None:  # noqa: ANN401
        """Return why a field cannot hold a value, or None.

        Raises:
            UnknownFieldError: the catalogue has no such resource or field.
        """
        if field == RECORD:
            return None if value is None else "can only be taken away, with null"
        return self._locate(name, field)[1].problem(value)

    def _locate(self, name: str, field: str) -> tuple[Product | Variant | PriceRecord, Field]:
        parsed = parse_name(name)
        record: Product | Variant | PriceRecord | None
        if parsed is None:
            raise UnknownFieldError(f"{name} is nothing that this store can change.")
        if isinstance(parsed, PriceRecordName):
            records = self.price_records.get(parsed.price_list, {})
            record = records.get((parsed.variant, parsed.currency))
            known = PRICE_RECORD_FIELDS
        elif isinstance(parsed, ProductName):
            record, known = self.products.get(parsed.number), PRODUCT_FIELDS
        else:
            record, known = self.variants.get(parsed.number), VARIANT_FIELDS
        if record is None:
            raise UnknownFieldError(f"{name} does not exist in this store.")
        place = None if isinstance(record, PriceRecord) else place_of(field)
        if place is not None and field == located(*place) and place[1] in self.locations:
            return record, LOCATED_FIELDS[place[0]]
        category = category_of(field) if isinstance(record, Product) else None
        if category in self.categories:
            return record, SORT_ORDER
        if field not in known:
            raise UnknownFieldError(f"{name} has no field {field!r}; it has {', '.join(known)}.")
        return record, known[field]

    def _whole(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        parsed = parse_name(name)
        if isinstance(parsed, PriceRecordName):
            records = self.price_records.get(parsed.price_list, {})
            record = records.get((parsed.variant, parsed.currency))
            return None if record is None else to_document(record)
        product = self.products.get(parsed.number) if isinstance(parsed, ProductName) else None
        if product is None:
            return None
        variants = [to_document(variant) for variant in self.variants_of(product)]
        return {"product": to_document(product), "variants": variants}

    def _replace(self, name: str, document: dict[str, Any] | None) -> None:
        # The journal keeps the document; what becomes of the record must not change it.
        value = deepcopy(document)
        parsed = parse_name(name)
        if isinstance(parsed, PriceRecordName):
            records = self.price_records.setdefault(parsed.price_list, {})
            key = (parsed.variant, parsed.currency)
            if value is None:
                records.pop(key, None)
            else:
                records[key] = PriceRecord(**value)
        elif isinstance(parsed, ProductName):
            self._remove_product(parsed.number)
            if value is not None:
                variants = [Variant(**variant) for variant in value["variants"]]
                self.add_product(product_from_document(value["product"]), variants)
        else:
            raise UnknownFieldError(f"{name} is nothing that this store can create or delete.")

    def _remove_product(self, number: int) -> None:
        product = self.products.pop(number, None)
        if product is None:
            return
        for field in ("name", "sku", "custom_url"):
            self._release(product_name(number), field, product.value(field))
        for variant_id in product.variant_ids:
            variant = self.variants.pop(variant_id)
            self._release(variant_name(variant_id), "sku", variant.values.get("sku"))
            for records in self.price_records.values():
                for key in [key for key in records if key[0] == variant_id]:
                    del records[key]

    def _claim(self, name: str, field: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        key = _key(field, value)
        if key is not None:
            self._holders.setdefault(key, name)

    def _release(self, name: str, field: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        key = _key(field, value)
        if key is not None and self._holders.get(key) == name:
            del self._holders[key]


def _is_plain(field: str) -> bool:
    """Tell whether a field is the resource's own, and not one at a location or in a category."""
    return place_of(field) is None and category_of(field) is None


def _forget_places(values: dict[str, Any], categories: Collection[int]) -> None:
    """Forget a product's place in every category that it is not in any more."""
    places = {field: category_of(field) for field in values}
    for field, category in places.items():
        if category is not None and category not in categories:
            del values[field]


def _key(field: str, value: Any) -> tuple[str, str] | None:  # noqa: ANN401 - any JSON value
    text = value.get("url") if isinstance(value, dict) else value
    return (field, text.casefold()) if isinstance(text, str) and text else None
