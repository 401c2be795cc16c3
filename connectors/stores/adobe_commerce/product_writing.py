"""Writes texts and status, one product at a time or many through the platform's queue."""

from collections.abc import Mapping

from connectors.pacing import Timer
from connectors.stores.adobe_commerce.answers import Refusal
from connectors.stores.adobe_commerce.call_queue import CallQueue, QueuedCalls
from connectors.stores.adobe_commerce.grouping import by_product
from connectors.stores.adobe_commerce.messages import quoted
from connectors.stores.adobe_commerce.product_answers import STORED_PRODUCT
from connectors.stores.adobe_commerce.product_requests import QUEUED, bodies_of, refusal_of
from connectors.stores.adobe_commerce.rest_api import RestApi
from connectors.stores.adobe_commerce.stored_products import (
    StoredProducts,
    quoted_sku,
    value_of,
)
from steward.execution import Accepted, Answer, Rejected, WriteRequest

_GONE = Rejected(code="NO_SUCH_PRODUCT", reason="the product no longer exists")


class ProductWriter:
    """Writes in the scope that all store views inherit from; a view's own value stays and counts.

    All fields of a product go out in one call, so they are applied together or not at all. What
    is known to be refused is left out of it.
    """

    def __init__(self, api: RestApi, products: StoredProducts, timer: Timer) -> None:
        """Take the store's API, its products, and the timer that waits for the queue."""
        self._api = api
        self._products = products
        self._queue = CallQueue(api, timer)

    async def write(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change when the new values are there.

        Raises `AnswerLost` where it is not known what became of a change.
        """
        contents = bodies_of(request)
        if request.operation == QUEUED:
            refused = await self._queued(request, contents) if contents else {}
        else:
            refused = await self._singly(contents)
        refusals = {sku: await self._refusal(sku, reason) for sku, reason in refused.items()}
        return tuple(
            refusal_of(change) or refusals.get(change.target.resource_id) or Accepted()
            for change in request.changes
        )

    async def _singly(self, contents: Mapping[str, str]) -> Mapping[str, str]:
        refused: dict[str, str] = {}
        for sku, content in contents.items():
            answer = await self._api.change(
                "PUT", f"products/{quoted_sku(sku)}", content.encode(), STORED_PRODUCT
            )
            if isinstance(answer, Refusal):
                refused[sku] = answer.text
        return refused

    async def _queued(
        self, request: WriteRequest, contents: Mapping[str, str]
    ) -> Mapping[str, str]:
        changes = by_product(request.changes)

        async def landed(sku: str) -> bool:
            product = await self._products.find(sku)
            return product is not None and all(
                value_of(product, change.target.field) == change.after
                for change in changes[sku]
                if refusal_of(change) is None
            )

        return await self._queue.run(QueuedCalls("PUT", "products/bySku", contents, landed))

    async def _refusal(self, sku: str, reason: str) -> Rejected:
        """Return why a product was refused: what is gone is refused for what it would lack."""
        if await self._products.find(sku) is None:
            return _GONE
        return Rejected(code="PRODUCT_REFUSED", reason=quoted(reason))
