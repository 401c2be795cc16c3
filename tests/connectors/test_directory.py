"""The directory of stores: by name, one connection each, and clear about what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from connectors.stores.directory import ConfiguredStores
from connectors.stores.shopify import ShopifyStore
from steward.errors import CredentialsRejected, InvalidSettings, UnknownStore


@dataclass
class Token:
    """A token that can be exchanged for another."""

    text: str = "shpat_1"

    def resolve(self) -> SecretStr:
        """Return the present token."""
        return SecretStr(self.text)


@dataclass
class Settings:
    """How one store is configured."""

    platform: str
    address: str
    access_token: Token
    options: Mapping[str, float] = field(default_factory=dict)


def shopify(address: str = "https://acme.myshopify.com") -> Settings:
    """Return the settings of a Shopify store."""
    return Settings("shopify", address, Token())


async def test_opening_a_store_twice_shares_its_pacer() -> None:
    """So that all calls of this process keep the store's allowance together."""
    stores = ConfiguredStores({"acme": shopify(), "other": shopify()})
    async with (
        stores.open("acme") as first,
        stores.open("acme") as second,
        stores.open("other") as other,
    ):
        assert isinstance(first, ShopifyStore)
        assert isinstance(second, ShopifyStore)
        assert isinstance(other, ShopifyStore)
        assert first.pacer is second.pacer
        assert first.pacer is not other.pacer
        assert first.name == "acme"
    await stores.aclose()


def test_an_unknown_store_is_refused_with_the_names_that_are_known() -> None:
    """At once, not only when it is used."""
    stores = ConfiguredStores({"blue": shopify(), "acme": shopify()})
    with pytest.raises(UnknownStore, match=r"No store 'acne' .* Configured are: acme, blue\."):
        stores.open("acne")
    with pytest.raises(UnknownStore, match="no store is configured yet"):
        ConfiguredStores({}).open("acne")


async def test_an_unknown_platform_is_refused_with_those_that_are_installed() -> None:
    """The remedy names what there is."""
    stores = ConfiguredStores({"acme": Settings("shopware", "https://acme.example", Token())})
    with pytest.raises(InvalidSettings, match=r"'shopware', which is not installed.*shopify"):
        async with stores.open("acme"):
            pass


async def test_a_token_that_was_exchanged_counts_at_the_next_opening() -> None:
    """No restart is needed after a token was renewed, and a bad one is refused on opening."""
    settings = shopify()
    stores = ConfiguredStores({"acme": settings})
    async with stores.open("acme"):
        pass
    settings.access_token.text = ""
    with pytest.raises(CredentialsRejected, match="'acme' is empty"):
        async with stores.open("acme"):
            pass
    await stores.aclose()


async def test_options_reach_the_platform_and_unknown_ones_are_refused() -> None:
    """A number that the platform does not know is named, with those that it knows."""
    told = shopify()
    told.options = {"bulk_lines_per_second": 0}
    misspelt = shopify()
    misspelt.options = {"bulk_lines": 5}
    negative = shopify()
    negative.options = {"bulk_lines_per_second": -1}
    stores = ConfiguredStores({"acme": told, "blue": misspelt, "cyan": negative})
    async with stores.open("acme") as store:
        assert isinstance(store, ShopifyStore)
        assert store.bulk_chunk([]) is None
    with pytest.raises(InvalidSettings, match=r"'bulk_lines' that shopify .* bulk_lines_per_sec"):
        async with stores.open("blue"):
            pass
    with pytest.raises(InvalidSettings, match="less than no line"):
        async with stores.open("cyan"):
            pass
    await stores.aclose()
