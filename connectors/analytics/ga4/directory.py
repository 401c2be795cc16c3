"""The configured analytics properties, opened by name."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from pydantic import SecretStr

from connectors.analytics.ga4.analytics import GA4Connection
from steward.errors import UnknownProperty
from steward.ports import Analytics


class Credentials(Protocol):
    """Where a service account's key is kept."""

    def resolve(self) -> SecretStr:
        """Fetch the key; raises `InvalidSettings`."""


class AnalyticsSettings(Protocol):
    """How one property is configured."""

    @property
    def property_id(self) -> str:
        """Its number at Google."""

    @property
    def address(self) -> str:
        """The base address of the Data API."""

    @property
    def credentials(self) -> Credentials:
        """Where its key is kept."""


class ConfiguredAnalytics:
    """Opens properties by their configured names; implements `steward.ports.AnalyticsDirectory`.

    One connection a property serves the whole process: opening it twice shares its quota, its
    access tokens and its connections. The key is fetched at each opening, so that a new one counts
    at once. Close the directory when the process ends; use it on one event loop.
    """

    def __init__(self, settings: Mapping[str, AnalyticsSettings]) -> None:
        """Take the settings of each property, by name."""
        self._settings = settings
        self._connections: dict[str, GA4Connection] = {}

    def open(self, name: str) -> AbstractAsyncContextManager[Analytics]:
        """Return the property, ready to use.

        Raises `UnknownProperty`; on entering also `InvalidSettings` and `CredentialsRejected`.
        """
        if name not in self._settings:
            raise UnknownProperty(
                f"No analytics property '{name}' is configured.", remedy=self._known()
            )
        return self._opened(name, self._settings[name])

    async def aclose(self) -> None:
        """Close the connections of all properties."""
        while self._connections:
            _, connection = self._connections.popitem()
            await connection.aclose()

    @asynccontextmanager
    async def _opened(self, name: str, settings: AnalyticsSettings) -> AsyncIterator[Analytics]:
        key = settings.credentials.resolve()
        if name not in self._connections:
            self._connections[name] = GA4Connection(name, settings.property_id, settings.address)
        yield self._connections[name].analytics(key)

    def _known(self) -> str:
        if not self._settings:
            return "Add it to steward.toml under [analytics.NAME]; none is configured yet."
        return f"Configured are: {', '.join(sorted(self._settings))}."
