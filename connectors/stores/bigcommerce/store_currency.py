"""The currency in which a store keeps its prices."""

import asyncio

from connectors.pacing import SystemTimer, Timer
from connectors.stores.bigcommerce.answers import StoreInformation
from connectors.stores.bigcommerce.rest_api import RestApi

_RESOURCE = "v2/store"
# A store's default currency can be changed only in its control panel, which is rare.
_KEPT_SECONDS = 600.0


class StoreCurrency:
    """The currency of one store, asked for at most every ten minutes in a process."""

    def __init__(self, timer: Timer | None = None) -> None:
        """Take the clock by which a reading ages."""
        self._timer = timer or SystemTimer()
        self._code = ""
        self._read_at = 0.0
        self._asking = asyncio.Lock()

    async def code(self, api: RestApi) -> str:
        """Return the ISO 4217 code; whoever comes while it is asked for waits for that answer."""
        async with self._asking:
            if not self._code or self._timer.seconds() - self._read_at > _KEPT_SECONDS:
                information = await api.read(_RESOURCE, StoreInformation)
                self._code, self._read_at = information.currency, self._timer.seconds()
            return self._code
