"""The Adobe Commerce shops of the sandbox: by integration, by administrator, and as a service."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from connectors.conformance import StoreUnderTest
from connectors.stores.adobe_commerce import AdobeCommerceConnection
from steward.catalog import ByCollection
from steward.changes import FieldName, ResourceKind, Target
from steward.money import Money
from steward.sale import RegularAndSale
from steward.values import ABSENT, PRESENT, Listing, ListingStatus, Quantity, Text, Value
from tests.connectors.conformance.shops.sandbox_shop import (
    HUGE,
    STRANGER,
    Catalogue,
    Connection,
    Edit,
    SandboxShop,
    own_field,
    price_fields,
    usd,
)

SECRET_NAMES = frozenset(
    {"consumer_secret", "access_token", "access_token_secret", "password", "client_secret"}
)
FIELDS = {
    FieldName.PRICE: "price@all",
    FieldName.TITLE: "name@all",
    FieldName.DESCRIPTION: "description@all",
    FieldName.SEO_TITLE: "meta_title@all",
    FieldName.SEO_DESCRIPTION: "meta_description@all",
}
_DRAFT, _INVISIBLE = 2, 1
_WORDS = {4: "", 2: "catalog", 3: "search", 1: "not visible individually"}


class AdobeCommerceShop(SandboxShop):
    """An Adobe Commerce shop with more products than a page takes, and an integration."""

    settings: Mapping[str, object] = {
        "platform": "adobe_commerce", "products": 120, "variants": 350, "bulk_lag_seconds": 0.1,
    }  # fmt: skip
    secret_setting = "credentials_file"
    platform = "Adobe Commerce"
    path = ""

    def __init__(self, control: httpx.Client, address: str, secret: str) -> None:
        self._own = self._credentials(json.loads(secret), address)
        super().__init__(control, address + self.path, json.dumps(self._own))
        secrets = [self._own[name] for name in self._own if name in SECRET_NAMES]
        self.under_test = StoreUnderTest(
            platform=self.platform,
            selection=ByCollection(collection="Summer"),
            missing_resource_id="NO-SUCH-SKU",
            missing_product_id="NO-SUCH-SKU",
            category_to_enter="Sale",
            category_to_leave="Summer",
            secrets=(*secrets, STRANGER),
            capabilities=AdobeCommerceConnection.capabilities,
            refused_price=HUGE,
            refused_values={FieldName.TITLE: Text(text="x" * 300)},
            unmet={
                "an_inverse_restores_inherited_prices": "On Adobe Commerce everything that is sold "
                "has a price in the scope that all store views inherit from.",
            },
        )

    def _connection(self) -> Connection:
        return AdobeCommerceConnection("shop", self._address)

    def _wrong_secret(self) -> str:
        return json.dumps(
            {name: STRANGER if name in SECRET_NAMES else value for name, value in self._own.items()}
        )

    def _credentials(self, given: Mapping[str, str], address: str) -> Mapping[str, str]:  # noqa: ARG002
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        return {"kind": "oauth1", **{name: given[name] for name in names}}

    async def settle(self) -> None:
        """Wait for special prices, which Adobe Commerce lets begin in the future only."""
        starts = [values.get("special_from_date") or "" for _, values in _priced(self._catalogue())]
        begins = datetime.fromisoformat(f"{max(starts)}+00:00")
        await asyncio.sleep((begins - datetime.now(UTC)).total_seconds())

    def _held(self, catalogue: Catalogue) -> Iterator[tuple[Target, Value]]:
        moment = _moment()
        for sku, values in _priced(catalogue):
            regular, special = usd(values["price"]), values.get("special_price")
            begun = (values.get("special_from_date") or "") <= moment
            sale = usd(special) if special is not None and begun else None
            if sale is not None and sale.amount >= regular.amount:
                sale = None
            prices = RegularAndSale(regular=regular, sale=sale).shown
            yield from price_fields(ResourceKind.VARIANT, sku, prices)
        children = {child for one in catalogue["products"].values() for child in one["children"]}
        for sku, product in catalogue["products"].items():
            if sku not in children:
                yield from _own_fields(sku, product)
            for source, item in product["stock"].items():
                yield _stock_target(sku, source), Quantity(units=int(Decimal(item["quantity"])))

    def _edit(self, target: Target, value: Value, catalogue: Catalogue) -> Edit:
        del catalogue
        if isinstance(value, Money):
            return Edit(target.resource_id, FIELDS[target.field], str(value.amount))
        if isinstance(value, Quantity):
            return Edit(target.resource_id, f"source_items.{target.key}.quantity", value.units)
        if isinstance(value, Listing):
            return Edit(
                target.resource_id,
                "status@all",
                _DRAFT if value.status is ListingStatus.DRAFT else 1,
            )
        if target.field is FieldName.CATEGORY:
            position = 0 if value == PRESENT else None
            return Edit(target.resource_id, f"category_links.{target.key}", position)
        text = value.text if isinstance(value, Text) else None
        return Edit(target.resource_id, FIELDS[target.field], text)


class AdobeCommerceAdministratorShop(AdobeCommerceShop):
    """The same, entered by an administrator."""

    platform = "Adobe Commerce, as an administrator"

    def _credentials(self, given: Mapping[str, str], address: str) -> Mapping[str, str]:  # noqa: ARG002
        return {"kind": "admin", "username": given["username"], "password": given["password"]}


class AdobeCommerceServiceShop(AdobeCommerceShop):
    """A shop of the edition as a service, entered through the identity service."""

    platform = "Adobe Commerce as a Cloud Service"
    settings: Mapping[str, object] = {**AdobeCommerceShop.settings, "edition": "saas"}
    path = "/tenant"

    def _credentials(self, given: Mapping[str, str], address: str) -> Mapping[str, str]:
        names = ("client_id", "client_secret")
        own = {name: given[name] for name in names}
        return {"kind": "ims", "token_address": address, "organization_id": "A@AdobeOrg", **own}


def _own_fields(sku: str, product: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
    values = product["values"]["all"]
    yield own_field(sku, FieldName.TITLE), Text(text=values["name"])
    yield own_field(sku, FieldName.DESCRIPTION), _text(values.get("description"))
    yield own_field(sku, FieldName.SEO_TITLE), _text(values.get("meta_title"))
    yield own_field(sku, FieldName.SEO_DESCRIPTION), _text(values.get("meta_description"))
    yield (
        own_field(sku, FieldName.STATUS),
        _listing(int(values["status"]), int(values["visibility"])),
    )
    for category in product["categories"]:
        yield own_field(sku, FieldName.CATEGORY, str(category)), PRESENT


def _text(text: str | None) -> Value:
    return ABSENT if text is None else Text(text=text)


def _listing(status: int, visibility: int) -> Listing:
    if status == _DRAFT:
        return Listing(status=ListingStatus.DRAFT, detail=_WORDS[visibility])
    if visibility == _INVISIBLE:
        return Listing(status=ListingStatus.HIDDEN)
    return Listing(status=ListingStatus.ACTIVE, detail=_WORDS[visibility])


def _stock_target(sku: str, source: str) -> Target:
    return Target(
        resource_kind=ResourceKind.VARIANT,
        resource_id=sku,
        field=FieldName.INVENTORY_QUANTITY,
        key=source,
    )


def _moment() -> str:
    """Return the time as the shop writes it, with a second for the way of the answer."""
    return (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")


def _priced(catalogue: Catalogue) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for sku, product in catalogue["products"].items():
        if "price" in product["values"]["all"]:
            yield sku, product["values"]["all"]
