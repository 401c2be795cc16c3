"""One sandbox shop of each platform, as the conformance suite asks for it."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from connectors.conformance import AppliedWrite, Disturbance, StoreUnderTest
from connectors.stores.adobe_commerce import AdobeCommerceConnection
from connectors.stores.bigcommerce import BigCommerceConnection
from connectors.stores.shopify import ShopifyConnection
from steward.catalog import PRICE_FIELDS, ByCollection
from steward.changes import FieldName, ResourceKind, Target
from steward.money import Money
from steward.ports import Store
from steward.sale import RegularAndSale, ShownPrices
from steward.values import ABSENT, Value

STRANGER = "canary0of0a0stranger"
SUMMER = ByCollection(collection="Summer")
# Decimals behind a long number are more than these platforms, or their doubles, keep.
HUGE = Money(amount=Decimal("999999999999999.99"), currency="USD")
SECRET_NAMES = frozenset(
    {"consumer_secret", "access_token", "access_token_secret", "password", "client_secret"}
)
FAULTS: Mapping[Disturbance, Mapping[str, object]] = {
    Disturbance.READ_THROTTLED: {"kind": "throttle", "match": {"kind": "query"}},
    Disturbance.WRITE_THROTTLED: {"kind": "throttle", "match": {"kind": "mutation"}},
    Disturbance.WRITE_ANSWER_LOST: {"kind": "lost_answer", "match": {"kind": "mutation"}},
}


class Connection(Protocol):
    """What the connectors' connections have in common."""

    async def aclose(self) -> None: ...

    def store(self, token: SecretStr) -> Store: ...


class SandboxShop(ABC):
    """A shop of the sandbox, as `connectors.conformance.Proving` asks for it."""

    under_test: StoreUnderTest
    secret_setting = "access_token_file"

    def __init__(self, control: httpx.Client, address: str, secret: str) -> None:
        self._control = control
        self._address = address
        self._secret = secret

    @abstractmethod
    def _connection(self) -> Connection:
        """Return new connections to the shop."""

    @abstractmethod
    def _held(self, catalogue: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
        """Yield both fields of everything in the sandbox's own view of the shop."""

    @abstractmethod
    def _edited(self, target: Target) -> tuple[str, str]:
        """Return the sandbox's names of a resource and of its field."""

    def _wrong_secret(self) -> str:
        return STRANGER

    async def reset(self) -> None:
        self._control.delete("/_sandbox/faults").raise_for_status()
        self._control.post("/_sandbox/reset").raise_for_status()

    def open(self) -> AbstractAsyncContextManager[Store]:
        return self._opened(self._secret)

    def open_as_stranger(self) -> AbstractAsyncContextManager[Store]:
        return self._opened(self._wrong_secret())

    @asynccontextmanager
    async def _opened(self, secret: str) -> AsyncIterator[Store]:
        connection = self._connection()
        try:
            yield connection.store(SecretStr(secret))
        finally:
            await connection.aclose()

    async def held(self) -> Mapping[Target, Value]:
        return dict(self._held(self._control.get("/_sandbox/catalogue").json()))

    async def applied_writes(self) -> Sequence[AppliedWrite]:
        return [
            AppliedWrite(resource=entry["resource_id"], field=entry["field"])
            for entry in self._control.get("/_sandbox/journal").json()
            if entry["applied"] and entry["operation"] != "external_edit"
        ]

    async def somebody_else_sets(self, target: Target, value: Value) -> None:
        resource, field = self._edited(target)
        content = {"resource_id": resource, "field": field, "value": self._wire(value)}
        self._control.post("/_sandbox/edit", json=content).raise_for_status()

    def _wire(self, value: Value) -> object:
        assert isinstance(value, Money)
        return str(value.amount)

    async def disturb(self, disturbance: Disturbance) -> None:
        self._control.post("/_sandbox/faults", json=FAULTS[disturbance]).raise_for_status()

    async def settle(self) -> None:
        """Return at once, except where a platform lets prices begin later."""
        await asyncio.sleep(0)

    async def wait(self, duration: timedelta) -> None:  # noqa: ARG002
        """Return at once: the sandbox's throttling, being asked for, is over after one call."""
        await asyncio.sleep(0)


class ShopifyShop(SandboxShop):
    """A Shopify shop whose larger products have variants on more than one page."""

    settings: Mapping[str, object] = {
        "platform": "shopify", "plan": "enterprise", "products": 60, "variants": 600,
        "search_lag_seconds": 0,
    }  # fmt: skip

    def __init__(self, control: httpx.Client, address: str, secret: str) -> None:
        super().__init__(control, address, secret)
        self.under_test = StoreUnderTest(
            platform="Shopify",
            selection=ByCollection(collection="summer"),
            missing_resource_id="gid://shopify/ProductVariant/1",
            missing_product_id="gid://shopify/Product/1",
            category_to_enter="new-arrivals",
            category_to_leave="summer",
            capabilities=ShopifyConnection.capabilities,
            secrets=(secret, STRANGER),
            unmet={
                "a_refused_price_hides_no_other_answer": "Shopify takes every amount below 10^18, "
                "and `Money` ends at 10^15.",
                "an_inverse_restores_inherited_prices": "On Shopify every variant has a price of "
                "its own.",
            },
        )

    def _connection(self) -> Connection:
        return ShopifyConnection("shop", self._address)

    def _held(self, catalogue: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
        for product in catalogue["products"].values():
            for name, variant in product["variants"].items():
                price = _money(variant["price"])
                compare_at = variant["compareAtPrice"]
                shown = ShownPrices(
                    price=price,
                    compare_at_price=None if compare_at is None else _money(compare_at),
                )
                yield from _fields(ResourceKind.VARIANT, name, shown)

    def _edited(self, target: Target) -> tuple[str, str]:
        return target.resource_id, "price"


class BigCommerceShop(SandboxShop):
    """A BigCommerce shop with more products than a page takes."""

    settings: Mapping[str, object] = {
        "platform": "bigcommerce", "plan": "enterprise", "products": 260, "variants": 700,
    }  # fmt: skip

    def __init__(self, control: httpx.Client, address: str, secret: str) -> None:
        super().__init__(control, f"{address}/stores/bigcommerce", secret)
        self.under_test = StoreUnderTest(
            platform="BigCommerce",
            selection=SUMMER,
            missing_resource_id="99999999",
            missing_product_id="99999999",
            category_to_enter="Staff Picks",
            category_to_leave="Summer",
            capabilities=BigCommerceConnection.capabilities,
            secrets=(secret, STRANGER),
            refused_price=HUGE,
        )

    def _connection(self) -> Connection:
        return BigCommerceConnection("shop", self._address)

    def _held(self, catalogue: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
        for name, product in catalogue["products"].items():
            yield from _fields(ResourceKind.PRODUCT, _last(name), _regular_and_sale(product))
            for own_name, variant in product["variants"].items():
                prices = None if variant["price"] is None else _regular_and_sale(variant)
                yield from _fields(ResourceKind.VARIANT, _last(own_name), prices)

    def _edited(self, target: Target) -> tuple[str, str]:
        return f"{target.resource_kind}s/{target.resource_id}", "price"

    def _wire(self, value: Value) -> object:
        assert isinstance(value, Money)
        return float(value.amount)


class AdobeCommerceShop(SandboxShop):
    """An Adobe Commerce shop with more products than a page takes, and an integration."""

    settings: Mapping[str, object] = {
        "platform": "adobe_commerce", "products": 120, "variants": 350,
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
            selection=SUMMER,
            missing_resource_id="NO-SUCH-SKU",
            missing_product_id="NO-SUCH-SKU",
            category_to_enter="Clearance",
            category_to_leave="Summer",
            capabilities=AdobeCommerceConnection.capabilities,
            secrets=(*secrets, STRANGER),
            refused_price=HUGE,
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
        catalogue = self._control.get("/_sandbox/catalogue").json()
        starts = [values.get("special_from_date") or "" for _, values in _priced(catalogue)]
        begins = datetime.fromisoformat(f"{max(starts)}+00:00")
        await asyncio.sleep((begins - datetime.now(UTC)).total_seconds())

    def _held(self, catalogue: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
        moment = _moment()
        for sku, values in _priced(catalogue):
            regular, special = _money(values["price"]), values.get("special_price")
            begun = (values.get("special_from_date") or "") <= moment
            sale = _money(special) if special is not None and begun else None
            if sale is not None and sale.amount >= regular.amount:
                sale = None
            prices = RegularAndSale(regular=regular, sale=sale).shown
            yield from _fields(ResourceKind.VARIANT, sku, prices)

    def _edited(self, target: Target) -> tuple[str, str]:
        return target.resource_id, "price@all"


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


def _moment() -> str:
    """Return the time as the shop writes it, with a second for the way of the answer."""
    return (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")


def _priced(catalogue: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for sku, product in catalogue["products"].items():
        if "price" in product["values"]["all"]:
            yield sku, product["values"]["all"]


def _money(amount: object) -> Money:
    return Money.rounded(Decimal(str(amount)), "USD")


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _regular_and_sale(row: Mapping[str, Any]) -> ShownPrices:
    sale = row["sale_price"]
    return RegularAndSale(regular=_money(row["price"]), sale=_money(sale) if sale else None).shown


def _fields(
    kind: ResourceKind, name: str, prices: ShownPrices | None
) -> Iterator[tuple[Target, Value]]:
    values: dict[FieldName, Value] = dict.fromkeys(PRICE_FIELDS, ABSENT)
    if prices is not None:
        values[FieldName.PRICE] = prices.price
        values[FieldName.COMPARE_AT_PRICE] = prices.compare_at_price or ABSENT
    for field, value in values.items():
        yield Target(resource_kind=kind, resource_id=name, field=field), value


SHOPS: Mapping[str, type[ShopifyShop | BigCommerceShop | AdobeCommerceShop]] = {
    "shopify": ShopifyShop,
    "bigcommerce": BigCommerceShop,
    "adobe_commerce": AdobeCommerceShop,
    "adobe_commerce_admin": AdobeCommerceAdministratorShop,
    "adobe_commerce_saas": AdobeCommerceServiceShop,
}
