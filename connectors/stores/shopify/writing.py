"""Writes changes: which requests carry them, what they are predicted to do, and what they did."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from connectors.stores.shopify import product_texts, variant_prices
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.calls import ProductMutation, variables_of
from connectors.stores.shopify.capabilities import check_supported
from connectors.stores.shopify.errors import Failures
from connectors.stores.shopify.product_texts import TEXTS
from connectors.stores.shopify.variant_prices import PRICES
from steward.catalog import PRICE_FIELDS
from steward.changes import Change
from steward.execution import Answer, WriteRequest

_MUTATIONS: Mapping[str, ProductMutation] = {one.operation: one for one in (TEXTS, PRICES)}


def requests_for(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    """Return the requests that would write the changes; pure, no I/O.

    What is about one product goes out in one run of requests: its own fields, then its variants.
    Raises `UnsupportedOperation` for a field that its resource does not have, and for taking away
    what it must have.
    """
    for change in changes:
        check_supported(change.target)
    return tuple(
        request
        for _, run in groupby(changes, key=lambda change: change.product_id)
        for request in _requests_of_product(tuple(run))
    )


def _requests_of_product(changes: Sequence[Change]) -> tuple[WriteRequest, ...]:
    prices = [change for change in changes if change.target.field in PRICE_FIELDS]
    texts = [change for change in changes if change.target.field not in PRICE_FIELDS]
    return (*product_texts.requests_for(texts), *variant_prices.requests_for(prices))


def predict(request: WriteRequest) -> tuple[Answer, ...]:
    """Return the answer that the platform's documented rules give; pure, no I/O."""
    return _MUTATIONS[request.operation].predict(request)


class Writer:
    """Sends the requests that `requests_for` makes, each once."""

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._api = api
        self._failures = Failures(api.store, writing=True)

    async def send(self, request: WriteRequest) -> tuple[Answer, ...]:
        """Write once, and return one answer for each change.

        Raises `AnswerLost` where the answer does not say what became of a change.
        """
        mutation = _MUTATIONS[request.operation]
        answer = await self._api.write(
            mutation.document, variables_of(request), mutation.answer, points=request.points
        )
        answers = mutation.answers_of(request, answer)
        if answers is None:
            raise self._failures.of_answer("it leaves out what was to be written")
        return answers
