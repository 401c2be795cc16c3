"""The configured stores, opened by name, on whichever platform they are."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from pydantic import SecretStr

from steward.capabilities import Capabilities
from steward.errors import InvalidSettings, UnknownStore
from steward.ports import Store

# Other packages bring platforms along by entry points of this group, each named after its platform
# and leading to what takes a store's name and address and returns its `Connection`.
PLATFORM_GROUP = "steward.stores"
_OWN_PLATFORMS = (
    EntryPoint(
        "bigcommerce", "connectors.stores.bigcommerce:BigCommerceConnection", PLATFORM_GROUP
    ),
    EntryPoint(
        "adobe_commerce",
        "connectors.stores.adobe_commerce:AdobeCommerceConnection",
        PLATFORM_GROUP,
    ),
    EntryPoint("shopify", "connectors.stores.shopify:ShopifyConnection", PLATFORM_GROUP),
)


class Platform(Protocol):
    """What an entry point leads to, usually the class of the platform's connections.

    It may have a set `options`, the names of numbers that a store's settings may hold for it; they
    are then given to the call by these names.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What the platform lacks."""

    def __call__(self, store: str, address: str, **options: float) -> "Connection":
        """Return the connection to a store; raises `InvalidSettings` for an unusable address."""


class Connection(Protocol):
    """What all uses of one store in a process share, such as its pacer."""

    def store(self, token: SecretStr) -> Store:
        """Return the store as this token may use it; raises `CredentialsRejected`."""

    async def aclose(self) -> None:
        """Close what is open."""


class AccessToken(Protocol):
    """Where a token is kept."""

    def resolve(self) -> SecretStr:
        """Fetch the token; raises `InvalidSettings`."""


class StoreSettings(Protocol):
    """How one store is configured."""

    @property
    def platform(self) -> str:
        """The platform's name, such as `shopify`."""

    @property
    def address(self) -> str:
        """The store's base address."""

    @property
    def access_token(self) -> AccessToken:
        """Where its token is kept."""

    @property
    def options(self) -> Mapping[str, float]:
        """Numbers that its platform is told."""


class ConfiguredStores:
    """Opens stores by their configured names; implements `steward.ports.StoreDirectory`.

    One connection a store serves the whole process: opening a store twice shares its pacer and its
    connections. The token is fetched at each opening, so that a new one counts at once. Close the
    directory when the process ends.
    """

    def __init__(self, settings: Mapping[str, StoreSettings]) -> None:
        """Take the settings of each store, by name."""
        self._settings = settings
        self._connections: dict[str, Connection] = {}

    def platform(self, store: str) -> str:
        """Return the platform that the store is on; raises `UnknownStore`."""
        return self._settings_of(store).platform

    def capabilities(self, store: str) -> Capabilities:
        """Return what the store's platform lacks; raises `UnknownStore` and `InvalidSettings`."""
        return _platform(store, self._settings_of(store).platform).capabilities

    def open(self, store: str) -> AbstractAsyncContextManager[Store]:
        """Return the store, ready to use.

        Raises `UnknownStore`; on entering also `InvalidSettings` and `CredentialsRejected`.
        """
        return self._opened(store, self._settings_of(store))

    def _settings_of(self, store: str) -> StoreSettings:
        if store not in self._settings:
            raise UnknownStore(f"No store '{store}' is configured.", remedy=self._known())
        return self._settings[store]

    async def aclose(self) -> None:
        """Close the connections of all stores."""
        while self._connections:
            _, connection = self._connections.popitem()
            await connection.aclose()

    @asynccontextmanager
    async def _opened(self, store: str, settings: StoreSettings) -> AsyncIterator[Store]:
        token = settings.access_token.resolve()
        if store not in self._connections:
            platform = _platform(store, settings.platform)
            _check_options(store, settings, platform)
            self._connections[store] = platform(store, settings.address, **settings.options)
        yield self._connections[store].store(token)

    def _known(self) -> str:
        if not self._settings:
            return "Add it to steward.toml and restart the workers; no store is configured yet."
        known = ", ".join(sorted(self._settings))
        return f"Configured are: {known}. Restart the workers after a change of settings."


def _check_options(store: str, settings: StoreSettings, platform: Platform) -> None:
    known: frozenset[str] = getattr(platform, "options", frozenset())
    unknown = sorted(settings.options.keys() - known)
    if unknown:
        told = f"It knows: {', '.join(sorted(known))}." if known else "It knows none."
        raise InvalidSettings(
            f"Store '{store}' has an option '{unknown[0]}' that {settings.platform} does not know.",
            remedy=told,
        )


def _platform(store: str, name: str) -> Platform:
    platforms = {found.name: found for found in entry_points(group=PLATFORM_GROUP)}
    platforms |= {own.name: own for own in _OWN_PLATFORMS}
    if name not in platforms:
        raise InvalidSettings(
            f"Store '{store}' is on the platform '{name}', which is not installed.",
            remedy=f"Installed are: {', '.join(sorted(platforms))}.",
        )
    platform: Platform = platforms[name].load()
    return platform
