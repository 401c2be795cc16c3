"""Configured properties, opened by name over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from connectors.analytics.ga4 import ConfiguredAnalytics
from connectors.secret_reference import SecretReference
from connectors.settings import AnalyticsSettings
from steward.errors import CredentialsRejected, InvalidSettings, UnknownProperty
from steward.ports import AnalyticsDirectory
from tests.connectors.ga4.conftest import SandboxProperty


def settings_of(one: SandboxProperty, **changes: object) -> AnalyticsSettings:
    """Return how a property of the sandbox is configured."""
    told = {
        "property_id": one.number,
        "credentials": f"file:{one.key_file}",
        "address": one.address,
    }
    return AnalyticsSettings.model_validate(told | changes)


@pytest.fixture
async def directory(shop: SandboxProperty) -> AsyncIterator[AnalyticsDirectory]:
    """A directory of one property."""
    async with aclosing(ConfiguredAnalytics({"shop": settings_of(shop)})) as opened:
        yield opened


async def test_openings_share_connection_and_token(
    directory: AnalyticsDirectory, shop: SandboxProperty
) -> None:
    """The second opening asks for no second token."""
    async with directory.open("shop") as analytics:
        assert (analytics.source.name, analytics.source.number) == ("shop", "456")
        await analytics.profile()
    before = shop.statistics()["requests"]
    async with directory.open("shop") as analytics:
        await analytics.profile()
    assert shop.statistics()["requests"] - before == 1


async def test_an_unknown_name_is_told_with_the_known_ones(directory: AnalyticsDirectory) -> None:
    """At once; and where none is configured, how it is done."""
    with pytest.raises(UnknownProperty, match=r"'shob' is configured\. Configured are: shop\."):
        directory.open("shob")
    with pytest.raises(UnknownProperty, match=r"\[analytics\.NAME\]"):
        ConfiguredAnalytics({}).open("shop")


async def test_the_key_is_fetched_at_each_opening(
    shop: SandboxProperty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key from a variable counts as one from a file; a new one counts at once."""
    monkeypatch.setenv("VISITS_KEY", shop.key.get_secret_value())
    settings = settings_of(shop, credentials=SecretReference("env:VISITS_KEY"))
    async with aclosing(ConfiguredAnalytics({"shop": settings})) as directory:
        async with directory.open("shop") as analytics:
            assert (await analytics.profile()).currency == "EUR"
        monkeypatch.setenv("VISITS_KEY", "no key")
        with pytest.raises(CredentialsRejected, match="no service account's JSON key"):
            async with directory.open("shop"):
                pytest.fail("it was opened")
        monkeypatch.delenv("VISITS_KEY")
        with pytest.raises(InvalidSettings, match="VISITS_KEY holds no secret"):
            async with directory.open("shop"):
                pytest.fail("it was opened")
