"""Writes changes: which requests carry them, what they are predicted to do, and what they did."""

from collections.abc import Sequence

from connectors.stores.shopify import bulk_requests, collection_members, stock_quantities
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.bulk_writing import BulkWriter
from connectors.stores.shopify.calls import variables_of
from connectors.stores.shopify.capabilities import check_supported
from connectors.stores.shopify.collection_members import MembershipWriter
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.product_requests import MUTATIONS, product_requests
from connectors.stores.shopify.smart_collections import SmartCollections
from connectors.stores.shopify.stock_quantities import StockWriter
from steward.changes import Change, FieldName
from steward.execution import Answer, WriteRequest


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests that would write the changes; pure, no I/O.

    What is about single products comes first, product by product; collections and stock follow, for
    all products together; then bulk operations, in place of calls about very many products.
    Raises `UnsupportedOperation` for a field that its resource does not have, and for taking away
    what it must have.
    """
    for change in changes:
        check_supported(change.target)
    of_collections = [change for change in changes if change.target.field is FieldName.CATEGORY]
    of_stock = [change for change in changes if change.target.field is FieldName.INVENTORY_QUANTITY]
    singly, in_bulk = bulk_requests.parted(product_requests(changes))
    return (
        *singly,
        *collection_members.requests_for(of_collections),
        *stock_quantities.requests_for(of_stock),
        *in_bulk,
    )


def predict(request: WriteRequest, smart: SmartCollections) -> tuple[Answer, ...]:
    """Return the answer that the platform's documented rules give; no I/O.

    `smart` tells which collections are known to be smart.
    """
    if request.operation in collection_members.OPERATIONS:
        return collection_members.predict(request, smart)
    if request.operation == stock_quantities.OPERATION:
        return stock_quantities.predict(request)
    if request.operation == bulk_requests.OPERATION:
        return bulk_requests.predict(request)
    return MUTATIONS[request.operation].predict(request)


class Writer:
    """Sends the requests that `requests_for` makes, each once."""

    def __init__(self, api: AdminApi, members: MembershipWriter, bulk: BulkWriter) -> None:
        """Take the store's API, and what writes collections and in bulk."""
        self._api = api
        self._members = members
        self._bulk = bulk
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
        if request.operation == bulk_requests.OPERATION:
            return await self._bulk.send(request)
        mutation = MUTATIONS[request.operation]
        answer = await self._api.write(
            mutation.document, variables_of(request), mutation.answer, points=request.points
        )
        answers = mutation.answers_of(request, answer)
        if answers is None:
            raise self._failures.of_answer("it leaves out what was to be written")
        return answers
