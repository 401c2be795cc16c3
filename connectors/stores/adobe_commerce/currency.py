"""The currency of the store's prices."""

import asyncio

from connectors.stores.adobe_commerce.answers import STORE_VIEWS
from connectors.stores.adobe_commerce.rest_api import RestApi
from steward.errors import StoreError


class StoreCurrency:
    """The base currency, in which all prices are kept; read once, since it never changes.

    A shop that displays other currencies converts from this one.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._reading = asyncio.Lock()
        self._code: str | None = None

    async def read(self, api: RestApi) -> str:
        """Return the currency's ISO 4217 code.

        Raises `StoreError` where websites differ: a price that all of them inherit then has no
        currency of its own.
        """
        async with self._reading:
            if self._code is None:
                self._code = await self._ask(api)
            return self._code

    async def _ask(self, api: RestApi) -> str:
        views = await api.read("store/storeConfigs", STORE_VIEWS)
        codes = sorted({view.base_currency_code for view in views})
        if len(codes) > 1:
            raise StoreError(
                f"The websites of store '{api.store}' keep prices in {' and '.join(codes)}, so that"
                " a price for all of them is none.",
                remedy="Steward changes prices of shops with one base currency only.",
            )
        return codes[0]
