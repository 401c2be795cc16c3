"""Reads texts and status of products, as the scope holds them that all store views inherit from."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.listings import listing_of
from connectors.stores.adobe_commerce.live_prices import EVERY_STORE
from connectors.stores.adobe_commerce.product_answers import STORED_PRODUCT, StoredProduct
from connectors.stores.adobe_commerce.product_requests import ATTRIBUTES
from connectors.stores.adobe_commerce.rest_api import RestApi
from steward.changes import FieldName
from steward.values import ABSENT, Absent, Listing, Text, Value

FIELDS_OF_A_PRODUCT = "sku,name,status,visibility,custom_attributes[attribute_code,value]"
"""What is read of a product for its texts and status."""

_QUERY = (("storeId", str(EVERY_STORE)), ("fields", FIELDS_OF_A_PRODUCT))


class StoredProducts:
    """Reads products one by one, since only the reading of one product takes a scope.

    A search answers for a store view, whose own values would hide those that it inherits.
    """

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api

    async def read(self, skus: Sequence[str]) -> Mapping[str, StoredProduct]:
        """Return the products by the SKU they were asked by; one that is gone is left out."""
        found = await in_parallel(self.find(sku) for sku in skus)
        return {sku: one for sku, one in zip(skus, found, strict=True) if one is not None}

    async def find(self, sku: str) -> StoredProduct | None:
        """Return one product, or None where it is gone."""
        return await self._api.find(f"products/{quoted_sku(sku)}", STORED_PRODUCT, query=_QUERY)


def quoted_sku(sku: str) -> str:
    """Return the SKU as it stands in a path; it may hold a slash."""
    return quote(sku, safe="")


def value_of(product: StoredProduct, field: FieldName) -> Value:
    """Return what the field holds."""
    return listing(product) if field is FieldName.STATUS else text_of(product, field)


def listing(product: StoredProduct) -> Listing:
    """Return the product's status."""
    return listing_of(product.status, product.visibility)


def text_of(product: StoredProduct, field: FieldName) -> Text | Absent:
    """Return a text; what has no value is absent, and an empty one is a text."""
    text = product.name if field is FieldName.TITLE else product.attribute(ATTRIBUTES[field])
    return ABSENT if text is None else Text(text=text)
