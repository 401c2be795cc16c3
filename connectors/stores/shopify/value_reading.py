"""Reads single values by id, which, unlike searches, show a write at once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pydantic import ValidationError

from connectors.parallel import in_parallel
from connectors.stores.shopify import costs
from connectors.stores.shopify.admin_api import AdminApi
from connectors.stores.shopify.answers import PriceNode, PricesAnswer
from connectors.stores.shopify.capabilities import CAPABILITIES
from connectors.stores.shopify.documents import Document
from connectors.stores.shopify.errors import Failures
from steward.changes import FieldName, ResourceKind, Target
from steward.errors import UnsupportedOperation
from steward.money import Money
from steward.values import ABSENT, Value


class ValueReader:
    """Reads prices and compare-at prices of variants, up to 250 variants a call."""

    def __init__(self, api: AdminApi) -> None:
        """Take the store's API."""
        self._api = api
        self._failures = Failures(api.store, writing=False)

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values, in the order of the targets; a variant that is gone is left out.

        Raises `UnsupportedOperation` for a field that is none of a variant.
        """
        for target in targets:
            check_supported(target)
        ids = list(dict.fromkeys(target.resource_id for target in targets))
        answers = await in_parallel(
            self._read_some(ids[start : start + costs.LARGEST_INPUT])
            for start in range(0, len(ids), costs.LARGEST_INPUT)
        )
        live = {variant: prices for answer in answers for variant, prices in answer.items()}
        return {
            target: live[target.resource_id][target.field]
            for target in targets
            if target.resource_id in live
        }

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


def check_supported(target: Target) -> None:
    """Raise `UnsupportedOperation` unless the field is one that a variant has."""
    CAPABILITIES.require_fields([target.field])
    if target.resource_kind is not ResourceKind.VARIANT:
        raise UnsupportedOperation(
            f"On Shopify the field '{target.field}' belongs to variants, not to products.",
            remedy="Name the product's variants.",
        )


def _prices(node: PriceNode, currency: str) -> Mapping[FieldName, Value]:
    return {
        FieldName.PRICE: _money(node.price, currency),
        FieldName.COMPARE_AT_PRICE: (
            ABSENT if node.compare_at_price is None else _money(node.compare_at_price, currency)
        ),
    }


def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount=amount, currency=currency)
