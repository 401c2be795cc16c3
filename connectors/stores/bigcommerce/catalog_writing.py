"""Writes products and variants: their prices, and products' texts and status."""

from collections.abc import Mapping

from connectors.stores.bigcommerce.batches import BatchWriter
from connectors.stores.bigcommerce.catalog_batches import (
    Part,
    ResourceChanges,
    refusals,
    resources_of,
)
from connectors.stores.bigcommerce.price_record_reading import VARIANTS
from connectors.stores.bigcommerce.prices import ShownValues
from connectors.stores.bigcommerce.rest_api import RestApi
from connectors.stores.bigcommerce.value_reading import PRODUCTS, ValueReader
from connectors.stores.bigcommerce.write_turns import WriteTurns
from steward.changes import ResourceKind, Target
from steward.execution import Answer, Rejected, WriteRequest

_RESOURCES = {ResourceKind.PRODUCT: PRODUCTS, ResourceKind.VARIANT: VARIANTS}
_GONE = Rejected(code="NOT_FOUND", reason="no longer exists")


class CatalogWriter:
    """Writes batches of products or variants."""

    def __init__(self, api: RestApi, values: ValueReader, turns: WriteTurns) -> None:
        """Take the store's API, what reads prices beside those that are written, and the turns."""
        self._values = values
        self._turns = turns
        self._batches = BatchWriter(api)

    async def send(self, request: WriteRequest) -> Mapping[Target, Answer]:
        """Write the changes of one request once, and return the answer for each of them.

        Where it carries only one of a resource's two prices, and only the other one tells which
        field of the platform it is, the other one is read first, unless it was read within the last
        minute. Raises `AnswerLost` where the answer does not say what became of a change.
        """
        answers: dict[Target, Answer] = {**refusals(request.changes)}
        sendable = [change for change in request.changes if change.target not in answers]
        resources = list(resources_of(sendable))
        if not resources:
            return answers
        kind = resources[0].kind
        live = await self._values.read_beside(
            kind,
            [resource.number for resource in resources],
            needed=[resource.number for resource in resources if resource.needs_reading],
        )
        parts: list[Part] = []
        for resource in resources:
            if resource.needs_reading and resource.number not in live:
                answers |= {change.target: _GONE for change in resource.changes}
                continue
            answers |= _found_refused(resource, live.get(resource.number))
            parts.extend(resource.parts(live.get(resource.number)))
        async with self._turns.catalog():
            written = await self._batches.write(_RESOURCES[kind], parts)
        return {**answers, **written}


def _found_refused(
    resource: ResourceChanges, live: ShownValues | None
) -> Mapping[Target, Rejected]:
    """Return the prices that the live values show to be none that the platform keeps."""
    prices = resource.prices
    fields = None if prices is None else prices.fields(live)
    if prices is None or not isinstance(fields, Rejected):
        return {}
    return {change.target: fields for change in prices.changes}
