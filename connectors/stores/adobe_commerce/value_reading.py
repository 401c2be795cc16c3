"""Reads single values by SKU."""

from collections.abc import Mapping, Sequence

from connectors.stores.adobe_commerce.capabilities import CAPABILITIES
from connectors.stores.adobe_commerce.currency import StoreCurrency
from connectors.stores.adobe_commerce.live_prices import PriceReader
from connectors.stores.adobe_commerce.rest_api import RestApi
from steward.changes import ResourceKind, Target
from steward.errors import UnsupportedOperation
from steward.values import Value


class ValueReader:
    """Reads prices and compare-at prices, up to 100 products in two calls."""

    def __init__(self, api: RestApi, prices: PriceReader, currency: StoreCurrency) -> None:
        """Take the store's API, its prices and its currency."""
        self._api = api
        self._prices = prices
        self._currency = currency

    async def read(self, targets: Sequence[Target]) -> Mapping[Target, Value]:
        """Return the live values, in the order of the targets; a product that is gone is left out.

        Raises `UnsupportedOperation` for a field that is none of a variant.
        """
        for target in targets:
            check_supported(target)
        if not targets:
            return {}
        skus = list(dict.fromkeys(target.resource_id for target in targets))
        live = await self._prices.read(skus, await self._currency.read(self._api))
        return {
            target: live[target.resource_id].value(target.field)
            for target in targets
            if target.resource_id in live
        }


def check_supported(target: Target) -> None:
    """Raise `UnsupportedOperation` unless the field is one that a variant has."""
    CAPABILITIES.require_fields([target.field])
    if target.resource_kind is not ResourceKind.VARIANT:
        raise UnsupportedOperation(
            f"On Adobe Commerce the field '{target.field}' belongs to what can be sold by itself, "
            "not to a product that only gathers such.",
            remedy="Name the SKUs of its variants.",
        )
