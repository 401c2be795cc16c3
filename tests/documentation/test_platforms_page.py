"""The table of fields and platforms says what each connector says of itself."""

import re
from collections.abc import Mapping

import pytest

from connectors.stores.adobe_commerce import AdobeCommerceConnection
from connectors.stores.bigcommerce import BigCommerceConnection
from connectors.stores.shopify import ShopifyConnection
from steward.capabilities import Capabilities
from steward.changes import FieldName
from steward.values import ListingStatus
from tests.documentation.documents import ROOT

PAGE = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
PLATFORMS: tuple[Capabilities, ...] = (
    ShopifyConnection.capabilities,
    BigCommerceConnection.capabilities,
    AdobeCommerceConnection.capabilities,
)


def row(name: str) -> list[bool]:
    """Return what the table says of a field, for each platform."""
    found = re.search(rf"^\| {re.escape(name)} \| (.*) \|$", PAGE, re.MULTILINE)
    assert found is not None, name
    words: Mapping[str, bool] = {"yes": True, "no": False}
    return [words[cell] for cell in found[1].split(" | ")]


@pytest.mark.parametrize("field", FieldName)
def test_fields_are_told_as_they_are(field: FieldName) -> None:
    """A field that a platform lacks stands as `no`, and every field has its row."""
    assert row(f"`{field}`") == [field not in platform.fields for platform in PLATFORMS]


@pytest.mark.parametrize("status", ListingStatus)
def test_statuses_are_told_as_they_are(status: ListingStatus) -> None:
    """The same for each status."""
    assert row(f"status {status}") == [status not in platform.statuses for platform in PLATFORMS]


def test_price_lists_and_tags_are_told_as_they_are() -> None:
    """And for price lists, and for what products can be selected by."""
    assert row("price lists") == [platform.price_lists is None for platform in PLATFORMS]
    assert row("selection by tag") == ["tag" not in platform.selections for platform in PLATFORMS]
    assert {kind for platform in PLATFORMS for kind in platform.selections} == {"tag"}


@pytest.mark.parametrize("platform", PLATFORMS, ids=["shopify", "bigcommerce", "adobe_commerce"])
def test_each_lack_is_told_in_the_platforms_own_words(platform: Capabilities) -> None:
    """Whoever reads `no` in the table finds the reason that a run would be refused with."""
    lacks = [*platform.fields.values(), *platform.statuses.values(), *platform.selections.values()]
    if platform.price_lists is not None:
        lacks.append(platform.price_lists)
    told = " ".join(PAGE.split())
    assert [lack.reason for lack in lacks if f'"{lack.reason}"' not in told] == []
