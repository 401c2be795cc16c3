"""A store's journal, write by write, with the product that each write belongs to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# It names the moment of the write, so that writing the same sale again gives another one.
_MOMENTS = ("special_from_date",)
# Shopify's journal names the members of a collection by the number alone.
_PRODUCT = "gid://shopify/Product/"
_PRICE_RECORD = re.compile(r"pricelists/\d+/records/(\d+)/\w+")


@dataclass(frozen=True, slots=True)
class Write:
    """One thing that a store wrote for a client: a field, or of a list one member."""

    product: str | None
    touched: tuple[str, str, object]
    before: object
    after: object

    @property
    def is_void(self) -> bool:
        """Whether it left everything as it was."""
        return self.before == self.after or self.touched[1].startswith(_MOMENTS)


def products_of(catalogue: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the product that each name in a store's journal belongs to."""
    products = catalogue["products"]
    found = {name: _product_id(name) for name in products}
    for name, product in products.items():
        own = _product_id(name)
        for variant_name, variant in product.get("variants", {}).items():
            found[variant_name] = own
            if "inventoryItem" in variant:
                found[variant["inventoryItem"]] = own
        found |= dict.fromkeys(product.get("children", ()), own)
    return found


def writes_in(journal: Iterable[Mapping[str, Any]], products: Mapping[str, str]) -> Iterator[Write]:
    """Yield what was written; without the notes of Adobe Commerce on which calls it queued."""
    for entry in journal:
        if not entry["resource_id"].startswith("bulk:"):
            yield from _writes_of(entry, products)


def _writes_of(entry: Mapping[str, Any], products: Mapping[str, str]) -> Iterator[Write]:
    resource, field, before, after = (
        entry[name] for name in ("resource_id", "field", "before", "after")
    )
    owner = products.get(_thing_of(resource))
    if not isinstance(before, list) or not isinstance(after, list):
        yield Write(owner, (resource, field, None), before, after)
        return
    members = {*before} ^ {*after}
    for member in sorted(members, key=str):
        of_member = owner or products.get(str(member)) or products.get(f"{_PRODUCT}{member}")
        yield Write(of_member, (resource, field, member), member in before, member in after)
    if not members:
        yield Write(owner, (resource, field, "nothing"), before, after)


def _thing_of(resource: str) -> str:
    """Return what stock on Shopify, or a price-list record of BigCommerce, is of.

    Of anything else that is its own name.
    """
    _, is_level, item = resource.partition("?inventory_item_id=")
    if is_level:
        return f"gid://shopify/InventoryItem/{item}"
    record = _PRICE_RECORD.fullmatch(resource)
    return f"variants/{record[1]}" if record else resource


def _product_id(name: str) -> str:
    """Return the platform's id: BigCommerce's catalogue puts the kind in front of it."""
    return name.removeprefix("products/")
