"""The present state of one store, and the only way to change it: one field of one product."""

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.adobe_commerce.attributes import ATTRIBUTES, moment_at
from sandbox.adobe_commerce.records import (
    Category,
    Product,
    Source,
    StockLevel,
    product_from_document,
    product_to_document,
)
from sandbox.adobe_commerce.scopes import scope_code, scope_id
from sandbox.adobe_commerce.url_keys import UrlKeys

RECORD = "record"
"""The field under which a whole product is created (before is null) or deleted (after is null)."""

WEBSITE_IDS = "website_ids"
CHILD_IDS = "child_ids"


class UnknownFieldError(LookupError):
    """A product or field that the catalogue does not have."""


def attribute_field(code: str, scope: int) -> str:
    """Return the journal's name of an attribute in a scope, such as `price@all`."""
    return f"{code}@{scope_code(scope)}"


def category_field(category_id: int) -> str:
    """Return the journal's name of a product's place in a category; null means not in it."""
    return f"category_links.{category_id}"


def stock_field(source: str, name: str) -> str:
    """Return the journal's name of a source's `quantity` or `status`; null means no such item."""
    return f"source_items.{source}.{name}"


class Catalogue:
    """Products by SKU, categories and sources of one store."""

    def __init__(self) -> None:
        self.categories: dict[int, Category] = {}
        self.sources: dict[str, Source] = {}
        self._products: dict[str, Product] = {}
        self._by_id: dict[int, Product] = {}
        self._members: dict[int, set[int]] = {}
        self._url_keys = UrlKeys()
        self._last_id = 0

    def next_id(self) -> int:
        """Return an identifier that no product has had."""
        self._last_id += 1
        return self._last_id

    # -- reading --------------------------------------------------------------------------------

    def products(self) -> Iterator[Product]:
        """Yield every product, by identifier."""
        return iter(list(self._by_id.values()))

    def find(self, sku: str) -> Product | None:
        """Return the product with this SKU, whatever its case, or None."""
        return self._products.get(sku.lower())

    def chosen(self, skus: Iterable[str] | None) -> list[Product]:
        """Return the products with these SKUs, or all of them, by identifier."""
        if skus is None:
            return list(self._by_id.values())
        found = {product.id: product for sku in skus if (product := self.find(sku)) is not None}
        return [found[number] for number in sorted(found)]

    def by_id(self, number: int) -> Product | None:
        """Return the product with this identifier, or None."""
        return self._by_id.get(number)

    def members(self, category_id: int) -> list[Product]:
        """Return a category's products, by position and identifier."""
        found = [self._by_id[number] for number in self._members.get(category_id, ())]
        return sorted(found, key=lambda item: (item.category_links[category_id], item.id))

    def count_members(self, category_id: int) -> int:
        """Return how many products a category has."""
        return len(self._members.get(category_id, ()))

    def has_url_key(self, key: str, view: int, *, beside: Product | None) -> bool:
        """Tell whether another product has a URL key in a view."""
        number = None if beside is None else beside.id
        return self._url_keys.is_taken(key, view, self._by_id, number)

    # -- changing -------------------------------------------------------------------------------

    def add(self, product: Product) -> None:
        """Add a product, or replace the one with its identifier."""
        self.remove(product.sku)
        self._products[product.sku.lower()] = product
        self._by_id[product.id] = product
        self._last_id = max(self._last_id, product.id)
        for category_id in product.category_links:
            self._members.setdefault(category_id, set()).add(product.id)
        self._url_keys.claim(product)

    def remove(self, sku: str) -> None:
        """Forget a product, if it is there."""
        product = self._products.pop(sku.lower(), None)
        if product is None:
            return
        del self._by_id[product.id]
        for category_id in product.category_links:
            self._members[category_id].discard(product.id)
        self._url_keys.release(product)
        for other in self._by_id.values():
            if product.id in other.child_ids:
                other.child_ids.remove(product.id)

    def read(self, sku: str, field: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return one field as the journal writes it; null where a scope inherits.

        Raises:
            UnknownFieldError: there is no such product or field.
        """
        if field == RECORD:
            product = self.find(sku)
            return None if product is None else product_to_document(product)
        product = self._existing(sku)
        if field == WEBSITE_IDS:
            return list(product.website_ids)
        if field == CHILD_IDS:
            return list(product.child_ids)
        if field.startswith("category_links."):
            return product.category_links.get(self._category(field))
        if field.startswith("source_items."):
            source, name = self._stock(field)
            level = product.stock.get(source)
            return None if level is None else getattr(level, name)
        code, scope = self._attribute(field)
        return product.stored(code, scope)

    def write(self, sku: str, field: str, value: Any, at: float) -> None:  # noqa: ANN401
        """Set one field from its JSON form, at this time in seconds since 1970.

        Raises:
            UnknownFieldError: there is no such product or field.
        """
        if field == RECORD:
            if value is None:
                self.remove(sku)
            else:
                self.add(product_from_document(value))
            return
        product = self._existing(sku)
        if field == WEBSITE_IDS:
            product.website_ids = list(value)
        elif field == CHILD_IDS:
            product.child_ids = list(value)
        elif field.startswith("category_links."):
            self._write_category(product, self._category(field), value)
        elif field.startswith("source_items."):
            self._write_stock(product, *self._stock(field), value)
            return
        else:
            self._write_attribute(product, *self._attribute(field), value)
        product.updated_at = moment_at(at)

    def _write_category(self, product: Product, category_id: int, value: int | None) -> None:
        members = self._members.setdefault(category_id, set())
        if value is None:
            product.category_links.pop(category_id, None)
            members.discard(product.id)
        else:
            product.category_links[category_id] = value
            members.add(product.id)

    def _write_stock(self, product: Product, source: str, name: str, value: Any) -> None:  # noqa: ANN401
        if value is None:
            product.stock.pop(source, None)
            return
        setattr(product.stock.setdefault(source, StockLevel("0.00")), name, value)

    def _write_attribute(self, product: Product, code: str, scope: int, value: Any) -> None:  # noqa: ANN401
        if code == "url_key":
            self._url_keys.release(product)
        values = product.overrides.setdefault(scope, {}) if scope else product.values
        if value is None:
            values.pop(code, None)
        else:
            values[code] = value
        if scope and not values:
            del product.overrides[scope]
        if code == "url_key":
            self._url_keys.claim(product)

    # -- naming ---------------------------------------------------------------------------------

    def _existing(self, sku: str) -> Product:
        product = self.find(sku)
        if product is None:
            raise UnknownFieldError(f"There is no product with the SKU {sku!r}.")
        return product

    def _category(self, field: str) -> int:
        number = field.partition(".")[2]
        if not number.isdecimal() or int(number) not in self.categories:
            raise UnknownFieldError(f"There is no category behind {field!r}.")
        return int(number)

    def _stock(self, field: str) -> tuple[str, str]:
        source, _, name = field.removeprefix("source_items.").rpartition(".")
        if source not in self.sources or name not in ("quantity", "status"):
            raise UnknownFieldError(
                f"{field!r} is nothing that a product has; stock is source_items.<source>.quantity "
                f"or .status, for the sources {', '.join(self.sources)}."
            )
        return source, name

    def _attribute(self, field: str) -> tuple[str, int]:
        code, _, scope = field.partition("@")
        number = scope_id(scope)
        if code not in ATTRIBUTES or number is None:
            raise UnknownFieldError(
                f"{field!r} is nothing that a product has; an attribute is written as in price@all."
            )
        return code, number
