"""What a platform cannot meet is declared with its reason, which has to be true."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from connectors.conformance import Unmet, verify
from tests.connectors.conformance.sandbox_shops import SandboxShop

INHERITED = "an_inverse_restores_inherited_prices"


@pytest.fixture
def shop(shops: Mapping[str, SandboxShop]) -> SandboxShop:
    """The Shopify shop; a description that a test puts in its place does not outlast it."""
    return shops["shopify"]


async def test_a_reason_stands_beside_what_was_found(shop: SandboxShop) -> None:
    """So a report can tell both."""
    verdict = await verify(INHERITED, shop)
    assert isinstance(verdict, Unmet)
    assert verdict.reason == shop.under_test.unmet[INHERITED]
    assert verdict.found == "nothing in the shop inherits its price"


async def test_a_reason_that_no_longer_holds_is_an_error(
    shop: SandboxShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that has learned to do it loses its excuse."""
    excused = replace(shop.under_test, unmet={"reads_are_deterministic": "It rolls dice."})
    monkeypatch.setattr(shop, "under_test", excused)
    with pytest.raises(AssertionError, match=r"Shopify meets .* It rolls dice\."):
        await verify("reads_are_deterministic", shop)


async def test_a_reason_for_no_check_is_an_error(
    shop: SandboxShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt name would excuse nothing, silently."""
    misspelt = replace(shop.under_test, unmet={"reads_are_determinstic": "It rolls dice."})
    monkeypatch.setattr(shop, "under_test", misspelt)
    with pytest.raises(KeyError, match="determinstic"):
        await verify("reads_are_deterministic", shop)


def test_a_description_does_not_show_its_secrets(shop: SandboxShop) -> None:
    """Test runners print what they compare."""
    assert not any(secret in repr(shop.under_test) for secret in shop.under_test.secrets)
