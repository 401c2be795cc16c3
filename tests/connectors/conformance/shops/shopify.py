"""The Shopify shop of the sandbox."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

import httpx

from connectors.conformance import StoreUnderTest
from connectors.stores.shopify import ShopifyConnection
from steward.catalog import ByCollection
from steward.changes import FieldName, ResourceKind, Target
from steward.money import Money
from steward.sale import ShownPrices
from steward.values import (
    ABSENT,
    PRESENT,
    Absent,
    Listing,
    ListingStatus,
    Present,
    Quantity,
    Text,
    Value,
)
from tests.connectors.conformance.shops.sandbox_shop import (
    STRANGER,
    Catalogue,
    Connection,
    Edit,
    SandboxShop,
    own_field,
    price_fields,
    text_or_absent,
    usd,
)

STATUSES = {
    "ACTIVE": ListingStatus.ACTIVE,
    "DRAFT": ListingStatus.DRAFT,
    "UNLISTED": ListingStatus.HIDDEN,
    "ARCHIVED": ListingStatus.ARCHIVED,
}
FIELDS = {
    FieldName.PRICE: "price",
    FieldName.TITLE: "title",
    FieldName.DESCRIPTION: "descriptionHtml",
    FieldName.SEO_TITLE: "seo.title",
    FieldName.SEO_DESCRIPTION: "seo.description",
    FieldName.STATUS: "status",
}


class ShopifyShop(SandboxShop):
    """A Shopify shop whose larger products have variants on more than one page."""

    settings: Mapping[str, object] = {
        "platform": "shopify", "plan": "enterprise", "products": 60, "variants": 600,
        "search_lag_seconds": 0, "job_seconds": 0.2,
    }  # fmt: skip

    def __init__(self, control: httpx.Client, address: str, secret: str) -> None:
        super().__init__(control, address, secret)
        self.under_test = StoreUnderTest(
            platform="Shopify",
            selection=ByCollection(collection="summer"),
            missing_resource_id="gid://shopify/ProductVariant/1",
            missing_product_id="gid://shopify/Product/1",
            category_to_enter="staff-picks",
            category_to_leave="summer",
            secrets=(secret, STRANGER),
            capabilities=ShopifyConnection.capabilities,
            refused_values={
                FieldName.TITLE: Text(text="x" * 300),
                FieldName.INVENTORY_QUANTITY: Quantity(units=1_000_000_001),
            },
            unmet={
                "a_refused_price_hides_no_other_answer": "Shopify takes every amount below 10^18, "
                "and `Money` ends at 10^15.",
                "an_inverse_restores_inherited_prices": "On Shopify every variant has a price of "
                "its own.",
            },
        )

    def _connection(self) -> Connection:
        return ShopifyConnection("shop", self._address)

    def _held(self, catalogue: Catalogue) -> Iterator[tuple[Target, Value]]:
        for name, product in catalogue["products"].items():
            yield own_field(name, FieldName.TITLE), Text(text=product["title"])
            yield own_field(name, FieldName.DESCRIPTION), Text(text=product["descriptionHtml"])
            seo = product["seo"]
            yield own_field(name, FieldName.SEO_TITLE), text_or_absent(seo["title"])
            yield own_field(name, FieldName.SEO_DESCRIPTION), text_or_absent(seo["description"])
            yield (
                own_field(name, FieldName.STATUS),
                Listing(status=STATUSES[product["status"]]),
            )
            for tag in product["tags"]:
                yield own_field(name, FieldName.TAG, tag), PRESENT
            for collection in product["collections"]:
                yield own_field(name, FieldName.CATEGORY, collection), PRESENT
            for variant_name, variant in product["variants"].items():
                yield from _variant(variant_name, variant)

    def _edit(self, target: Target, value: Value, catalogue: Catalogue) -> Edit:
        if target.field is FieldName.TAG:
            tags = set(catalogue["products"][target.resource_id]["tags"])
            kept = tags | {target.key} if value == PRESENT else tags - {target.key}
            return Edit(target.resource_id, "tags", sorted(kept))
        if target.field is FieldName.CATEGORY:
            members = catalogue["collections"][target.key]["products"]
            others = [product for product in members if product != target.resource_id]
            now = [*others, target.resource_id] if value == PRESENT else others
            return Edit(target.key, "products", now)
        if target.field is FieldName.INVENTORY_QUANTITY:
            return Edit(target.resource_id, "available", {target.key: _wire(value)})
        return Edit(target.resource_id, FIELDS[target.field], _wire(value))


def _variant(name: str, variant: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
    compare_at = variant["compareAtPrice"]
    shown = ShownPrices(
        price=usd(variant["price"]),
        compare_at_price=None if compare_at is None else usd(compare_at),
    )
    yield from price_fields(ResourceKind.VARIANT, name, shown)
    if not variant["tracked"]:
        return
    for location, quantities in variant["inventory"].items():
        target = Target(
            resource_kind=ResourceKind.INVENTORY_ITEM,
            resource_id=variant["inventoryItem"],
            field=FieldName.INVENTORY_QUANTITY,
            key=location,
        )
        yield target, Quantity(units=quantities["available"])


def _wire(value: Value) -> object:
    match value:
        case Money(amount=amount):
            return str(amount)
        case Text(text=text):
            return text
        case Quantity(units=units):
            return units
        case Listing(status=status):
            return next(name for name, own in STATUSES.items() if own is status)
        case Absent():
            return None
        case Present():
            raise AssertionError(ABSENT)
        case _:
            assert_never(value)
