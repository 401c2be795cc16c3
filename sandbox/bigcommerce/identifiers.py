"""How the journal, the faults and the control routes name what a store holds.

A name is the path of the resource below the API's base, such as `products/112`, `variants/345` or
`pricelists/1/records/345/USD`.
"""

import re
from dataclasses import dataclass

_PRODUCT = re.compile(r"products/(\d{1,18})")
_VARIANT = re.compile(r"variants/(\d{1,18})")
_PRICE_RECORD = re.compile(r"pricelists/(\d{1,18})/records/(\d{1,18})/([A-Z]{3})")
_CURRENCY = re.compile(r"[A-Za-z]{3}")


@dataclass(frozen=True, slots=True)
class ProductName:
    """A product."""

    number: int


@dataclass(frozen=True, slots=True)
class VariantName:
    """A variant."""

    number: int


@dataclass(frozen=True, slots=True)
class PriceRecordName:
    """A variant's prices in one price list and currency."""

    price_list: int
    variant: int
    currency: str


ResourceName = ProductName | VariantName | PriceRecordName


def product_name(number: object) -> str:
    """Return the name of a product."""
    return f"products/{number}"


def variant_name(number: object) -> str:
    """Return the name of a variant."""
    return f"variants/{number}"


def price_record_name(price_list: object, variant: object, currency: object) -> str:
    """Return the name of a price record; the currency's case does not matter."""
    return f"pricelists/{price_list}/records/{variant}/{str(currency).upper()}"


def parse_name(name: str) -> ResourceName | None:
    """Return what a name means, or None."""
    if found := _PRODUCT.fullmatch(name):
        return ProductName(int(found[1]))
    if found := _VARIANT.fullmatch(name):
        return VariantName(int(found[1]))
    if found := _PRICE_RECORD.fullmatch(name):
        return PriceRecordName(int(found[1]), int(found[2]), found[3])
    return None


def is_currency(code: str) -> bool:
    """Tell whether a text looks like an ISO 4217 code."""
    return _CURRENCY.fullmatch(code) is not None
