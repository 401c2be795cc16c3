"""What a store of any platform truly holds and received, past the connectors and the ledger."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from steward.changes import FieldName, ResourceKind, Target
from steward.values import ABSENT, PRESENT, Value
from tests.connectors.conformance.shops.adobe_commerce import AdobeCommerceAdministratorShop
from tests.connectors.conformance.shops.bigcommerce import BigCommerceShop
from tests.connectors.conformance.shops.sandbox_shop import SandboxShop, price_fields, with_sale
from tests.connectors.conformance.shops.shopify import ShopifyShop
from tests.end_to_end.house import House
from tests.end_to_end.shop import Shop

_SHOPS: Mapping[str, Callable[[httpx.Client, str, str], SandboxShop]] = {
    "shopify": ShopifyShop,
    "bigcommerce": BigCommerceShop,
    "adobe_commerce": AdobeCommerceAdministratorShop,
}
MEMBERSHIPS = {FieldName.TAG, FieldName.CATEGORY}

Touched = tuple[str, str, object]


@contextmanager
def shop_truth(house: House, store: str) -> Iterator["ShopTruth"]:
    """Open one store of the house past everything that is tested."""
    settings, whole = house.stack.state.stores[store], house.shops[store]
    secret = settings.access_token.resolve().get_secret_value()
    with httpx.Client(base_url=whole.address, trust_env=False) as control:
        yield ShopTruth(whole, _SHOPS[settings.platform](control, whole.address, secret))


class ShopTruth:
    """One store, read and changed as its owner would, as a whole and field by field."""

    def __init__(self, whole: Shop, fields: SandboxShop) -> None:
        """Take both views of it."""
        self._whole = whole
        self._fields = fields

    async def catalogue(self) -> dict[str, Any]:
        """Return all that the shop holds, but for what no undo brings back.

        That is a product's place in a Shopify collection that is sorted by hand, and the moment at
        which a special price of Adobe Commerce began, where it has to lie ahead.
        """
        whole = await self._whole.catalogue()
        for collection in whole.get("collections", {}).values():
            collection["products"].sort()
        for product in whole["products"].values():
            for values in product.get("values", {}).values():
                values.pop("special_from_date", None)
        return whole

    async def held(self) -> Mapping[Target, Value]:
        """Return the value of every field; of memberships those that are, and follow no rule."""
        whole = await self._whole.catalogue()
        collections = whole.get("collections", {})
        by_rule = {name for name, collection in collections.items() if collection["ruleSet"]}
        own = {
            target: value
            for target, value in (await self._fields.held()).items()
            if target.field is not FieldName.CATEGORY or target.key not in by_rule
        }
        return own | dict(_by_price_lists(whole))

    async def journal(self) -> list[dict[str, Any]]:
        """Return the writes that were applied for clients."""
        return [
            entry
            for entry in await self._whole.journal()
            if entry["applied"] and entry["operation"] != "external_edit"
        ]

    async def somebody_else_sets(self, target: Target, value: Value) -> None:
        """Change a field in the shop's own administration."""
        await self._fields.somebody_else_sets(target, value)


def _by_price_lists(whole: Mapping[str, Any]) -> Iterator[tuple[Target, Value]]:
    """Yield what BigCommerce's price lists say of each variant, absent where it is on none."""
    for price_list in whole.get("price_lists", {}):
        for name in [
            name for product in whole["products"].values() for name in product["variants"]
        ]:
            number = name.rpartition("/")[2]
            record = whole["price_records"].get(f"pricelists/{price_list}/records/{number}/USD")
            prices = record and with_sale(record["price"], record.get("sale_price"))
            for target, value in price_fields(ResourceKind.VARIANT, number, prices):
                yield target.model_copy(update={"key": price_list}), value


def value_held(held: Mapping[Target, Value], target: Target) -> Value:
    """Return what the shop holds; a tag or category that it does not name is absent."""
    return held.get(target, ABSENT) if target.field in MEMBERSHIPS else held[target]


def with_value(held: Mapping[Target, Value], target: Target, value: Value) -> dict[Target, Value]:
    """Return what the shop would hold with one more value."""
    if target.field in MEMBERSHIPS and value != PRESENT:
        return {one: kept for one, kept in held.items() if one != target}
    return {**held, target: value}


def times_written(journal: Iterable[Mapping[str, Any]]) -> Counter[Touched]:
    """Return how often each thing was written: each field, and of lists each member.

    Left out are Adobe Commerce's notes of which calls it queued, and the place in a category that
    an undo gives back to a product together with the membership.
    """
    return Counter(
        written
        for entry in journal
        if not entry["resource_id"].startswith("bulk:")
        and not entry["field"].startswith("sort_order@")
        for written in _written_by(entry)
    )


def _written_by(entry: Mapping[str, Any]) -> Iterator[Touched]:
    before, after = entry["before"], entry["after"]
    if not isinstance(before, list) or not isinstance(after, list):
        yield entry["resource_id"], entry["field"], None
        return
    for member in {*before} ^ {*after} or {"nothing"}:
        yield entry["resource_id"], entry["field"], member
