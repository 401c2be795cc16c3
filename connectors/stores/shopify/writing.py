"""Writes changes: which requests carry them, what they are predicted to do, and what they did."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from connectors.stores.shopify import (
    collection_members,
    product_tags,
    product_texts,
    stock_quantities,
    variant_prices,
)
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.calls import ProductMutation, variables_of
from connectors.stores.shopify.capabilities import check_supported
from connectors.stores.shopify.collection_members import MembershipWriter
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.product_tags import ADDED_TAGS, REMOVED_TAGS
from connectors.stores.shopify.product_texts import TEXTS
from connectors.stores.shopify.smart_collections import SmartCollections
from connectors.stores.shopify.stock_quantities import StockWriter
from connectors.stores.shopify.variant_prices import PRICES
from steward.catalog import PRICE_FIELDS
from steward.changes import Change, FieldName
from steward.execution import Answer, WriteRequest

_MUTATIONS: Mapping[str, ProductMutation] = {
    mutation.operation: mutation for mutation in (TEXTS, REMOVED_TAGS, ADDED_TAGS, PRICES)
}

# Their calls are not about one product, and take those of many.
_TOGETHER = frozenset({FieldName.CATEGORY, FieldName.INVENTORY_QUANTITY})


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests that would write the changes; pure, no I/O.

    What is about one product goes out in one run of requests, in order: its texts and status, its
    tags, its variants' prices. Collections and stock follow, for all products together.
    Raises `UnsupportedOperation` for a field that its resource does not have, and for taking away
    what it must have.
    """
    for change in changes:
        check_supported(change.target)
    of_products = [change for change in changes if change.target.field not in _TOGETHER]
    of_collections = [change for change in changes if change.target.field is FieldName.CATEGORY]
    of_stock = [change for change in changes if change.target.field is FieldName.INVENTORY_QUANTITY]
    runs = groupby(of_products, key=lambda change: change.product_id)
    return (
        *(request for _, run in runs for request in _requests_of_product(tuple(run))),
        *collection_members.requests_for(of_collections),
        *stock_quantities.requests_for(of_stock),
    )


def _requests_of_product(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
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


def predict(request: WriteRequest, smart: SmartCollections) -> tuple[Answer, ...]:
    """Return the answer that the platform's documented rules give; no I/O.

    `smart` tells which collections are known to be smart.
    """
    if request.operation in collection_members.OPERATIONS:
        return collection_members.predict(request, smart)
    if request.operation == stock_quantities.OPERATION:
        return stock_quantities.predict(request)
    return _MUTATIONS[request.operation].predict(request)


class Writer:
    """Sends the requests that `requests_for` makes, each once."""

    def __init__(self, api: AdminApi, members: MembershipWriter) -> None:
        """Take the store's API, and what writes collections."""
        self._api = api
        self._members = members
        self._stock = StockWriter(api)
        self._failures = Failures(api.store, writing=True)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change.

        Raises `AnswerLost` where the answer does not say what became of a change.
        """
        if request.operation in collection_members.OPERATIONS:
            return await self._members.send(request)
        if request.operation == stock_quantities.OPERATION:
            return await self._stock.send(request)
        mutation = _MUTATIONS[request.operation]
        answer = await self._api.write(
            mutation.document, variables_of(request), mutation.answer, points=request.points
        )
        answers = mutation.answers_of(request, answer)
        if answers is None:
            raise self._failures.of_answer("it leaves out what was to be written")
        return answers
