"""The requests about single products, each about one."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from connectors.stores.shopify import product_tags, product_texts, variant_prices
from connectors.stores.shopify.calls import ProductMutation
from connectors.stores.shopify.product_tags import ADDED_TAGS, REMOVED_TAGS
from connectors.stores.shopify.product_texts import TEXTS
from connectors.stores.shopify.variant_prices import PRICES
from steward.catalog import PRICE_FIELDS
from steward.changes import Change, FieldName
from steward.execution import WriteRequest

MUTATIONS: Mapping[str, ProductMutation] = {
    mutation.operation: mutation for mutation in (TEXTS, REMOVED_TAGS, ADDED_TAGS, PRICES)
}


# Their calls are not about one product, and take those of many.
ABOUT_MANY = frozenset({FieldName.CATEGORY, FieldName.INVENTORY_QUANTITY})


def product_requests(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests that would write those of the changes that are about one product each.

    They go out in one run of requests a product, in order: its texts and status, its tags, its
    variants' prices.
    """
    own = (change for change in changes if change.target.field not in ABOUT_MANY)
    return tuple(
        request
        for _, run in groupby(own, key=lambda change: change.product_id)
        for request in _of_one_product(tuple(run))
    )


def _of_one_product(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    prices = [change for change in changes if change.target.field in PRICE_FIELDS]
    tags = [change for change in changes if change.target.field is FieldName.TAG]
    texts = [
        change for change in changes if change.target.field not in {FieldName.TAG, *PRICE_FIELDS}
    ]
    return (
        *product_texts.requests_for(texts),
        *product_tags.requests_for(tags),
        *variant_prices.requests_for(prices),
    )
