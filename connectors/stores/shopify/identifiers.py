"""Shopify's global ids, such as `gid://shopify/Product/632910392`."""

import re

from steward.errors import InvalidInput

_PRODUCT = re.compile(r"(?:gid://shopify/Product/)?(\d{1,20})")
_NUMBER_AT_THE_END = re.compile(r"/(\d+)$")


def product_id(text: str) -> str:
    """Return the global id of a product that is named by it or by its number alone.

    Raises `InvalidInput` for anything else.
    """
    match = _PRODUCT.fullmatch(text)
    if match is None:
        raise InvalidInput(
            f"'{text}' is no Shopify product id.",
            remedy="Write the number from the product's page, or gid://shopify/Product/<number>.",
        )
    return f"gid://shopify/Product/{match[1]}"


def number_of(global_id: str) -> int:
    """Return the number by which ids are ordered; ids without one come first."""
    match = _NUMBER_AT_THE_END.search(global_id)
    return -1 if match is None else int(match[1])
