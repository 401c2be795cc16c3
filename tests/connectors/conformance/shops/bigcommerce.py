"""The BigCommerce shop of the sandbox."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from connectors.conformance import StoreUnderTest
from connectors.stores.bigcommerce import BigCommerceConnection
from steward.catalog import ByCollection
from steward.changes import FieldName, ResourceKind, Target
from steward.money import Money
from steward.values import PRESENT, Listing, ListingStatus, Quantity, Text, Value
from tests.connectors.conformance.shops.sandbox_shop import (
    HUGE,
    STRANGER,
    Catalogue,
    Connection,
    Edit,
    SandboxShop,
    own_field,
    price_fields,
    text_or_absent,
    with_sale,
)

FIELDS = {
    FieldName.PRICE: "price",
    FieldName.TITLE: "name",
    FieldName.DESCRIPTION: "description",
    FieldName.SEO_TITLE: "page_title",
    FieldName.SEO_DESCRIPTION: "meta_description",
    FieldName.STATUS: "is_visible",
}


class BigCommerceShop(SandboxShop):
    """A BigCommerce shop with more products than a page takes."""

    settings: Mapping[str, object] = {
        "platform": "bigcommerce", "plan": "enterprise", "products": 260, "variants": 700,
        "search_lag_seconds": 0.2,
    }  # fmt: skip

    def __init__(self, control: httpx.Client, address: str, secret: str) -> None:
        super().__init__(control, f"{address}/stores/bigcommerce", secret)
        self.under_test = StoreUnderTest(
            platform="BigCommerce",
            selection=ByCollection(collection="Summer"),
            missing_resource_id="99999999",
            missing_product_id="99999999",
            category_to_enter="Staff Picks",
            category_to_leave="Summer",
            secrets=(secret, STRANGER),
            capabilities=BigCommerceConnection.capabilities,
            refused_price=HUGE,
            refused_values={
                FieldName.TITLE: Text(text="x" * 251),
                FieldName.SEO_TITLE: Text(text="x" * 256),
                FieldName.SEO_DESCRIPTION: Text(text="x" * 65_536),
            },
        )

    def _connection(self) -> Connection:
        return BigCommerceConnection("shop", self._address)

    def _held(self, catalogue: Catalogue) -> Iterator[tuple[Target, Value]]:
        for resource, product in catalogue["products"].items():
            name = _last(resource)
            prices = with_sale(product["price"], product["sale_price"])
            yield from price_fields(ResourceKind.PRODUCT, name, prices)
            yield from _own_fields(name, product)
            yield from _stock(ResourceKind.PRODUCT, name, product)
            for own_resource, variant in product["variants"].items():
                own_name = _last(own_resource)
                own = (
                    None
                    if variant["price"] is None
                    else with_sale(variant["price"], variant["sale_price"])
                )
                yield from price_fields(ResourceKind.VARIANT, own_name, own)
                yield from _stock(ResourceKind.VARIANT, own_name, variant)

    def _edit(self, target: Target, value: Value, catalogue: Catalogue) -> Edit:
        resource = f"{target.resource_kind}s/{target.resource_id}"
        if isinstance(value, Money):
            return Edit(resource, FIELDS[target.field], float(value.amount))
        if isinstance(value, Quantity):
            held = _holders(catalogue)[resource]["inventory"][target.key]
            on_hand = value.units + held["safety_stock"]
            return Edit(resource, f"inventory_level@{target.key}", on_hand)
        if isinstance(value, Listing):
            return Edit(resource, "is_visible", value.status is ListingStatus.ACTIVE)
        if target.field is FieldName.CATEGORY:
            now = set(catalogue["products"][resource]["categories"])
            number = {int(target.key)}
            return Edit(
                resource, "categories", sorted(now | number if value == PRESENT else now - number)
            )
        return Edit(resource, FIELDS[target.field], value.text if isinstance(value, Text) else "")


def _own_fields(name: str, product: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
    yield own_field(name, FieldName.TITLE), Text(text=product["name"])
    yield own_field(name, FieldName.DESCRIPTION), Text(text=product["description"])
    yield own_field(name, FieldName.SEO_TITLE), text_or_absent(product["page_title"])
    yield own_field(name, FieldName.SEO_DESCRIPTION), text_or_absent(product["meta_description"])
    visible = ListingStatus.ACTIVE if product["is_visible"] else ListingStatus.HIDDEN
    yield own_field(name, FieldName.STATUS), Listing(status=visible)
    for category in product["categories"]:
        yield own_field(name, FieldName.CATEGORY, str(category)), PRESENT


def _holders(catalogue: Catalogue) -> Mapping[str, Any]:
    """Return all products and variants by their names."""
    variants = [product["variants"] for product in catalogue["products"].values()]
    return {name: one for some in (catalogue["products"], *variants) for name, one in some.items()}


def _stock(
    kind: ResourceKind, name: str, holder: Mapping[str, Any]
) -> Iterator[tuple[Target, Value]]:
    for location, level in holder.get("inventory", {}).items():
        target = Target(
            resource_kind=kind,
            resource_id=name,
            field=FieldName.INVENTORY_QUANTITY,
            key=location,
        )
        yield target, Quantity(units=level["quantity"] - level["safety_stock"])


def _last(name: str) -> str:
    return name.rpartition("/")[2]
