"""Finds out which store views have values of their own, which a change does not reach."""

from collections import Counter
from collections.abc import Mapping, Sequence

from connectors.parallel import in_parallel
from connectors.stores.adobe_commerce.answers import LISTED_VIEWS
from connectors.stores.adobe_commerce.live_prices import EVERY_STORE
from connectors.stores.adobe_commerce.product_answers import (
    VIEWED_PRODUCTS,
    StoredProduct,
    ViewedProduct,
)
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.searching import Group, listed, search
from connectors.stores.adobe_commerce.stored_products import FIELDS_OF_A_PRODUCT, value_of
from steward.changes import FieldName

_FIELDS = f"items[id,{FIELDS_OF_A_PRODUCT}],total_count"


class StoreViews:
    """Compares what customers see in each view with what all views inherit.

    A value of a view's own that happens to be equal cannot be told from an inherited one.
    """

    def __init__(self, api: RestApi) -> None:
        """Take the store's API."""
        self._api = api

    async def overriding(
        self, stored: Mapping[str, StoredProduct], fields: frozenset[FieldName]
    ) -> Mapping[str, int]:
        """Return in how many views some of the fields differ from what is stored, by SKU."""
        if not stored:
            return {}
        views = await self._api.read("store/storeViews", LISTED_VIEWS)
        codes = [view.code for view in views if view.id != EVERY_STORE and view.is_active]
        groups = listed("sku", list(stored))
        answers = await in_parallel(
            self._in_view(code, group) for code in codes for group in groups
        )
        return Counter(
            product.sku
            for answer in answers
            for product in answer
            if product.sku in stored
            and any(
                value_of(product, field) != value_of(stored[product.sku], field) for field in fields
            )
        )

    async def _in_view(self, code: str, group: Group) -> Sequence[ViewedProduct]:
        return await search(
            self._api,
            "products",
            VIEWED_PRODUCTS,
            lambda page: page.items,
            groups=(group,),
            fields=_FIELDS,
            view=code,
        )
