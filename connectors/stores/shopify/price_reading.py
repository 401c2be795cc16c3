"""Reads prices by id, which, unlike searches, show a write at once."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from pydantic import ValidationError

from connectors.parallel import in_parallel
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.answers import PriceNode, PricesAnswer
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.errors import Failures
from steward.changes import FieldName
from steward.money import Money
from steward.values import ABSENT, Value


class PriceReader:
    """Reads prices and compare-at prices of variants, up to 250 variants a call."""

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._api = api
        self._failures = Failures(api.store, writing=False)

    async def read(self, ids: Iterable[str]) -> Mapping[str, Mapping[FieldName, Value]]:
        """Return both prices by variant; a variant that is gone is left out."""
        answers = await in_parallel(
            self._read_some(some) for some in costs.in_inputs(dict.fromkeys(ids))
        )
        return {variant: prices for answer in answers for variant, prices in answer.items()}

    async def _read_some(self, ids: Sequence[str]) -> Mapping[str, Mapping[FieldName, Value]]:
        answer = await self._api.read(
            Document.VARIANT_PRICES, {"ids": ids}, PricesAnswer, points=costs.variant_prices()
        )
        currency = answer.shop.currency_code
        try:
            return {node.id: _prices(node, currency) for node in answer.nodes}
        except ValidationError:
            fault = f"a price does not fit the store's currency, {currency}"
        raise self._failures.of_answer(fault)


def _prices(node: PriceNode, currency: str) -> Mapping[FieldName, Value]:
    return {
        FieldName.PRICE: _money(node.price, currency),
        FieldName.COMPARE_AT_PRICE: (
            ABSENT if node.compare_at_price is None else _money(node.compare_at_price, currency)
        ),
    }


def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount=amount, currency=currency)
